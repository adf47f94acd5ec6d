"""The index kept true: the drainer, rebuild() and verify() (ARCHITECTURE.md, "Search kept true")."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from models.actions import jobs
from models.base import Database
from models.enums import JobState, Lane
from models.queries.indexing import published_records
from models.tables import Job
from search.engine import Engine, EngineUnavailable, Index, Upsert
from search.records import changes, changes_of

log = logging.getLogger("index")
BATCH = 500
PERIOD = 0.25  # seconds between two commits of the index: more would hold it at 64 documents a second
RETRY_FIRST, RETRY_MOST = 1.0, 15.0  # seconds until an unavailable engine is asked again; each time twice as long
REBUILD = "rebuild"  # no lane: scripts and the start of the site rebuild too
# Name of the file, and number of PostgreSQL's advisory lock: any of our own.
LOCKS = {
    Lane.INDEX: ("drainer.lock", 7_301_994),
    Lane.SHORT: ("short.lock", 7_301_995),
    REBUILD: ("rebuild.lock", 7_301_996),
}

Progress = Callable[[int], None]


class LaneLock:
    """Whoever holds it is the only one at work in a lane: of the index lane, the only writer of the index; or at a REBUILD.

    A lock of the file system where the database is a file, else PostgreSQL's on a connection of its own (a pooled one
    would leak it, and hand it on unnoticed), in no transaction: a rebuild may take hours.
    """

    def __init__(self, database: Database, folder: Path, work: str) -> None:
        name, self._number = LOCKS[work]
        self._path = folder / name
        self._engine = (
            None
            if database.is_sqlite
            else create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        )

    @contextmanager
    def hold(self, *, wait: bool) -> Iterator[bool]:
        """Yield whether it is held; with ``wait`` it always is."""
        if self._engine is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                except BlockingIOError:
                    yield False
                else:
                    yield True
            return
        with self._engine.connect() as connection:
            verb = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
            held = connection.execute(text(f"SELECT {verb}({self._number})")).scalar() is not False
            yield held


class Drainer:
    """Called again and again by the worker's index lane: writes one batch, returns whether there was one."""

    def __init__(self, database: Database, engine: Engine, folder: Path) -> None:
        self.database, self.engine = database, engine
        self._lock = LaneLock(database, folder, Lane.INDEX)
        self._not_before = 0.0
        self._first = True
        self._wait = RETRY_FIRST
        self._told = ""

    def __call__(self) -> bool:
        time.sleep(max(0.0, min(PERIOD, self._not_before - time.monotonic())))
        if time.monotonic() < self._not_before:
            return False
        with self.database.read() as session:
            if not self._first and not jobs.any_due(session, Lane.INDEX):
                return False
        with self._lock.hold(wait=False) as held:
            if not held:
                return False
            self._first = False
            return self._drain()

    def _drain(self) -> bool:
        with self.database.write() as session:
            jobs.release(session, Lane.INDEX)  # nobody else drains: what runs still was left by a process that died
            claimed = jobs.claim(session, Lane.INDEX, limit=BATCH)
        if not claimed:
            return False
        try:
            with self.database.read() as session:
                self.engine.write(changes(session, {job.payload["key"] for job in claimed}))
        except EngineUnavailable as error:
            self._put_back(claimed, error)
            return False
        if self._told:
            log.warning("the index takes changes again")
        self._wait, self._told = RETRY_FIRST, ""
        with self.database.write() as session:
            jobs.finish(session, claimed)
        self._not_before = time.monotonic() + PERIOD
        return True

    def _put_back(self, claimed: Sequence[Job], error: EngineUnavailable) -> None:
        if str(error.trouble) != self._told:  # the same again would fill the log
            log.warning("index unavailable, %s jobs or more wait: %s", len(claimed), error)
            self._told = str(error.trouble)
        self._not_before = time.monotonic() + self._wait
        with self.database.write() as session:
            jobs.put_back(session, claimed, error=str(error), seconds=self._wait)
        self._wait = min(2 * self._wait, RETRY_MOST)


class RebuildUnderway(Exception):
    """Somebody builds the index anew at this time."""

    def __init__(self) -> None:
        super().__init__("The index is being built anew already, here or on another machine.")


def rebuild(database: Database, engine: Engine, folder: Path, *, progress: Progress = lambda done: None) -> int:
    """Build a new index beside the old one and swap; returns the number of records. Searches go on meanwhile.

    Raises RebuildUnderway where another one is, and EngineUnavailable; the old index stays.
    """
    with LaneLock(database, folder, REBUILD).hold(wait=False) as held:
        if not held:
            raise RebuildUnderway
        return _rebuild(database, engine, folder, progress)


def _rebuild(database: Database, engine: Engine, folder: Path, progress: Progress) -> int:
    """Jobs that the drainer did since the start are done again in the new index, in their order, until none is left; the
    rest under the drainer's lock, before the swap (GROUND: the other order loses changes).
    """
    seen = _last_done(database)
    generation = engine.new_generation()
    try:
        count = 0
        with database.read() as session:
            for kind, ids in published_records(session, batch=BATCH):
                generation.write(change for change in changes_of(session, ids, kind) if isinstance(change, Upsert))
                count += len(ids)
                progress(count)
        while (newer := _replay(database, generation, seen)) != seen:
            seen = newer
        with LaneLock(database, folder, Lane.INDEX).hold(wait=True):
            _replay(database, generation, seen)
            generation.swap()
    except BaseException:
        generation.discard()
        raise
    return count


def _last_done(database: Database) -> int:
    """Of the index lane only: on PostgreSQL two lanes may finish under one number, the later one after we looked."""
    newest = select(Job.done_number).where(Job.lane == Lane.INDEX, Job.done_number.is_not(None))
    with database.read() as session:
        return session.scalar(newest.order_by(Job.done_number.desc()).limit(1)) or 0


def _replay(database: Database, index: Index, seen: int) -> int:
    """Do again what was done after number ``seen``; returns the last number done."""
    with database.read() as session:
        rows = session.execute(
            select(Job.done_number, Job.payload)
            .where(Job.lane == Lane.INDEX, Job.state == JobState.DONE, Job.done_number > seen)
            .order_by(Job.done_number)
        ).all()
        keys = {row.payload["key"] for row in rows}
        if keys:
            index.write(changes(session, keys))
    return rows[-1].done_number if rows else seen


def verify(database: Database, engine: Engine, *, progress: Progress = lambda done: None) -> int:
    """Compare every document with its row; enqueue and count the records that differ.

    Raises EngineUnavailable.
    """
    indexed = engine.all_keys()
    wrong: set[str] = set()
    done = 0
    with database.read() as session:
        for kind, ids in published_records(session, batch=BATCH):
            for change in changes_of(session, ids, kind):
                stamp = indexed.pop(change.key, None)
                expected = (
                    (change.document["version"], change.document["digest"]) if isinstance(change, Upsert) else None
                )
                if stamp != expected:
                    wrong.add(change.key.rpartition(":")[0])
            done += len(ids)
            progress(done)
    wrong.update(key.rpartition(":")[0] for key in indexed)  # documents of what is not published
    if wrong:
        with database.write() as session:
            jobs.add_index_jobs(session.connection(), wrong)
    return len(wrong)


def pending(session: Session) -> int:
    """Index jobs that wait or run."""
    return len(
        session.scalars(
            select(Job.id).where(Job.lane == Lane.INDEX, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
        ).all()
    )
