"""Bookings as lists and pages show them, and what a form about one offers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from models.base import utcnow
from models.enums import BookingState, RecordState, Side, Verification
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.open_sessions import about, hosts
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    AchievementCircle,
    AchievementVersion,
    AgendaItem,
    Booking,
    BookingAttendee,
    MatchSession,
    Membership,
    Organisation,
    Person,
    SessionTable,
    Slot,
    Transition,
)

PAGE = 50
OFFERED_AT_MOST = 200
Seeking, Providing = aliased(Organisation), aliased(Organisation)
STARTS = func.coalesce(Slot.starts_at, MatchSession.starts_at)
ENDS = func.coalesce(Slot.ends_at, MatchSession.ends_at)


@dataclass(frozen=True)
class BookingPage:
    """One page of bookings and the key of the next page ("" at the end)."""

    rows: Sequence[Any]
    next_key: str


def _rows() -> Any:
    return (
        select(
            Booking.id,
            Booking.public_id,
            Booking.state,
            Booking.seeker_id,
            Booking.provider_id,
            Booking.hold_until,
            Booking.seat,
            Booking.is_sample,
            STARTS.label("starts_at"),
            ENDS.label("ends_at"),
            case((SessionTable.host_id.is_(None), SessionTable.number)).label("table"),
            MatchSession.public_id.label("session_public_id"),
            MatchSession.title.label("session"),
            MatchSession.kind,
            MatchSession.venue,
            Seeking.name.label("seeker"),
            Providing.name.label("provider"),
            AchievementVersion.title.label("achievement"),
        )
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .join(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(SessionTable, SessionTable.id == Booking.table_id)
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
    )


def listing(
    session: Session,
    *,
    organisation_ids: Collection[int] | None,
    now: datetime,
    past: bool = False,
    after: str = "",
    limit: int = PAGE,
) -> BookingPage:
    """Bookings of these organisations on either side (None: of all, for organizers): coming ones that are open, the next
    first, or what is over, the latest first. One query."""
    statement = _rows()
    if organisation_ids is not None:
        sides = or_(Booking.seeker_id.in_(organisation_ids), Booking.provider_id.in_(organisation_ids))
        statement = statement.where(sides)
    going_on = and_(Booking.state.in_(OPEN_BOOKINGS), now < ENDS)
    key = _key(after)
    if past:
        statement = statement.where(~going_on).order_by(STARTS.desc(), Booking.id.desc())
        if key:
            statement = statement.where(or_(key[0] > STARTS, and_(key[0] == STARTS, Booking.id < key[1])))
    else:
        statement = statement.where(going_on).order_by(STARTS, Booking.id)
        if key:
            statement = statement.where(or_(key[0] < STARTS, and_(key[0] == STARTS, Booking.id > key[1])))
    rows = session.execute(statement.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return BookingPage(rows[:limit], f"{last.starts_at.isoformat()}_{last.id}" if last is not None else "")


def _key(text: str) -> tuple[ColumnElement[datetime], int] | None:
    moment, _underscore, number = text.rpartition("_")
    try:
        begins = datetime.fromisoformat(moment)
        return (literal(begins, Slot.starts_at.type), int(number)) if begins.tzinfo else None
    except ValueError:
        return None


def of_session(session: Session, match_session_id: int) -> Sequence[Any]:
    """Every booking of a session, by time, table and arrival."""
    return session.execute(
        _rows()
        .where(Booking.match_session_id == match_session_id)
        .order_by(STARTS, SessionTable.number, Booking.seat, Booking.id)
    ).all()


def overdue(session: Session) -> Sequence[int]:
    """Ids of holds and waiting that are over but not ended yet."""
    now = utcnow()
    waited = and_(Booking.state == BookingState.WAITING, func.coalesce(Slot.starts_at, MatchSession.ends_at) <= now)
    held = and_(Booking.state == BookingState.PENDING, Booking.hold_until <= now)
    return session.scalars(
        select(Booking.id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(or_(held, waited))
        .order_by(Booking.id)
    ).all()


def waiting_positions(session: Session, match_session_id: int) -> Mapping[int, int]:
    """booking id -> place in the session's waiting list, from 1."""
    ids = session.scalars(
        select(Booking.id)
        .where(Booking.match_session_id == match_session_id, Booking.state == BookingState.WAITING)
        .order_by(Booking.id)
    )
    return {booking_id: place for place, booking_id in enumerate(ids, start=1)}


def attendees(session: Session, booking_ids: Collection[int]) -> Sequence[Any]:
    """(booking_id, person_id, side, name) of who attends, in the order they were named; one query."""
    return session.execute(
        select(BookingAttendee.booking_id, BookingAttendee.person_id, BookingAttendee.side, Person.name)
        .join(Person, Person.id == BookingAttendee.person_id)
        .where(BookingAttendee.booking_id.in_(booking_ids))
        .order_by(BookingAttendee.id)
    ).all()


