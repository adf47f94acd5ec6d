"""How long until what is published is found: writes at a steady pace, the worker's index lane, a reader who looks."""

import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select

import models.changes  # noqa: F401 - what is written must reach the index
from models.base import Database
from models.enums import RecordState
from models.tables import Achievement
from scripts import seed
from scripts.bench_index import asked
from scripts.bench_metrics import Metrics, latencies
from scripts.migrate import migrate
from scripts.services import PostgreSQL
from search.engine import Engine
from search.sync import BATCH, Drainer, pending
from web.backends import connect
from web.config import Settings

WRITES = 600
A_SECOND = 20  # half of them publish, half withdraw
LOOK = 0.01  # seconds between two looks of the reader
PATIENCE = 60.0  # seconds until what is not found is given up


class NotFound(RuntimeError):
    """Something published was not found in time."""


def findable(engine: Engine, kind: str) -> Metrics:
    """Milliseconds from the commit of a publication to the first look that finds it, and the writes a second reached.

    The database is a SQLite file with the embedded engine, a PostgreSQL started for it with Elasticsearch.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {"DATABASE_URL": stack.enter_context(PostgreSQL())} if kind == "elasticsearch" else {}
        backends = connect(Settings.from_env({"VAR_DIR": str(folder), **urls}))
        stack.callback(backends.close)
        database = backends.database
        migrate(database)
        seed.load(backends, say=lambda text: None)
        ids = _withdraw_half(database)
        drainer = Drainer(database, engine, folder)
        while drainer() or _waiting(database):
            pass
        stop = threading.Event()
        lane = threading.Thread(target=_drain, args=(drainer, stop), daemon=True)
        reader = _Reader(engine)
        lane.start()
        reader.start()
        try:
            began = time.perf_counter()
            for number in range(WRITES):
                time.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
                _toggle(database, ids[number % len(ids)], reader)
            pace = WRITES / (time.perf_counter() - began)
            reader.finish()
        finally:
            stop.set()
            lane.join()
    return latencies(reader.took) | {"published": len(reader.took), "writes_a_second": pace}


class _Reader(threading.Thread):
    """Looks for what was published until it is found."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(daemon=True)
        self.took: list[float] = []
        self._engine = engine
        self._since: dict[str, float] = {}  # key -> when its publication was committed
        self._ended = threading.Event()

    def expect(self, key: str) -> None:
        self._since[key] = time.perf_counter()

    def finish(self) -> None:
        """Wait for the last ones. Raises NotFound."""
        self._ended.set()
        self.join(PATIENCE)
        if self._since:
            raise NotFound(f"{len(self._since)} publications are not found after {PATIENCE:g} s")

    def run(self) -> None:
        while self._since or not self._ended.is_set():
            if keys := tuple(self._since)[:BATCH]:
                page = self._engine.search(asked("", keys=keys, size=BATCH, facets=()))
                now = time.perf_counter()
                for hit in page.hits:
                    if (since := self._since.pop(hit.key, None)) is not None:
                        self.took.append(now - since)
            time.sleep(LOOK)


def _drain(drainer: Drainer, stop: threading.Event) -> None:
    while not stop.is_set():
        if not drainer():
            stop.wait(0.2)  # as the worker's lanes wait


def _withdraw_half(database: Database) -> list[int]:
    """So that one turn through all publishes and withdraws by turns."""
    with database.write() as session:
        published = select(Achievement).where(Achievement.state == RecordState.PUBLISHED).order_by(Achievement.id)
        rows = session.scalars(published).all()
        for achievement in rows[::2]:
            achievement.state = RecordState.WITHDRAWN
        return [achievement.id for achievement in rows]


def _waiting(database: Database) -> int:
    with database.read() as session:
        return pending(session)


def _toggle(database: Database, achievement_id: int, reader: _Reader) -> None:
    """Publish one that is withdrawn, withdraw one that is published."""
    key = f"achievement:{achievement_id}:card"
    with database.write() as session:
        achievement = session.get_one(Achievement, achievement_id)
        published = achievement.state is not RecordState.PUBLISHED
        achievement.state = RecordState.PUBLISHED if published else RecordState.WITHDRAWN
    if published:
        reader.expect(key)
