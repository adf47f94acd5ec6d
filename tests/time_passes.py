"""Time passes, for tests: what lies in the future comes nearer. Whole cells at a time, since occupancy counts in them."""

from datetime import timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from models.tables import AgendaItem, Booking, Event, MatchSession, Occupancy
from models.tables.booking import CELL_SECONDS


def bring_forward(session: Session, match_session: MatchSession, cells: int) -> None:
    """A session with its slots, and what its bookings hold, begins so many cells earlier."""
    shift = timedelta(seconds=CELL_SECONDS * cells)
    match_session.starts_at, match_session.ends_at = match_session.starts_at - shift, match_session.ends_at - shift
    match_session.wishes_close_at -= shift
    for slot in match_session.slots:
        slot.starts_at, slot.ends_at = slot.starts_at - shift, slot.ends_at - shift
        session.flush()  # the next one may begin where this one began
    here = Occupancy.booking_id.in_(select(Booking.id).where(Booking.match_session_id == match_session.id))
    columns = (Occupancy.kind, Occupancy.holder_id, Occupancy.cell, Occupancy.booking_id)
    held = [dict(row._mapping) for row in session.execute(select(*columns).where(here))]
    session.execute(delete(Occupancy).where(here))
    if held:
        session.execute(insert(Occupancy), [row | {"cell": row["cell"] - cells} for row in held])
    session.flush()


def bring_event_forward(session: Session, event: Event, cells: int) -> None:
    """A roadshow with its programme and its sessions begins so many cells earlier."""
    shift = timedelta(seconds=CELL_SECONDS * cells)
    event.starts_at, event.ends_at = event.starts_at - shift, event.ends_at - shift
    for item in session.scalars(select(AgendaItem).where(AgendaItem.event_id == event.id)):
        item.starts_at, item.ends_at = item.starts_at - shift, item.ends_at - shift
    for match_session in session.scalars(select(MatchSession).where(MatchSession.event_id == event.id)):
        bring_forward(session, match_session, cells)
    session.flush()
