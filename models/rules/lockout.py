"""When an address is locked after failed log-ins."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def locked_until(failures: Sequence[datetime], *, attempts: int, minutes: int, now: datetime) -> datetime | None:
    """Until when log-ins at an address are refused, or None. ``failures``: times of the newest, newest first.

    Locked are ``attempts`` failures within ``minutes``, for as long after the last of them.
    """
    if len(failures) < attempts:
        return None
    newest, first = failures[0], failures[attempts - 1]
    window = timedelta(minutes=minutes)
    return newest + window if newest - first <= window and now < newest + window else None
