"""Kept pages: fast for visitors, never stale after a commit, never one reader's page for another."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from models.base import Database
from models.enums import RecordState
from models.tables import Achievement
from tests.factories import make_account, make_achievement, make_circle, make_event, make_provider, make_session
from web.unchanged import Unchanged


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """What the application's database was asked, as it is asked."""
    asked: list[str] = []
    engine = app.extensions["backends"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    return asked


def test_the_second_visitor_costs_no_query(client: FlaskClient, app: Flask, statements: list[str]) -> None:
    first = client.get("/").data
    statements.clear()
    assert app.test_client().get("/").data == first
    assert statements == []


@pytest.fixture
def addresses(database: Database) -> dict[str, str]:
    """Endpoint -> the address of a record."""
    with database.write() as session:
        circle = make_circle(session)
        achievement = make_achievement(session, make_provider(session), circle=circle)
        return {
            "achievements.show": f"/achievements/{achievement.public_id}",
            "circles.index": "/circles",
            "circles.show": f"/circles/{circle.public_id}",
            "events.index": "/events",
            "events.show": f"/events/{make_event(session, achievement).public_id}",
            "sessions.show": f"/sessions/{make_session(session, circle_id=circle.id).public_id}",
        }


KEPT = ("achievements.show", "circles.index", "circles.show", "events.index", "events.show", "sessions.show")


@pytest.mark.parametrize("endpoint", KEPT)
def test_pages_kept_for_visitors(
    app: Flask, database: Database, addresses: dict[str, str], statements: list[str], log_in, endpoint: str
) -> None:
    """Kept for the second visitor, made anew after a commit, and never shown to somebody logged in."""
    with database.write() as session:
        account = make_account(session, make_provider(session), name="王某某")
    address = addresses[endpoint]
    first = app.test_client().get(address)
    assert first.status_code == 200
    statements.clear()
    assert app.test_client().get(address).data == first.data
    assert statements == []
    assert "王某某" in log_in(account).get(address).text  # the log-in was a commit
    app.test_client().get(address)
    statements.clear()
    assert app.test_client().get(address).status_code == 200
    assert statements == []
    with database.write() as session:
        make_provider(session)
    assert app.test_client().get(address).status_code == 200
    assert statements != []


def test_a_kept_record_is_gone_as_soon_as_it_is_taken_down(
    app: Flask, database: Database, addresses: dict[str, str]
) -> None:
    address = addresses["achievements.show"]
    assert app.test_client().get(address).status_code == 200
    with database.write() as session:
        for achievement in session.scalars(select(Achievement)):
            achievement.state = RecordState.TAKEN_DOWN
    assert app.test_client().get(address).status_code != 200


def test_a_commit_by_anybody_shows_at_once(client: FlaskClient, database: Database) -> None:
    assert "迁移学习质检仪" not in client.get("/").text
    with database.write() as session:
        make_achievement(session, make_provider(session), title="迁移学习质检仪")
    assert "迁移学习质检仪" in client.get("/").text


def test_language_and_text_size_have_pages_of_their_own(app: Flask) -> None:
    chinese = app.test_client().get("/").text
    english = app.test_client().get("/", headers={"Accept-Language": "en"}).text
    larger = app.test_client()
    larger.set_cookie("text", "larger")
    assert 'lang="zh-CN"' in chinese
    assert 'lang="en"' in english
    assert 'class="larger"' in larger.get("/").text
    assert 'class="larger"' not in app.test_client().get("/").text


def test_a_reader_with_a_session_is_never_served_from_it_nor_kept(app: Flask, database: Database, log_in) -> None:
    with database.write() as session:
        account = make_account(session, make_provider(session), name="王某某")
    app.test_client().get("/")
    mine = log_in(account)
    assert "王某某" in mine.get("/").text
    assert "王某某" not in app.test_client().get("/").text


def test_a_flash_message_is_shown_once_and_to_nobody_else(app: Flask) -> None:
    app.test_client().get("/")
    client = app.test_client()
    answer = client.post("/report-error", data={"text": "链接打不开"})
    assert answer.status_code == 303
    told = client.get("/").text
    assert 'class="notice notice-success"' in told
    assert 'class="notice notice-success"' not in app.test_client().get("/").text


def test_head_carries_no_body(client: FlaskClient) -> None:
    client.get("/")
    assert client.head("/").data == b""


def test_kept_pages_carry_the_security_headers(client: FlaskClient, app: Flask) -> None:
    first, second = client.get("/"), app.test_client().get("/")
    for name in ("Content-Security-Policy", "Cache-Control", "X-Content-Type-Options", "Content-Type"):
        assert first.headers[name] == second.headers[name]


def test_only_so_many_pages_are_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.unchanged.MOST", 2)
    cache = Unchanged(database)
    for number in range(3):
        cache.put(number, 1, b"page")
    assert cache.get(0, 1) is None
    assert cache.get(2, 1) == b"page"


def test_what_waits_is_counted_anew_after_a_change_only(
    app: Flask, database: Database, log_in, statements: list[str]
) -> None:
    with database.write() as session:
        account = make_account(session, make_provider(session))
    client = log_in(account)
    client.get("/about")
    statements.clear()
    client.get("/about")
    again = len(statements)
    with database.write() as session:
        make_provider(session)
    statements.clear()
    client.get("/about")
    assert len(statements) == again + 1


def test_the_version_changes_with_every_commit_and_no_other_way(each_database: Database) -> None:
    before = each_database.version()
    assert each_database.version() == before
    with each_database.read() as session:
        make_unsaved = make_provider(session)
        session.rollback()
        assert make_unsaved is not None
    with each_database.write() as session:
        make_provider(session)
    assert each_database.version() != before
