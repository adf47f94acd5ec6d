"""The meetings of some people at a session, as a phone shows them; and the board of its tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.enums import BookingState, Side
from models.queries.bookings import Providing, Seeking, attendees, by_side
from models.tables import (
    Achievement,
    AchievementVersion,
    Booking,
    BookingAttendee,
    MatchSession,
    SessionTable,
    Slot,
    Transition,
)

SHOWN = (BookingState.PENDING, BookingState.CONFIRMED, BookingState.CANCELLED)


@dataclass(frozen=True)
class MyMeeting:
    """One meeting as those who attend it see it."""

    public_id: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    table: int
    venue: str  # of the table, where it is not the session's
    seeker: str
    provider: str
    achievement: str
    moved: bool  # to another time or table since it was confirmed
    people: Mapping[Side | None, Sequence[str]]  # None: guests
    person_ids: frozenset[int]  # those asked for who attend


def meetings_of(session: Session, match_session_id: int, person_ids: Collection[int]) -> list[MyMeeting]:
    """The meetings of these people at a 1:1 session by time, cancelled ones included; two queries."""
    theirs = select(BookingAttendee.booking_id).where(BookingAttendee.person_id.in_(person_ids))
    moved = exists().where(
        Transition.object_type == Booking.__tablename__,
        Transition.object_id == Booking.id,
        Transition.from_state == Transition.to_state,
    )
    rows = session.execute(
        select(
            Booking.id,
            Booking.public_id,
            Booking.state,
            Slot.starts_at,
            Slot.ends_at,
            SessionTable.number.label("table"),
            SessionTable.venue,
            Seeking.name.label("seeker"),
            Providing.name.label("provider"),
            AchievementVersion.title.label("achievement"),
            moved.label("moved"),
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(SessionTable, SessionTable.id == Booking.table_id)
        .join(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(Booking.match_session_id == match_session_id, Booking.id.in_(theirs), Booking.state.in_(SHOWN))
        .order_by(Slot.starts_at, Booking.id)
    ).all()
    ids = [row.id for row in rows]
    there = attendees(session, ids)
    names, present = by_side(ids, there), {(one.booking_id, one.person_id) for one in there}
    return [
        MyMeeting(
            row.public_id, row.state, row.starts_at, row.ends_at, row.table, row.venue, row.seeker,
            row.provider or "", row.achievement or "", bool(row.moved), names[row.id],
            frozenset(person for person in person_ids if (row.id, person) in present),
        )
        for row in rows
    ]  # fmt: skip


def people_coming(session: Session, match_session_id: int, organisation_ids: Collection[int]) -> Sequence[int]:
    """Ids of who attends a session's meetings for these organisations."""
    seeking = (BookingAttendee.side == Side.SEEKER) & Booking.seeker_id.in_(organisation_ids)
    providing = (BookingAttendee.side == Side.PROVIDER) & Booking.provider_id.in_(organisation_ids)
    return session.scalars(
        select(BookingAttendee.person_id)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(Booking.match_session_id == match_session_id, or_(seeking, providing))
        .distinct()
    ).all()


@dataclass(frozen=True)
class TableNow:
    """One table: the meeting at it now and the next one (rows of seeker, provider, starts_at, ends_at), None where none is."""

    number: int
    id: int
    now: Any
    next: Any


def board(session: Session, match_session: MatchSession, *, now: datetime) -> list[TableNow]:
    """What takes place at each table of a session and what comes next; two queries."""
    tables = session.execute(
        select(SessionTable.id, SessionTable.number)
        .where(SessionTable.match_session_id == match_session.id)
        .order_by(SessionTable.number)
    ).all()
    rows = session.execute(
        select(
            Booking.table_id,
            Slot.starts_at,
            Slot.ends_at,
            Seeking.name.label("seeker"),
            Providing.name.label("provider"),
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .where(
            Booking.match_session_id == match_session.id,
            Booking.state == BookingState.CONFIRMED,
            Slot.ends_at > now,
        )
        .order_by(Slot.starts_at)
    ).all()

    def first(table_id: int, running: bool) -> Any:
        return next((row for row in rows if row.table_id == table_id and (row.starts_at <= now) == running), None)

    return [TableNow(table.number, table.id, first(table.id, True), first(table.id, False)) for table in tables]
