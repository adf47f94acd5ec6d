"""My data: look, export, correct, another address, consent, delete."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.base import Database
from models.enums import ConsentKind, OrgRole
from models.queries.accounts import current_consents
from models.queries.actors import load_actor
from models.tables import Account, AuditEntry, Consent, Job, Membership, Person
from tests.factories import PASSWORD, make_account, make_achievement, make_provider
from tests.web.reading import link_in, page, rendered_mails, sent, text_of
from web import links

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def account(database: Database) -> Account:
    """A manager with a colleague, and one achievement that names the manager as contact."""
    with database.write() as session:
        organisation = make_provider(session, name="示例大学")
        manager = make_account(session, organisation, role=OrgRole.MANAGER, title="处长")
        make_account(session, organisation, role=OrgRole.MANAGER, name="同事甲")
        make_achievement(session, organisation, contact_id=manager.person_id)
        return manager


def test_the_page_shows_what_is_kept(log_in: LogIn, account: Account) -> None:
    text = page(log_in(account), "/account/my-data")
    for value in (account.email, account.person.name, account.person.phone, "处长", "示例大学"):
        assert value in text


def test_visitors_are_asked_to_log_in(client: FlaskClient) -> None:
    for address in ("", "/correct", "/email", "/delete"):
        answer = client.get(f"/account/my-data{address}")
        assert (answer.status_code, "/account/login" in answer.location) == (303, True)
    assert client.post("/account/my-data/export").status_code == 303


def test_the_export_is_a_file_and_leaves_an_audit_row(log_in: LogIn, database: Database, account: Account) -> None:
    client = log_in(account)
    answer = client.post("/account/my-data/export")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    found = json.loads(answer.data)
    assert found["account"][0]["email"] == account.email
    assert found["person"][0]["name"] == account.person.name  # readable, not escaped
    assert account.person.name in answer.get_data(as_text=True)
    assert "argon2" not in answer.get_data(as_text=True)
    with database.read() as session:
        rows = session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == account.person_id)).all()
    assert rows == ["account.log_in", "my_data.export"]


def test_correcting(log_in: LogIn, account: Account) -> None:
    client = log_in(account)
    page(client, "/account/my-data/correct")
    refused = text_of(client.post("/account/my-data/correct", data={"name": "", "phone": "0" * 41}), 422)
    assert 'href="#name"' in refused
    assert 'href="#phone"' in refused
    sent(client, "/account/my-data/correct", name="改过的名字", title="", phone="")
    assert "改过的名字" in page(client, "/account/my-data")


def test_another_address(app: Flask, log_in: LogIn, database: Database, account: Account) -> None:
    client = log_in(account)
    page(client, "/account/my-data/email")
    text_of(client.post("/account/my-data/email", data={"email": "nonsense"}), 422)
    sent(client, "/account/my-data/email", email="Fresh@example.org")
    to, _subject, text = rendered_mails(app, database)[-1]
    assert to == "fresh@example.org"
    visitor = app.test_client()
    assert "fresh@example.org" in page(visitor, link_in(text))
    assert sent(visitor, link_in(text)).location == "/account/login"
    page(visitor, link_in(text), 410)
    page(visitor, "/account/my-data/email/forged", 410)
    assert rendered_mails(app, database)[-1][0] == account.email  # the old one is told
    assert "fresh@example.org" in page(client, "/account/my-data")  # still logged in
    with app.app_context():
        other = links.sign("new_email", account_id=account.id, state="x", email="evil@example.org")
    page(visitor, f"/account/my-data/email/{other}", 410)


def test_an_address_taken_meanwhile(app: Flask, log_in: LogIn, database: Database, account: Account) -> None:
    client = log_in(account)
    sent(client, "/account/my-data/email", email="fresh@example.org")
    link = link_in(rendered_mails(app, database)[-1][2])
    with database.write() as session:
        make_account(session, email="fresh@example.org")
    text_of(client.post(link), 410)
    with database.read() as session:
        assert session.get_one(Account, account.id).email == account.email


def test_contact_consent_is_given_and_withdrawn_by_one_button_each(
    log_in: LogIn, database: Database, account: Account
) -> None:
    client = log_in(account)
    for given in (True, False):
        sent(client, "/account/my-data/consent/contact", **({"give": "1"} if given else {}))
        with database.read() as session:
            assert (ConsentKind.CONTACT in current_consents(session, account.person_id)) is given
        page(client, "/account/my-data")
    assert client.post("/account/my-data/consent/everything").status_code == 404
    with database.read() as session:
        row = session.scalars(select(Consent)).one()
        assert (row.ip, row.withdrawn_at is None) == ("127.0.0.1", False)


def test_deleting(log_in: LogIn, database: Database, account: Account) -> None:
    client, other = log_in(account), log_in(account)
    text = page(client, "/account/my-data/delete")
    assert "同事甲" in text
    refused = text_of(client.post("/account/my-data/delete", data={"password": "Wrong-Horse-7"}), 422)
    assert 'href="#sure"' in refused
    refused = text_of(client.post("/account/my-data/delete", data={"password": "Wrong-Horse-7", "sure": "y"}), 422)
    assert 'href="#password"' in refused
    refused = text_of(client.post("/account/my-data/delete", data={"password": PASSWORD, "sure": "y"}), 422)
    assert 'href="#successor"' in refused  # an achievement names them
    with database.read() as session:
        assert session.get_one(Person, account.person_id).deidentified_at is None
        colleague = session.scalars(select(Person).where(Person.name == "同事甲")).one()
    sent(client, "/account/my-data/delete", password=PASSWORD, sure="y", successor=colleague.public_id)
    for gone in (client, other):
        assert gone.get("/account/my-data").status_code == 303
    assert client.post("/account/login", data={"email": account.email, "password": PASSWORD}).status_code == 422
    with database.read() as session:
        person = session.get_one(Person, account.person_id)
        assert account.person.name not in person.name
        assert session.scalars(select(Membership.ended_at).where(Membership.person_id == person.id)).one() is not None
        kept = session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == person.id)).all()
        assert "person.deidentify" in kept


def test_somebody_in_no_organisation_deletes_without_more(log_in: LogIn, database: Database) -> None:
    with database.write() as session:
        account = make_account(session)
    client = log_in(account)
    page(client, "/account/my-data")
    page(client, "/account/my-data/delete")
    sent(client, "/account/my-data/delete", password=PASSWORD, sure="y")
    with database.read() as session:
        assert not load_actor(session, account.id).signed_in
        assert session.get_one(Account, account.id).email.endswith("@invalid")


def test_a_deleted_account_is_an_unknown_address(database: Database, client: FlaskClient, log_in: LogIn) -> None:
    with database.write() as session:
        account = make_account(session)
    sent(log_in(account), "/account/my-data/delete", password=PASSWORD, sure="y")
    sent(client, "/account/forgot", email=account.email)
    with database.read() as session:
        assert [job["template"] for job in session.scalars(select(Job.payload).where(Job.name == "mail"))] == [
            "reset_unknown"
        ]
