"""Coming to a roadshow: register without an account, cancel, be entered by an organizer.

A seat is a number from 1 to the event's capacity under a unique key, so that no race can sell one twice; the lock of the
event's row only spares the loser a second try. Nobody but an organizer learns who is registered: somebody who types an
address that is registered already reads the same as somebody new, and the mail with the personal link goes to the address.
Confirming that address with an account makes the registration the person's own (actions/accounts.py).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import Capacity, EventState, RegistrationState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.registrations import is_full
from models.rules.contacts import is_email, is_mobile, normal_email, normal_mobile
from models.rules.policy import Actor
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, Event, Registration


@dataclass(frozen=True)
class Details:
    """What somebody says about themselves; e-mail or mobile is needed."""

    name: str
    organisation_name: str
    capacity: Capacity
    email: str = ""
    mobile: str = ""

    def normal(self) -> "Details":
        """With e-mail and mobile as they are stored. Raises Invalid at the field that cannot be right."""
        email, mobile = normal_email(self.email), normal_mobile(self.mobile)
        if not email and not mobile:
            raise Invalid(N_("Give an e-mail address or a mobile number, so that we can reach you."), field="email")
        if email and not is_email(email):
            raise Invalid(N_("This does not look like an e-mail address, for example name@example.org."), field="email")
        if mobile and not is_mobile(mobile):
            raise Invalid(N_("This does not look like a mobile number. Use digits only."), field="mobile")
        return Details(self.name.strip(), self.organisation_name.strip(), self.capacity, email, mobile)

    @property
    def contact(self) -> str:
        """What one registration per event is counted by."""
        return self.email or self.mobile


@dataclass(frozen=True)
class Receipt:
    """What became of a registration. ``registration`` only where the person asking may see it; else a mail says it."""

    registration: Registration | None
    full: bool = False


def register(session: Session, event: Event, *, by: Actor, details: Details, locale: str, consent: bool) -> Receipt:
    """Register the person at the screen, with or without an account.

    Whoever is registered already under this contact gets the personal link again by mail, and nothing is changed.
    Raises NotNow where the roadshow is not open, Invalid at a field.
    """
    details = details.normal()
    if not consent:
        raise Invalid(N_("We need your consent to keep these data for the roadshow."), field="consent")
    _open(session, event)
    own = _own_address(session, by)
    known = _of_person(session, event, by) or _by_contact(session, event, details.contact)
    if known is not None and known.state is RegistrationState.REGISTERED:
        mine = by.person_id is not None and (known.person_id == by.person_id or known.contact == own)
        if mine and known.person_id is None:
            _adopt(session, known, by)
        _mail(session, known, "registered")
        return Receipt(known if mine else None, full=is_full(session, event))
    if is_full(session, event):
        return Receipt(None, full=True)
    registration = _take_seat(session, event, known, details, locale=locale, by=by)
    if by.person_id is not None and registration.person_id is None:
        _adopt(session, registration, by)
    _mail(session, registration, "registered")
    audit.record(session, "registration.create", registration, by=by)
    session.flush()
    mine = by.person_id is not None and registration.person_id == by.person_id
    return Receipt(registration if mine else None)


def enter(session: Session, event: Event, *, by: Actor, details: Details, locale: str) -> Registration:
    """An organizer enters somebody who agreed on the telephone or at the door.

    Raises Conflict where the contact is registered or all seats are taken.
    """
    details = details.normal()
    _open(session, event)
    known = _by_contact(session, event, details.contact)
    if known is not None and known.state is RegistrationState.REGISTERED:
        raise Conflict(
            N_("%(name)s is registered under this contact already."),
            field="email" if details.email else "mobile",
            name=known.name,
        )
    if is_full(session, event):
        raise Conflict(N_("All %(seats)s seats are taken."), seats=event.capacity)
    registration = _take_seat(session, event, known, details, locale=locale, by=by)
    registration.entered_by_id = by.person_id
    _mail(session, registration, "registered")
    audit.record(session, "registration.enter", registration, by=by)
    session.flush()
    return registration


def cancel(session: Session, registration: Registration, *, by: Actor) -> None:
    """Give the seat back. Raises NotNow where it is cancelled already or the roadshow is over."""
    event = session.get_one(Event, registration.event_id, with_for_update=True)
    session.refresh(registration, with_for_update=True)
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))
    audit.move(session, registration, RegistrationState.CANCELLED, "registration.cancel", by=by)
    registration.seat = None
    _mail(session, registration, "registration_cancelled")
    session.flush()


def note_look(session: Session, event: Event, rows: int, *, by: Actor, export: bool) -> None:
    """Leave the audit row of a look at, or an export of, the contact data of who comes."""
    if export:
        audit.record(session, "registration.export", event, by=by, rows=rows)
    else:
        audit.record_once_a_day(session, "registration.contacts", event, by=by, rows=rows)
    session.flush()


def _open(session: Session, event: Event) -> None:
    session.refresh(event, with_for_update=True)
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled."))
    if event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow is not announced yet."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))


def _own_address(session: Session, by: Actor) -> str | None:
    if by.account_id is None or not by.confirmed:
        return None
    return session.scalar(select(Account.email).where(Account.id == by.account_id))


def _by_contact(session: Session, event: Event, contact: str) -> Registration | None:
    return session.scalar(
        select(Registration).where(Registration.event_id == event.id, Registration.contact == contact)
    )


def _of_person(session: Session, event: Event, by: Actor) -> Registration | None:
    """The person's valid registration, under whatever contact."""
    if by.person_id is None:
        return None
    return session.scalar(
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.person_id == by.person_id,
            Registration.state == RegistrationState.REGISTERED,
        )
        .limit(1)
    )


def _adopt(session: Session, registration: Registration, by: Actor) -> None:
    registration.person_id, registration.organisation_id = by.person_id, by.organisation_id


def _take_seat(
    session: Session, event: Event, known: Registration | None, details: Details, *, locale: str, by: Actor
) -> Registration:
    """Write a new registration, or a cancelled one anew, with the lowest free seat."""
    values = {
        "name": details.name,
        "organisation_name": details.organisation_name,
        "capacity": details.capacity,
        "email": details.email,
        "mobile": details.mobile,
        "seat": _free_seat(session, event),
        "locale": locale,
        "consent_version": PRIVACY_VERSION,
        "consent_at": utcnow(),
    }
    try:
        with session.begin_nested():
            if known is None:
                registration = Registration(event_id=event.id, contact=details.contact, **values)
                session.add(registration)
            else:
                registration = known
                audit.move(session, registration, RegistrationState.REGISTERED, "registration.again", by=by)
                for name, value in values.items():
                    setattr(registration, name, value)
    except IntegrityError:
        raise Conflict(N_("Somebody took this seat in the same moment. Please try again.")) from None
    return registration


def _free_seat(session: Session, event: Event) -> int | None:
    if event.capacity is None:
        return None
    used = set(
        session.scalars(
            select(Registration.seat).where(Registration.event_id == event.id, Registration.seat.is_not(None))
        )
    )
    return next(seat for seat in range(1, event.capacity + 1) if seat not in used)


def _mail(session: Session, registration: Registration, template: str) -> None:
    session.flush()
    if registration.email:
        jobs.add(session, "event_mail", template=template, registration_id=registration.id)
