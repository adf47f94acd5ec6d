"""Who of an organisation's people is where: meetings, sessions in which they receive, talks; and what collides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import BookingState, EventState, SessionKind, Side
from models.queries.agenda import pitches_during
from models.queries.bookings import ENDS, STARTS, Providing, Seeking
from models.queries.limits import HOLDING
from models.queries.people import people
from models.rules.conflicts import overlap
from models.tables import Booking, BookingAttendee, MatchSession, SessionTable, Slot

AHEAD = timedelta(days=60)
MOST = 500
MEETING, GROUP, HOURS, STAGE = "meeting", "group", "hours", "stage"


@dataclass(frozen=True)
class Stay:
    """Somebody is somewhere. ``what``: a booked meeting, a group or open hours in which they receive, or a talk."""

    person_id: int
    name: str
    what: str
    title: str
    other: str  # the other side of a meeting
    state: BookingState | None
    public_id: str  # of the booking, else of the session; "" for a talk
    session_id: int | None
    starts_at: datetime
    ends_at: datetime
    collides: bool = False


def stays(session: Session, organisation_id: int, *, begin: datetime) -> Sequence[Stay]:
    """What the present people do in the sixty days from ``begin`` on, by time; collisions are marked. Four queries."""
    names = {row.id: row.name for row in people(session, organisation_id)}
    until = begin + AHEAD
    found = [
        *_meetings(session, names, begin, until),
        *_receiving(session, organisation_id, names, begin, until),
        *(
            Stay(row.person_id, names[row.person_id], STAGE, row.title, "", None, "", None, row.starts_at, row.ends_at)
            for row in pitches_during(session, list(names), begin, until)
        ),
    ]
    found.sort(key=lambda stay: (stay.starts_at, stay.ends_at, stay.name))
    of: dict[int, list[Stay]] = {}
    for stay in found:
        of.setdefault(stay.person_id, []).append(stay)
    return [replace(stay, collides=any(_collide(stay, other) for other in of[stay.person_id])) for stay in found]


def _collide(stay: Stay, other: Stay) -> bool:
    """Two things of one person at once; a meeting within the hours of its own session is what they are for."""
    if stay is other:
        return False
    same = stay.session_id is not None and stay.session_id == other.session_id
    return not same and overlap(stay.starts_at, stay.ends_at, other.starts_at, other.ends_at)


def _meetings(session: Session, names: dict[int, str], begin: datetime, until: datetime) -> list[Stay]:
    rows = session.execute(
        select(
            BookingAttendee.person_id,
            BookingAttendee.side,
            Booking.public_id,
            Booking.state,
            MatchSession.id,
            MatchSession.title,
            Seeking.name,
            Providing.name,
            STARTS,
            ENDS,
        )
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .join(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(
            BookingAttendee.person_id.in_(names),
            Booking.state.in_(HOLDING),
            begin < ENDS,
            until > STARTS,
        )
        .order_by(STARTS, Booking.id)
        .limit(MOST)
    )
    return [
        Stay(
            person, names[person], MEETING, title, _others(side, seeker, provider), state,
            public_id, session_id, first, last,
        )
        for person, side, public_id, state, session_id, title, seeker, provider, first, last in rows
    ]  # fmt: skip


def _others(side: Side | None, seeker: str, provider: str | None) -> str:
    """Whom somebody meets: the other side, a guest both."""
    if side is None:
        return " – ".join(filter(None, (seeker, provider)))
    return (seeker if side is Side.PROVIDER else provider) or ""


def _receiving(
    session: Session, organisation_id: int, names: dict[int, str], begin: datetime, until: datetime
) -> list[Stay]:
    rows = session.execute(
        select(
            SessionTable.host_id,
            MatchSession.kind,
            MatchSession.title,
            MatchSession.public_id,
            MatchSession.id,
            MatchSession.starts_at,
            MatchSession.ends_at,
        )
        .join(MatchSession, MatchSession.id == SessionTable.match_session_id)
        .where(
            MatchSession.owner_id == organisation_id,
            MatchSession.state == EventState.PUBLISHED,
            SessionTable.host_id.in_(names),
            MatchSession.ends_at > begin,
            MatchSession.starts_at < until,
        )
        .order_by(MatchSession.starts_at, MatchSession.id)
        .limit(MOST)
    )
    return [
        Stay(
            person, names[person], GROUP if kind is SessionKind.GROUP else HOURS, title, "", None, public_id,
            number, first, last,
        )
        for person, kind, title, public_id, number, first, last in rows
        if person is not None
    ]  # fmt: skip
