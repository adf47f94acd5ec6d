"""The door of a roadshow: check in, undo, walk-ins. Who did not come is counted by a query, not written."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.actions import audit, registrations, seats
from models.actions.registrations import Details
from models.base import utcnow
from models.enums import EventState, RegistrationState
from models.errors import N_, Conflict, NotNow
from models.queries.registrations import is_full
from models.rules.policy import Actor
from models.tables import Event, Registration

OPENS, SHUTS = timedelta(hours=24), timedelta(hours=12)  # before the beginning, after the end


def check_in(session: Session, registration: Registration, *, by: Actor, door: str = "", anyway: bool = False) -> bool:
    """Somebody arrived; False where they had before. ``door`` names the helper. An offered seat is taken by coming.

    ``anyway``: the organizer lets in who has no place, in a free seat where there is one. Raises NotNow with the state.
    """
    event = _at_door(session, registration)
    if registration.checked_in_at is not None:
        return False
    if registration.state is RegistrationState.OFFERED:
        seats.place_offered(session, registration, by=by)
    elif registration.state is not RegistrationState.REGISTERED:
        if not (anyway and by.organizer):
            raise NotNow(
                N_("%(name)s has no place: %(state)s. Ask the organizer."),
                name=registration.name,
                state=registration.state.label,
            )
        _let_in(session, event, registration, by=by)
    registration.checked_in_at = utcnow()
    audit.record(session, "registration.check_in", registration, by=by, **_said(door))
    session.flush()
    return True


def undo(session: Session, registration: Registration, *, by: Actor, door: str = "") -> None:
    """It was somebody else. A second time changes nothing."""
    _at_door(session, registration)
    if registration.checked_in_at is not None:
        registration.checked_in_at = None
        audit.record(session, "registration.undo_check_in", registration, by=by, **_said(door))
        session.flush()


def walk_in(
    session: Session, event: Event, *, by: Actor, details: Details, locale: str, door: str = "", anyway: bool = False
) -> Registration:
    """Somebody comes without having registered: entered, and checked in at once, as long as there are seats.

    ``anyway``: beyond the seats, by the organizer only. Raises Conflict where all are taken or the contact is registered.
    """
    details = details.normal()
    seats.begin(session, event)
    if is_full(session, event) and not (anyway and by.organizer):
        raise Conflict(N_("All seats are taken. The organizer can let somebody in anyway."))
    registration = registrations.anew(session, event, details, locale=locale, by=by)
    registration.walk_in = True
    _let_in(session, event, registration, by=by)
    registration.checked_in_at = utcnow()
    audit.record(session, "registration.walk_in", registration, by=by, **_said(door))
    session.flush()
    return registration


def _let_in(session: Session, event: Event, registration: Registration, *, by: Actor) -> None:
    """Into a free seat, else beyond the seats; who was declined or cancelled begins anew."""
    if not registration.state.open:
        audit.move(session, registration, RegistrationState.PENDING, "registration.again", by=by)
        registration.state_reason = ""
    registration.let_in = is_full(session, event)
    seats.place(session, event, registration, by=by, action="registration.let_in")


def _said(door: str) -> dict[str, Any]:
    """What the audit row tells beside: which helper stood at the door."""
    return {"door": door} if door else {}


def _at_door(session: Session, registration: Registration) -> Event:
    event = session.get_one(Event, registration.event_id)
    seats.lock(session, event)
    session.refresh(registration, with_for_update=True)
    now = utcnow()
    if event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow does not take place: %(state)s."), state=event.state.label)
    if now < event.starts_at - OPENS:
        raise NotNow(N_("The door opens at %(when)s."), when=[event.starts_at - OPENS])
    if event.ends_at + SHUTS <= now:
        raise NotNow(N_("This roadshow is over."))
    return event
