"""Results of events as pages show them: figures in their groups, the rows behind one. (Files: result_files.py.)"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from models.base import utcnow
from models.enums import Capacity, RequestState, Stage, Verdict
from models.errors import N_
from models.queries import results as queries
from models.queries.result_parts import Scope
from models.queries.result_rows import SOURCES
from models.queries.result_threads import INTENTION, REQUEST
from models.queries.results import Number
from models.rules.calendar import at_local
from models.rules.register import Period
from models.rules.results import FIGURES, GROUPS, Figure, percent
from models.tables import Event
from web.database import db
from web.display import price
from web.engagements import amount_of, contract_type, place_of
from web.i18n import label, zone

# Beside each event.
MAIN = (
    "pitched",
    "org_enterprise",
    "registered",
    "held",
    "intentions",
    "signed",
    "signed_amount",
    "implemented",
    "local",
)
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
OF_INTENTIONS = ("intentions", "intended_amount")
_OF_CONTRACTS = ("signed", "signed_amount")
_OF_IMPLEMENTATION = ("implemented", "local", "unplaced")
OF_ENGAGEMENTS = ("engagements", "followed", *_OF_CONTRACTS, *_OF_IMPLEMENTATION)
_PAGES = {INTENTION: "intentions.show", REQUEST: "requests.show"}  # where the rows of one figure open two kinds of page
# Columns of a page that only some figures have.
_MORE = {
    **dict.fromkeys(OF_INTENTIONS, (("budget", N_("Budget")),)),
    **dict.fromkeys(
        _OF_CONTRACTS,
        (("contract", N_("Kind of contract")), ("amount", N_("Amount"))),
    ),
    **dict.fromkeys(_OF_IMPLEMENTATION, (("place", N_("Place")),)),
}


def look_of(name: str) -> Look:
    if name == "pitched":
        return _PITCH
    if name in ("collected", "selected"):
        return _APPLICATION
    if name in ("registered", "attended") or name.startswith("org_"):
        return _PEOPLE
    if name.startswith("seats"):
        return _SEAT
    if name in OF_INTENTIONS:
        return _REQUEST
    return _ENGAGEMENT if name in OF_ENGAGEMENTS else _MEETING


def scope_of(event_ids: Sequence[int]) -> Scope:
    return Scope(tuple(event_ids), utcnow())


def events_of(period: Period) -> Sequence[Any]:
    """The events that begin in a period of the site's days."""
    since, until = at_local(period.first, 0, zone()), at_local(period.last + timedelta(days=1), 0, zone())
    return queries.events_of(db(), since, until)


def groups_of(numbers: Mapping[str, Number]) -> list[dict[str, Any]]:
    """Figures in their groups: [{title, figures: [{figure, label, means, once, number}]}]; number None: not recorded."""
    return [{"title": _(title), "figures": [_shown(one, numbers) for one in figures]} for title, figures in GROUPS]


def _shown(figure: Figure, numbers: Mapping[str, Number]) -> dict[str, Any]:
    """``amount`` and ``amount_once``: the sums of a figure that adds amounts up, "" where none is known; ``all``: how many
    rows there are, with a known amount or without."""
    number = numbers.get(figure.name)
    return {
        "name": figure.name,
        "label": _(figure.label),
        "means": _(figure.means),
        "once": _(figure.once) if figure.once else "",
        "number": number,
        "amount": sum_of(number) if figure.of else None,
        "amount_once": sum_of(number, once=True) if figure.of else None,
        "all": numbers[figure.of].each if figure.of else None,
    }


def sum_of(number: Number | None, *, once: bool = False) -> str:
    """A sum as people read it; "" where no amount is known."""
    if number is None or not number.each:
        return ""
    return price(number.low_once, number.high_once) if once else price(number.low, number.high)


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
    figure = FIGURES[name]
    return {
        "figure": _shown(figure, queries.counted(db(), scope, [name, figure.of] if figure.of else [name])),
        "look": look_of(name),
        "more_columns": _MORE.get(name, ()),
        "rows": [{**row_of(name, row), **more} for row, more in zip(rows, _more_of(name, rows), strict=True)],
        "once": counts_once(),
        "page": page,
        "more": more,
    }


def row_of(name: str, row: Any) -> dict[str, Any]:
    look = look_of(name)
    return {
        "title": row.title,
        "url": url_for(_PAGES.get(row.page, look.endpoint), public_id=row.public_id),
        "first": row.first,
        "second": row.second,
        "state": _state(look, row),
        "at": row.at,
        "times": row.times,
        "event": row.event,
        "event_public_id": row.event_public_id,
    }


def _state(look: Look, row: Any) -> str:
    if row.page == INTENTION:
        return _("Recorded at the roadshow")
    return label(look.states(row.state)) if look.states else ""


def _more_of(name: str, rows: Sequence[Any]) -> list[dict[str, str]]:
    """What stands in the columns of ``_MORE``, row by row."""
    if name in OF_INTENTIONS:
        return [{"budget": "" if row.low is None else price(row.low, row.high)} for row in rows]
    if name not in _MORE:
        return [{} for _one in rows]
    found = queries.came_to(db(), [row.id for row in rows])
    return [
        {
            "contract": contract_type(one.contract_type),
            "amount": amount_of(one) or _("Not recorded"),
            "place": place_of(one) or _("Not recorded"),
        }
        for one in (found[row.id] for row in rows)
    ]


def name_of(event: Event) -> str:
    return _("Results of %(title)s", title=event.title)
