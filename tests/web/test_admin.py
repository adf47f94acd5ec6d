"""Administrator's pages: jobs, settings, dictionaries, outbox, accounts, organisations; the auditor's log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.actions import jobs
from models.base import Database, utcnow
from models.enums import GrantRole, JobState, Lane, OrgRole, Verification
from models.queries.settings import setting
from models.tables import Account, AuditEntry, Grant, Job, Organisation, Setting, Term
from scripts.dictionaries import load as load_dictionaries
from tests.factories import make_account, make_achievement, make_provider, make_seeker
from web import mails

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def admin(database: Database, log_in: LogIn) -> FlaskClient:
    with database.write() as session:
        load_dictionaries(session)
        account = make_account(session, make_provider(session), GrantRole.ADMINISTRATOR)
    return log_in(account)


def audited(database: Database, action: str) -> list[AuditEntry]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_failed_job_shows_what_happened_and_is_tried_again(admin: FlaskClient, database: Database) -> None:
    with database.write() as session:
        jobs.add_mail(session, "page_error", to="a@example.org", locale="zh_CN", page="/", text="x", email="")
    with database.write() as session:
        (job,) = jobs.claim(session, Lane.SHORT, limit=1)
        job.attempts, number = jobs.ATTEMPTS, job.id
        jobs.fail(session, job, "SMTP server refuses")
    page = admin.get("/admin").text
    assert "SMTP server refuses" in page
    assert admin.post(f"/admin/jobs/{number}/retry").status_code == 303
    with database.read() as session:
        assert session.get_one(Job, number).state is JobState.QUEUED
    assert audited(database, "admin.retry_job")


def test_a_job_that_was_given_up_says_so_in_the_readers_language(admin: FlaskClient, database: Database) -> None:
    with database.write() as session:
        jobs.add(session, "verify_index", lane=Lane.LONG)
        (job,) = jobs.claim(session, Lane.LONG, limit=1)
        job.attempts, job.lease_until = jobs.ATTEMPTS, utcnow() - timedelta(seconds=1)
        session.flush()
        jobs.give_up(session, Lane.LONG)
    assert "它的进程没有做完就结束了" in admin.get("/admin").text


def test_unknown_jobs_and_index_jobs(admin: FlaskClient) -> None:
    assert admin.post("/admin/jobs/99/retry").status_code == 404
    assert admin.post("/admin/index-jobs", data={"name": "something"}).status_code == 400
    assert admin.post("/admin/index-jobs", data={"name": "verify_index"}).status_code == 303


def form_of(database: Database) -> dict[str, object]:
    from models.queries.settings import all_settings

    with database.read() as session:
        values = all_settings(session)
    return {key: "\n".join(value) if isinstance(value, list) else value for key, value in values.items()}


def test_settings_are_checked_stored_and_audited(admin: FlaskClient, database: Database) -> None:
    values = form_of(database) | {"city_name": "澄江", "request_due_days": "7", "holidays": "2026-10-01\n2026-10-02"}
    assert admin.post("/admin/settings", data=values).status_code == 303
    with database.read() as session:
        assert setting(session, "city_name") == "澄江"
        assert setting(session, "request_due_days") == 7
        assert setting(session, "holidays") == ["2026-10-01", "2026-10-02"]
        assert len(session.scalars(select(Setting)).all()) == 3
    assert len(audited(database, "admin.setting")) == 3
    assert "澄江" in admin.get("/").text


@pytest.mark.parametrize(
    ("key", "value"), [("request_due_days", "0"), ("request_due_days", "many"), ("holidays", "1. Oktober")]
)
def test_wrong_settings_are_refused_and_kept(admin: FlaskClient, database: Database, key: str, value: str) -> None:
    answer = admin.post("/admin/settings", data=form_of(database) | {key: value, "city_name": "澄江"})
    assert answer.status_code == 422
    assert value in answer.text
    assert "澄江" in answer.text
    with database.read() as session:
        assert session.scalars(select(Setting)).all() == []


def term(database: Database, key: str) -> Term | None:
    with database.read() as session:
        return session.scalar(select(Term).where(Term.system == "field", Term.key == key))


def test_terms_are_changed_added_and_retired_but_never_renamed(admin: FlaskClient, database: Database) -> None:
    new = {"key": "quantum", "label_zh": "量子信息", "label_en": "Quantum", "parent": "", "position": "9"}
    assert admin.post("/admin/dictionaries/field/new", data=new).status_code == 303
    assert term(database, "quantum").label_zh == "量子信息"
    changed = new | {"key": "other", "label_zh": "量子科技", "retired": "y"}
    assert admin.post("/admin/dictionaries/field/quantum", data=changed).status_code == 303
    assert term(database, "other") is None
    assert (term(database, "quantum").label_zh, term(database, "quantum").retired) == ("量子科技", True)


@pytest.mark.parametrize("key", ["materials", "Not A Key", ""])
def test_a_taken_or_malformed_key_is_refused_at_its_field(admin: FlaskClient, key: str) -> None:
    new = {"key": key, "label_zh": "新词", "label_en": "New", "parent": "", "position": "1"}
    answer = admin.post("/admin/dictionaries/field/new", data=new)
    assert answer.status_code == 422
    assert 'id="key-error"' in answer.text
    assert "新词" in answer.text


def test_unknown_dictionary_or_term(admin: FlaskClient) -> None:
    for address in ("nothing", "nothing/new", "field/nothing"):
        assert admin.get(f"/admin/dictionaries/{address}").status_code == 404


def test_the_outbox_masks_links_that_grant_access(admin: FlaskClient, app: Flask) -> None:
    token = "eyJhY2NvdW50IjoxfQ.aBcDeF.0123456789abcdefghijklmnopqrstuvwxyz"
    with app.app_context():
        app.extensions["backends"].mailer.send(
            to="reader@example.org",
            subject="确认邮箱",
            text=f"请打开 http://127.0.0.1:8000/account/confirm/{token}",
            html="<p></p>",
        )
    page = admin.get("/admin/outbox").text
    assert "reader@example.org" in page
    name = page.split("/admin/outbox/")[1].split('"')[0]
    mail = admin.get(f"/admin/outbox/{name}").text
    assert "/account/confirm/" in mail
    assert token not in mail
    assert admin.get("/admin/outbox/..%2F..%2Fsecret_key").status_code == 404
    assert admin.get("/admin/outbox/00000000000000000000-aaaaaaaa.eml").status_code == 404


def test_every_mail_renders_in_both_languages(app: Flask) -> None:
    with app.app_context():
        for locale in ("zh_CN", "en"):
            subject, text, html = mails.render("page_error", locale, {"page": "/x", "text": "a<b", "email": ""})
            assert subject
            assert "a<b" in text
            assert "a&lt;b" in html


def test_roles_are_granted_and_taken_back(admin: FlaskClient, database: Database) -> None:
    with database.write() as session:
        somebody = make_account(session, make_seeker(session))
    address = f"/admin/accounts/{somebody.id}"
    assert admin.post(f"{address}/grant", data={"role": "broker"}).status_code == 303
    with database.read() as session:
        assert session.scalars(select(Grant.role).where(Grant.person_id == somebody.person_id)).all() == ["broker"]
    assert admin.post(f"{address}/revoke", data={"role": "broker"}).status_code == 303
    assert admin.post(f"{address}/grant", data={"role": "emperor"}).status_code == 400
    assert admin.get(address).status_code == 200
    assert admin.get("/admin/accounts/999").status_code == 404
    assert somebody.email in admin.get(f"/admin/accounts?q={somebody.email}").text


def test_a_suspended_account_is_out_at_once(admin: FlaskClient, database: Database, log_in: LogIn) -> None:
    with database.write() as session:
        somebody = make_account(session, make_seeker(session))
    theirs = log_in(somebody)
    assert theirs.get("/account/my-data").status_code == 200
    admin.post(f"/admin/accounts/{somebody.id}/suspend", data={"reason": "测试"})
    assert theirs.get("/account/my-data").status_code == 303
    admin.post(f"/admin/accounts/{somebody.id}/restore")
    assert log_in(somebody).get("/account/my-data").status_code == 200


def test_organisations_are_verified_suspended_and_merged(admin: FlaskClient, database: Database) -> None:
    with database.write() as session:
        one = make_provider(session, name="待核实研究所", verification=Verification.PENDING)
        other = make_provider(session, name="总院")
        make_account(session, one, role=OrgRole.MANAGER)
        make_achievement(session, one)
    address = f"/verification/{one.public_id}"
    assert "待核实研究所" in admin.get("/verification").text
    assert admin.post(f"{address}/verify").status_code == 303
    assert admin.post(f"{address}/suspend", data={"reason": ""}).status_code == 303  # refused, told on the page
    assert admin.post(f"{address}/suspend", data={"reason": "资料不实"}).status_code == 303
    assert "资料不实" in admin.get(address).text
    assert admin.post(f"{address}/resume").status_code == 303
    assert admin.post(f"{address}/merge", data={"into": "没有这个单位"}).status_code == 303
    assert admin.post(f"{address}/merge", data={"into": "总院"}).status_code == 303
    with database.read() as session:
        merged = session.get_one(Organisation, one.id)
        assert merged.verification is Verification.MERGED
        assert merged.merged_into_id == other.id


@pytest.fixture
def auditor(database: Database, log_in: LogIn) -> FlaskClient:
    with database.write() as session:
        account = make_account(session, make_provider(session), GrantRole.AUDITOR)
    return log_in(account)


def test_the_auditor_filters_and_exports_the_log(auditor: FlaskClient, database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            session.add(
                AuditEntry(at=utcnow(), action="achievement.publish", object_type="achievement",
                           object_id=number, detail={"reason": "=cmd()"}, ip="192.0.2.7")
            )  # fmt: skip
    page = auditor.get("/audit?action=achievement.").text
    assert page.count("achievement.publish") >= 3
    assert "192.0.2.7" in page
    assert "achievement.publish" not in auditor.get("/audit?until=2001-01-01").text
    assert auditor.get("/audit?since=nonsense&until=99999-01-01&before=x").status_code == 200
    export = auditor.post("/audit/export?action=achievement.")
    assert export.mimetype == "text/csv"
    assert export.text.count("achievement.publish") == 3
    assert audited(database, "audit.export")
