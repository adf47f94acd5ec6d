"""Results of events as pages and files show them: figures in their groups, the rows behind one, several events side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from models.base import utcnow
from models.enums import Capacity, RequestState, Stage, Verdict
from models.errors import N_
from models.queries import results as queries
from models.queries.result_rows import SOURCES, Scope
from models.queries.results import Number
from models.rules.calendar import at_local
from models.rules.register import Period
from models.rules.results import COUNTED, FIGURES, GROUPS, Figure, percent
from models.tables import Event
from web.database import db
from web.excel import workbook
from web.i18n import label, zone

MAIN = ("pitched", "org_enterprise", "registered", "held", "intentions", "signed", "implemented")  # beside each event
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Look:
    """How the rows of some figures read: what the columns say, where a row leads, what its state is."""

    title: str
    first: str
    second: str
    state: str
    states: type[StrEnum] | None
    endpoint: str
    day: str


_PITCH = Look(N_("Achievement"), N_("Owner"), "", "", None, "achievements.show", N_("Pitched at"))
_APPLICATION = Look(N_("Achievement"), N_("Owner"), "", "", None, "achievements.show", N_("Submitted at"))
_PEOPLE = Look(
    N_("Full name"), N_("Organisation"), "", N_("Capacity"), Capacity, "registrations.show", N_("Registered at")
)
_MEETING = Look(
    N_("Achievement"), N_("Enterprise"), N_("Owner"), N_("How it was"), Verdict, "bookings.show", N_("When")
)
_SEAT = Look(N_("Session"), N_("Enterprise"), "", N_("How it was"), Verdict, "bookings.show", N_("When"))
_REQUEST = Look(N_("About"), N_("From"), N_("To"), N_("State"), RequestState, "requests.show", N_("Sent"))
_ENGAGEMENT = Look(N_("About"), N_("Seeker"), N_("Provider"), N_("Stage"), Stage, "engagements.show", N_("Opened"))
_OF_ENGAGEMENTS = ("engagements", "followed", "signed", "implemented")


def look_of(name: str) -> Look:
    if name == "pitched":
        return _PITCH
    if name in ("collected", "selected"):
        return _APPLICATION
    if name in ("registered", "attended") or name.startswith("org_"):
        return _PEOPLE
    if name.startswith("seats"):
        return _SEAT
    if name == "intentions":
        return _REQUEST
    return _ENGAGEMENT if name in _OF_ENGAGEMENTS else _MEETING


def scope_of(event_ids: Sequence[int]) -> Scope:
    return Scope(tuple(event_ids), utcnow())


def events_of(period: Period) -> Sequence[Any]:
    """The events that begin in a period of the site's days."""
    since, until = at_local(period.first, 0, zone()), at_local(period.last + timedelta(days=1), 0, zone())
    return queries.events_of(db(), since, until)


def groups_of(numbers: Mapping[str, Number]) -> list[dict[str, Any]]:
    """Figures in their groups: [{title, figures: [{figure, label, means, once, number}]}]; number None: not recorded."""
    return [
        {"title": _(title), "figures": [_shown(one, numbers.get(one.name)) for one in figures]}
        for title, figures in GROUPS
    ]


def _shown(figure: Figure, number: Number | None) -> dict[str, Any]:
    return {
        "name": figure.name,
        "label": _(figure.label),
        "means": _(figure.means),
        "once": _(figure.once) if figure.once else "",
        "number": number,
    }


def follow_up(numbers: Mapping[str, Number]) -> int | None:
    """How many of a hundred engagements were followed up."""
    return percent(numbers["followed"].each, numbers["engagements"].each)


# --- the rows behind a figure -----------------------------------------------------------------------------------------


def chosen_figure(name: str) -> Figure:
    return FIGURES[name] if name in SOURCES else abort(404)


def counts_once() -> bool:
    return request.args.get("once") == "y"


def rows_page(name: str, scope: Scope) -> dict[str, Any]:
    """What a page of the rows behind a figure shows; its number is counted from the same rows."""
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    rows, more = queries.listing(db(), name, scope, once=counts_once(), page=page)
    return {
        "figure": _shown(FIGURES[name], queries.counted(db(), scope, [name])[name]),
        "look": look_of(name),
        "rows": [_row(name, row) for row in rows],
        "once": counts_once(),
        "page": page,
        "more": more,
    }


def _row(name: str, row: Any) -> dict[str, Any]:
    look = look_of(name)
    return {
        "title": row.title,
        "url": url_for(look.endpoint, public_id=row.public_id),
        "first": row.first,
        "second": row.second,
        "state": label(look.states(row.state)) if look.states else "",
        "at": row.at,
        "times": row.times,
        "event": row.event,
        "event_public_id": row.event_public_id,
    }


# --- Excel ------------------------------------------------------------------------------------------------------------


def rows_file(name: str, scope: Scope, title: str) -> tuple[Response, int]:
    """All rows behind a figure, and how many there are."""
    look, rows = look_of(name), queries.listing(db(), name, scope, once=counts_once(), page=0)[0]
    columns = [
        ("title", look.title),
        ("first", look.first),
        ("second", look.second),
        ("state", look.state),
        ("at", look.day),
    ]
    kept = [(key, _(text)) for key, text in columns if text] + [("event", _("Roadshow"))]
    if counts_once():
        kept.append(("times", _("How often")))
    shown = [_row(name, row) for row in rows]
    head = [text for _key, text in kept]
    return workbook(title, head, [[row[key] for key, _text in kept] for row in shown]), len(rows)


def figures_file(numbers: Mapping[str, Number], title: str) -> Response:
    """Every figure of one event or of a sum, those that are not recorded too."""
    head = [_("Group"), _("Figure"), _("Each one"), _("Counted once"), _("What counts once"), _("What it means")]
    rows = []
    for group in groups_of(numbers):
        for one in group["figures"]:
            number = one["number"]
            each, once = (number.each, number.once) if number else (_("Not recorded"), "")
            rows.append([group["title"], one["label"], each, once, one["once"], one["means"]])
    rate = follow_up(numbers)
    rows.append(
        [
            "",
            _("Follow-up rate in per cent"),
            "–" if rate is None else rate,
            "",
            "",
            _("Engagements followed up of all engagements."),
        ]
    )
    return workbook(title, head, rows)


def events_file(
    events: Sequence[Any], each: Mapping[tuple[int, str], Number], total: Mapping[str, Number], title: str
) -> Response:
    """A row an event and the sum, two columns a figure."""
    head = [_("Roadshow"), _("When")]
    for name in COUNTED:
        head += [_(FIGURES[name].label), _("%(figure)s, counted once", figure=_(FIGURES[name].label))]
    missing = [_(one.label) for one in FIGURES.values() if not one.recorded]
    rows = [
        [one.title, one.starts_at, *_both([each.get((one.id, name), Number()) for name in COUNTED]), *_blank(missing)]
        for one in events
    ]
    rows.append([_("Sum"), "", *_both([total[name] for name in COUNTED]), *_blank(missing)])
    return workbook(title, [*head, *missing], rows)


def _both(numbers: Sequence[Number]) -> list[int]:
    return [value for number in numbers for value in (number.each, number.once)]


def _blank(columns: Sequence[str]) -> list[str]:
    return [_("Not recorded")] * len(columns)


def name_of(event: Event) -> str:
    return _("Results of %(title)s", title=event.title)
