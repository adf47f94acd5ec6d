"""While Elasticsearch is away the search page says so and lists from the database; afterwards all is found again."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.actions import jobs
from models.base import Database, utcnow
from models.enums import GrantRole, JobState, Lane
from models.tables import Account, Achievement, Job
from scripts import serve
from scripts.dictionaries import load as load_dictionaries
from scripts.faults import Fault, Relay
from search.sync import Drainer, rebuild
from tests.factories import make_account, make_achievement, make_provider
from tests.search.conftest import elasticsearch_place
from web.config import Settings
from web.worker import Worker

AWAY = "搜索暂时不可用"
PATIENCE = 120  # seconds; far beyond what a busy machine needs


@pytest.fixture
def relay(elasticsearch_url: str) -> Iterator[Relay]:
    with Relay(elasticsearch_url) as made:
        yield made


@pytest.fixture
def settings(settings: Settings, relay: Relay, elasticsearch_url: str) -> Iterator[Settings]:
    """The site behind the relay, with indices of its own."""
    with elasticsearch_place(elasticsearch_url) as place:
        yield replace(settings, search_url=f"{relay.url}/{place.open()._prefix}", search_milliseconds=3000)


@pytest.fixture
def draining(app: Flask, database: Database) -> Iterator[None]:
    """The index lane at work all the time, as in the worker."""
    with database.write() as session:
        load_dictionaries(session)
        make_achievement(session, make_provider(session), title="大豆蛋白膜")
    rebuild(database, app.extensions["backends"].engine, app.config["SETTINGS"].var_dir)
    drain = Drainer(database, app.extensions["backends"].engine, app.config["SETTINGS"].var_dir)
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            drain() or ended.wait(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def publish(database: Database, title: str) -> None:
    with database.write() as session:
        make_achievement(session, make_provider(session), title=title)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.1)


def finds(client: FlaskClient, title: str) -> bool:
    """Whether the engine finds it, not the database."""
    page = client.get(f"/achievements?q={title}").text
    return AWAY not in page and "没有找到" not in page and title in page


@pytest.mark.parametrize(
    "fault", [Fault.GONE, Fault.DROPPED, Fault.RESET, Fault.SILENT, Fault.UNWELL, Fault.UNKNOWN_USER]
)
def test_pages_answer_meanwhile_and_the_index_catches_up_afterwards(
    relay: Relay, client: FlaskClient, database: Database, draining: None, fault: Fault
) -> None:
    assert finds(client, "大豆蛋白膜")
    relay.fault = fault
    publish(database, "玉米脱粒机")
    for _ in range(5):  # more than the breaker needs
        page = client.get("/achievements?q=大豆&field=materials")
        assert page.status_code == 200
        assert AWAY in page.text
        assert "玉米脱粒机" in page.text
    assert (
        "Search is not available at the moment" in client.get("/achievements", headers={"Accept-Language": "en"}).text
    )
    assert client.get("/health").json == {"database": "ok", "search": "unavailable"}
    with database.read() as session:
        record = session.scalars(select(Achievement.public_id)).first()
    page = client.get(f"/achievements/{record}")
    assert page.status_code == 200
    with database.read() as session:
        assert session.scalar(select(Job.state).order_by(Job.id.desc())) is not JobState.DONE
    relay.fault = Fault.NONE
    until(lambda: finds(client, "玉米脱粒机"))
    assert finds(client, "大豆蛋白膜")
    assert client.get("/health").json == {"database": "ok", "search": "ok"}


def test_while_it_is_read_only_searches_work_and_changes_wait(
    app: Flask, client: FlaskClient, database: Database, draining: None
) -> None:
    engine = app.extensions["backends"].engine
    block = engine._connect().indices.put_settings
    block(index=engine._alias, settings={"index.blocks.read_only_allow_delete": True})
    publish(database, "玉米脱粒机")
    waiting = select(Job.error).where(Job.lane == Lane.INDEX, Job.state == JobState.QUEUED, Job.error != "")

    def told() -> bool:
        with database.read() as session:
            return "takes no changes" in (session.scalar(waiting) or "")

    until(told)
    assert finds(client, "大豆蛋白膜")
    assert not finds(client, "玉米脱粒机")
    assert client.get("/health").json == {"database": "ok", "search": "read_only"}
    block(index=engine._alias, settings={"index.blocks.read_only_allow_delete": None})
    until(lambda: finds(client, "玉米脱粒机"))


def test_the_administrator_reads_what_is_wrong_and_since_when(
    relay: Relay, client: FlaskClient, database: Database, draining: None, log_in: Callable[[Account], FlaskClient]
) -> None:
    with database.write() as session:
        account = make_account(session, make_provider(session), GrantRole.ADMINISTRATOR)
    admin = log_in(account)
    page = admin.get("/admin").text
    assert "每次搜索都询问搜索引擎" in page
    assert "故障开始于" not in page
    relay.fault = Fault.UNKNOWN_USER
    for _ in range(3):
        client.get("/achievements?q=大豆")
    page = admin.get("/admin").text
    for words in ("它要求用户名密码或密钥", "搜索不再等待引擎", "故障开始于", "最近一次错误"):
        assert words in page


def test_a_site_that_starts_meanwhile_builds_its_index_when_the_engine_returns(
    relay: Relay, app: Flask, database: Database, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    relay.fault = Fault.GONE
    monkeypatch.setattr(serve.migrate, "is_current", lambda _: True)  # its tables were made without a migration
    monkeypatch.setattr(serve.seed, "load", lambda *_, **__: None)
    publish(database, "玉米脱粒机")
    for _ in range(2):
        serve.prepare(settings, app.extensions["backends"])
    assert "It cannot be reached" in capsys.readouterr().out
    with database.write() as session:
        (job,) = (job for job in jobs.claim(session, Lane.LONG, limit=9) if job.name == "rebuild_index")
    worker = Worker(app)
    worker.perform(job)
    with database.read() as session:
        waiting = session.get_one(Job, job.id)
        assert (waiting.state, waiting.attempts) == (JobState.QUEUED, 0)
    relay.fault = Fault.NONE
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(run_after=utcnow()))
    with database.write() as session:
        (again,) = jobs.claim(session, Lane.LONG, limit=1)
    worker.perform(again)
    with database.read() as session:
        assert session.get_one(Job, job.id).state is JobState.DONE
    assert finds(app.test_client(), "玉米脱粒机")
