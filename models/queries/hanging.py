"""What hangs on a record: what must be closed, and who must be told, when it leaves the site."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import BookingState, EventState, RequestState
from models.tables import AgendaItem, Booking, ContactRequest, Event, MatchSession, Need, Organisation, Slot

OPEN_REQUESTS = (RequestState.PENDING, RequestState.ASKED_BACK)
OPEN_BOOKINGS = (BookingState.PENDING, BookingState.CONFIRMED, BookingState.WAITING)


@dataclass(frozen=True)
class HangingRequest:
    public_id: str
    sender: str
    state: RequestState
    due_on: date


@dataclass(frozen=True)
class HangingBooking:
    public_id: str
    seeker: str
    state: BookingState
    session: str
    starts_at: datetime


@dataclass(frozen=True)
class HangingAgenda:
    event_public_id: str
    event: str
    starts_at: datetime


@dataclass(frozen=True)
class Hanging:
    """Open requests for contact, bookings to come and agenda items to come."""

    requests: tuple[HangingRequest, ...] = ()
    bookings: tuple[HangingBooking, ...] = ()
    agenda: tuple[HangingAgenda, ...] = ()

    @property
    def count(self) -> int:
        return len(self.requests) + len(self.bookings) + len(self.agenda)


def hanging(session: Session, record: Any) -> Hanging:
    """What is open on a record; three queries, one for a need: nobody books it or presents it."""
    requests = session.execute(
        select(ContactRequest.public_id, Organisation.name, ContactRequest.state, ContactRequest.due_on)
        .join(Organisation, Organisation.id == ContactRequest.sender_id)
        .where(getattr(ContactRequest, f"{record.kind}_id") == record.id, ContactRequest.state.in_(OPEN_REQUESTS))
        .order_by(ContactRequest.id)
    )
    if isinstance(record, Need):
        return Hanging(tuple(HangingRequest(*row) for row in requests))
    starts_at = func.coalesce(Slot.starts_at, MatchSession.starts_at)
    bookings = session.execute(
        select(Booking.public_id, Organisation.name, Booking.state, MatchSession.title, starts_at)
        .join(Organisation, Organisation.id == Booking.seeker_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.achievement_id == record.id,
            Booking.state.in_(OPEN_BOOKINGS),
            func.coalesce(Slot.ends_at, MatchSession.ends_at) > utcnow(),
        )
        .order_by(starts_at, Booking.id)
    )
    agenda = session.execute(
        select(Event.public_id, Event.title, AgendaItem.starts_at)
        .join(Event, Event.id == AgendaItem.event_id)
        .where(
            AgendaItem.achievement_id == record.id,
            AgendaItem.ends_at > utcnow(),
            Event.state != EventState.CANCELLED,
        )
        .order_by(AgendaItem.starts_at, AgendaItem.id)
    )
    return Hanging(
        tuple(HangingRequest(*row) for row in requests),
        tuple(HangingBooking(*row) for row in bookings),
        tuple(HangingAgenda(*row) for row in agenda),
    )
