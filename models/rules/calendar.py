"""Working days and cells of time."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

CELL = timedelta(minutes=5)


def add_working_days(start: date, days: int, holidays: Collection[date] = ()) -> date:
    """The date ``days`` working days (Monday to Friday, holidays left out) after ``start``."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            days -= 1
    return day


def cells(starts_at: datetime, ends_at: datetime) -> range:
    """The five-minute cells (UTC epoch // 300) that a stretch of time touches."""
    first = int(starts_at.timestamp()) // 300
    last = -(-int(ends_at.timestamp()) // 300)
    return range(first, last)


def slots(starts_at: datetime, ends_at: datetime, minutes: int) -> Iterator[tuple[datetime, datetime]]:
    """Whole slots of ``minutes`` between two times."""
    step = timedelta(minutes=minutes)
    while starts_at + step <= ends_at:
        yield starts_at, starts_at + step
        starts_at += step
