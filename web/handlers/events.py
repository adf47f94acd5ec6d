"""Mails about roadshows: rendered when they leave, from what is true then, with the calendar file beside."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from flask_babel import force_locale

from models.enums import EventState, RegistrationState
from models.queries.agenda_drafts import version
from models.queries.recipients import Recipient
from models.queries.registrations import Letter, letter
from models.rules.agenda_changes import from_values as changes_of
from models.tables import AgendaStep
from web import mails
from web.agenda_changes import worded_changes
from web.calendars import CANCEL, REQUEST, attachment, calendar_file
from web.database import backends
from web.jobs import handler
from web.programmes import entry_of
from web.site import site

TAKEN_BACK = ("registration_cancelled", "event_cancelled")


@handler("event_mail")
def event_mail(payload: Mapping[str, Any]) -> None:
    """Send one mail, to who is registered or to a presenter, unless it has been overtaken."""
    with backends().database.read() as session:
        found = letter(session, registration_id=payload.get("registration_id"), event_id=payload.get("event_id"))
        step = version(session, payload["event_id"], payload["version"]) if "version" in payload else None
    if found is None or overtaken(payload["template"], found):
        return
    registration, event = found.registration, found.event
    to = registration.email if registration else payload["to"]
    locale = registration.locale if registration else payload["locale"]
    values: dict[str, Any] = {
        "event": event,
        "registration": registration,
        "was": payload.get("was", ""),
        "reason": payload.get("reason", ""),
    }
    if step is not None:
        values["changes"] = _changes(step, payload["items"], locale)
    if registration is not None:
        values["files"] = [_calendar(payload["template"], found)]
    mails.send({"template": payload["template"], "to": to, "locale": locale, "values": values})


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
        registered = found.registration.state is RegistrationState.REGISTERED
        if registered is (template == "registration_cancelled"):
            return True
    return (
        template in ("registered", "event_postponed", "event_changed", "programme_changed")
        and found.event.state is EventState.CANCELLED
    )


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
