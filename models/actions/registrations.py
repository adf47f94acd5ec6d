"""Coming to a roadshow: register without an account, be approved or declined, cancel, be entered by an organizer.

Where every seat is taken people wait (seats.py). Nobody but an organizer learns who is registered: somebody who types an
address that is registered already reads the same as somebody new, and the mail with the personal link goes to the address.
Confirming that address with an account makes the registration the person's own (actions/accounts.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, seats
from models.base import utcnow
from models.enums import Attendance, Capacity, RegistrationState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.registrations import OPEN, Terms, is_full, offered_achievements, terms_of
from models.rules.contacts import is_email, is_mobile, normal_email, normal_mobile
from models.rules.policy import Actor
from models.rules.registration import LONGEST_TEXT, MOST_WISHES, answers_to, check_period
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, Event, Registration, RegistrationWish


@dataclass(frozen=True)
class Details:
    """What somebody says about themselves; e-mail or mobile is needed. ``wishes``: ids of achievements of the programme."""

    name: str
    organisation_name: str
    capacity: Capacity
    email: str = ""
    mobile: str = ""
    attendance: Attendance = Attendance.IN_PERSON
    accessibility: str = ""
    need: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    wishes: Collection[int] = ()

    def normal(self) -> "Details":
        """As it is stored. Raises Invalid at the field that cannot be right."""
        email, mobile = normal_email(self.email), normal_mobile(self.mobile)
        if not email and not mobile:
            raise Invalid(N_("Give an e-mail address or a mobile number, so that we can reach you."), field="email")
        if email and not is_email(email):
            raise Invalid(N_("This does not look like an e-mail address, for example name@example.org."), field="email")
        if mobile and not is_mobile(mobile):
            raise Invalid(N_("This does not look like a mobile number. Use digits only."), field="mobile")
        return replace(
            self,
            name=self.name.strip(),
            organisation_name=self.organisation_name.strip(),
            email=email,
            mobile=mobile,
            accessibility=_short(self.accessibility, "accessibility"),
            need=_short(self.need, "need"),
        )

    @property
    def contact(self) -> str:
        """What one registration per event is counted by."""
        return self.email or self.mobile

    @property
    def in_person(self) -> bool:
        return self.attendance is Attendance.IN_PERSON


@dataclass(frozen=True)
class Receipt:
    """What became of a registration. ``registration`` only where the person asking may see it; else a mail says it.

    ``full`` and ``approval`` are the roadshow's, not the registration's: they tell nothing about who is registered.
    """

    registration: Registration | None
    full: bool = False
    approval: bool = False


def register(session: Session, event: Event, *, by: Actor, details: Details, locale: str, consent: bool) -> Receipt:
    """Register the person at the screen, with or without an account; where every seat is taken, they wait.

    Whoever is registered already under this contact gets the personal link again by mail, and nothing is changed.
    Raises NotNow where the roadshow is not open, Invalid at a field.
    """
    details = details.normal()
    if not consent:
        raise Invalid(N_("We need your consent to keep these data for the roadshow."), field="consent")
    seats.begin(session, event)
    terms = terms_of(session, event.id)
    check_period(terms.opens_at, terms.closes_at, now=utcnow())
    details = _within(session, event, terms, details)
    receipt = Receipt(None, full=details.in_person and is_full(session, event), approval=terms.approval)
    own = _own_address(session, by)
    known = _of_person(session, event, by) or _by_contact(session, event, details.contact)
    if known is not None and known.state is not RegistrationState.CANCELLED:
        mine = by.person_id is not None and (known.person_id == by.person_id or known.contact == own)
        if mine and known.person_id is None:
            _adopt(session, known, by)
        seats.tell(session, known)
        return replace(receipt, registration=known if mine else None)
    registration = _write(session, event, known, details, locale=locale, by=by)
    if by.person_id is not None and registration.person_id is None:
        _adopt(session, registration, by)
    if not terms.approval:
        seats.place(session, event, registration, by=by, action="registration.place")
    audit.record(session, "registration.create", registration, by=by)
    seats.tell(session, registration)
    session.flush()
    mine = by.person_id is not None and registration.person_id == by.person_id
    return replace(receipt, registration=registration if mine else None)


def enter(session: Session, event: Event, *, by: Actor, details: Details, locale: str) -> Registration:
    """An organizer enters somebody who agreed on the telephone; they need no approval, and wait where all seats are taken.

    Raises Conflict where the contact is registered already.
    """
    details = details.normal()
    details = replace(details, wishes=_pitched(session, event, details.wishes))
    seats.begin(session, event)
    registration = anew(session, event, details, locale=locale, by=by)
    seats.place(session, event, registration, by=by, action="registration.place")
    audit.record(session, "registration.enter", registration, by=by)
    seats.tell(session, registration)
    session.flush()
    return registration


def anew(session: Session, event: Event, details: Details, *, locale: str, by: Actor) -> Registration:
    """The registration of somebody whom an organizer or a door helper enters, without a place yet. Raises Conflict."""
    known = _by_contact(session, event, details.contact)
    if known is not None and known.state.open:
        raise Conflict(
            N_("%(name)s is registered under this contact already."),
            field="email" if details.email else "mobile",
            name=known.name,
        )
    registration = _write(session, event, known, details, locale=locale, by=by)
    registration.entered_by_id = by.person_id
    return registration


def cancel(session: Session, registration: Registration, *, by: Actor) -> None:
    """Give the seat, the offer or the place in the list back. Raises NotNow where it ended already or the roadshow is over."""
    event = session.get_one(Event, registration.event_id)
    seats.lock(session, event)
    session.refresh(registration, with_for_update=True)
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))
    if registration.checked_in_at is not None:
        raise NotNow(N_("%(name)s is at the roadshow already."), name=registration.name)
    seats.give_back(session, registration, RegistrationState.CANCELLED, "registration.cancel", by=by)
    seats.tell(session, registration)
    seats.sweep(session, event)
    session.flush()


def approve(session: Session, event: Event, registrations: Sequence[Registration], *, by: Actor) -> None:
    """Let in who waits for approval; who finds no seat free stands on the waiting list then, in the order of arrival."""
    seats.begin(session, event)
    for registration in registrations:
        session.refresh(registration, with_for_update=True)
        if registration.state is not RegistrationState.PENDING:
            continue  # a colleague decided, or the person cancelled
        seats.place(session, event, registration, by=by, action="registration.approve")
        seats.tell(session, registration)
    session.flush()


def decline(session: Session, event: Event, registrations: Sequence[Registration], *, by: Actor, reason: str) -> None:
    """Decline who waits for approval, for a seat or with an offer. The person reads the reason; it is needed."""
    reason = _short(reason, "reason")
    if not reason:
        raise Invalid(N_("Please say why; the person reads it."), field="reason")
    seats.begin(session, event)
    for registration in registrations:
        session.refresh(registration, with_for_update=True)
        if not registration.state.open or registration.state is RegistrationState.REGISTERED:
            continue
        seats.give_back(session, registration, RegistrationState.DECLINED, "registration.decline", by=by, reason=reason)
        seats.tell(session, registration)
    seats.sweep(session, event)
    session.flush()


def note_look(session: Session, event: Event, rows: int, *, by: Actor, export: bool) -> None:
    """Leave the audit row of a look at, or an export of, the contact data of who comes."""
    if export:
        audit.record(session, "registration.export", event, by=by, rows=rows)
    else:
        audit.record_once_a_day(session, "registration.contacts", event, by=by, rows=rows)
    session.flush()


def _within(session: Session, event: Event, terms: Terms, details: Details) -> Details:
    """The details as the terms of the roadshow allow them."""
    if not terms.online and not details.in_person:
        raise Invalid(N_("This roadshow takes place on site only."), field="attendance")
    return replace(
        details,
        answers=answers_to(terms.questions, details.answers),
        wishes=_pitched(session, event, details.wishes),
    )


def _pitched(session: Session, event: Event, wishes: Collection[int]) -> list[int]:
    """Those of the wishes that are in the programme; what left it meanwhile is left out."""
    if len(wishes) > MOST_WISHES:
        raise Invalid(N_("Please choose at most %(most)s."), field="wishes", most=MOST_WISHES)
    return [row.id for row in offered_achievements(session, event.id) if row.id in wishes] if wishes else []


def _short(text: str, name: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Invalid(N_("Please write at most %(max)s characters."), field=name, max=LONGEST_TEXT)
    return text.strip()


def _own_address(session: Session, by: Actor) -> str | None:
    if by.account_id is None or not by.confirmed:
        return None
    return session.scalar(select(Account.email).where(Account.id == by.account_id))


def _by_contact(session: Session, event: Event, contact: str) -> Registration | None:
    return session.scalar(
        select(Registration).where(Registration.event_id == event.id, Registration.contact == contact)
    )


def _of_person(session: Session, event: Event, by: Actor) -> Registration | None:
    """The person's open registration, under whatever contact."""
    if by.person_id is None:
        return None
    return session.scalar(
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.person_id == by.person_id,
            Registration.state.in_(OPEN),
        )
        .limit(1)
    )


