"""One person's day at a roadshow: their registration, their talks, their meetings. Nothing of anybody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from models.base import utcnow
from models.enums import BookingState, NextStepState, Side, Verification
from models.queries.agenda import programme
from models.queries.agenda_drafts import refusals
from models.queries.bookings import ENDS, STARTS
from models.queries.day_wishes import of_day
from models.queries.event_links import Opened
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.registrations import mine, place_in_list
from models.rules.agenda import speaker_of
from models.rules.policy import Actor
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    Booking,
    BookingAttendee,
    MatchSession,
    MeetingOutcome,
    MeetingWish,
    Membership,
    NextStep,
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
    cancelled: Sequence[Any]  # meetings that do not take place
    wishes: Sequence[Any]  # to meet, that can be answered
    called_off: bool = False  # the person said that they cannot come to speak


def day(session: Session, holder: Holder) -> Day:
    """At most six queries, whatever the day holds."""
    registration = _registration(session, holder.registration_id)
    place = place_in_list(session, registration) if registration is not None else 0
    if holder.person_id is None:
        return Day(registration, place, [], [], [], [])
    found, spoken = meetings(session, holder), talks(session, holder)
    return Day(
        registration,
        place,
        spoken,
        [row for row in found if row.state is not BookingState.CANCELLED],
        [row for row in found if row.state is BookingState.CANCELLED],
        wishes(session, holder),
        bool(spoken) and speaker_of(holder.person_id) in refusals(session, holder.event_id),
    )


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
    if holder.person_id is None:  # items without a speaker are not theirs
        return []
    own = [row for row in programme(session, holder.event_id) if row.speaker_id == holder.person_id]
    return sorted(own, key=lambda row: row.starts_at)


def _concerns(holder: Holder) -> Any:
    """Condition: a meeting that the person attends, or is asked to answer as the contact of its achievement."""
    asked = and_(
        Booking.state == BookingState.PENDING,
        Booking.provider_id == holder.organisation_id,
        Achievement.contact_id == holder.person_id,
    )
    return or_(BookingAttendee.id.is_not(None), asked)


def _attends(holder: Holder) -> Any:
    return (BookingAttendee.booking_id == Booking.id) & (BookingAttendee.person_id == holder.person_id)


def meetings(session: Session, holder: Holder) -> Sequence[Any]:
    """The meetings of the roadshow's sessions that concern the person, cancelled ones too; ``other`` is the other side's
    organisation, ``result`` and ``useful`` are what the person's side said of it, ``step`` is the next step that is open.

    ``side`` is none for who is only asked to answer.
    """
    step = (
        select(NextStep.text)
        .where(NextStep.engagement_id == Booking.engagement_id, NextStep.state == NextStepState.OPEN)
        .correlate(Booking)
        .scalar_subquery()
    )
    return session.execute(
        select(
            Booking.public_id,
            Booking.state,
            Booking.state_reason,
            Booking.sequence,
            Booking.revision,
            Booking.provider_id,
            BookingAttendee.side,
            STARTS.label("starts_at"),
            ENDS.label("ends_at"),
            SessionTable.number.label("table"),
            MatchSession.title.label("session"),
            MatchSession.venue,
            Other.name.label("other"),
            AchievementVersion.title.label("achievement"),
            MeetingOutcome.result,
            MeetingOutcome.useful,
            step.label("step"),
        )
        .select_from(Booking)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(BookingAttendee, _attends(holder))
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(SessionTable, SessionTable.id == Booking.table_id)
        .outerjoin(
            Other,
            ((BookingAttendee.side == Side.SEEKER) & (Other.id == Booking.provider_id))
            | (
                or_(BookingAttendee.side.is_(None), BookingAttendee.side == Side.PROVIDER)
                & (Other.id == Booking.seeker_id)
            ),
        )
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .outerjoin(
            MeetingOutcome,
            (MeetingOutcome.booking_id == Booking.id) & (MeetingOutcome.side == BookingAttendee.side),
        )
        .where(
            MatchSession.event_id == holder.event_id,
            Booking.state.in_((*OPEN_BOOKINGS, BookingState.CANCELLED)),
            _concerns(holder),
        )
        .order_by(STARTS, Booking.id)
    ).all()


def own_meeting(session: Session, holder: Holder, public_id: str) -> tuple[Booking, Side] | None:
    """A meeting of the roadshow that concerns the person, as record, and on which side; a guest answers for nobody."""
    if holder.person_id is None:
        return None
    row = session.execute(
        select(Booking, BookingAttendee.side)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(BookingAttendee, _attends(holder))
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .where(
            Booking.public_id == public_id,
            MatchSession.event_id == holder.event_id,
            _concerns(holder),
            or_(BookingAttendee.id.is_(None), BookingAttendee.side.is_not(None)),
        )
    ).one_or_none()
    return (row[0], row[1] or Side.PROVIDER) if row is not None else None


def wishes(session: Session, holder: Holder) -> Sequence[Any]:
    """Wishes to meet that the person can answer: as the achievement's contact or named for it, or, of an enterprise, as
    somebody of it who is registered."""
    return of_day(
        session,
        holder.event_id,
        organisation_id=holder.organisation_id,
        person_id=holder.person_id,
        registered=holder.registration_id is not None,
        now=utcnow(),
    )


def own_wish(session: Session, holder: Holder, public_id: str) -> tuple[MeetingWish, Side] | None:
    """One of them, as record, and for which side the person answers."""
    row = next((row for row in wishes(session, holder) if row.public_id == public_id), None)
    return (session.get_one(MeetingWish, row.id), Side(row.side)) if row is not None else None
