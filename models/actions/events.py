"""Roadshows: create, edit, publish, postpone, cancel. What hangs on one moves or closes with it, and people are told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import audit, jobs, seats, sessions
from models.actions.agenda import refuse, write_rows
from models.actions.agenda_publication import first_version
from models.actions.occupancy import lock
from models.actions.waiting_lists import look_after_talks
from models.base import utcnow
from models.enums import EventState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.agenda import lock_events_around
from models.queries.agenda_drafts import standing_clashes, working_plan
from models.queries.events import open_sessions, presenting
from models.queries.recipients import recipients
from models.queries.registrations import OPEN
from models.rules.policy import Actor
from models.tables import AgendaItem, Booking, BookingAttendee, Event, MatchSession, Registration, RegistrationTerms

TEXTS = ("title", "introduction", "circle_id", "venue", "address", "hosts", "pitch_minutes", "questions_minutes")
PLACE = ("venue", "address")


def create(
    session: Session,
    *,
    by: Actor,
    starts_at: datetime,
    ends_at: datetime,
    rooms: Sequence[str],
    capacity: int | None,
    **values: Any,
) -> Event:
    """Plan a roadshow as a draft; ``values`` are TEXTS. Raises Invalid where its hours cannot be right."""
    check_hours(starts_at, ends_at)
    check_begin(starts_at)
    event = Event(
        starts_at=starts_at,
        ends_at=ends_at,
        rooms=list(rooms),
        capacity=capacity,
        created_by_id=by.person_id,
        **_texts(values),
    )
    session.add(event)
    audit.record(session, "event.create", event, by=by, title=event.title)
    session.flush()
    return event


def edit(
    session: Session,
    event: Event,
    *,
    by: Actor,
    revision: int,
    ends_at: datetime,
    rooms: Sequence[str],
    capacity: int | None,
    starts_at: datetime | None = None,
    **values: Any,
) -> None:
    """Change a roadshow. The beginning of a published one moves only by postpone(), so that people are told.

    Raises Conflict where somebody else was faster or the programme would not fit, Invalid at a field.
    """
    session.refresh(event, with_for_update=True)
    _unchanged(event, revision)
    _open(event)
    if starts_at is not None and event.state is EventState.PUBLISHED and starts_at != event.starts_at:
        raise Invalid(N_("A published roadshow is moved by “Postpone”, so that everybody is told."), field="starts_at")
    begins = starts_at or event.starts_at
    check_hours(begins, ends_at)
    before = standing_clashes(session, event)
    was = {name: getattr(event, name) for name in (*PLACE, "ends_at", "starts_at")}
    for name, value in _texts(values).items():
        setattr(event, name, value)
    event.ends_at, event.rooms = ends_at, list(rooms)
    if begins != event.starts_at:
        check_begin(begins)
        plan = working_plan(session, event)
        event.starts_at = begins
        write_rows(session, event, plan)
    seats.fit(session, event, capacity)
    session.flush()
    if event.state is EventState.PUBLISHED:
        refuse(standing_clashes(session, event), before, field="rooms")
        if any(getattr(event, name) != was[name] for name in (*PLACE, "ends_at")):
            event.sequence += 1
            _tell(session, event, "event_changed")
    audit.record(session, "event.edit", event, by=by, was={name: str(value) for name, value in was.items()})
    session.flush()


def publish(session: Session, event: Event, *, by: Actor) -> None:
    """Announce a roadshow with its programme. Raises NotNow where it is over, Conflict where the programme cannot be."""
    session.refresh(event, with_for_update=True)
    _open(event)
    if not event.venue:
        raise Invalid(N_("Say where the roadshow takes place before you publish it."), field="venue")
    refuse(standing_clashes(session, event), [])
    audit.move(session, event, EventState.PUBLISHED, "event.publish", by=by)
    event.published_once = True
    first_version(session, event, by=by)
    session.flush()


def postpone(session: Session, event: Event, *, by: Actor, revision: int, starts_at: datetime, reason: str) -> None:
    """Move a roadshow with all that hangs on it by the same time, and tell everybody.

    Raises NotNow where it has begun or was cancelled, Invalid (starts_at) for a time that is past or the present one,
    Conflict where somebody cannot be there at the new time.
    """
    shift = starts_at - event.starts_at
    hanging = _lock_with_sessions(session, event, shift)
    _unchanged(event, revision)
    _open(event)
    was, now = event.starts_at, utcnow()
    if was <= now:
        raise NotNow(N_("This roadshow has begun already; it cannot be postponed any more."))
    if not shift:
        raise Invalid(N_("The roadshow begins at this time already. Choose another."), field="starts_at")
    check_begin(starts_at)
    before = standing_clashes(session, event)
    look_after_talks(session, event)
    event.starts_at, event.ends_at = starts_at, event.ends_at + shift
    for item in session.scalars(select(AgendaItem).where(AgendaItem.event_id == event.id)):
        item.starts_at, item.ends_at = item.starts_at + shift, item.ends_at + shift
    event.state_reason, event.sequence = reason, event.sequence + 1
    session.flush()
    _move_registration(session, event, shift, now=now)
    for match_session in hanging:
        if match_session.starts_at > now:
            sessions.postpone(session, match_session, by=by, shift=shift, reason=reason)
    if event.state is EventState.PUBLISHED:
        refuse(standing_clashes(session, event), before, field="starts_at")
        _tell(session, event, "event_postponed", was=was.isoformat(), reason=reason)
    audit.record(session, "event.postpone", event, by=by, was=was.isoformat(), now=starts_at.isoformat(), reason=reason)
    session.flush()


def _move_registration(session: Session, event: Event, shift: timedelta, *, now: datetime) -> None:
    """The period of registration moves along: its end, and a beginning that is still to come. An end that would lie in the
    past is the roadshow's beginning."""
    terms = session.scalar(select(RegistrationTerms).where(RegistrationTerms.event_id == event.id))
    if terms is None:
        return
    if terms.opens_at is not None and terms.opens_at > now:
        terms.opens_at += shift
    if terms.closes_at is not None:
        closes = terms.closes_at + shift
        terms.closes_at = closes if closes > max(now, terms.opens_at or now) else event.starts_at
    session.flush()


