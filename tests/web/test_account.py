"""Signing up, logging in, links, lock-out, language: the pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.actions import accounts, consents
from models.base import Database, utcnow
from models.enums import ConsentKind, OrgRole
from models.queries.actors import load_actor
from models.tables import Account, AuditEntry, Consent, LoginFailure, Organisation, Setting
from scripts import seed
from tests.factories import PASSWORD, make_account, make_seeker
from tests.web.reading import link_in, page, rendered_mails, sent, text_of
from web import create_app, demo, entering, links, passwords
from web.config import Settings

LogIn = Callable[[Account], FlaskClient]
NEW = {"email": "New@example.org", "name": "新来的", "password": "Correct-Horse-7", "agree": "y"}


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as session:
        return make_account(session, make_seeker(session), role=OrgRole.MANAGER)


def stored(database: Database, email: str) -> Account | None:
    with database.read() as session:
        return session.scalar(select(Account).where(Account.email == email))


def sign_up_link(app: Flask, database: Database, client: FlaskClient, **changes: str) -> str:
    sent(client, "/account/signup", **{**NEW, **changes})
    return link_in(rendered_mails(app, database)[-1][2])


def is_in(client: FlaskClient) -> bool:
    return client.get("/account/my-data").status_code == 200


# --- signing up -------------------------------------------------------------------------------------------------------


def test_signing_up_leads_to_the_organisation_and_keeps_what_was_begun(
    app: Flask, database: Database, client: FlaskClient
) -> None:
    first = client.get("/account/my-data?from=mail")
    assert first.status_code == 303
    assert "next=" in first.location
    page(client, first.location)
    with client.session_transaction() as session:
        session["begun"] = {"contact": "一段草稿"}
    form = page(client, "/account/signup")
    assert re.search(r'name="agree"[^>]*checked', form) is None  # consent is never ticked beforehand
    answer = sent(client, "/account/signup", **NEW)
    assert answer.location.endswith("/account/check-mail")
    assert "New@example.org" in page(client, answer.location)
    link = link_in(rendered_mails(app, database)[0][2])
    assert "new@example.org" in page(client, link)
    entered = sent(client, link)
    assert entered.location == "/organisations/choose"
    assert "/account/my-data?from=mail" in page(client, "/organisations/choose")
    with client.session_transaction() as session:
        assert session["begun"] == {"contact": "一段草稿"}
        assert session["next"] == "/account/my-data?from=mail"
    found = stored(database, "new@example.org")
    assert found is not None
    assert found.confirmed_at is not None


def test_in_another_browser_the_link_confirms_and_asks_for_the_password(
    app: Flask, database: Database, client: FlaskClient
) -> None:
    client.get("/account/login?next=/organisations/new")
    link = sign_up_link(app, database, client)
    other = app.test_client()
    answer = sent(other, link)
    assert answer.location == "/account/login"
    assert not is_in(other)
    entered = sent(other, "/account/login", email="new@example.org", password=NEW["password"])
    assert entered.location == "/organisations/choose"  # the first log-in finds the organisation
    with other.session_transaction() as session:
        assert session["next"] == "/organisations/new"  # came along in the link


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask, database: Database, account: Account) -> None:
    answers = []
    for email in (account.email, "unknown@example.org"):
        for address, fields in (("/account/signup", {**NEW, "email": email}), ("/account/forgot", {"email": email})):
            client = app.test_client()
            answer = sent(client, address, **fields)
            text = page(client, answer.location).replace(email, "ADDRESS")
            with client.session_transaction() as session:
                answers.append((address, answer.location, text, sorted(session)))
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    subjects = {to: subject for to, subject, _text in rendered_mails(app, database)}
    assert len(subjects) == 2
    assert stored(database, account.email).password_hash == account.password_hash  # type: ignore[union-attr]


def test_wrong_passwords_at_log_in_tell_nothing_about_the_address(client: FlaskClient, account: Account) -> None:
    texts = [
        text_of(client.post("/account/login", data={"email": email, "password": "Wrong-Horse-7"}), 422).replace(
            email, "ADDRESS"
        )
        for email in (account.email, "unknown@example.org")
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"name": " "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "Password2026!"}, "password"),
        ({"agree": ""}, "agree"),
        ({"agree": "false"}, "agree"),
    ],
)
def test_refused_sign_ups_keep_what_was_typed(
    client: FlaskClient, database: Database, changes: dict[str, str], field: str
) -> None:
    given = {name: value for name, value in {**NEW, **changes}.items() if value}
    text = text_of(client.post("/account/signup", data=given), 422)
    assert f'href="#{field}"' in text
    assert ('value="新来的"' in text) is (field != "name")
    assert NEW["password"] not in text
    with database.read() as session:
        assert session.scalar(select(Account.id)) is None


def test_confirm_links_that_cannot_be_used(app: Flask, database: Database, client: FlaskClient) -> None:
    link = sign_up_link(app, database, client)
    second = sign_up_link(app, database, client, password="Another-Horse-8")
    page(client, link, 410)  # overtaken by the second
    page(client, link[:-3], 410)
    page(client, "/account/confirm/forged", 410)
    with app.app_context():
        other_purpose = links.sign("reset", account_id=1, state="x")
    page(client, f"/account/confirm/{other_purpose}", 410)
    assert sent(client, second).status_code == 303
    again = client.get(second)
    assert (again.status_code, again.location) == (303, "/account/login")


def test_an_expired_link_says_so(
    app: Flask, database: Database, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = sign_up_link(app, database, client)
    monkeypatch.setitem(links.VALID, "confirm", -1)
    text = page(client, link, 410)
    assert "过期" in text or "expired" in text


# --- where to go on -----------------------------------------------------------------------------------------------------

EVIL = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: x=1",
    " //evil.example",
    "evil",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("address", EVIL)
def test_no_address_leads_out_of_the_site(app: Flask, account: Account, address: str) -> None:
    assert links.local_path(address) == ""
    client = app.test_client()
    form = {"email": account.email, "password": PASSWORD}
    answer = client.post("/account/login", query_string={"next": address}, data=form)
    assert answer.status_code == 303
    assert "evil" not in answer.location
    assert len(answer.location) < 100
    language = client.get("/account/language", query_string={"language": "en", "next": address})
    assert language.location in ("/", "#home.index")


@pytest.mark.parametrize("address", ["/", "/a/b?c=d&e=%20#f", "/achievements?q=石油"])
def test_addresses_of_the_site_are_kept(address: str) -> None:
    assert links.local_path(address) == address


def test_the_log_in_leads_where_one_wanted_to_go(client: FlaskClient, account: Account) -> None:
    wanted = client.get("/account/password")
    answer = sent(client, wanted.location, email=account.email, password=PASSWORD)
    assert answer.location == "/account/password"
    assert client.get("/account/login").status_code == 303  # who is in need not log in again
    assert client.get("/account/signup").status_code == 303


# --- logging in and out -------------------------------------------------------------------------------------------------


def test_the_lock_refuses_the_right_password_until_it_ends(
    client: FlaskClient, database: Database, account: Account
) -> None:
    for _ in range(5):
        text = text_of(client.post("/account/login", data={"email": account.email, "password": "Wrong-Horse-7"}), 422)
    with database.read() as session:
        assert len(session.scalars(select(LoginFailure.id)).all()) == 5  # kept although the pages were failures
    locked = text_of(client.post("/account/login", data={"email": account.email.upper(), "password": PASSWORD}), 422)
    until = re.search(r"\d\d:\d\d", locked)
    assert until is not None
    assert until[0] in text  # the fifth failure says the same
    with database.write() as session:
        session.execute(update(LoginFailure).values(at=utcnow() - timedelta(minutes=16)))
    sent(client, "/account/login", email=account.email, password=PASSWORD)
    assert is_in(client)
    with database.read() as session:
        assert session.scalars(select(LoginFailure.id)).all() == []


def test_a_reset_ends_the_lock(app: Flask, client: FlaskClient, database: Database, account: Account) -> None:
    for _ in range(5):
        client.post("/account/login", data={"email": account.email, "password": "Wrong-Horse-7"})
    sent(client, "/account/forgot", email=account.email)
    link = link_in(rendered_mails(app, database)[-1][2])
    assert account.email in page(client, link)
    text_of(client.post(link, data={"password": "password"}), 422)
    assert sent(client, link, password="Fresh-Horse-8").location == "/account/login"
    page(client, link, 410)  # used
    sent(client, "/account/login", email=account.email, password="Fresh-Horse-8")
    assert is_in(client)
    assert rendered_mails(app, database)[-1][0] == account.email  # told that it was changed


def test_suspended_accounts_are_out(client: FlaskClient, database: Database, account: Account) -> None:
    sent(client, "/account/login", email=account.email, password=PASSWORD)
    with database.write() as session:
        session.execute(update(Account).values(suspended_at=utcnow()))
    assert not is_in(client)
    assert client.post("/account/login", data={"email": account.email, "password": PASSWORD}).status_code == 422


def test_logging_out_ends_this_session_only(log_in: LogIn, account: Account) -> None:
    one, other = log_in(account), log_in(account)
    assert sent(one, "/account/logout").status_code == 303
    assert (is_in(one), is_in(other)) == (False, True)


def test_logging_out_everywhere_ends_all(log_in: LogIn, account: Account) -> None:
    one, other = log_in(account), log_in(account)
    sent(one, "/account/logout-everywhere")
    assert (is_in(one), is_in(other)) == (False, False)
    again = other.post("/account/login", data={"email": account.email, "password": PASSWORD})
    assert again.status_code == 303  # a stale cookie neither hinders nor hangs the log-in
    assert is_in(other)


def test_an_idle_session_ends_by_the_setting(log_in: LogIn, database: Database, account: Account) -> None:
    client = log_in(account)
    with client.session_transaction() as session:
        session["seen"] -= 29 * 60
    assert is_in(client)
    with client.session_transaction() as session:
        assert session["seen"] > utcnow().timestamp() - 60  # looking at a page keeps it open
        session["seen"] -= 31 * 60
    assert not is_in(client)
    with client.session_transaction() as session:
        assert "_user_id" not in session


def test_the_idle_minutes_are_a_setting(app: Flask, log_in: LogIn, database: Database, account: Account) -> None:
    with database.write() as session:
        session.add(Setting(key="session_minutes", value=5))
    app.extensions["site"].forget()
    client = log_in(account)
    with client.session_transaction() as session:
        session["seen"] -= 6 * 60
    assert not is_in(client)


def test_changing_the_password_keeps_this_browser_only(log_in: LogIn, account: Account) -> None:
    one, other = log_in(account), log_in(account)
    page(one, "/account/password")
    wrong = one.post("/account/password", data={"current": "Wrong-Horse-7", "password": "Fresh-Horse-8"})
    assert 'href="#current"' in text_of(wrong, 422)
    weak = one.post("/account/password", data={"current": PASSWORD, "password": "short"})
    assert 'href="#password"' in text_of(weak, 422)
    sent(one, "/account/password", current=PASSWORD, password="Fresh-Horse-8")
    assert (is_in(one), is_in(other)) == (True, False)


def test_an_unconfirmed_account_is_led_to_its_mail(app: Flask, database: Database, client: FlaskClient) -> None:
    sign_up_link(app, database, client)
    answer = sent(client, "/account/login", email="new@example.org", password=NEW["password"])
    assert answer.location == "/account/unconfirmed"
    assert "new@example.org" in page(client, "/account/unconfirmed")
    assert client.get("/organisations/choose").status_code == 403
    sent(client, "/account/unconfirmed")
    assert len(rendered_mails(app, database)) == 2
    link = link_in(rendered_mails(app, database)[-1][2])
    sent(client, link)
    assert client.get("/account/unconfirmed").status_code == 303


# --- privacy notice -----------------------------------------------------------------------------------------------------


def test_withdrawn_consent_is_asked_for_before_anything_else(
    log_in: LogIn, database: Database, account: Account
) -> None:
    client = log_in(account)
    sent(client, "/account/my-data/consent/privacy", give="1")
    other = log_in(account)
    assert sent(client, "/account/my-data/consent/privacy").location == "/account/login"
    assert (is_in(client), is_in(other)) == (False, False)
    answer = sent(client, "/account/login", email=account.email, password=PASSWORD)
    assert answer.location == "/account/consent"
    assert not is_in(client)
    assert re.search(r'name="agree"[^>]*checked', page(client, "/account/consent")) is None
    text_of(client.post("/account/consent", data={}), 422)
    assert not is_in(client)
    sent(client, "/account/consent", agree="y")
    assert is_in(client)
    with database.read() as session:
        rows = session.execute(select(Consent.withdrawn_at).order_by(Consent.id)).scalars().all()
        assert [row is None for row in rows] == [False, True]


def test_the_question_does_not_stay_open(log_in: LogIn, database: Database, account: Account) -> None:
    with database.write() as session:
        me = load_actor(session, account.id)
        consents.give(session, ConsentKind.PRIVACY, person_id=account.person_id, by=me, version="2001-01")
    client = log_in(account)
    page(client, "/account/consent")
    with client.session_transaction() as session:
        session["consenting"] = [*session["consenting"][:3], session["consenting"][3] - entering.CONSENT_SECONDS - 1]
    assert client.post("/account/consent", data={"agree": "y"}).location == "/account/login"
    assert not is_in(client)
    client = log_in(account)
    with database.write() as session:
        accounts.log_out_everywhere(session, session.get_one(Account, account.id), by=me)
    assert client.post("/account/consent", data={"agree": "y"}).location == "/account/login"
    assert client.get("/account/consent").status_code == 303


# --- language and text size -----------------------------------------------------------------------------------------------


def test_language_and_text_size_are_kept(log_in: LogIn, database: Database, account: Account) -> None:
    client = log_in(account)
    answer = client.get("/account/language?language=en&text=larger&next=/account/my-data?x=1")
    assert answer.location == "/account/my-data?x=1"
    assert (client.get_cookie("language").value, client.get_cookie("text").value) == ("en", "larger")  # type: ignore[union-attr]
    text = page(client, "/account/my-data")
    assert '<html lang="en" class="larger">' in text
    assert stored(database, account.email).locale == "en"  # type: ignore[union-attr]
    client.get("/account/language?language=klingon&text=huge")
    assert (client.get_cookie("language").value, client.get_cookie("text").value) == ("en", "larger")  # type: ignore[union-attr]
    client.get("/account/language?text=normal")
    assert 'class="larger"' not in page(client, "/account/my-data").split(">", 2)[1]


def test_a_visitor_changes_language(client: FlaskClient) -> None:
    assert '<html lang="zh-CN"' in page(client, "/account/login")
    client.get("/account/language?language=en")
    assert '<html lang="en"' in page(client, "/account/login")


# --- limits, demo, hashing ------------------------------------------------------------------------------------------------


def test_attempts_are_limited_per_connection(settings: Settings) -> None:
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        client = app.test_client()
        forgot = [client.post("/account/forgot", data={"email": "a@example.org"}).status_code for _ in range(6)]
        assert forgot == [303] * 5 + [429]  # per address
        others = [client.post("/account/forgot", data={"email": f"b{n}@example.org"}).status_code for n in range(6)]
        assert others[-1] == 429  # per connection
        assert client.get("/account/forgot").status_code == 200  # reading is free
        log_ins = [client.post("/account/login", data={"email": "", "password": ""}).status_code for _ in range(21)]
        assert log_ins == [422] * 20 + [429]
    finally:
        app.extensions["backends"].close()


def test_forms_need_their_token(settings: Settings) -> None:
    app = create_app(settings)
    try:
        for address in ("/account/login", "/account/signup", "/account/logout", "/account/forgot"):
            assert app.test_client().post(address).status_code == 400
    finally:
        app.extensions["backends"].close()


def test_demo_accounts_are_those_of_the_sample_data() -> None:
    assert [address for address, _role in demo.ACCOUNTS] == list(seed.DEMO_ROLES)
    assert demo.PASSWORD == seed.DEMO_PASSWORD


def test_demo_accounts_are_shown_on_ones_own_machine_only(settings: Settings, client: FlaskClient) -> None:
    from dataclasses import replace

    assert demo.PASSWORD in page(client, "/account/login")
    public = create_app(replace(settings, public_url="https://match.example.org"))
    try:
        assert demo.PASSWORD not in page(public.test_client(), "/account/login")
    finally:
        public.extensions["backends"].close()


def test_hashes() -> None:
    found = passwords.hashed("Correct-Horse-7")
    assert found.startswith("$argon2id$")
    assert passwords.matches(found, "Correct-Horse-7")
    assert not passwords.matches(found, "correct-horse-7")
    assert not passwords.matches(None, "Correct-Horse-7")
    assert not passwords.matches("!", "Correct-Horse-7")


def test_looks_and_failures_are_audited(
    log_in: LogIn, client: FlaskClient, database: Database, account: Account
) -> None:
    client.post("/account/login", data={"email": account.email, "password": "Wrong-Horse-7"})
    log_in(account)
    with database.read() as session:
        rows = session.execute(select(AuditEntry.action, AuditEntry.person_id, AuditEntry.ip)).all()
        names = session.scalars(select(Organisation.name)).all()
    assert rows == [
        ("account.log_in_failed", None, "127.0.0.1"),
        ("account.log_in", account.person_id, "127.0.0.1"),
    ]
    assert len(names) == 1
