"""When people are there in a session: whom its page is about, and what they said."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models.queries.limits import HOLDING
from models.queries.meeting_wishes import people_of_owner
from models.tables import (
    Absence,
    Achievement,
    Booking,
    BookingAttendee,
    MatchSession,
    MeetingWish,
    Membership,
    Organisation,
    Person,
    Slot,
)


def concerned(session: Session, match_session: MatchSession, organisation_id: int) -> set[int]:
    """The people of an organisation who are named in wishes or meetings of a session, or answer for what is wished; three queries."""
    wishes = session.execute(
        select(
            MeetingWish.seeker_id,
            MeetingWish.seeker_people,
            MeetingWish.provider_person_id,
            MeetingWish.provider_beside,
            Achievement.organisation_id,
            Achievement.contact_id,
        )
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .where(
            MeetingWish.match_session_id == match_session.id,
            MeetingWish.declined_reason.is_(None),
            or_(MeetingWish.seeker_id == organisation_id, Achievement.organisation_id == organisation_id),
        )
    ).all()
    found: set[int] = set()
    for one in wishes:
        if one.seeker_id == organisation_id:
            found.update(one.seeker_people)
        else:
            found.update(people_of_owner(one, one.contact_id))
    attending = (
        select(BookingAttendee.person_id)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(Booking.match_session_id == match_session.id, Booking.state.in_(HOLDING))
    )
    members = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.ended_at.is_(None),
        or_(Membership.person_id.in_(found), Membership.person_id.in_(attending)),
    )
    said = (
        select(Absence.person_id)
        .join(Slot, Slot.id == Absence.slot_id)
        .join(Membership, Membership.person_id == Absence.person_id)
        .where(
            Slot.match_session_id == match_session.id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
    )
    return set(session.scalars(members)) | set(session.scalars(said))


def absences(session: Session, match_session: MatchSession, people: Collection[int]) -> set[tuple[int, int]]:
    """(person id, slot id) of when they said they are not there."""
    rows = (
        select(Absence.person_id, Absence.slot_id)
        .join(Slot, Slot.id == Absence.slot_id)
        .where(Slot.match_session_id == match_session.id, Absence.person_id.in_(people))
    )
    return {(person, slot) for person, slot in session.execute(rows)}


def meetings_while_away(
    session: Session, match_session: MatchSession, absent: Mapping[int, Collection[int]], *, now: datetime
) -> Sequence[Any]:
    """(person, starts_at) of coming meetings that stand while somebody is not there."""
    away = {(person, slot) for person, slots in absent.items() for slot in slots}
    rows = session.execute(
        select(BookingAttendee.person_id, Booking.slot_id, Person.name.label("person"), Slot.starts_at)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Person, Person.id == BookingAttendee.person_id)
        .where(
            Booking.match_session_id == match_session.id,
            Booking.state.in_(HOLDING),
            BookingAttendee.person_id.in_(absent),
            Slot.starts_at > now,
        )
        .order_by(Slot.starts_at, Person.name)
    ).all()
    return [row for row in rows if (row.person_id, row.slot_id) in away]


def organisations(
    session: Session, match_session: MatchSession, own: Collection[int], *, everyone: bool
) -> Sequence[Any]:
    """(id, public_id, name) of one's own organisations first, and (``everyone``) all with wishes or meetings in a session."""
    here = MeetingWish.match_session_id == match_session.id
    statement = select(Organisation.id, Organisation.public_id, Organisation.name)
    condition: ColumnElement[bool] = Organisation.id.in_(own)
    if everyone:
        meeting = (Booking.match_session_id == match_session.id, Booking.state.in_(HOLDING))
        condition = or_(
            condition,
            Organisation.id.in_(select(MeetingWish.seeker_id).where(here)),
            Organisation.id.in_(
                select(Achievement.organisation_id)
                .join(MeetingWish, MeetingWish.achievement_id == Achievement.id)
                .where(here)
            ),
            Organisation.id.in_(select(Booking.seeker_id).where(*meeting)),
            Organisation.id.in_(select(Booking.provider_id).where(*meeting)),
        )
    return session.execute(
        statement.where(condition).order_by(Organisation.id.not_in(own), Organisation.name, Organisation.id)
    ).all()
