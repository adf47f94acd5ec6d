"""The coming dates of an own session's weekly repetition changed at once: all that nobody has booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import session_unchanged
from models.actions.occupancy import lock
from models.actions.session_hosts import hold_hosts, owner_behind, tell_owner
from models.actions.session_plan import Plan, check, fit_slots, number_of_seats, shift_slots
from models.base import utcnow
from models.enums import EventState, SessionKind
from models.errors import N_, NotNow
from models.queries.agenda import lock_events_around
from models.queries.open_sessions import coming, hosts
from models.rules.policy import Actor
from models.tables import MatchSession
from models.tables.booking import wishes_close


@dataclass(frozen=True)
class Change:
    """What all dates shall be like; each stays on its day. ``capacity`` is of groups."""

    starts_at: time  # of the clock on the wall
    ends_at: time
    venue: str
    capacity: int = 0


@dataclass(frozen=True)
class Date:
    """A coming date (a row of ``queries.open_sessions.coming``) and when it would be; booked ones stay as they are."""

    row: Any
    starts_at: datetime
    ends_at: datetime
    venue: str
    capacity: int

    @property
    def booked(self) -> bool:
        return bool(self.row.bookings)

    @property
    def changes(self) -> bool:
        names = ("starts_at", "ends_at", "venue", "capacity")
        return not self.booked and any(getattr(self, name) != getattr(self.row, name) for name in names)


def preview(rows: Sequence[Any], change: Change, zone: tzinfo) -> list[Date]:
    """What a change would do to each coming date. Raises Invalid at a field where it cannot be."""
    found = []
    for row in rows:
        day = row.starts_at.astimezone(zone).date()
        begins, ends = (datetime.combine(day, at, zone).astimezone(UTC) for at in (change.starts_at, change.ends_at))
        capacity = change.capacity if row.kind is SessionKind.GROUP else row.capacity
        one = Date(row, begins, ends, change.venue.strip(), capacity)
        if one.changes:
            check(Plan(row.title, row.kind, one.venue, begins, ends, slot_minutes=row.slot_minutes, capacity=capacity))
        found.append(one)
    return found


def change_dates(
    session: Session, match_session: MatchSession, *, by: Actor, revision: int, change: Change, zone: tzinfo
) -> list[Date]:
    """Change every coming date that nobody has booked by now; returns all of them, the booked ones as they stay.

    Who receives is told once. Raises Invalid at a field, Conflict for a stale revision or where one who receives a group is
    elsewhere, NotNow where there is nothing to change: then none is changed.
    """
    before = coming(session, match_session, now=utcnow())
    if before:
        receiving = {one.id for one in hosts(session, [row.id for row in before])}
        day = timedelta(days=1)  # each stays on its day
        lock_events_around(session, receiving, before[0].starts_at - day, before[-1].ends_at + day)
    lock(session, match_session, others=[row.id for row in before])
    session_unchanged(match_session, revision)
    dates = preview(coming(session, match_session, now=utcnow()), change, zone)
    if all(one.booked for one in dates):
        raise NotNow(N_("Every coming date is booked. Move them one by one, so that people are asked."))
    changed = [(one, session.get_one(MatchSession, one.row.id)) for one in dates if one.changes]
    if not changed:
        raise NotNow(N_("All dates that nobody has booked are like this already."))
    for date, one in changed:
        _set(session, one, date)
        begins = date.starts_at.isoformat()
        audit.record(session, "session.edit", one, by=by, on_behalf_of=owner_behind(one, by), starts_at=begins)
    session.flush()
    announced = [one for _date, one in changed if one.state is EventState.PUBLISHED]
    hold_hosts(session, announced, field="starts_at")
    if announced:
        tell_owner(session, announced[0], "moved", by=by, reason="", later=len(announced) - 1)
    session.flush()
    return dates


def _set(session: Session, one: MatchSession, date: Date) -> None:
    if shift := date.starts_at - one.starts_at:
        shift_slots(session, one, shift)
    one.starts_at, one.ends_at, one.venue = date.starts_at, date.ends_at, date.venue
    one.wishes_close_at = wishes_close(one.starts_at)
    if one.kind is SessionKind.GROUP:
        number_of_seats(session, one, date.capacity)
    else:
        fit_slots(session, one)
    if one.state is EventState.PUBLISHED:
        one.sequence += 1