def _adopt(session: Session, registration: Registration, by: Actor) -> None:
    registration.person_id, registration.organisation_id = by.person_id, by.organisation_id


def _write(
    session: Session, event: Event, known: Registration | None, details: Details, *, locale: str, by: Actor
) -> Registration:
    """A new registration, or one that ended anew, as one that has no place yet."""
    values = {
        "name": details.name,
        "organisation_name": details.organisation_name,
        "capacity": details.capacity,
        "email": details.email,
        "mobile": details.mobile,
        "attendance": details.attendance,
        "accessibility": details.accessibility,
        "need": details.need,
        "answers": dict(details.answers),
        "locale": locale,
        "state_reason": "",
        "walk_in": False,
        "let_in": False,
        "consent_version": PRIVACY_VERSION,
        "consent_at": utcnow(),
    }
    if known is None:
        registration = Registration(
            event_id=event.id, contact=details.contact, state=RegistrationState.PENDING, **values
        )
        try:
            with session.begin_nested():
                session.add(registration)
        except IntegrityError:  # a loader that does not take the lock
            raise Conflict(N_("Somebody registered with this contact in the same moment. Please try again.")) from None
        audit.note_transition(session, registration, None, RegistrationState.PENDING, by=by)
    else:
        registration = known
        audit.move(session, registration, RegistrationState.PENDING, "registration.again", by=by)
        for name, value in values.items():
            setattr(registration, name, value)
        session.execute(delete(RegistrationWish).where(RegistrationWish.registration_id == registration.id))
    session.add_all(RegistrationWish(registration_id=registration.id, achievement_id=one) for one in details.wishes)
    session.flush()
    return registration
