"""The worker's lanes: what a dead worker left is done at once, and two workers never perform the same short job."""

import time
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from models.actions import jobs
from models.base import Database
from models.enums import JobState, Lane
from models.tables import Job
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
