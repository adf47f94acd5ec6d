"""Exposure: a person counts once a day, on kept pages too; owners' people and programs never; only owners read it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.actions import exposure as actions
from models.base import Database
from models.queries import exposure as queries
from models.rules.calendar import DEFAULT_ZONE, today
from models.tables import ExposureCount
from search.sync import Drainer, rebuild
from tests.factories import make_account, make_achievement, make_need, make_provider, make_seeker
from tests.web.reading import page
from web.exposure import Exposure, Shared


@pytest.fixture
def counter(app: Flask) -> Exposure:
    found: Exposure = app.extensions["exposure"]
    return found


def counts(counter: Exposure, database: Database) -> list[tuple[str, int, int, int]]:
    """What is in the database after a write: (kind, record, shown, viewed)."""
    counter.write()
    with database.read() as session:
        rows = session.scalars(select(ExposureCount).order_by(ExposureCount.kind, ExposureCount.record_id))
        return [(row.kind, row.record_id, row.shown, row.viewed) for row in rows]


def test_a_visitor_counts_once_on_kept_pages_too(app: Flask, database: Database, counter: Exposure) -> None:
    with database.write() as session:
        record = make_achievement(session, make_provider(session))
    address = f"/achievements/{record.public_id}"
    for agent in ("one", "one", "two", "Examplebot/1.0"):  # the second is served from what was kept
        app.test_client().get(address, headers={"User-Agent": agent})
    app.test_client().get("/achievements/zzzzzzzzzz", headers={"User-Agent": "one"})
    assert counts(counter, database) == [("achievement", record.id, 0, 2)]
    app.test_client().get(address, headers={"User-Agent": "one"})
    app.test_client().get(address, headers={"User-Agent": "three"})
    assert counts(counter, database) == [("achievement", record.id, 0, 3)]


def test_lists_count_what_they_show_but_not_to_the_owner(
    app: Flask, database: Database, counter: Exposure, log_in: Callable[..., FlaskClient]
) -> None:
    with database.write() as session:
        owner = make_seeker(session)
        need = make_need(session, owner, title="返排液处理")
        own, other = make_account(session, owner), make_account(session, make_provider(session))
    engine, folder = app.extensions["backends"].engine, app.config["SETTINGS"].var_dir
    rebuild(database, engine, folder)
    Drainer(database, engine, folder)()
    mine, theirs = log_in(own), log_in(other)
    for client in (mine, theirs, theirs):
        assert need.public_id in page(client, "/needs?q=返排液")
        page(client, f"/needs/{need.public_id}")
    assert counts(counter, database) == [("need", need.id, 1, 1)]
    seen = page(mine, f"/needs/{need.public_id}")
    assert 'id="exposure"' in seen
    assert re.search(r'id="exposure".*?<tbody>.*?</tbody>', seen, re.DOTALL)
    for client in (theirs, app.test_client()):
        assert 'id="exposure"' not in page(client, f"/needs/{need.public_id}")


def test_weeks_hold_thirty_days(database: Database) -> None:
    now = today(DEFAULT_ZONE)
    with database.write() as session:
        record = make_achievement(session, make_provider(session))
        for ago in (0, 6, 7, 29, 30):
            day = {("achievement", record.id, now - timedelta(days=ago)): (2, 1)}
            actions.add(session, day)
            actions.add(session, day)
        weeks = queries.weeks(session, record, today=now, zone=DEFAULT_ZONE)
        assert [(week.shown, week.viewed) for week in weeks] == [(8, 4), (4, 2), (0, 0), (0, 0), (4, 2)]
        assert [(week.last - week.first).days for week in weeks] == [6, 6, 6, 6, 1]
        actions.forget_old(session, now + actions.KEPT)
        assert session.scalars(select(ExposureCount.day)).all() == [now]


def test_it_is_written_by_itself_after_an_answer(app: Flask, database: Database, counter: Exposure) -> None:
    with database.write() as session:
        record = make_achievement(session, make_provider(session))
    counter.every = 0.0
    app.test_client().get(f"/achievements/{record.public_id}").close()
    with database.read() as session:
        assert [row.viewed for row in session.scalars(select(ExposureCount))] == [1]


@pytest.mark.redis
def test_processes_count_a_person_once_together(database: Database, redis_url: str) -> None:
    with database.write() as session:
        record = make_achievement(session, make_provider(session))
    processes = [Exposure(database, Shared(redis_url)) for _number in range(2)]
    day = today(DEFAULT_ZONE)

    def seen(process: Exposure, *visitors: str) -> None:
        for visitor in visitors:
            process.note("viewed", "achievement", [record.public_id], visitor=visitor, organisation=None, day=day)

    seen(processes[0], "one", "two")
    seen(processes[1], "two", "three")
    for process in processes:
        process.write()
    seen(processes[1], "one", "four")
    assert counts(processes[1], database) == [("achievement", record.id, 0, 4)]


def test_without_redis_each_counts_alone(database: Database) -> None:
    with database.write() as session:
        record = make_achievement(session, make_provider(session))
    process = Exposure(database, Shared("redis://127.0.0.1:9/0"))
    note = {"visitor": "one", "organisation": None, "day": today(DEFAULT_ZONE)}
    for _look in range(2):
        process.note("viewed", "achievement", [record.public_id], **note)
    assert counts(process, database) == [("achievement", record.id, 0, 1)]
