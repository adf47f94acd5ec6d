"""What the pages of registering for a roadshow share: the form, the list an organizer chose, a registration's page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from models.base import utcnow
from models.enums import Attendance, Capacity, EventState, RegistrationState
from models.queries import registrations as queries
from models.queries.event_links import links_of
from models.rules.registration import too_late_to_offer
from models.tables import Event, Registration
from web.auth import actor
from web.database import db
from web.forms.registrations import RegisterForm, answers_shown, register_form
from web.i18n import label

TABS = (
    RegistrationState.REGISTERED,
    RegistrationState.PENDING,
    RegistrationState.WAITING,
    RegistrationState.OFFERED,
    RegistrationState.DECLINED,
    RegistrationState.CANCELLED,
)


def form_for(event: Event, *, by_organizer: bool = False, data: Mapping[str, str] | None = None) -> RegisterForm:
    """The form of registering with the roadshow's own questions and its achievements."""
    terms = queries.terms_of(db(), event.id)
    return register_form(terms, queries.offered_achievements(db(), event.id), by_organizer=by_organizer, data=data)


def can_come(event: Event) -> bool:
    return event.ends_at > utcnow() and event.state is EventState.PUBLISHED


def takes_seat(event: Event, registration: Any, *, for_them: bool = False) -> bool:
    """Whether who is registered (a record or a row) can take a seat: one that is offered, or from the list when it is too
    late to offer. An organizer takes it for them at any time: they were called."""
    if registration.state is RegistrationState.WAITING:
        return can_come(event) and (for_them or too_late_to_offer(utcnow(), event.starts_at))
    return can_come(event) and registration.state is RegistrationState.OFFERED


def page_of(registration: Registration) -> dict[str, Any]:
    """What the page of one registration shows."""
    event = registration.event
    return {
        "event": event,
        "coming": can_come(event),
        "takes_seat": takes_seat(event, registration, for_them=actor().organizer),
        "place": queries.place_in_list(db(), registration),
        "wishes": queries.wishes_of(db(), [registration.id]).get(registration.id, []),
        "answers": answers_shown(queries.terms_of(db(), event.id), registration.answers),
        "links": links_of(db(), registration.id),
    }


def chosen(event: Event) -> queries.Selection:
    """The list that the address asks for."""
    values = request.values
    known = {state.value for state in RegistrationState}
    return queries.Selection(
        event.id,
        capacity=Capacity(values["capacity"]) if values.get("capacity") in set(Capacity) else None,
        state=RegistrationState(values["state"]) if values.get("state") in known else RegistrationState.REGISTERED,
        text=values.get("q", "").strip()[:100],
        mobile_only=bool(values.get("mobile_only")),
        came=queries.Came(values["came"]) if values.get("came") in set(queries.Came) else None,
    )


def head_of_file(terms: queries.Terms) -> list[str]:
    """The columns of the list as a file."""
    return [
        _("Full name"), _("Organisation"), _("Capacity"), _("E-mail address"), _("Mobile number"), _("Seat"), _("State"),
        _("Registered at"), _("Takes part"), _("Arrived at"), _("Wants to meet"), _("Looks for"), _("Needs on site"),
        *(question.label for question in terms.questions),
    ]  # fmt: skip


def _missed(row: Any) -> bool:
    return row.state is RegistrationState.REGISTERED and row.attendance is Attendance.IN_PERSON


def rows_of_file(event: Event, terms: queries.Terms, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    over = event.ends_at <= utcnow()
    wishes = queries.wishes_of(db(), [row.id for row in rows])
    for row in rows:
        answers = dict(answers_shown(terms, row.answers))
        yield (
            row.name, row.organisation_name, label(row.capacity), row.email, row.mobile, row.seat, label(row.state),
            row.created_at, label(row.attendance), row.checked_in_at or (_("No-show") if over and _missed(row) else ""), "；".join(wishes.get(row.id, [])), row.need,
            row.accessibility, *(answers.get(question.label, "") for question in terms.questions),
        )  # fmt: skip
