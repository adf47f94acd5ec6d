"""Who is expected at the door of a roadshow, who is in, who did not come. Contact data are never among the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.enums import Attendance, RegistrationState
from models.tables import Event, Registration

FOUND_AT_MOST = 30
LAST = 10

ARRIVED = Registration.checked_in_at.is_not(None)
ON_SITE = or_(Registration.attendance == Attendance.IN_PERSON, ARRIVED)  # who registered online may come all the same
EXPECTED = and_(Registration.state == RegistrationState.REGISTERED, ON_SITE)


@dataclass(frozen=True)
class Counts:
    expected: int  # in person, whether here or not
    arrived: int
    walk_ins: int
    online: int
    no_shows: int | None  # None before the end

    @property
    def missing(self) -> int:
        return self.expected - self.arrived


def counts(session: Session, event: Event, *, now: datetime) -> Counts:
    """One query."""
    row = session.execute(
        select(
            func.count().filter(EXPECTED),
            func.count().filter(EXPECTED, ARRIVED),
            func.count().filter(EXPECTED, ARRIVED, Registration.walk_in),
            func.count().filter(
                Registration.state == RegistrationState.REGISTERED,
                Registration.attendance == Attendance.ONLINE,
                ~ARRIVED,
            ),
        ).where(Registration.event_id == event.id)
    ).one()
    expected, arrived, walk_ins, online = row
    return Counts(expected, arrived, walk_ins, online, expected - arrived if event.ends_at <= now else None)


def _columns() -> Any:
    return select(
        Registration.public_id,
        Registration.name,
        Registration.organisation_name,
        Registration.state,
        Registration.checked_in_at,
    )


def search(session: Session, event_id: int, text: str) -> Sequence[Any]:
    """By a part of the name, or by exactly the last four digits of the mobile number."""
    text = text.strip()
    if not text:
        return []
    found = Registration.name.contains(text, autoescape=True)
    if len(text) == 4 and text.isascii() and text.isdigit():
        found = or_(found, Registration.mobile.endswith(text))
    return session.execute(
        _columns().where(Registration.event_id == event_id, found).order_by(Registration.name, Registration.id)
        .limit(FOUND_AT_MOST)
    ).all()  # fmt: skip


def latest(session: Session, event_id: int) -> Sequence[Any]:
    """Who came in last, the latest first."""
    return session.execute(
        _columns()
        .where(Registration.event_id == event_id, ARRIVED)
        .order_by(Registration.checked_in_at.desc(), Registration.id.desc())
        .limit(LAST)
    ).all()


def by_public_id(session: Session, public_id: str) -> Registration | None:
    """The registration that a code at the door names."""
    return session.scalar(select(Registration).where(Registration.public_id == public_id))
