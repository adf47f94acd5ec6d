"""Telling open pages that the meetings of a session have changed: server-sent events, the number of the newest news each.

One poller a process asks the database, so long as somebody listens. A stream holds a thread of the server, so at most
half of them may; whoever comes later polls. No stream holds a session of the database.
"""

import logging
import threading
import time
from collections import Counter

from flask import Flask

from models.base import Database
from models.queries.news import newest

log = logging.getLogger(__name__)
POLL = 0.5  # seconds between two looks; what nobody changed costs microseconds
BEAT = 15.0  # seconds until a line tells proxies, and tells us, that the other end is there
LONGEST = 600.0  # seconds of a stream: then the browser comes again, and may have to log in


class Live:
    """The streams of one process."""

    def __init__(self, database: Database, *, most: int, longest: float = LONGEST) -> None:
        self.database, self.most, self.longest = database, most, longest
        self.changed = threading.Condition()
        self.numbers: dict[int, int] = {}
        self.stopping = False
        self._listening: Counter[int] = Counter()
        self._version: int | None = None
        self._poller: threading.Thread | None = None

    def listen(self, match_session_id: int, seen: int) -> "Stream | None":
        """A stream of what is newer than ``seen``; None where there are too many already."""
        with self.changed:
            if self.stopping or self.streams >= self.most:
                return None
            self._listening[match_session_id] += 1
            self._version = None  # the poller reads anew, the session may not be known
            if self._poller is None:
                self._poller = threading.Thread(target=self._poll, name="live", daemon=True)
                self._poller.start()
        return Stream(self, match_session_id, seen)

    @property
    def streams(self) -> int:
        return self._listening.total()

    def leave(self, match_session_id: int) -> None:
        with self.changed:
            self._listening[match_session_id] -= 1
            self._listening += Counter()  # what nobody listens to is forgotten

    def stop(self) -> None:
        """End all streams within a second; takes no lock, so that a signal's handler may call it."""
        self.stopping = True

    def _poll(self) -> None:
        while True:
            with self.changed:
                if self.stopping or not self.streams:
                    self._poller = None
                    return
                wanted = list(self._listening)
            try:
                self._look(wanted)
            except Exception:  # the database may be away for a while; the streams wait
                log.exception("news could not be read")
            time.sleep(POLL)

    def _look(self, wanted: list[int]) -> None:
        version = self.database.version()
        if version == self._version:
            return
        with self.database.read() as session:
            found = newest(session, wanted)
        with self.changed:
            if set(self._listening) <= set(wanted):
                self._version = version
            self.numbers.update(found)
            self.changed.notify_all()


class Stream:
    """The lines of one stream; gives its place back when it is closed, also where it was never read."""

    def __init__(self, live: Live, match_session_id: int, seen: int) -> None:
        self._live, self._session, self._seen = live, match_session_id, seen
        self._until = time.monotonic() + live.longest
        self._begun = self._closed = False

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        if not self._begun:
            self._begun = True
            return b"retry: 5000\n\n"
        beat = time.monotonic() + BEAT
        with self._live.changed:
            while not (self._closed or self._live.stopping or time.monotonic() > self._until):
                number = self._live.numbers.get(self._session, 0)
                if number > self._seen:
                    self._seen = number
                    return f"event: news\ndata: {number}\n\n".encode()
                if time.monotonic() > beat:
                    return b": still here\n\n"
                self._live.changed.wait(timeout=1.0)
        raise StopIteration

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._live.leave(self._session)


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    longest = 0.0 if settings.testing else LONGEST  # a test's client reads an answer to its end
    app.extensions["live"] = Live(app.extensions["backends"].database, most=settings.threads // 2, longest=longest)
