"""The end of bookings: cells and seats given back, states closed, people told."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_mails import NO_FILE, TAKE_BACK, everybody, tell, tell_all, to_tell_of
from models.actions.occupancy import lock, release
from models.actions.places import deadline, promote
from models.base import utcnow
from models.enums import BookingState, OccupancyKind
from models.queries.bookings import ENDS
from models.queries.hanging import OPEN_BOOKINGS
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import Booking, MatchSession, Occupancy, Slot


def lock_and_sweep(
    session: Session, match_session: MatchSession, where: Slot | MatchSession | None, people: Collection[int]
) -> None:
    """Lock the session and end the holds that are over and in the way: here, or of these people elsewhere."""
    overdue = _overdue(session, match_session, where or match_session, people)
    lock(session, match_session, people=people, others={booking.match_session_id for booking in overdue})
    concerned = {}
    for booking in overdue:
        if due(booking):
            end(session, booking)
            concerned[booking.match_session_id] = booking.match_session
    for freed in concerned.values():
        promote(session, freed)


def _overdue(
    session: Session, match_session: MatchSession, where: Slot | MatchSession, people: Collection[int]
) -> Sequence[Booking]:
    meanwhile = cells(where.starts_at, where.ends_at)
    theirs = select(Occupancy.booking_id).where(
        Occupancy.kind == OccupancyKind.PERSON,
        Occupancy.holder_id.in_(people),
        Occupancy.cell >= meanwhile.start,
        Occupancy.cell < meanwhile.stop,
    )
    return session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.PENDING,
            Booking.hold_until <= utcnow(),
            or_(Booking.match_session_id == match_session.id, Booking.id.in_(theirs)),
        )
        .order_by(Booking.id)
    ).all()


def due(booking: Booking) -> bool:
    until = deadline(booking)
    return until is not None and until <= utcnow()


def end(session: Session, booking: Booking) -> None:
    people = everybody(session, booking)
    let_go(session, [booking])
    audit.move(session, booking, BookingState.EXPIRED, "booking.expire", by=None)
    tell(session, booking, "booking_expired", people)


def coming(session: Session, condition: ColumnElement[bool]) -> list[Booking]:
    return list(
        session.scalars(
            select(Booking)
            .join(MatchSession, MatchSession.id == Booking.match_session_id)
            .outerjoin(Slot, Slot.id == Booking.slot_id)
            .where(
                condition,
                Booking.state.in_(OPEN_BOOKINGS),
                utcnow() < ENDS,
            )
            .order_by(Booking.match_session_id, Booking.id)
        )
    )


def close(
    session: Session,
    found: Collection[Booking],
    *,
    by: Actor | None,
    reason: str,
    template: str = "booking_cancelled",
) -> None:
    session.scalars(to_tell_of([booking.id for booking in found])).all()  # for all at once, not for each
    told: dict[str, dict[Booking, list[int | None]]] = {TAKE_BACK: {}, NO_FILE: {}}
    for booking in found:
        confirmed = booking.state is BookingState.CONFIRMED
        told[TAKE_BACK if confirmed else NO_FILE][booking] = everybody(session, booking)
    let_go(session, found)
    for booking in found:
        booking.state_reason = reason
        side = next((one for one in (booking.seeker_id, booking.provider_id) if by and one and by.acts_for(one)), None)
        audit.move(
            session,
            booking,
            BookingState.CANCELLED,
            "booking.cancel",
            by=by,
            reason=reason,
            on_behalf_of=by.behalf(side) if by else None,
        )
    without, name = (by.person_id, by.name) if by else (None, "")
    for calendar, some in told.items():
        theirs = {booking: {*people} - {without} for booking, people in some.items()}
        tell_all(session, theirs, template, calendar=calendar, reason=reason, actor=name)


def let_go(session: Session, found: Collection[Booking]) -> None:
    """Give back cells and seats before states change; where and when a meeting was to be stays readable."""
    release(session, [booking.id for booking in found])
    for booking in found:
        booking.seat, booking.hold_until = None, None
        if booking.table_id is None:
            booking.slot_id = None  # waited for it only
        booking.sequence += 1
