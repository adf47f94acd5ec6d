"""How long somebody is willing to wait: one amount of time for all requests that answer one question."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Patience:
    """What is left of it; `asked` tells whether a server was asked meanwhile."""

    until: float  # of the monotonic clock
    asked: bool = False

    @property
    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self.until - time.monotonic())


_current: ContextVar[Patience | None] = ContextVar("patience", default=None)


def current() -> Patience | None:
    """The innermost `within` of this thread, or None: there is no hurry."""
    return _current.get()


@contextmanager
def within(seconds: float) -> Iterator[Patience]:
    """Bound what is asked inside; an inner bound cannot outlast an outer one."""
    outer = _current.get()
    until = time.monotonic() + seconds
    patience = Patience(until if outer is None else min(until, outer.until))
    token = _current.set(patience)
    try:
        yield patience
    finally:
        _current.reset(token)
