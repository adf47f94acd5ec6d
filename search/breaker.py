"""A circuit breaker: who asks a server that fails again and again stops waiting for it for a while."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger("search")
FAILURES = 3  # in a row; one or two may be a connection that had grown old, or one heavy question
REST = 3.0  # seconds in which nobody asks; then one does
LOST = 10.0  # seconds after which a probe that told nothing is taken for lost (its thread died)


class State(StrEnum):
    """Whether callers are let through."""

    CLOSED = "closed"  # all of them
    OPEN = "open"  # none
    PROBING = "probing"  # one, whose luck decides


@dataclass(frozen=True, slots=True)
class Report:
    """How a breaker stands; times are seconds before now."""

    state: State
    failing_for: float | None  # since the first failure of the present row; None if the last answer was good
    error: str  # the last one ever, "" if there was none
    error_age: float | None


class Breaker:
    """Of one process; safe for threads, and made anew in a child that is forked.

    A caller asks `enter` for a ticket and afterwards says what came of it. Tickets from before the last change of
    state are void, so what was under way when it opened neither closes it nor prolongs it.
    """

    def __init__(
        self, *, failures: int = FAILURES, rest: float = REST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._rest, self._clock = failures, rest, clock
        self._renew()
        renew = weakref.WeakMethod(self._renew)

        def in_child() -> None:
            if alive := renew():
                alive()

        os.register_at_fork(after_in_child=in_child)

    def _renew(self) -> None:
        self._lock = threading.Lock()  # the parent's may have been held by a thread that the child does not have
        self._epoch = 0
        self._failures = 0
        self._since: float | None = None
        self._opened: float | None = None
        self._probe: float | None = None
        self._error = ""
        self._error_at: float | None = None

    def enter(self) -> int | None:
        """Return a ticket, or None: fail at once."""
        with self._lock:
            if self._opened is None:
                return self._epoch
            now = self._clock()
            free_at = self._opened + self._rest if self._probe is None else self._probe + LOST
            if now < free_at:
                return None
            self._probe = now
            self._epoch += 1
            return self._epoch

    def succeeded(self, ticket: int) -> None:
        with self._lock:
            if ticket != self._epoch:
                return
            if self._opened is not None and self._since is not None:
                log.warning("the engine answers again after %.0f s", self._clock() - self._since)
                self._epoch += 1
            self._failures, self._since, self._opened, self._probe = 0, None, None, None

    def failed(self, ticket: int, error: str) -> None:
        """Note a failure; `error` is told to administrators."""
        with self._lock:
            if ticket != self._epoch:
                return
            now = self._clock()
            self._failures += 1
            self._since = now if self._since is None else self._since
            self._error, self._error_at = error, now
            if self._opened is None:
                if self._failures < self._limit:
                    return
                log.warning("searches stop asking the engine, one tries every %.0f s: %s", self._rest, error)
            self._opened, self._probe = now, None
            self._epoch += 1

    def abandoned(self, ticket: int) -> None:
        """Nothing was learnt: the caller did not ask, or gave the server less time than it should have."""
        with self._lock:
            if ticket == self._epoch:
                self._probe = None

    def report(self) -> Report:
        with self._lock:
            now = self._clock()
            if self._opened is None:
                state = State.CLOSED
            else:
                state = State.OPEN if self._probe is None else State.PROBING
            return Report(
                state,
                None if self._since is None else now - self._since,
                self._error,
                None if self._error_at is None else now - self._error_at,
            )
