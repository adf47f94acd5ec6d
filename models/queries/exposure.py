"""How often a record was shown and opened."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import Achievement, ContactRequest, ExposureCount, Need

DAYS = 30
RECORDS: Mapping[str, type[Any]] = {"achievement": Achievement, "need": Need}


@dataclass
class Week:
    """Seven days (the oldest of thirty: two); people are counted once a day."""

    first: date
    last: date
    shown: int = 0
    viewed: int = 0
    requests: int = 0


def owners(session: Session, kind: str, public_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Public id -> (id, owner's id)."""
    record = RECORDS[kind]
    rows = session.execute(
        select(record.public_id, record.id, record.organisation_id).where(record.public_id.in_(public_ids))
    )
    return {row.public_id: (row.id, row.organisation_id) for row in rows}


def weeks(session: Session, record: Any, *, today: date, zone: tzinfo) -> Sequence[Week]:
    """The last thirty days of a record, newest week first; two queries."""
    since = today - timedelta(days=DAYS - 1)
    starts = range(0, DAYS, 7)
    found = [Week(max(today - timedelta(days=start + 6), since), today - timedelta(days=start)) for start in starts]
    counted = session.execute(
        select(ExposureCount.day, ExposureCount.shown, ExposureCount.viewed).where(
            ExposureCount.kind == record.kind, ExposureCount.record_id == record.id, ExposureCount.day >= since
        )
    )
    for day, shown, viewed in counted:
        if day <= today:
            week = found[(today - day).days // 7]
            week.shown += shown
            week.viewed += viewed
    about = getattr(ContactRequest, f"{record.kind}_id") == record.id
    asked = session.scalars(
        select(ContactRequest.created_at).where(
            about, ContactRequest.created_at >= datetime.combine(since, time(), zone)
        )
    )
    for moment in asked:
        if (day := moment.astimezone(zone).date()) <= today:
            found[(today - day).days // 7].requests += 1
    return found
