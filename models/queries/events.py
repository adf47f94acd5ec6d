"""Roadshows as lists and pages show them, and what hangs on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.enums import EventState, RegistrationState
from models.queries.hanging import OPEN_BOOKINGS
from models.tables import (
    Account,
    Achievement,
    AgendaItem,
    Booking,
    Circle,
    Event,
    MatchSession,
    Person,
    Registration,
)

PAGE = 20


@dataclass(frozen=True)
class EventPage:
    """One page of roadshows and the key of the next page ("" at the end)."""

    rows: Sequence[Any]
    next_key: str


def events(
    session: Session,
    *,
    now: datetime,
    past: bool = False,
    circle_id: int | None = None,
    drafts: bool = False,
    after: str = "",
    limit: int = PAGE,
) -> EventPage:
    """Coming roadshows, the next first, or past ones, the latest first; ``drafts`` are for organizers."""
    pitches = (
        select(func.count())
        .where(AgendaItem.event_id == Event.id, AgendaItem.achievement_id.is_not(None))
        .correlate(Event)
        .scalar_subquery()
    )
    statement = select(
        Event.id,
        Event.public_id,
        Event.title,
        Event.state,
        Event.venue,
        Event.hosts,
        Event.starts_at,
        Event.ends_at,
        Event.state_reason,
        Event.is_sample,
        Circle.name.label("circle"),
        pitches.label("achievements"),
    ).outerjoin(Circle, Circle.id == Event.circle_id)
    if circle_id is not None:
        statement = statement.where(Event.circle_id == circle_id)
    if not drafts:
        statement = statement.where(Event.state != EventState.DRAFT, Event.published_once.is_(True))
    key = _key(after)
    if past:
        statement = statement.where(Event.ends_at <= now).order_by(Event.starts_at.desc(), Event.id.desc())
        if key:
            begins, number = key
            later = and_(Event.starts_at == begins, Event.id < number)
            statement = statement.where(or_(Event.starts_at < begins, later))
    else:
        statement = statement.where(Event.ends_at > now).order_by(Event.starts_at, Event.id)
        if key:
            begins, number = key
            later = and_(Event.starts_at == begins, Event.id > number)
            statement = statement.where(or_(Event.starts_at > begins, later))
    rows = session.execute(statement.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return EventPage(rows[:limit], f"{last.starts_at.isoformat()}_{last.id}" if last is not None else "")


def _key(text: str) -> tuple[datetime, int] | None:
    moment, _underscore, number = text.rpartition("_")
    try:
        begins, key = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    sensible = begins.tzinfo is not None and 1900 <= begins.year <= 2200 and abs(key) < 2**31
    return (begins, key) if sensible else None


@dataclass(frozen=True)
class Hanging:
    """What is concerned when a roadshow is postponed or cancelled."""

    registrations: int  # people who are registered
    by_mobile_only: int  # of those, how many no mail can reach
    items: int  # of the programme
    sessions: Sequence[Any]  # (title, public_id, starts_at, ends_at, bookings): still to come or under way


def hanging(session: Session, event_id: int, *, now: datetime) -> Hanging:
    """What hangs on a roadshow; three queries."""
    registered = and_(Registration.event_id == event_id, Registration.state == RegistrationState.REGISTERED)
    people = session.execute(
        select(func.count(), func.count().filter(Registration.email == "")).where(registered)
    ).one()
    items = session.scalar(select(func.count()).where(AgendaItem.event_id == event_id)) or 0
    bookings = (
        select(func.count())
        .where(Booking.match_session_id == MatchSession.id, Booking.state.in_(OPEN_BOOKINGS))
        .correlate(MatchSession)
        .scalar_subquery()
    )
    sessions = session.execute(
        select(
            MatchSession.title,
            MatchSession.public_id,
            MatchSession.starts_at,
            MatchSession.ends_at,
            bookings.label("bookings"),
        )
        .where(
            MatchSession.event_id == event_id,
            MatchSession.state != EventState.CANCELLED,
            MatchSession.ends_at > now,
        )
        .order_by(MatchSession.starts_at, MatchSession.id)
    ).all()
    return Hanging(people[0], people[1], items, sessions)


def open_sessions(session: Session, event_id: int, *, now: datetime) -> Sequence[MatchSession]:
    """The sessions that hang on a roadshow, as records, to be moved or cancelled with it."""
    return session.scalars(
        select(MatchSession)
        .where(
            MatchSession.event_id == event_id,
            MatchSession.state != EventState.CANCELLED,
            MatchSession.ends_at > now,
        )
        .order_by(MatchSession.id)
    ).all()


def presenting(session: Session, event_id: int) -> set[int]:
    """Who presents: speakers and contacts of the achievements who have an account or whose consent was declared."""
    on_stage = select(AgendaItem.speaker_id).where(AgendaItem.event_id == event_id)
    behind = (
        select(Achievement.contact_id)
        .join(AgendaItem, AgendaItem.achievement_id == Achievement.id)
        .where(AgendaItem.event_id == event_id)
    )
    return set(
        session.scalars(
            select(Person.id)
            .outerjoin(Account, Account.person_id == Person.id)
            .where(
                or_(Person.id.in_(on_stage), Person.id.in_(behind)),
                or_(Account.confirmed_at.is_not(None), Account.id.is_(None) & Person.declared_at.is_not(None)),
            )
        )
    )
