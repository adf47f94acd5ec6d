"""Who comes to a roadshow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.enums import Capacity, RegistrationState
from models.tables import Account, Event, Membership, Organisation, Person, Registration

PAGE = 50


@dataclass(frozen=True)
class RegistrationPage:
    """One page of registrations in the order they came, and the key of the next page (0 at the end)."""

    rows: Sequence[Any]
    next_key: int


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
    """Whether every seat is taken."""
    return event.capacity is not None and taken(session, event.id) >= event.capacity


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
    registration: Any = None  # name, public_id, email, locale, state, seat, person_id


EVENT_COLUMNS = (
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
                Registration.event_id,
                Registration.public_id,
                Registration.name,
                Registration.email,
                Registration.state,
                Registration.seat,
                Registration.person_id,
                func.coalesce(Account.locale, Registration.locale).label("locale"),
            )
            .outerjoin(Account, Account.person_id == Registration.person_id)
            .where(Registration.id == registration_id)
        ).one_or_none()
        if registration is None:
            return None
        event_id = registration.event_id
    event = session.execute(select(*EVENT_COLUMNS).where(Event.id == event_id)).one_or_none()
    return Letter(event, registration) if event is not None else None


def mine(session: Session, event_id: int, person_id: int | None) -> Any:
    """(public_id, state) of a person's registration for a roadshow, a valid one before a cancelled one, or None."""
    if person_id is None:
        return None
    return session.execute(
        select(Registration.public_id, Registration.state)
        .where(Registration.event_id == event_id, Registration.person_id == person_id)
        .order_by(Registration.state == RegistrationState.CANCELLED, Registration.id.desc())
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


@dataclass(frozen=True)
class Selection:
    """Which registrations of a roadshow a list shows."""

    event_id: int
    capacity: Capacity | None = None
    state: RegistrationState | None = RegistrationState.REGISTERED
    text: str = ""
    mobile_only: bool = False

    def where(self) -> list[Any]:
        conditions: list[Any] = [Registration.event_id == self.event_id]
        if self.capacity is not None:
            conditions.append(Registration.capacity == self.capacity)
        if self.state is not None:
            conditions.append(Registration.state == self.state)
        if self.mobile_only:
            conditions.append(Registration.email == "")
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
            Registration.person_id,
            Registration.entered_by_id,
            Registration.is_sample,
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


def by_public_id(session: Session, public_id: str) -> Registration | None:
    """The registration that a personal link names."""
    return session.scalar(select(Registration).where(Registration.public_id == public_id))
