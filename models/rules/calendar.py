"""Working days and cells of time."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

CELL = timedelta(minutes=5)
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")  # of the setting TIMEZONE; who knows the site's passes its own


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


def moment(cell: int) -> datetime:
    """When a cell begins."""
    return datetime.fromtimestamp(cell * CELL.total_seconds(), UTC)


def slots(starts_at: datetime, ends_at: datetime, minutes: int) -> Iterator[tuple[datetime, datetime]]:
    """Whole slots of ``minutes`` between two times."""
    step = timedelta(minutes=minutes)
    while starts_at + step <= ends_at:
        yield starts_at, starts_at + step
        starts_at += step


def today(zone: tzinfo = DEFAULT_ZONE) -> date:
    """The present day where the site is."""
    return datetime.now(UTC).astimezone(zone).date()


def at_local(day: date, hour: int, zone: tzinfo = DEFAULT_ZONE) -> datetime:
    """A full hour of a day where the site is, as UTC."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


def weekly(starts_at: datetime, ends_at: datetime, weeks: int, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """A stretch of time and the same one week later and so on, at the same time of the clock on the wall, as UTC."""
    first, length = starts_at.astimezone(zone).replace(tzinfo=None), ends_at - starts_at
    begins = [(first + timedelta(weeks=week)).replace(tzinfo=zone).astimezone(UTC) for week in range(weeks)]
    return [(one, one + length) for one in begins]
