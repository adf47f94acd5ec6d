"""The worker's lanes: what a dead worker left is done at once, and two workers never perform the same job."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from models.actions import jobs
from models.base import Database, utcnow
from models.enums import JobState, Lane
from models.tables import Job
from search.sync import REBUILD, LaneLock
from web.config import Settings
from web.jobs import HANDLERS
from web.worker import Worker

PATIENCE = 20  # seconds


def mails(app: Flask) -> list[Path]:
    return list((app.config["SETTINGS"].var_dir / "outbox").glob("*.eml"))


def ask_for_a_mail(database: Database) -> None:
    with database.write() as session:
        jobs.add_mail(session, "page_error", to="a@example.org", locale="zh_CN", page="/", text="测试", email="")


def wait_until_done(database: Database) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with database.read() as session:
            if session.scalar(select(Job.state).where(Job.name == "mail")) is JobState.DONE:
                return
        time.sleep(0.02)
    raise AssertionError("the mail was not sent")


def test_a_mail_claimed_by_a_dead_worker_is_sent_without_waiting_for_its_lease(app: Flask, database: Database) -> None:
    ask_for_a_mail(database)
    with database.write() as session:
        assert jobs.claim(session, Lane.SHORT, limit=20)
        session.execute(update(Job).values(attempts=jobs.ATTEMPTS + 1))  # a mail is not given up for that
    worker = Worker(app)
    worker.start()
    wait_until_done(database)
    worker.stop()
    assert len(mails(app)) == 1


def test_a_second_worker_leaves_the_short_lane_to_the_first(app: Flask, database: Database) -> None:
    ask_for_a_mail(database)
    first, second = Worker(app), Worker(app)
    with first._short_lock.hold(wait=True):
        assert second._short() is False
    assert mails(app) == []
    assert second._short() is True
    assert len(mails(app)) == 1


# Long jobs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_job(app: Flask, database: Database) -> Job:
    """One that waits."""
    with database.write() as session:
        jobs.add(session, "rebuild_index", lane=Lane.LONG)
    return row(database)


def row(database: Database) -> Job:
    with database.read() as session:
        return session.scalars(select(Job).where(Job.lane == Lane.LONG)).one()


def take(database: Database) -> Job:
    with database.write() as session:
        (job,) = jobs.claim(session, Lane.LONG, limit=1)
    return job


def let_the_lease_end(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Job).values(lease_until=utcnow() - timedelta(seconds=1)))


def until(true: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.01)


def test_a_long_job_renews_its_lease_while_it_runs(
    app: Flask, database: Database, long_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def long(_payload: object) -> None:
        for _ in range(3):
            seen.append(row(database).lease_until)
            until(lambda: row(database).lease_until > seen[-1])

    monkeypatch.setattr("web.worker.RENEW_SECONDS", 0.01)
    monkeypatch.setitem(HANDLERS, "rebuild_index", long)
    Worker(app).perform(take(database))
    assert len(seen) == 3
    assert (row(database).state, row(database).error) == (JobState.DONE, "")


def test_nothing_renews_it_when_it_has_ended(
    app: Flask, database: Database, long_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_payload: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("web.worker.RENEW_SECONDS", 0.0)
    monkeypatch.setitem(HANDLERS, "rebuild_index", broken)
    Worker(app).perform(take(database))
    assert [thread.name for thread in threading.enumerate() if thread.name == "lease"] == []
    assert (row(database).state, row(database).error) == (JobState.QUEUED, "RuntimeError: the disk is full")


def test_a_job_that_another_has_taken_meanwhile_is_the_others_to_end(
    app: Flask, database: Database, long_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[Job] = []

    def slept(_payload: object) -> None:
        let_the_lease_end(database)  # as if this process had been stopped for minutes
        others.append(take(database))

    monkeypatch.setitem(HANDLERS, "rebuild_index", slept)
    Worker(app).perform(take(database))
    assert (row(database).state, row(database).lease_until) == (JobState.RUNNING, others[0].lease_until)


def test_a_job_whose_lease_is_lost_before_it_begins_is_not_begun(
    app: Flask, database: Database, long_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    monkeypatch.setitem(HANDLERS, "rebuild_index", begun.append)
    late = take(database)
    let_the_lease_end(database)
    worker = Worker(app)
    worker.perform(take(database))
    worker.perform(late)
    assert len(begun) == 1
    assert row(database).state is JobState.DONE


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site of this test for processes that are started."""
    for name in ("var_dir", "database_url", "secret_key"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))


def test_a_long_job_is_performed_in_a_process_of_its_own(
    app: Flask, database: Database, long_job: Job, environment: None
) -> None:
    worker = Worker(app)
    assert worker._long() is True
    assert (row(database).state, row(database).error) == (JobState.DONE, "")
    assert app.extensions["backends"].engine.health().ready
    assert worker._long() is False


def test_such_a_process_that_comes_too_late_leaves_the_job_alone(
    app: Flask, database: Database, long_job: Job, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    run, others = subprocess.run, []

    def after_minutes(command: list[str], *, check: bool) -> None:
        let_the_lease_end(database)
        others.append(take(database))
        run(command, check=check)

    monkeypatch.setattr("web.worker.subprocess.run", after_minutes)
    Worker(app)._long()
    assert (row(database).state, row(database).lease_until) == (JobState.RUNNING, others[0].lease_until)
    assert not app.extensions["backends"].engine.health().ready


def test_a_long_job_whose_process_dies_each_time_is_given_up(
    app: Flask, database: Database, long_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []

    def killed(command: list[str], *, check: bool) -> None:
        begun.append(command)
        let_the_lease_end(database)

    monkeypatch.setattr("web.worker.subprocess.run", killed)
    worker = Worker(app)
    while worker._long():
        assert len(begun) <= jobs.ATTEMPTS
    assert len(begun) == jobs.ATTEMPTS
    assert (row(database).state, row(database).error) == (JobState.FAILED, jobs.DIED)


def test_a_rebuild_waits_for_the_end_of_another(
    app: Flask, database: Database, settings: Settings, long_job: Job
) -> None:
    worker = Worker(app)
    with LaneLock(database, settings.var_dir, REBUILD).hold(wait=True):
        worker.perform(take(database))
    waiting = row(database)
    assert (waiting.state, waiting.attempts, waiting.error) == (JobState.QUEUED, 0, "")  # which is no failure of it
    assert waiting.run_after > utcnow()
    with database.write() as session:
        session.execute(update(Job).values(run_after=utcnow()))
    worker.perform(take(database))
    assert row(database).state is JobState.DONE
