"""Whom the links of a roadshow concern, and what a link opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.enums import LinkKind
from models.queries.hanging import OPEN_BOOKINGS
from models.rules.registration import LINK_STAYS, hash_of
from models.tables import (
    Account,
    AgendaItem,
    Booking,
    BookingAttendee,
    Event,
    EventLink,
    MatchSession,
    Membership,
    Organisation,
    Person,
)


@dataclass(frozen=True)
class Opened:
    """What a link that is valid opens; of a door link both ids are None."""

    public_id: str
    event_id: int
    event_public_id: str
    kind: LinkKind
    name: str
    registration_id: int | None
    person_id: int | None


def _valid(session: Session, condition: Any, now: datetime) -> Opened | None:
    row = session.execute(
        select(
            EventLink.public_id,
            EventLink.event_id,
            Event.public_id.label("event_public_id"),
            EventLink.kind,
            EventLink.name,
            EventLink.registration_id,
            EventLink.person_id,
            Event.ends_at,
        )
        .join(Event, Event.id == EventLink.event_id)
        .where(condition, EventLink.revoked_at.is_(None))
    ).one_or_none()
    if row is None or row.ends_at + LINK_STAYS[row.kind] <= now:
        return None
    return Opened(*row[:7])


def by_token(session: Session, token: str, *, now: datetime) -> Opened | None:
    """The link of a token, unless it was revoked or has ended."""
    return _valid(session, EventLink.token_hash == hash_of(token), now)


def by_public_id(session: Session, public_id: str, *, now: datetime) -> Opened | None:
    """The same for a link that was opened before in this browser."""
    return _valid(session, EventLink.public_id == public_id, now)


def doors(session: Session, event_id: int) -> Sequence[Any]:
    """The links of door helpers, also revoked ones, the newest first."""
    return session.execute(
        select(EventLink.public_id, EventLink.name, EventLink.created_at, EventLink.revoked_at)
        .where(EventLink.event_id == event_id, EventLink.kind == LinkKind.DOOR)
        .order_by(EventLink.id.desc())
    ).all()


def concerned(session: Session, event_id: int) -> Sequence[Any]:
    """Who speaks or meets at a roadshow: (public_id, name, organisation, email, account_id, talks, meetings, links)."""
    talks = (
        select(func.count())
        .where(AgendaItem.event_id == event_id, AgendaItem.speaker_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    meetings = (
        _meetings(event_id, func.count())
        .where(BookingAttendee.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    links = (
        select(func.count())
        .where(EventLink.event_id == event_id, EventLink.person_id == Person.id, EventLink.revoked_at.is_(None))
        .correlate(Person)
        .scalar_subquery()
    )
    return session.execute(
        select(
            Person.public_id,
            Person.name,
            Person.email,
            Organisation.name.label("organisation"),
            Account.id.label("account_id"),
            talks.label("talks"),
            meetings.label("meetings"),
            links.label("links"),
        )
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(_is_concerned(event_id), Person.deidentified_at.is_(None))
        .order_by(Person.name, Person.id)
    ).all()


def concerned_person(session: Session, event_id: int, public_id: str) -> Person | None:
    """Somebody who speaks or meets at a roadshow."""
    return session.scalar(
        select(Person).where(Person.public_id == public_id, _is_concerned(event_id), Person.deidentified_at.is_(None))
    )


def _is_concerned(event_id: int) -> Any:
    speaking = select(AgendaItem.speaker_id).where(AgendaItem.event_id == event_id, AgendaItem.speaker_id.is_not(None))
    return or_(Person.id.in_(speaking), Person.id.in_(_meetings(event_id, BookingAttendee.person_id)))


def _meetings(event_id: int, column: Any) -> Any:
    """A column of who attends the open meetings of a roadshow's sessions."""
    return (
        select(column)
        .select_from(BookingAttendee)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .where(MatchSession.event_id == event_id, Booking.state.in_(OPEN_BOOKINGS))
    )


def links_of(session: Session, registration_id: int) -> int:
    """How many personal links of a registration open something."""
    return (
        session.scalar(
            select(func.count()).where(EventLink.registration_id == registration_id, EventLink.revoked_at.is_(None))
        )
        or 0
    )


def may_be_written_to(session: Session, person: Person) -> bool:
    """Whether the person has an account of their own, or whoever entered them declared that they agreed."""
    account = select(Account.id).where(Account.person_id == person.id, Account.confirmed_at.is_not(None))
    return person.declared_at is not None or session.scalar(account) is not None


def needs_link(session: Session, person_id: int, match_session_id: int) -> int | None:
    """Id of a session's roadshow, for somebody who has no account to log in with; else None."""
    if logs_in(session, person_id):
        return None
    return session.scalar(select(MatchSession.event_id).where(MatchSession.id == match_session_id))


def logs_in(session: Session, person_id: int) -> bool:
    """Whether a person has an account to log in with, and needs no link."""
    account = select(Account.id).where(
        Account.person_id == person_id, Account.confirmed_at.is_not(None), Account.suspended_at.is_(None)
    )
    return session.scalar(account) is not None


def door(session: Session, event_id: int, public_id: str) -> EventLink | None:
    """A door helper's link of a roadshow, as record."""
    return session.scalar(
        select(EventLink).where(
            EventLink.event_id == event_id, EventLink.public_id == public_id, EventLink.kind == LinkKind.DOOR
        )
    )