def by_side(booking_ids: Collection[int], rows: Sequence[Any]) -> dict[int, dict[Side | None, list[str]]]:
    """Booking id -> names of ``attendees`` by side (None: guests)."""
    found: dict[int, dict[Side | None, list[str]]] = {one: {side: [] for side in (*Side, None)} for one in booking_ids}
    for row in rows:
        found[row.booking_id][row.side].append(row.name)
    return found


def coming(session: Session, booking_ids: Collection[int]) -> dict[int, dict[Side | None, list[str]]]:
    """Booking id -> names of who attends by side (None: guests); one query."""
    return by_side(booking_ids, attendees(session, booking_ids))


@dataclass(frozen=True)
class Attending:
    """Who attends one booking, who acted, and what happened to it."""

    people: Mapping[Side | None, Sequence[str]]  # None: guests
    acted_by: str
    history: Sequence[Any]  # (from_state, to_state, reason, at, person, on_behalf_of)


def attending(session: Session, booking: Booking) -> Attending:
    """Three queries."""
    acted_by = session.scalar(select(Person.name).where(Person.id == booking.acted_by_id)) or ""
    history = session.execute(
        select(
            Transition.from_state,
            Transition.to_state,
            Transition.reason,
            Transition.at,
            Person.name.label("person"),
            Organisation.name.label("on_behalf_of"),
        )
        .outerjoin(Person, Person.id == Transition.person_id)
        .outerjoin(Organisation, Organisation.id == Transition.on_behalf_of_id)
        .where(Transition.object_type == Booking.__tablename__, Transition.object_id == booking.id)
        .order_by(Transition.id)
    ).all()
    return Attending(coming(session, [booking.id])[booking.id], acted_by, history)


# --- what a form offers -----------------------------------------------------------------------------------------------


def seekers_for(session: Session, by: Actor) -> Sequence[Any]:
    """(id, public_id, name) of the verified seekers for which somebody may book; an organizer may for all."""
    statement = (
        select(Organisation.id, Organisation.public_id, Organisation.name)
        .where(Organisation.is_seeker, Organisation.verification == Verification.VERIFIED)
        .order_by(Organisation.name)
    )
    if not by.organizer:
        own = [by.organisation_id] if by.member_of(by.organisation_id) else []
        statement = statement.where(Organisation.id.in_([*own, *(one.organisation_id for one in by.mandated)]))
    return session.execute(statement).all()


def to_meet(session: Session, match_session: MatchSession, public_id: str) -> Achievement | None:
    """A published achievement by public id; in an organisation's own session one that it is about."""
    statement = select(Achievement).where(
        Achievement.public_id == public_id, Achievement.state == RecordState.PUBLISHED
    )
    if match_session.owner_id is not None:
        statement = statement.join(MatchSession, MatchSession.id == match_session.id).where(
            Achievement.organisation_id == match_session.owner_id, about(Achievement.id)
        )
    return session.scalar(statement)


def whom_to_meet(session: Session, match_session: MatchSession, achievement: Achievement) -> Sequence[Any]:
    """(id, public_id, name, title) of the owner's people a seeker may ask for: who receives in an own session, else the
    achievement's contact and who presented it."""
    if match_session.owner_id is not None:
        return hosts(session, [match_session.id])
    named = select(AgendaItem.speaker_id).where(
        AgendaItem.achievement_id == achievement.id, AgendaItem.speaker_id.is_not(None)
    )
    return session.execute(
        select(Person.id, Person.public_id, Person.name, Person.title)
        .join(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .where(
            or_(Person.id == achievement.contact_id, Person.id.in_(named)),
            Membership.organisation_id == achievement.organisation_id,
            Person.deidentified_at.is_(None),
        )
        .order_by(Person.id != (achievement.contact_id or 0), Person.name)
    ).all()


def offered(session: Session, match_session: MatchSession) -> Sequence[str]:
    """Public ids of the published achievements that a session is about: its owner's, those of its roadshow's programme, or
    else of its circle."""
    statement = select(Achievement.public_id).where(Achievement.state == RecordState.PUBLISHED)
    if match_session.owner_id is not None:
        statement = (
            statement.join(MatchSession, MatchSession.id == match_session.id)
            .where(Achievement.organisation_id == match_session.owner_id, about(Achievement.id))
            .order_by(Achievement.published_at.desc(), Achievement.id.desc())
        )
    elif match_session.event_id is not None:
        statement = (
            statement.join(AgendaItem, AgendaItem.achievement_id == Achievement.id)
            .where(AgendaItem.event_id == match_session.event_id)
            .order_by(AgendaItem.position)
        )
    elif match_session.circle_id is not None:
        statement = (
            statement.join(AchievementCircle, AchievementCircle.achievement_id == Achievement.id)
            .where(AchievementCircle.circle_id == match_session.circle_id)
            .order_by(Achievement.published_at.desc(), Achievement.id.desc())
        )
    else:
        return []
    return session.scalars(statement.limit(OFFERED_AT_MOST)).all()


def slot_at(session: Session, match_session: MatchSession, starts_at: datetime) -> Slot | None:
    """The slot of a session that begins at this moment."""
    return session.scalar(select(Slot).where(Slot.match_session_id == match_session.id, Slot.starts_at == starts_at))
