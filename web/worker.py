"""The worker: three lanes, each performing its job rows in order; of long jobs two at a time.

Embedded it is threads of the site's process; in production a process of its own (scripts/worker.py).
"""

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

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
RENEW_SECONDS = jobs.LEASE.total_seconds() / 6  # a busy database or machine may cost some of them


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
            for name, step in (
                ("index", self._index()),
                ("short", self._short),
                ("long", self._long),
                ("long-2", self._long),  # a timetable does not wait for a rebuild
            )
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
            jobs.give_up(session, Lane.LONG)
            claimed = jobs.claim(session, Lane.LONG, limit=1)
        for job in claimed:
            # A process of its own, so that minutes of work neither hold the interpreter nor die with a page.
            claim = ["--job", str(job.id), "--lease", str(job.lease_until)]
            subprocess.run([sys.executable, "-m", "scripts.worker", *claim], check=False)
        return bool(claimed)

    def perform(self, job: Job) -> None:
        """Run one claimed job's handler and note the end."""
        try:
            with self._lease_kept(job), self.app.app_context():
                HANDLERS[job.name](job.payload)
        except jobs.LeaseLost:
            log.warning("job %s %s was taken by another worker", job.id, job.name)
        except NotYet as later:
            with self.database.write() as session:
                jobs.put_back(session, [job], error="", seconds=later.seconds)
        except EngineUnavailable as error:
            if error.trouble is None or not error.trouble.passes:
                self._fail(job, error)
                return
            log.warning("job %s %s waits: %s", job.id, job.name, error)
            with self.database.write() as session:
                jobs.put_back(session, [job], error=str(error), seconds=ENGINE_SECONDS)
        except Exception as error:  # whatever a handler meets is kept with the job and tried again later
            self._fail(job, error)
        else:
            with self.database.write() as session:
                jobs.finish(session, [job])

    def _fail(self, job: Job, error: Exception) -> None:
        log.warning("job %s %s failed: %s", job.id, job.name, error)
        with self.database.write() as session:
            jobs.fail(session, job, f"{type(error).__name__}: {error}")

    @contextlib.contextmanager
    def _lease_kept(self, job: Job) -> Iterator[None]:
        """Renew the lease of a long job, now and while it runs; the short lane has its lock.

        It is renewed in the process that performs the job: so long as that lives nobody else takes the job, even where
        the worker has died, and no longer. Raises LeaseLost where the job is another's before it has begun.
        """
        if job.lane is not Lane.LONG:
            yield
            return
        self._renew(job)
        ended = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(job, ended), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _renew_until(self, job: Job, ended: threading.Event) -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                self._renew(job)
            except jobs.LeaseLost:  # what it does yet is done twice, which it bears; how it ends is the other's to note
                log.warning("job %s %s was taken by another worker while it ran", job.id, job.name)
                return
            except Exception:  # the next one may succeed before the lease ends
                log.exception("the lease of job %s %s was not renewed", job.id, job.name)

    def _renew(self, job: Job) -> None:
        with self.database.write() as session:
            until = jobs.renew(session, job)
        job.lease_until = until
