"""Bookings of wishes that begin confirmed: by a timetable that is published, or a new plan of the day."""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.actions import audit, engagements
from models.actions.booking_mails import to_tell_of
from models.enums import BookingState, Side
from models.queries.planning import Party
from models.rules.policy import Actor
from models.tables import Booking, BookingAttendee, MatchSession, Slot

Meeting = tuple[Party, Slot, int]  # who, when, id of the table


def book_all(session: Session, match_session: MatchSession, meetings: Sequence[Meeting], *, by: Actor) -> list[Booking]:
    """Make the bookings with who attends, engagement and history; their cells are the caller's to take.

    A constant number of statements.
    """
    if not meetings:
        return []
    wishes = [party.wish for party, _slot, _table in meetings]
    pairs = [(one.provider_id, one.seeker_id, one.achievement_id) for one in wishes]
    threads = engagements.of_pairs(session, pairs, by=by)
    made = [
        Booking(
            match_session_id=match_session.id, slot_id=slot.id, table_id=table_id, seeker_id=party.wish.seeker_id,
            provider_id=pair[0], achievement_id=party.wish.achievement_id, note=party.wish.note,
            state=BookingState.CONFIRMED, acted_by_id=party.wish.acted_by_id, answered_by_id=by.person_id,
            engagement_id=threads[pair].id,
        )
        for (party, slot, table_id), pair in zip(meetings, pairs, strict=True)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    rows = [
        {"booking_id": booking.id, "person_id": person, "side": side}
        for booking, (party, _slot, _table) in zip(made, meetings, strict=True)
        for side, people in ((Side.SEEKER, party.seekers), (Side.PROVIDER, party.providers))
        for person in people
    ]
    session.connection().execute(insert(BookingAttendee), rows)
    session.scalars(to_tell_of([one.id for one in made])).all()  # who attends is known now
    audit.note_all(session, "booking.create", [audit.Change(one, None, one.state) for one in made], by=by)
    return made
