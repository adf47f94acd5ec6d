"""Who comes to a meeting, and who could be asked to come too."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, case, literal, or_, select
from sqlalchemy.orm import Session

from models.enums import GrantRole, RegistrationState, Side
from models.rules.policy import Actor, speaks_for
from models.tables import Booking, BookingAttendee, Grant, Membership, Organisation, Person, Registration


def at_table(session: Session, booking: Booking) -> Sequence[Any]:
    """(id, public_id, name, title, side) of who attends, in the order they were named."""
    return session.execute(
        select(Person.id, Person.public_id, Person.name, Person.title, BookingAttendee.side)
        .join(BookingAttendee, BookingAttendee.person_id == Person.id)
        .where(BookingAttendee.booking_id == booking.id)
        .order_by(BookingAttendee.id)
    ).all()


def could_come(session: Session, booking: Booking, by: Actor) -> Sequence[Any]:
    """(id, public_id, name, title, organisation, side) of the people whom ``by`` may add; one query.

    The people of the sides that ``by`` acts for; an organizer may add those of both, and guests (of no side): technology
    managers, and people registered for the session's roadshow.
    """
    sides = [
        (side, organisation)
        for side in Side
        if (organisation := booking.side_id(side)) is not None and speaks_for(by, booking, side)
    ]
    side = case(*((Membership.organisation_id == firm, literal(one.value)) for one, firm in sides)) if sides else None
    if side is None:
        return []
    of_sides = Membership.organisation_id.in_([firm for _side, firm in sides])
    there = select(BookingAttendee.person_id).where(BookingAttendee.booking_id == booking.id)
    return session.execute(
        select(
            Person.id, Person.public_id, Person.name, Person.title, Organisation.name.label("organisation"),
            side.label("side"),
        )
        .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.ended_at.is_(None)))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            or_(of_sides, Person.id.in_(_guests(booking))) if by.organizer else of_sides,
            Person.id.not_in(there),
            Person.deidentified_at.is_(None),
        )
        .order_by(side.is_(None), side, Organisation.name, Person.name, Person.id)
    ).all()  # fmt: skip


def may_come(session: Session, booking: Booking, person_id: int) -> bool:
    """Whether somebody may come as a guest, of no side."""
    found = select(Person.id).where(
        Person.id == person_id, Person.id.in_(_guests(booking)), Person.deidentified_at.is_(None)
    )
    return session.scalar(found) is not None


def _guests(booking: Booking) -> Select[Any]:
    """Ids of the technology managers, and of who is registered for the session's roadshow."""
    brokers = select(Grant.person_id).where(Grant.role == GrantRole.BROKER, Grant.ended_at.is_(None))
    registered = select(Registration.person_id).where(
        Registration.event_id == booking.match_session.event_id,
        Registration.state == RegistrationState.REGISTERED,
        Registration.person_id.is_not(None),
    )
    return select(brokers.union(registered).subquery().c.person_id)
