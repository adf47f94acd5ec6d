"""The sample data: written records in the JSON files beside, and the loaders that make rows of them.

Everything is fictitious and marked (``is_sample``). Public ids come from the keys, so a second loading finds what is
there; dates of events, slots and validity lie relative to the first loading, the register's half-year is fixed.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from models.base import PUBLIC_ID_ALPHABET

FOLDER = Path(__file__).parent


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The records of one JSON Lines file."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def document(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def sample_id(kind: str, key: str) -> str:
    """The public id of a sample row: the same at every loading."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(10):
        number, index = divmod(number, len(PUBLIC_ID_ALPHABET))
        letters.append(PUBLIC_ID_ALPHABET[index])
    return "".join(letters)


def pick(key: str, count: int) -> int:
    """A number below ``count`` that belongs to the key: varied, yet the same at every loading."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % count


class Clock:
    """Times relative to the first loading, in the site's zone."""

    def __init__(self, first_loaded: datetime, zone: str) -> None:
        self.first, self.zone = first_loaded, ZoneInfo(zone)

    def at(self, day: int, clock: str) -> datetime:
        """The moment ``day`` days after the first loading at HH:MM."""
        date = self.first.astimezone(self.zone).date() + timedelta(days=day)
        return datetime.combine(date, time.fromisoformat(clock), self.zone)
