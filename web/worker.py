"""The worker: three lanes, each performing its job rows in order.

Embedded it is threads of the site's process; in production a process of its own (scripts/worker.py).
"""

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Callable

from flask import Flask

import web.handlers  # noqa: F401 - registers every handler
from models.actions import jobs
from models.base import Database
from models.enums import Lane
from models.tables import Job
from search.engine import EngineUnavailable
from search.sync import Drainer, LaneLock
from web.backends import Backends
from web.jobs import HANDLERS, NotYet

log = logging.getLogger("worker")
IDLE_SECONDS = 0.2
ENGINE_SECONDS = 30.0  # until a rebuild or comparison is tried again whose engine was away


class Worker:
    """``start()`` begins the lanes, ``stop()`` ends them after the job under way."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.backends: Backends = app.extensions["backends"]
        self.database: Database = self.backends.database
        self._stopping = threading.Event()
        self._short_lock = LaneLock(self.database, app.config["SETTINGS"].var_dir, Lane.SHORT)
        self._first = True
        self._threads = [
            threading.Thread(target=self._lane, args=(step,), name=f"worker-{name}", daemon=True)
            for name, step in (("index", self._index()), ("short", self._short), ("long", self._long))
        ]

    def start(self) -> None:
        with self.database.write() as session:
            jobs.add_nightly(session)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _lane(self, step: Callable[[], bool]) -> None:
        while not self._stopping.is_set():
            try:
                busy = step()
            except Exception:  # a lane outlives whatever one step meets; the log and the job row say what it was
                log.exception("worker step failed")
                busy = False
            if not busy:
                self._stopping.wait(IDLE_SECONDS)
        with contextlib.suppress(AttributeError):
            step.close()  # type: ignore[attr-defined]

    def _index(self) -> Callable[[], bool]:
        return Drainer(self.database, self.backends.engine, self.app.config["SETTINGS"].var_dir)

    def _any_due(self, lane: Lane) -> bool:
        with self.database.read() as session:  # a look costs no write lock
            return jobs.any_due(session, lane)

    def _short(self) -> bool:
        if not self._first and not self._any_due(Lane.SHORT):
            return False
        with self._short_lock.hold(wait=False) as held:
            if not held:
                return False
            self._first = False
            with self.database.write() as session:
                jobs.release(
                    session, Lane.SHORT
                )  # what runs still was left by a worker that died: no lease to wait for
                claimed = jobs.claim(session, Lane.SHORT, limit=20)
            for job in claimed:
                self.perform(job)
        return bool(claimed)

    def _long(self) -> bool:
        if not self._any_due(Lane.LONG):
            return False
        with self.database.write() as session:
            claimed = jobs.claim(session, Lane.LONG, limit=1)
        for job in claimed:
            # A process of its own, so that minutes of work neither hold the interpreter nor die with a page.
            subprocess.run([sys.executable, "-m", "scripts.worker", "--job", str(job.id)], check=False)
        return bool(claimed)

    def perform(self, job: Job) -> None:
        """Run one claimed job's handler and note the end."""
        try:
            with self.app.app_context():
                HANDLERS[job.name](job.payload)
        except NotYet as later:
            with self.database.write() as session:
                jobs.put_back(session, [job.id], error="", seconds=later.seconds)
        except EngineUnavailable as error:
            if error.trouble is None or not error.trouble.passes:
                self._fail(job, error)
                return
            log.warning("job %s %s waits: %s", job.id, job.name, error)
            with self.database.write() as session:
                jobs.put_back(session, [job.id], error=str(error), seconds=ENGINE_SECONDS)
        except Exception as error:  # whatever a handler meets is kept with the job and tried again later
            self._fail(job, error)
        else:
            with self.database.write() as session:
                jobs.finish(session, [job.id])

    def _fail(self, job: Job, error: Exception) -> None:
        log.warning("job %s %s failed: %s", job.id, job.name, error)
        with self.database.write() as session:
            jobs.fail(session, job.id, f"{type(error).__name__}: {error}", attempts=job.attempts)
