"""What was made from the database, kept in this process for as long as nothing in it has changed."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from models.base import Database

LONGEST_AGE = 10.0  # seconds: "today", "now" and "in 5 minutes" move without any change of data
MOST = 512


@dataclass(frozen=True)
class Kept:
    value: Any
    version: int
    until: float


class Unchanged:
    """The last things kept, least recently used first to go; one per application."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, version: int) -> Any:
        """What was kept under this version of the database; None where nothing was or its time is over."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.version != version or kept.until < time.monotonic():
                return None
            self._kept.move_to_end(key)
            return kept.value

    def put(self, key: Hashable, version: int, value: Any) -> None:
        """``version`` is of before the value was made: what changed meanwhile makes it stale, not wrong."""
        with self._lock:
            self._kept[key] = Kept(value, version, time.monotonic() + LONGEST_AGE)
            self._kept.move_to_end(key)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
