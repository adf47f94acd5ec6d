"""Who sits at the table of a confirmed meeting: a colleague more, a technology manager or an expert, somebody else instead."""

from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import MOST_PEOPLE, booking_unchanged, not_full, people_of
from models.actions.booking_mails import INVITE, TAKE_BACK, attending, tell, times
from models.actions.occupancy import lock, release
from models.actions.places import hold_people, promote
from models.base import utcnow
from models.enums import BookingState, Side
from models.errors import N_, Invalid, NotNow
from models.queries.booking_people import may_come
from models.rules.policy import Actor
from models.tables import Booking, BookingAttendee, Person


def bring(
    session: Session, booking: Booking, *, by: Actor, person: Person, side: Side | None, revision: int | None = None
) -> None:
    """Somebody comes to the meeting too, for a side or (``side`` None) as a guest of the organizer; everybody is told.

    Raises Conflict where they cannot come then or the form is stale, Invalid for somebody of another organisation, NotNow
    where the meeting is not confirmed or has begun. A second press changes nothing.
    """
    lock(session, booking.match_session, people=[person.id])
    if person.id in attending(booking):
        return
    _changeable(booking, revision)
    if side is not None:
        people_of(session, booking.side_id(side) or 0, [person.id], "attendees")
    elif not may_come(session, booking, person.id):
        raise Invalid(N_("This person cannot come to this meeting. Please choose again."), field="attendees")
    if sum(one.side is side for one in booking.attendees) >= MOST_PEOPLE:
        raise Invalid(N_("At most %(most)s people of one side fit at a table."), field="attendees", most=MOST_PEOPLE)
    not_full(session, booking.match_session, people=[person.id], organisations=())
    with session.begin_nested():
        hold_people(session, booking, [person.id])
    booking.attendees.append(BookingAttendee(person=person, person_id=person.id, side=side))
    booking.sequence += 1
    audit.record(session, "booking.bring", booking, by=by, person_id=person.id)
    _tell(session, booking, person, "joins", INVITE, by=by)
    session.flush()


def take_off(session: Session, booking: Booking, *, by: Actor, person: Person, revision: int | None = None) -> None:
    """Somebody does not come after all; somebody of each side stays. They and the others are told. Raises as ``bring``."""
    lock(session, booking.match_session, people=[person.id])
    there = next((one for one in booking.attendees if one.person_id == person.id), None)
    if there is None:
        return
    _changeable(booking, revision)
    if booking.table is not None and booking.table.host_id == person.id:
        raise NotNow(N_("%(name)s receives at this table. Move or cancel the meeting instead."), name=person.name)
    if there.side is not None and attending(booking, there.side) == [person.id]:
        raise NotNow(
            N_("%(name)s is the only one of this side. Name somebody else first, or cancel the meeting."),
            name=person.name,
        )
    release(session, [booking.id], people=[person.id])
    booking.attendees.remove(there)
    booking.sequence += 1
    audit.record(session, "booking.take_off", booking, by=by, person_id=person.id)
    _tell(session, booking, person, "leaves", TAKE_BACK, by=by)
    promote(session, booking.match_session)
    session.flush()


def _tell(session: Session, booking: Booking, person: Person, what: str, calendar: str, *, by: Actor) -> None:
    """Whoever joins or leaves, and the others who attend or booked it; ``what``: "joins" or "leaves"."""
    others = {*attending(booking), booking.acted_by_id} - {person.id, by.person_id}
    theirs = f"you {what.removesuffix('s')}"
    tell(session, booking, "booking_people", [person.id], calendar=calendar, what=theirs, who=person.name)
    tell(session, booking, "booking_people", others, calendar=INVITE, what=what, who=person.name)


def _changeable(booking: Booking, revision: int | None) -> None:
    booking_unchanged(booking, revision)
    if booking.state is not BookingState.CONFIRMED or booking.slot is None:
        raise NotNow(N_("Only who comes to a confirmed meeting can be changed."))
    if times(booking)[0] <= utcnow():
        raise NotNow(N_("This meeting has begun already."))
