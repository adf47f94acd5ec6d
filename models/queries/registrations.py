"""Who comes to a roadshow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.enums import Attendance, Capacity, RecordState, RegistrationState
from models.rules.registration import OFFER_HOURS, Question, questions_of
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    AgendaItem,
    Event,
    Membership,
    Organisation,
    Person,
    Registration,
    RegistrationTerms,
    RegistrationWish,
)

PAGE = 50
OPEN = tuple(state for state in RegistrationState if state.open)


@dataclass(frozen=True)
class RegistrationPage:
    """One page of registrations in the order they came, and the key of the next page (0 at the end)."""

    rows: Sequence[Any]
    next_key: int


@dataclass(frozen=True)
class Terms:
    """Under which terms people register for a roadshow; the defaults where nobody set any."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    approval: bool = False
    online: bool = False
    offer_hours: int = OFFER_HOURS
    questions: Sequence[Question] = field(default_factory=list)
    revision: int = 0


def terms_of(session: Session, event_id: int) -> Terms:
    row = session.execute(
        select(
            RegistrationTerms.opens_at,
            RegistrationTerms.closes_at,
            RegistrationTerms.approval,
            RegistrationTerms.online,
            RegistrationTerms.offer_hours,
            RegistrationTerms.questions,
            RegistrationTerms.revision,
        ).where(RegistrationTerms.event_id == event_id)
    ).one_or_none()
    if row is None:
        return Terms()
    return Terms(
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        approval=row.approval,
        online=row.online,
        offer_hours=row.offer_hours,
        questions=questions_of(row.questions),
        revision=row.revision,
    )


def used_seats(session: Session, event_id: int) -> set[int]:
    """The numbers of the seats that are taken or held by an offer."""
    seats = select(Registration.seat).where(Registration.event_id == event_id, Registration.seat.is_not(None))
    return {seat for seat in session.scalars(seats) if seat is not None}


def seats_left(session: Session, event: Event) -> int | None:
    """How many seats nobody holds; None: they are not counted."""
    if event.capacity is None:
        return None
    held = select(func.count()).where(Registration.event_id == event.id, Registration.seat.is_not(None))
    return max(0, event.capacity - (session.scalar(held) or 0))


def waiting_before(session: Session, registration: Any) -> int:
    """How many of the waiting list come before somebody on it (a record or a row of it)."""
    earlier = or_(
        Registration.waiting_since < registration.waiting_since,
        and_(Registration.waiting_since == registration.waiting_since, Registration.id < registration.id),
    )
    return (
        session.scalar(
            select(func.count()).where(
                Registration.event_id == registration.event_id, Registration.state == RegistrationState.WAITING, earlier
            )
        )
        or 0
    )


def place_in_list(session: Session, registration: Any) -> int:
    """The place on the waiting list, from 1; 0: not on it."""
    return waiting_before(session, registration) + 1 if registration.state is RegistrationState.WAITING else 0


def by_state(session: Session, event_id: int) -> Mapping[RegistrationState, int]:
    """How many registrations are in which state; every state is a key."""
    counted = session.execute(
        select(Registration.state, func.count()).where(Registration.event_id == event_id).group_by(Registration.state)
    )
    counts = {row[0]: row[1] for row in counted}
    return {state: counts.get(state, 0) for state in RegistrationState}


def _offered(event_id: int) -> Any:
    return (
        select(Achievement.id, Achievement.public_id, AchievementVersion.title, Organisation.name.label("owner"))
        .select_from(AgendaItem)
        .join(Achievement, Achievement.id == AgendaItem.achievement_id)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(AgendaItem.event_id == event_id, Achievement.state == RecordState.PUBLISHED)
        .order_by(AgendaItem.position, AgendaItem.id)
    )


def offered_achievements(session: Session, event_id: int) -> Sequence[Any]:
    """(id, public_id, title, owner) of the published achievements in a roadshow's programme, in its order."""
    return list({row.id: row for row in session.execute(_offered(event_id))}.values())


def offered_achievement(session: Session, event_id: int, public_id: str) -> Any:
    """The same of one of them, or None."""
    return session.execute(_offered(event_id).where(Achievement.public_id == public_id).limit(1)).one_or_none()


def wishes_of(session: Session, registration_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Registration's id -> titles of the achievements they want to meet; one query."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(RegistrationWish.registration_id, AchievementVersion.title)
        .join(Achievement, Achievement.id == RegistrationWish.achievement_id)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(RegistrationWish.registration_id.in_(registration_ids), Achievement.state == RecordState.PUBLISHED)
        .order_by(RegistrationWish.id)
    )
    for registration_id, title in rows:
        found.setdefault(registration_id, []).append(title)
    return found


def taken(session: Session, event_id: int) -> int:
    """How many people are registered."""
    return (
        session.scalar(
            select(func.count()).where(
                Registration.event_id == event_id, Registration.state == RegistrationState.REGISTERED
            )
        )
        or 0
    )


def is_full(session: Session, event: Event) -> bool:
    """Whether every seat is taken or held for somebody."""
    return seats_left(session, event) == 0


def own_contact(session: Session, account_id: int | None) -> dict[str, str]:
    """What the form can fill in for somebody who is logged in."""
    row = session.execute(
        select(Person.name, Organisation.name.label("organisation_name"), Account.email, Person.phone)
        .select_from(Account)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Account.id == account_id)
    ).one_or_none()
    if row is None:
        return {}
    return {
        "name": row.name,
        "organisation_name": row.organisation_name or "",
        "email": row.email,
        "mobile": row.phone,
    }


