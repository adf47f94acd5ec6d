"""The seats of a roadshow: taken, offered to who waits, given back. Every verb holds the lock of the event's row.

A seat is a number under a unique key, held by who is registered and by whom it is offered to, so that none is sold twice.
While seats can still be offered in time none stays free as long as somebody waits: whoever gives one back, and whoever
meets an offer that is over, offers it on; a job does so when nobody comes by.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import Attendance, EventState, RegistrationState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.registrations import place_in_list, terms_of, used_seats
from models.rules.policy import Actor
from models.rules.registration import offer_until
from models.tables import Event, Registration

HOLDS = (RegistrationState.REGISTERED, RegistrationState.OFFERED)
OFFER_ENDED = N_("Nobody answered the offer in time.")
MAILS = {
    RegistrationState.PENDING: "registration_pending",
    RegistrationState.REGISTERED: "registered",
    RegistrationState.WAITING: "waiting_listed",
    RegistrationState.OFFERED: "seat_offered",
    RegistrationState.DECLINED: "registration_declined",
    RegistrationState.CANCELLED: "registration_cancelled",
}


def lock(session: Session, event: Event) -> None:
    """Whoever changes seats comes one after the other; locked before any registration."""
    session.refresh(event, with_for_update=True)


def begin(session: Session, event: Event) -> None:
    """Lock the roadshow and end offers that are over. Raises NotNow where nobody can come to it (any more)."""
    lock(session, event)
    under_way(event)
    sweep(session, event)


def tell(session: Session, registration: Registration, template: str = "") -> None:
    """A mail about the registration as it is now; it is rendered, with a fresh personal link, when it leaves."""
    session.flush()
    if registration.email:
        name = template or MAILS[registration.state]
        jobs.add(session, "event_mail", template=name, registration_id=registration.id)


def needs_seat(registration: Registration) -> bool:
    return registration.attendance is Attendance.IN_PERSON and not registration.let_in


def free_seats(session: Session, event: Event) -> Iterator[int]:
    """The numbers nobody holds, the lowest first; none where seats are not counted."""
    if event.capacity is None:
        return iter(())
    used = used_seats(session, event.id)
    return (seat for seat in range(1, event.capacity + 1) if seat not in used)


def place(session: Session, event: Event, registration: Registration, *, by: Actor | None, action: str) -> None:
    """Register who needs no seat or finds one free; everybody else waits. Raises Conflict where the key refuses the seat."""
    seat = None
    if event.capacity is not None and needs_seat(registration):
        seat = next(free_seats(session, event), None)
        if seat is None:
            audit.move(session, registration, RegistrationState.WAITING, action, by=by)
            registration.waiting_since = utcnow()
            session.flush()
            return
    _take(session, registration, seat, by=by, action=action)


def _take(session: Session, registration: Registration, seat: int | None, *, by: Actor | None, action: str) -> None:
    try:
        with session.begin_nested():
            audit.move(session, registration, RegistrationState.REGISTERED, action, by=by)
            registration.seat, registration.offered_until, registration.waiting_since = seat, None, None
    except IntegrityError:
        raise Conflict(N_("Somebody took this seat in the same moment. Please try again.")) from None


def give_back(session: Session, registration: Registration, to: RegistrationState, action: str, *, by: Actor | None,
              reason: str = "") -> None:  # fmt: skip
    """End a registration, whatever it holds; the caller offers on (``sweep``)."""
    if registration.state in HOLDS:
        registration.seat = None
    offered = registration.state is RegistrationState.OFFERED
    with session.no_autoflush:
        audit.move(session, registration, to, action, by=by, reason=reason)
        registration.waiting_since = None
        registration.state_reason = reason
        if offered:
            registration.offered_until = None
    session.flush()


def sweep(session: Session, event: Event) -> None:
    """End offers that are over, then offer what is free to who waits first."""
    overdue = session.scalars(
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.state == RegistrationState.OFFERED,
            Registration.offered_until <= utcnow(),
        )
        .order_by(Registration.id)
        .with_for_update()
    ).all()
    for registration in overdue:
        give_back(session, registration, RegistrationState.CANCELLED, "registration.offer_ended", by=None, reason=OFFER_ENDED)  # fmt: skip
        tell(session, registration, "seat_offer_ended")
    _offer(session, event)


def _offer(session: Session, event: Event) -> None:
    until = offer_until(utcnow(), event.starts_at, terms_of(session, event.id).offer_hours)
    if until is None or event.state is not EventState.PUBLISHED:
        return
    waiting = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.state == RegistrationState.WAITING)
        .order_by(Registration.waiting_since, Registration.id)
        .with_for_update()
    )
    if event.capacity is None:
        for registration in waiting:  # seats are counted no more
            place(session, event, registration, by=None, action="registration.from_list")
            tell(session, registration)
        return
    for registration, seat in zip(waiting.all(), list(free_seats(session, event)), strict=False):
        _hold(session, registration, seat, until)
        tell(session, registration)


def _hold(session: Session, registration: Registration, seat: int, until: datetime) -> None:
    with session.no_autoflush:
        audit.move(session, registration, RegistrationState.OFFERED, "registration.offer", by=None)
        registration.seat, registration.offered_until = seat, until
    session.flush()
    jobs.add(session, "seat_offer_due", run_after=until, event_id=registration.event_id)


def accept(session: Session, registration: Registration, *, by: Actor) -> None:
    """Take the seat that is offered; from the waiting list a free one, when there is no time to offer seats any more.

    A second press changes nothing. Raises NotNow where the offer is over, Conflict where no seat is free.
    """
    event = session.get_one(Event, registration.event_id)
    lock(session, event)
    session.refresh(registration, with_for_update=True)
    under_way(event)
    if registration.state is RegistrationState.REGISTERED:
        return
    if registration.state is RegistrationState.OFFERED:
        if registration.offered_until is not None and registration.offered_until <= utcnow():
            raise NotNow(N_("This offer is over; the seat goes to the next. Register again to join the waiting list."))
        place_offered(session, registration, by=by)
    elif registration.state is RegistrationState.WAITING:
        sweep(session, event)
        seat = next(free_seats(session, event), None)
        if seat is None and registration.state is RegistrationState.WAITING:
            raise Conflict(
                N_("No seat is free now. You are number %(place)s on the waiting list."),
                place=place_in_list(session, registration),
            )
        _take(session, registration, registration.seat or seat, by=by, action="registration.accept")
    else:
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=registration.state.label,
        )
    tell(session, registration)
    session.flush()


def place_offered(session: Session, registration: Registration, *, by: Actor) -> None:
    """Whom a seat is offered to comes: it is theirs. The caller holds the lock of the roadshow."""
    _take(session, registration, registration.seat, by=by, action="registration.accept")


def end_overdue(session: Session, event_id: int) -> None:
    """What the job of an offer does: end it if it is over, and offer the seat on."""
    event = session.get(Event, event_id)
    if event is not None:
        lock(session, event)
        sweep(session, event)
        session.flush()


def fit(session: Session, event: Event, capacity: int | None) -> None:
    """Set the number of seats, give everybody who holds one a number of them, and offer what became free."""
    holding = [
        one
        for one in session.scalars(
            select(Registration)
            .where(Registration.event_id == event.id, Registration.state.in_(HOLDS))
            .order_by(Registration.id)
        )
        if needs_seat(one)
    ]
    if capacity is not None and capacity < len(holding):
        raise Invalid(
            N_("%(registered)s people are registered already; there cannot be fewer seats."),
            field="capacity",
            registered=len(holding),
        )
    event.capacity = capacity
    if capacity is not None:
        free = iter(sorted(set(range(1, capacity + 1)) - {one.seat for one in holding if one.seat}))
        for one in holding:
            if one.seat is None or one.seat > capacity:
                one.seat = next(free)
    session.flush()
    _offer(session, event)


def under_way(event: Event) -> None:
    """Raises NotNow where nobody can come (any more)."""
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled."))
    if event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow is not announced yet."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))