def cancel(session: Session, event: Event, *, by: Actor, reason: str) -> None:
    """Call a roadshow off: its sessions are cancelled, everybody is told. Raises NotNow where it is over or cancelled."""
    hanging = _lock_with_sessions(session, event)
    _open(event)
    told = event.state is EventState.PUBLISHED
    look_after_talks(session, event)
    for match_session in hanging:
        sessions.cancel(session, match_session, by=by, reason=reason)
    audit.move(session, event, EventState.CANCELLED, "event.cancel", by=by, reason=reason)
    event.state_reason, event.sequence = reason, event.sequence + 1
    if told:
        _tell(session, event, "event_cancelled", reason=reason)
    session.flush()


def _lock_with_sessions(session: Session, event: Event, shift: timedelta = timedelta()) -> Sequence[MatchSession]:
    """Lock the event and its open sessions in the order that everybody keeps: roadshows by id, then sessions by id."""
    hanging = open_sessions(session, event.id, now=utcnow())
    times = [event.starts_at, event.ends_at]
    times += [time for one in hanging for time in (one.starts_at, one.ends_at)]
    times += [time + shift for time in times]
    people = session.scalars(
        select(BookingAttendee.person_id)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(Booking.match_session_id.in_([one.id for one in hanging]))
    )
    lock_events_around(session, set(people), min(times), max(times))
    session.refresh(event, with_for_update=True)
    if hanging:
        lock(session, hanging[0], others={one.id for one in hanging})
    return hanging


def _unchanged(event: Event, revision: int) -> None:
    if event.revision != revision:
        raise Conflict(N_("Somebody else changed this roadshow in the meantime. Open it again and compare."))


def _open(event: Event) -> None:
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))


def check_hours(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Invalid(N_("The end must be after the beginning."), field="ends_at")
    if ends_at <= utcnow():
        raise Invalid(N_("This time has passed already."), field="ends_at")
    if (ends_at - starts_at).days >= 7:
        raise Invalid(N_("A roadshow lasts at most seven days. Please check both dates."), field="ends_at")


def check_begin(starts_at: datetime) -> None:
    if starts_at <= utcnow():
        raise Invalid(N_("The beginning lies in the past."), field="starts_at")


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = values.keys() - set(TEXTS)
    if unknown:
        raise TypeError(f"not values of an event: {sorted(unknown)}")
    return dict(values)


def _tell(session: Session, event: Event, template: str, **values: Any) -> None:
    """A mail to everybody who comes or may still come and, once each, to who presents (web/handlers/events.py renders them)."""
    registered = session.execute(
        select(Registration.id, func.lower(Registration.email)).where(
            Registration.event_id == event.id,
            Registration.state.in_(OPEN),
            Registration.email != "",
        )
    ).all()
    for registration_id, _email in registered:
        jobs.add(session, "event_mail", template=template, registration_id=registration_id, **values)
    addresses = {email for _id, email in registered}
    for person in recipients(session, presenting(session, event.id)):
        if person.email.casefold() not in addresses:
            jobs.add(
                session,
                "event_mail",
                template=template,
                event_id=event.id,
                to=person.email,
                person_id=person.person_id,
                locale=person.locale,
                **values,
            )
