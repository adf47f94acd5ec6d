"""One person's day at a roadshow: their registration, their talks, their meetings. Nothing of anybody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.enums import Side, Verification
from models.queries.agenda import programme
from models.queries.bookings import ENDS, STARTS
from models.queries.event_links import Opened
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.registrations import mine, place_in_list
from models.rules.policy import Actor
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    Booking,
    BookingAttendee,
    MatchSession,
    Membership,
    Organisation,
    Person,
    Registration,
    SessionTable,
    Slot,
)

Other = aliased(Organisation)


@dataclass(frozen=True)
class Holder:
    """Whose day a page shows. ``organisation_id`` is the organisation that the person is in now."""

    event_id: int
    registration_id: int | None
    person_id: int | None
    name: str
    organisation_id: int | None = None

    def actor(self, ip: str) -> Actor:
        """Who acts, for the audit log and for the verbs of what the person attends themselves."""
        return Actor(
            person_id=self.person_id,
            name=self.name,
            confirmed=self.person_id is not None,
            organisation_id=self.organisation_id,
            ip=ip,
        )


def of_link(session: Session, link: Opened) -> Holder | None:
    """Whose day a link opens; None where the person was de-identified.

    A registration's link opens talks and meetings only where it went to the person's own address: somebody may have been
    registered by a colleague.
    """
    if link.person_id is not None:
        return of_person(session, link.event_id, link.person_id)
    row = session.execute(
        select(
            Registration.id, Registration.name, Registration.email, Registration.person_id, Person.email, Account.email
        )
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Registration.id == link.registration_id)
    ).one_or_none()
    if row is None:
        return None
    registration_id, name, email, person_id, *own = row
    if person_id is not None and email and email.casefold() in {one.casefold() for one in own if one}:
        return Holder(link.event_id, registration_id, person_id, name, _organisation(session, person_id))
    return Holder(link.event_id, registration_id, None, name)


def of_person(session: Session, event_id: int, person_id: int) -> Holder | None:
    """The day of a person, with their registration where they have one; None for whose account is suspended."""
    name = session.scalar(
        select(Person.name)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id == person_id, Person.deidentified_at.is_(None), Account.suspended_at.is_(None))
    )
    if name is None:
        return None
    own = mine(session, event_id, person_id)
    return Holder(event_id, own.id if own is not None else None, person_id, name, _organisation(session, person_id))


def _organisation(session: Session, person_id: int) -> int | None:
    """The organisation for which the person can act now."""
    return session.scalar(
        select(Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
            Organisation.verification.not_in((Verification.SUSPENDED, Verification.MERGED)),
        )
    )


@dataclass(frozen=True)
class Day:
    """What stands on somebody's page: rows of columns."""

    registration: Any
    place: int  # on the waiting list, from 1; 0: not on it
    talks: Sequence[Any]
    meetings: Sequence[Any]


def day(session: Session, holder: Holder) -> Day:
    """At most four queries, whatever the day holds."""
    registration = _registration(session, holder.registration_id)
    place = place_in_list(session, registration) if registration is not None else 0
    if holder.person_id is None:
        return Day(registration, place, [], [])
    return Day(registration, place, talks(session, holder), meetings(session, holder))


def _registration(session: Session, registration_id: int | None) -> Any:
    if registration_id is None:
        return None
    return session.execute(
        select(
            Registration.id,
            Registration.event_id,
            Registration.name,
            Registration.organisation_name,
            Registration.capacity,
            Registration.email,
            Registration.mobile,
            Registration.seat,
            Registration.state,
            Registration.state_reason,
            Registration.attendance,
            Registration.waiting_since,
            Registration.offered_until,
            Registration.checked_in_at,
        ).where(Registration.id == registration_id)
    ).one_or_none()


def talks(session: Session, holder: Holder) -> Sequence[Any]:
    """The items of the programme in which the person speaks, by time."""
    own = [row for row in programme(session, holder.event_id) if row.speaker_id == holder.person_id]
    return sorted(own, key=lambda row: row.starts_at)


def meetings(session: Session, holder: Holder) -> Sequence[Any]:
    """The open meetings of the roadshow's sessions that the person attends; ``other`` is the other side's organisation."""
    return session.execute(
        select(
            Booking.public_id,
            Booking.state,
            Booking.sequence,
            Booking.revision,
            BookingAttendee.side,
            STARTS.label("starts_at"),
            ENDS.label("ends_at"),
            SessionTable.number.label("table"),
            MatchSession.title.label("session"),
            MatchSession.venue,
            Other.name.label("other"),
            AchievementVersion.title.label("achievement"),
        )
        .select_from(BookingAttendee)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(SessionTable, SessionTable.id == Booking.table_id)
        .outerjoin(
            Other,
            ((BookingAttendee.side == Side.SEEKER) & (Other.id == Booking.provider_id))
            | ((BookingAttendee.side == Side.PROVIDER) & (Other.id == Booking.seeker_id)),
        )
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(
            MatchSession.event_id == holder.event_id,
            BookingAttendee.person_id == holder.person_id,
            Booking.state.in_(OPEN_BOOKINGS),
        )
        .order_by(STARTS, Booking.id)
    ).all()


def own_meeting(session: Session, holder: Holder, public_id: str) -> tuple[Booking, Side] | None:
    """A meeting of the roadshow that the person attends for a side, as record, and on which; a guest answers for nobody."""
    row = session.execute(
        select(Booking, BookingAttendee.side)
        .join(BookingAttendee, BookingAttendee.booking_id == Booking.id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .where(
            Booking.public_id == public_id,
            MatchSession.event_id == holder.event_id,
            BookingAttendee.person_id == holder.person_id,
            BookingAttendee.side.is_not(None),
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None and row[1] is not None else None
