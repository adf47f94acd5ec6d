"""Results of events as Excel files: the figures, the rows behind one, several events side by side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _

from models.errors import N_
from models.queries import results as queries
from models.queries.result_parts import Scope
from models.queries.results import Number
from models.rules.results import COUNTED, FIGURES, Figure
from models.tables import Engagement
from web.database import db
from web.engagements import contract_type
from web.excel import workbook, yuan
from web.i18n import label
from web.results import OF_ENGAGEMENTS, OF_INTENTIONS, counts_once, follow_up, groups_of, look_of, row_of

# What an engagement came to, in the files of figures about engagements.
CAME_TO: tuple[tuple[str, Callable[[Engagement], Any]], ...] = (
    (N_("Kind of contract"), lambda one: contract_type(one.contract_type)),
    (N_("What is said of the amount"), lambda one: label(one.amount_said)),
    (N_("Amount (yuan)"), lambda one: yuan(one.amount)),
    (N_("Signed on"), lambda one: one.signed_on),
    (
        N_("Registered as a technology contract"),
        lambda one: {True: _("Yes"), False: _("No, or not yet"), None: None}[one.registered],
    ),
    (N_("Where it is put to use"), lambda one: label(one.place)),
    (N_("Name of the place"), lambda one: one.place_name),
    (N_("Investment (yuan)"), lambda one: yuan(one.investment)),
    (N_("Paid so far (yuan)"), lambda one: yuan(one.received)),
    (N_("In production since"), lambda one: one.started_on),
    (N_("New jobs"), lambda one: one.jobs),
)


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
    shown = [row_of(name, row) for row in rows]
    more_head, more = _more(name, rows)
    head = [*(text for _key, text in kept), *more_head]
    cells = [[*(row[key] for key, _text in kept), *tail] for row, tail in zip(shown, more, strict=True)]
    return workbook(title, head, cells), len(rows)


def _more(name: str, rows: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    """Columns that only some figures have."""
    if name in OF_INTENTIONS:
        head = [_("Budget from (yuan)"), _("Budget to (yuan)")]
        return head, [[yuan(row.low), yuan(row.high)] for row in rows]
    if name not in OF_ENGAGEMENTS:
        return [], [[] for _one in rows]
    found = queries.came_to(db(), [row.id for row in rows])
    return [_(text) for text, _value in CAME_TO], [[value(found[row.id]) for _text, value in CAME_TO] for row in rows]


def figures_file(numbers: Mapping[str, Number], title: str) -> Response:
    """Every figure of one event or of a sum, those that are not recorded too."""
    head = [_("Group"), _("Figure"), _("Each one"), _("Counted once"), _("What counts once"), _("What it means"),
            _("Amount from (yuan)"), _("Amount to (yuan)"), _("Counted once, from (yuan)"), _("Counted once, to (yuan)")]  # fmt: skip
    rows = []
    for group in groups_of(numbers):
        for one in group["figures"]:
            number = one["number"]
            each, once = (number.each, number.once) if number else (_("Not recorded"), "")
            sums = _sums(number) if one["amount"] is not None else []
            rows.append([group["title"], one["label"], each, once, one["once"], one["means"], *sums])
    rate, means = follow_up(numbers), _("Engagements followed up of all engagements.")
    rows.append(["", _("Follow-up rate in per cent"), "–" if rate is None else rate, "", "", means])
    return workbook(title, head, rows)


def _sums(number: Number) -> list[Any]:
    if not number.each:
        return ["", "", "", ""]
    return [yuan(one) for one in (number.low, number.high, number.low_once, number.high_once)]


def events_file(
    events: Sequence[Any], each: Mapping[tuple[int, str], Number], total: Mapping[str, Number], title: str
) -> Response:
    """A row an event and the sum, two columns a figure, four more where amounts are added up."""
    head = [_("Roadshow"), _("When"), *(text for name in COUNTED for text in _heads(FIGURES[name]))]
    missing = [_(one.label) for one in FIGURES.values() if not one.recorded]
    rows = [
        [
            one.title,
            one.starts_at,
            *_cells({name: each.get((one.id, name), Number()) for name in COUNTED}),
            *_blank(missing),
        ]
        for one in events
    ]
    rows.append([_("Sum"), "", *_cells(total), *_blank(missing)])
    return workbook(title, [*head, *missing], rows)


def _heads(figure: Figure) -> list[str]:
    name = _(figure.label)
    if not figure.of:
        return [name, _("%(figure)s, counted once", figure=name)]
    return [
        _("%(figure)s: how many are known", figure=name),
        _("%(figure)s: how many are known, counted once", figure=name),
        _("%(figure)s from (yuan)", figure=name),
        _("%(figure)s to (yuan)", figure=name),
        _("%(figure)s from (yuan), counted once", figure=name),
        _("%(figure)s to (yuan), counted once", figure=name),
    ]


def _cells(numbers: Mapping[str, Number]) -> list[Any]:
    cells: list[Any] = []
    for name in COUNTED:
        number = numbers[name]
        cells += [number.each, number.once, *(_sums(number) if FIGURES[name].of else [])]
    return cells


def _blank(columns: Sequence[str]) -> list[str]:
    return [_("Not recorded")] * len(columns)
