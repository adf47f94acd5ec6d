"""Mails about roadshows: rendered when they leave, from what is true then, with the calendar file beside."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from flask_babel import force_locale

from models.actions import event_links, seats
from models.enums import EventState, RegistrationState
from models.queries.agenda_drafts import version
from models.queries.event_links import logs_in
from models.queries.recipients import Recipient
from models.queries.registrations import OPEN, Letter, letter
from models.rules.agenda_changes import from_values as changes_of
from models.tables import AgendaStep, Event, Person, Registration
from web import mails
from web.agenda_changes import worded_changes
from web.calendars import CANCEL, REQUEST, attachment, calendar_file
from web.database import backends
from web.jobs import handler
from web.programmes import entry_of
from web.site import site

TAKEN_BACK = ("registration_cancelled", "event_cancelled")
S = RegistrationState
# What the registration must be for a mail to be still true; mails that are not here tell everybody who may still come.
TRUE_WHILE = {
    "registered": (S.REGISTERED,),
    "registration_pending": (S.PENDING,),
    "waiting_listed": (S.WAITING,),
    "seat_offered": (S.OFFERED,),
    "registration_declined": (S.DECLINED,),
    "seat_offer_ended": (S.CANCELLED,),
    "registration_cancelled": (S.CANCELLED,),
    "day_link": tuple(S),
}
OPENS_DAY = (
    "registered", "registration_pending", "waiting_listed", "seat_offered", "registration_declined", "day_link",
    "event_changed", "event_postponed", "programme_changed",
)  # fmt: skip
CALENDAR = ("registered", "registration_cancelled")  # with a calendar file; news of the roadshow too, for who comes


@handler("event_mail")
def event_mail(payload: Mapping[str, Any]) -> None:
    """Send one mail, to who is registered or to a presenter, unless it has been overtaken.

    A personal link is made here, so that its token stands in the mail only; a mail that is tried again brings another.
    """
    template = payload["template"]
    with backends().database.read() as session:
        found = letter(session, registration_id=payload.get("registration_id"), event_id=payload.get("event_id"))
        person = session.get(Person, payload["person_id"]) if "person_id" in payload else None
        linked = person is not None and (template == "day_link" or not logs_in(session, person.id))
        step = version(session, payload["event_id"], payload["version"]) if "version" in payload else None
    if found is None or overtaken(template, found):
        return
    registration, event = found.registration, found.event
    values: dict[str, Any] = {
        "event": event,
        "registration": registration,
        "name": registration.name if registration else person.name if person else "",
        "place": found.place,
        "was": payload.get("was", ""),
        "reason": payload.get("reason", ""),
    }
    to = registration.email if registration else payload["to"]
    locale = registration.locale if registration else payload["locale"]
    if step is not None:
        values["changes"] = _changes(step, payload["items"], locale)
    if template in OPENS_DAY and (registration is not None or linked):
        values["token"] = _token(event.id, registration, person)
    news = template not in TRUE_WHILE and registration is not None and registration.state is S.REGISTERED
    if template in CALENDAR or news:
        values["files"] = [_calendar(template, found)]
    mails.send({"template": template, "to": to, "locale": locale, "values": values})


def _changes(step: AgendaStep, keys: Sequence[str], locale: str) -> list[dict[str, Any]]:
    """What a version of the programme changed for this receiver, in their language."""
    concerned = [change for change in changes_of(step.changes) if change.key in keys]
    with current_app.test_request_context(), force_locale(locale):
        return worded_changes(concerned, step.starts_at)


def overtaken(template: str, found: Letter) -> bool:
    """Whether what the mail says is no longer so: whoever cancelled needs no news, what was cancelled no invitation."""
    if found.registration is not None:
        if not found.registration.email:
            return True
        if found.registration.state not in TRUE_WHILE.get(template, OPEN):
            return True
    cancelled = found.event.state is EventState.CANCELLED
    return cancelled and template not in ("event_cancelled", "registration_cancelled", "day_link")


def _token(event_id: int, registration: Any, person: Person | None) -> str:
    with backends().database.write() as session:
        if registration is not None:
            return event_links.for_registration(session, session.get_one(Registration, registration.id), by=None)
        assert person is not None
        return event_links.for_person(session, session.get_one(Event, event_id), person, by=None)


@handler("seat_offer_due")
def seat_offer_due(payload: Mapping[str, Any]) -> None:
    """Offer on what was not taken in time. Not due (any more): nothing happens."""
    with backends().database.write() as session:
        seats.end_overdue(session, payload["event_id"])


def _calendar(template: str, found: Letter) -> dict[str, str]:
    registration, method = found.registration, CANCEL if template in TAKEN_BACK else REQUEST
    attendee = Recipient(registration.person_id or 0, registration.name, registration.email, registration.locale)
    with current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url):
        text = calendar_file(
            [entry_of(found.event, cancelled=method == CANCEL)],
            organiser=site().settings["organiser_name"],
            method=method,
            attendee=attendee,
        )
    return attachment("calendar.ics", text, method=method)