@dataclass(frozen=True)
class Letter:
    """What a mail about a registration or to a presenter says."""

    event: Any  # a row of the event's columns
    registration: Any = None  # a row: id, name, email, locale, state, seat, offered_until ...
    place: int = 0  # on the waiting list, from 1; 0: not on it


EVENT_COLUMNS = (
    Event.id,
    Event.public_id,
    Event.title,
    Event.introduction,
    Event.state,
    Event.state_reason,
    Event.venue,
    Event.address,
    Event.starts_at,
    Event.ends_at,
    Event.sequence,
)


def letter(session: Session, *, registration_id: int | None, event_id: int | None) -> Letter | None:
    """The registration (in the language of its account, where it has one) and its event, as they are now."""
    registration = None
    if registration_id is not None:
        registration = session.execute(
            select(
                Registration.public_id,
                Registration.name,
                Registration.email,
                Registration.state,
                Registration.seat,
                Registration.person_id,
                Registration.event_id,
                Registration.id,
                Registration.state_reason,
                Registration.waiting_since,
                Registration.offered_until,
                Registration.attendance,
                func.coalesce(Account.locale, Registration.locale).label("locale"),
            )
            .outerjoin(Account, Account.person_id == Registration.person_id)
            .where(Registration.id == registration_id)
        ).one_or_none()
        if registration is None:
            return None
        event_id = registration.event_id
    event = session.execute(select(*EVENT_COLUMNS).where(Event.id == event_id)).one_or_none()
    if event is None:
        return None
    return Letter(event, registration, place_in_list(session, registration) if registration is not None else 0)


def mine(session: Session, event_id: int, person_id: int | None) -> Any:
    """(id, public_id, state) of a person's registration for a roadshow, an open one before one that ended, or None."""
    if person_id is None:
        return None
    return session.execute(
        select(Registration.id, Registration.public_id, Registration.state)
        .where(Registration.event_id == event_id, Registration.person_id == person_id)
        .order_by(Registration.state.not_in(OPEN), Registration.id.desc())
        .limit(1)
    ).one_or_none()


def by_capacity(session: Session, event_id: int) -> dict[Capacity, int]:
    """How many are registered in which capacity."""
    rows = session.execute(
        select(Registration.capacity, func.count())
        .where(Registration.event_id == event_id, Registration.state == RegistrationState.REGISTERED)
        .group_by(Registration.capacity)
    )
    counts = {row[0]: row[1] for row in rows}
    return {capacity: counts[capacity] for capacity in Capacity if capacity in counts}


class Came(StrEnum):
    """Of who is expected in person."""

    IN = "in"
    MISSING = "missing"  # not yet; after the end: a no-show


@dataclass(frozen=True)
class Selection:
    """Which registrations of a roadshow a list shows."""

    event_id: int
    capacity: Capacity | None = None
    state: RegistrationState | None = RegistrationState.REGISTERED
    text: str = ""
    mobile_only: bool = False
    came: Came | None = None  # of those expected in person

    def where(self) -> list[Any]:
        conditions: list[Any] = [Registration.event_id == self.event_id]
        if self.capacity is not None:
            conditions.append(Registration.capacity == self.capacity)
        if self.state is not None:
            conditions.append(Registration.state == self.state)
        if self.mobile_only:
            conditions.append(Registration.email == "")
        if self.came is not None:
            arrived = Registration.checked_in_at.is_not(None)
            missing = and_(Registration.attendance == Attendance.IN_PERSON, ~arrived)
            conditions.append(arrived if self.came is Came.IN else missing)
        if self.text:
            conditions.append(
                or_(
                    Registration.name.contains(self.text, autoescape=True),
                    Registration.organisation_name.contains(self.text, autoescape=True),
                )
            )
        return conditions


def _columns(selection: Selection) -> Any:
    return (
        select(
            Registration.id,
            Registration.public_id,
            Registration.name,
            Registration.organisation_name,
            Registration.capacity,
            Registration.email,
            Registration.mobile,
            Registration.seat,
            Registration.state,
            Registration.created_at,
            Registration.entered_by_id,
            Registration.is_sample,
            Registration.attendance,
            Registration.accessibility,
            Registration.need,
            Registration.answers,
            Registration.offered_until,
            Registration.checked_in_at,
            Registration.walk_in,
        )
        .where(*selection.where())
        .order_by(Registration.id)
    )


def registrations(session: Session, selection: Selection, *, after: int = 0, limit: int = PAGE) -> RegistrationPage:
    """A page of registrations; ``after`` is the key that the page before gave."""
    rows = session.execute(_columns(selection).where(Registration.id > after).limit(limit + 1)).all()
    return RegistrationPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else 0)


def all_registrations(session: Session, selection: Selection) -> Sequence[Any]:
    """Every registration of a selection, for an export."""
    return session.execute(_columns(selection)).all()


def size(session: Session, selection: Selection) -> int:
    return session.scalar(select(func.count()).select_from(Registration).where(*selection.where())) or 0


def of_event(session: Session, event_id: int, public_ids: Collection[str]) -> Sequence[Registration]:
    """Those of a roadshow's registrations, as records, in the order they came."""
    return session.scalars(
        select(Registration)
        .where(Registration.event_id == event_id, Registration.public_id.in_(list(public_ids)[:500]))
        .order_by(Registration.id)
    ).all()
