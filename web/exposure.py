"""Counting who is shown a record and who opens it: once a person and day, by a hash whose salt is thrown away after the day.

Several processes know of each other's counts by Redis, where there is one. Nothing of a person reaches the database, only numbers. Pages that web/pagecache.py serves count as well: the counting
stands after every answer, not in the views.
"""

import logging
import re
import secrets
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

from flask import Flask, Response, g, request
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from models.actions import exposure as actions
from models.base import Database
from models.enums import RecordState
from models.queries import exposure as queries
from models.rules.policy import may
from web.auth import actor
from web.database import db
from web.display import today
from web.i18n import zone

log = logging.getLogger(__name__)
EVERY = 30.0  # seconds between two writes: each makes kept pages stale
MOST = 500_000  # people and records remembered of a day, a process; beyond nothing is counted until midnight
DAY = 25 * 3600  # seconds that hashes and their salt are kept in Redis
PAGES = {"achievements.show": "achievement", "needs.show": "need"}
PROGRAMS = re.compile(r"bot|crawl|spider|slurp|curl|wget|python-", re.IGNORECASE)


class Shared:
    """What any process has counted on a day. While Redis does not answer each process counts by itself."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)

    def salt(self, day: date) -> bytes:
        """The same for all processes."""
        own = secrets.token_bytes(16)
        try:
            self._redis.set(f"exposure:salt:{day}", own, nx=True, ex=DAY)
            kept = self._redis.get(f"exposure:salt:{day}")
        except RedisError as error:
            log.warning("exposure is counted by each process alone: %s", error)
            return own
        return kept if isinstance(kept, bytes) else own

    def first(self, day: date, hashes: Sequence[bytes]) -> list[bool]:
        """Of each hash, whether nobody has counted it before."""
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for one in hashes:
                pipeline.sadd(f"exposure:{day}", one)
            pipeline.expire(f"exposure:{day}", DAY)
            return [bool(added) for added in pipeline.execute()[:-1]]
        except RedisError as error:
            log.warning("exposure is counted by each process alone: %s", error)
            return [True] * len(hashes)


Counted = tuple[str, str, date, str, int | None]  # kind, public id, day, what, the reader's organisation


class Exposure:
    """What was counted since the last write; one per process."""

    def __init__(self, database: Database, shared: Shared | None = None) -> None:
        self.database, self.every, self.written_at = database, EVERY, time.monotonic()
        self._shared = shared
        self._lock = threading.Lock()
        self._noted: dict[bytes, Counted] = {}  # by hash; others may have counted it
        self._counted: Counter[Counted] = Counter()
        self._new_day(date.min)

    def _new_day(self, day: date) -> None:
        salt = self._shared.salt(day) if self._shared and day != date.min else secrets.token_bytes(16)
        self._day, self._salt, self._seen = day, salt, set[bytes]()

    def note(
        self, what: str, kind: str, public_ids: Sequence[str], *, visitor: str, organisation: int | None, day: date
    ) -> None:
        """Count records as ``shown`` or ``viewed`` unless this visitor was counted for them today."""
        with self._lock:
            if day != self._day:
                self._new_day(day)
            for public_id in public_ids:
                seen = blake2b(f"{what} {public_id} {visitor}".encode(), key=self._salt, digest_size=8).digest()
                if seen not in self._seen and len(self._seen) < MOST:
                    self._seen.add(seen)
                    self._noted[seen] = (kind, public_id, day, what, organisation)

    def due(self) -> bool:
        return bool(self._noted or self._counted) and time.monotonic() - self.written_at >= self.every

    def write(self) -> None:
        """Add what was counted to the database; an owner's own people are left out."""
        with self._lock:
            noted, self._noted = self._noted, {}
            counted, self._counted, self.written_at = self._counted, Counter(), time.monotonic()
        for day in {one[2] for one in noted.values()}:
            hashes = [seen for seen, one in noted.items() if one[2] == day]
            first = self._shared.first(day, hashes) if self._shared else [True] * len(hashes)
            counted.update(noted[seen] for seen, new in zip(hashes, first, strict=True) if new)
        try:
            with self.database.write() as session:
                sums: dict[tuple[str, int, date], list[int]] = defaultdict(lambda: [0, 0])
                for wanted in queries.RECORDS:
                    owners = queries.owners(session, wanted, {key[1] for key in counted if key[0] == wanted})
                    for (kind, public_id, day, what, organisation), number in counted.items():
                        id_, owner = owners.get(public_id, (0, None)) if kind == wanted else (0, None)
                        if id_ and owner != organisation:
                            sums[kind, id_, day][what == "viewed"] += number
                actions.add(session, {key: (shown, viewed) for key, (shown, viewed) in sums.items()})
        except SQLAlchemyError:  # counting must not cost anybody a page; the next write tries again
            log.exception("exposure was not written")
            with self._lock:
                self._counted.update(counted)


def show(kind: str, public_ids: Sequence[str]) -> None:
    """Note what a list shows; it is counted when the answer is a success."""
    g.shown = (kind, public_ids)


def of_record(record: Any) -> Sequence[queries.Week] | None:
    """For a record's own people and organizers: the last thirty days, by week."""
    if record.state is not RecordState.PUBLISHED or not may(actor(), f"{record.kind}.history", record):
        return None
    return queries.weeks(db(), record, today=today(), zone=zone())


def init_app(app: Flask) -> None:
    redis_url = app.config["SETTINGS"].redis_url
    shared = Shared(redis_url) if redis_url else None
    counter = app.extensions["exposure"] = Exposure(app.extensions["backends"].database, shared)
    app.jinja_env.globals["exposure_of"] = of_record

    @app.after_request
    def _count(response: Response) -> Response:
        shown: list[tuple[str, str, Sequence[str]]] = []
        if response.status_code == 200 and request.method == "GET":
            if kind := PAGES.get(request.endpoint or ""):
                shown.append(("viewed", kind, [(request.view_args or {})["public_id"]]))
            elif "shown" in g:
                shown.append(("shown", *g.shown))
        agent = request.headers.get("User-Agent", "")
        if shown and not PROGRAMS.search(agent):
            who = actor()
            visitor = f"account {who.account_id}" if who.signed_in else f"{request.remote_addr} {agent}"
            for what, kind, ids in shown:
                counter.note(what, kind, ids, visitor=visitor, organisation=who.organisation_id, day=today())
        if counter.due():
            counter.written_at = time.monotonic()  # the next answer need not do it, too
            response.call_on_close(counter.write)
        return response
