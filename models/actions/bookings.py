"""Bookings: what becomes of them."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import BookingState
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import Achievement, Booking, MatchSession, Occupancy, Slot


def cancel_for_achievement(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> int:
    """Cancel every coming booking with an achievement that leaves the site and tell who attends; returns how many."""
    found = session.scalars(
        select(Booking)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.achievement_id == achievement.id,
            Booking.state.in_(OPEN_BOOKINGS),
            func.coalesce(Slot.ends_at, MatchSession.ends_at) > utcnow(),
        )
        .order_by(Booking.id)
    ).all()
    version = achievement.public_version or achievement.working_version
    for booking in found:
        session.execute(delete(Occupancy).where(Occupancy.booking_id == booking.id))
        booking.seat = None
        booking.state_reason = reason
        booking.hold_until = None
        booking.sequence += 1
        audit.move(session, booking, BookingState.CANCELLED, "booking.cancel", by=by, reason=reason)
        for person in recipients(session, [attendee.person_id for attendee in booking.attendees]):
            jobs.add_mail(
                session,
                "achievement_gone",
                to=person.email,
                locale=person.locale,
                what="booking",
                public_id=booking.public_id,
                title=version.title if version else "",
                place=booking.match_session.title,
                reason=reason,
            )
    session.flush()
    return len(found)
