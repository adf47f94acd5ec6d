"""Sessions in which somebody waits for a place."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import BookingState, EventState
from models.rules.conflicts import LONGEST_WAY
from models.tables import Booking, BookingAttendee, MatchSession, SessionTable


def waited_for_around(
    session: Session,
    people: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    besides: Collection[int] | Select[int] = (),
) -> Sequence[int]:
    """Ids of the sessions around a stretch of time (also of the way there) in which one of these people receives or waits; not ``besides``."""
    receives = select(SessionTable.match_session_id).where(SessionTable.host_id.in_(people))
    waits = select(BookingAttendee.booking_id).where(BookingAttendee.person_id.in_(people))
    return _waited_for(
        session,
        MatchSession.starts_at < ends_at + LONGEST_WAY,
        MatchSession.ends_at > starts_at - LONGEST_WAY,
        MatchSession.id.not_in(besides),
        or_(MatchSession.id.in_(receives), Booking.id.in_(waits)),
    )


def waited_for_by(session: Session, organisation_id: int) -> Sequence[int]:
    """Ids of the sessions in which an organisation waits, is waited for, or which are its own."""
    columns = (Booking.seeker_id, Booking.provider_id, MatchSession.owner_id)
    return _waited_for(session, or_(*(column == organisation_id for column in columns)))


def _waited_for(session: Session, *conditions: ColumnElement[bool]) -> Sequence[int]:
    return session.scalars(
        select(MatchSession.id)
        .distinct()
        .join(Booking, Booking.match_session_id == MatchSession.id)
        .where(
            Booking.state == BookingState.WAITING,
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.ends_at > utcnow(),
            *conditions,
        )
        .order_by(MatchSession.id)
    ).all()
