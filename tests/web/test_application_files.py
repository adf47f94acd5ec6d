"""Slides of an application: who adds, removes, opens them; what becomes of them."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.actions import forgetting, merging
from models.base import Database, utcnow
from models.enums import ApplicationState, Decision, GrantRole, Outcome
from models.queries.actors import load_actor
from models.queries.my_data import everything
from models.tables import ApplicationFile, Organisation, Person, ProjectApplication, Setting
from tests.factories import make_account, make_org, make_provider
from tests.models.selection_cases import Contest, applied, assigned, close
from tests.models.test_achievement_rules import HTML, pdf, picture
from tests.web.reading import page, text_of
from tests.web.selection_site import Enter, apply_address, form_of, newest
from web.handlers.records import sweep_files


def uploaded(*files: tuple[bytes, str]) -> dict[str, Any]:
    return {"uploads": [(io.BytesIO(content), name) for content, name in files]}


def slides(number: int) -> bytes:
    """A PDF like no other."""
    return pdf() + f"% {number}\n".encode()


def sent(client: FlaskClient, address: str, **data: Any) -> TestResponse:
    return client.post(address, data=data, content_type="multipart/form-data")


def kept(database: Database) -> list[ApplicationFile]:
    with database.read() as session:
        return list(session.scalars(select(ApplicationFile).order_by(ApplicationFile.position)))


@pytest.fixture
def application(database: Database, contest: Contest, enter: Enter) -> ProjectApplication:
    """Submitted with slides of which the first are a PDF."""
    data = form_of(database, contest) | uploaded((pdf(), "申报人0的路演.pdf"), (picture(), "样机.png"))
    answer = sent(enter(contest.providers[0].manager), apply_address(database, contest), **data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return newest(database)


def test_slides_come_with_the_application_and_can_be_exchanged(
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
) -> None:
    client, address = enter(contest.providers[0].manager), f"/applications/{application.public_id}"
    assert [file.name for file in kept(database)] == ["申报人0的路演.pdf", "样机.png"]
    shown = page(client, address)
    first = kept(database)[0]
    assert f"/applications/files/{first.public_id}" in shown
    assert "样机.png" in page(client, f"{address}/edit")
    changed = form_of(database, contest, revision=str(application.revision), remove_file=first.public_id)
    assert sent(client, f"{address}/edit", **changed, **uploaded((slides(3), "新版.pdf"))).status_code == 303
    assert [file.name for file in kept(database)] == ["样机.png", "新版.pdf"]
    stale = sent(client, f"{address}/edit", **changed)
    assert "1 files are not there any more" in text_of(stale, 422)
    assert len(kept(database)) == 2


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([(HTML, "路演.pdf")], "is, by its content, neither a picture"),
        ([(b"", "路演.pdf")], "is empty"),
        ([(slides(n), f"{n}.pdf") for n in range(6)], "At most 5 files are possible"),
        ([(picture() + b"0" * 400_000, "大.png")], "MB are possible"),
    ],
)
def test_what_cannot_be_attached_is_said_and_the_form_kept(
    database: Database,
    contest: Contest,
    enter: Enter,
    files: list[tuple[bytes, str]],
    sentence: str,
) -> None:
    if "MB" in sentence:
        with database.write() as session:
            session.add(Setting(key="upload_megabytes", value=0.3))
    data = form_of(database, contest, demo_needs="需要一台吊车") | uploaded(*files)
    answer = sent(enter(contest.providers[0].manager), apply_address(database, contest), **data)
    shown = text_of(answer, 422)
    assert sentence in shown
    assert "需要一台吊车" in shown
    assert not kept(database)


def test_files_beside_another_mistake_are_asked_for_again(
    database: Database,
    contest: Contest,
    enter: Enter,
) -> None:
    data = form_of(database, contest, minutes="") | uploaded((pdf(), "路演.pdf"))
    answer = sent(enter(contest.providers[0].manager), apply_address(database, contest), **data)
    assert "Nothing was attached. Please choose the files again." in text_of(answer, 422)
    assert not kept(database)


def test_who_opens_slides(
    app: Flask,
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
) -> None:
    """The applicant, organizers, and the scorers of this application; nobody else, and nobody else sees the name."""
    with database.write() as session:
        applied(session, contest, 1)
        outsider = load_actor(session, make_account(session, make_provider(session)).id)
        other_scorer = load_actor(session, make_account(session, make_org(session), name="未被邀请").id)
        broker = load_actor(session, make_account(session, None, GrantRole.BROKER, name="无委托").id)
    address = f"/applications/files/{kept(database)[0].public_id}"

    def allowed(reader: Any) -> bool:
        answer = enter(reader).get(address)
        assert answer.status_code in (200, 404)
        answer.close()
        return answer.status_code == 200

    insiders = [contest.providers[0].manager, contest.organizer]
    assert [allowed(one) for one in insiders] == [True, True]
    assert not any(allowed(one) for one in (*contest.scorers, contest.providers[1].manager, outsider, broker))
    assert app.test_client().get(address).status_code == 303
    with database.write() as session:
        sheet = next(one for one in assigned(session, contest, count=0) if one.application_id == application.id)
        sheet.conflict = "合作过"
        barred = contest.scorer_of(sheet)
    free = next(one for one in contest.scorers if one != barred)
    assert allowed(free)
    assert not allowed(barred)
    assert not any(allowed(one) for one in (other_scorer, outsider, broker))
    with database.write() as session:
        one = session.get_one(ProjectApplication, application.id)
        one.state = ApplicationState.DRAFT
    assert not allowed(contest.organizer)


def test_slides_are_served_as_they_are_and_kept_nowhere(
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
) -> None:
    client, file = enter(contest.organizer), kept(database)[0]
    answer = client.get(f"/applications/files/{file.public_id}")
    assert (answer.mimetype, answer.data) == ("application/pdf", pdf())
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    answer.close()
    assert client.get(f"/files/{file.public_id}").status_code == 404


def test_after_the_deadline_slides_stay(
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
) -> None:
    with database.write() as session:
        close(session, contest)
    changed = form_of(database, contest, revision="9", remove_file=kept(database)[0].public_id)
    answer = sent(enter(contest.providers[0].manager), f"/applications/{application.public_id}/edit", **changed)
    assert "The call closed at" in text_of(answer, 422)
    assert len(kept(database)) == 2


def test_the_sweep_a_merger_and_forgetting_know_them(
    app: Flask,
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage = app.extensions["backends"].storage
    monkeypatch.setattr("web.handlers.records.KEEP_ORPHANS", -1.0)
    with app.app_context():
        sweep_files({})
    assert set(storage.digests()) == {file.sha256 for file in kept(database)}
    with database.write() as session:
        owner = session.get_one(Organisation, application.organisation_id)
        into = make_provider(session)
        boss = load_actor(session, make_account(session, into).id)
        merging.merge(session, owner, into, by=contest.organizer)
    answer = enter(boss).get(f"/applications/files/{kept(database)[0].public_id}")
    assert answer.status_code == 200
    answer.close()
    with database.write() as session:
        presenter = session.get_one(Person, application.presenter_id)
        exported = everything(session, presenter.id)["application_files"]
        assert [row["name"] for row in exported] == ["申报人0的路演.pdf", "样机.png"]
        forgetting.deidentify(session, presenter, by=contest.organizer)
    assert [file.name for file in kept(database)] == ["已注销用户的路演.pdf", "样机.png"]


def test_who_has_a_place_brings_the_last_version(
    database: Database,
    contest: Contest,
    application: ProjectApplication,
    enter: Enter,
) -> None:
    client, address = enter(contest.providers[0].manager), f"/applications/{application.public_id}/slides"
    with database.write() as session:
        close(session, contest)
    assert "cannot be changed now" in page(client, address)
    assert "cannot be changed now" in text_of(sent(client, address, **uploaded((slides(9), "终版.pdf"))), 422)
    with database.write() as session:
        session.get_one(ProjectApplication, application.id).outcome = Outcome.SELECTED
        contest.call(session).announced_at = utcnow()
    assert address in page(client, address.removesuffix("/slides"))
    first = kept(database)[0].public_id
    answer = sent(client, address, remove_file=first, **uploaded((slides(9), "终版.pdf")))
    assert answer.status_code == 303
    assert [file.name for file in kept(database)] == ["样机.png", "终版.pdf"]
    assert enter(contest.organizer).get(address).status_code == 403
    assert enter(contest.providers[1].manager).get(address).status_code == 404
    with database.write() as session:
        session.get_one(ProjectApplication, application.id).place = Decision.DECLINED
    assert "cannot be changed now" in page(client, address)
