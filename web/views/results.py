"""Results of events, for organizers: figures, the rows behind each, and all of it as Excel; of one event or of a period."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.results import note_export
from models.base import utcnow
from models.queries import results as queries
from models.rules.register import Period
from models.tables import Event
from web import result_files, results
from web.auth import actor, allow
from web.database import db
from web.periods import chosen_period, period_links

bp = Blueprint("results", __name__)


@bp.route("/events/<public_id>/results")
@allow("event.results", Event)
def show(event: Event) -> ResponseReturnValue:
    numbers = queries.counted(db(), results.scope_of([event.id]))
    return render_template(
        "results/show.html",
        event=event,
        groups=results.groups_of(numbers),
        numbers=numbers,
        rate=results.follow_up(numbers),
        signed_amount=results.sum_of(numbers["signed_amount"]),
        over=event.ends_at <= utcnow(),
    )


@bp.route("/events/<public_id>/results.xlsx")
@allow("event.results", Event)
def sheet(event: Event) -> ResponseReturnValue:
    numbers = queries.counted(db(), results.scope_of([event.id]))
    note_export(db(), event, by=actor(), figure="", rows=len(numbers))
    return result_files.figures_file(numbers, results.name_of(event))


@bp.route("/events/<public_id>/results/<figure>")
@allow("event.results", Event)
def rows(event: Event, figure: str) -> ResponseReturnValue:
    """The rows that make a figure; ``once``: one for each of what counts once."""
    name = results.chosen_figure(figure).name
    return render_template("results/rows.html", event=event, **results.rows_page(name, results.scope_of([event.id])))


@bp.route("/events/<public_id>/results/<figure>/rows.xlsx")
@allow("event.results", Event)
def rows_sheet(event: Event, figure: str) -> ResponseReturnValue:
    found = results.chosen_figure(figure)
    answer, number = result_files.rows_file(found.name, results.scope_of([event.id]), f"{_(found.label)} {event.title}")
    note_export(db(), event, by=actor(), figure=found.name, rows=number)
    return answer


# --- of a period ------------------------------------------------------------------------------------------------------


@bp.route("/results")
@allow("event.results")
def index() -> ResponseReturnValue:
    """The events of a period side by side, and their sum."""
    period, problem = chosen_period()
    events = results.events_of(period)
    scope = results.scope_of([one.id for one in events])
    numbers = queries.counted(db(), scope)
    return render_template(
        "results/index.html",
        events=events,
        each=queries.by_event(db(), scope),
        numbers=numbers,
        main=[results.chosen_figure(name) for name in results.MAIN],
        sum_of=results.sum_of,
        groups=results.groups_of(numbers),
        rate=results.follow_up(numbers),
        once=results.counts_once(),
        period=period,
        problem=problem,
        periods=period_links(period),
    )


@bp.route("/results.xlsx")
@allow("event.results")
def index_sheet() -> ResponseReturnValue:
    period, _problem = chosen_period()
    events = results.events_of(period)
    scope = results.scope_of([one.id for one in events])
    note_export(db(), None, by=actor(), figure="", rows=len(events), period=_text(period))
    each, numbers = queries.by_event(db(), scope), queries.counted(db(), scope)
    return result_files.events_file(events, each, numbers, _("Results %(period)s", period=_text(period)))


@bp.route("/results/<figure>")
@allow("event.results")
def period_rows(figure: str) -> ResponseReturnValue:
    period, problem = chosen_period()
    name = results.chosen_figure(figure).name
    scope = results.scope_of([one.id for one in results.events_of(period)])
    return render_template(
        "results/rows.html", event=None, period=period, problem=problem, **results.rows_page(name, scope)
    )


@bp.route("/results/<figure>/rows.xlsx")
@allow("event.results")
def period_rows_sheet(figure: str) -> ResponseReturnValue:
    period, _problem = chosen_period()
    found = results.chosen_figure(figure)
    scope = results.scope_of([one.id for one in results.events_of(period)])
    answer, number = result_files.rows_file(found.name, scope, f"{_(found.label)} {_text(period)}")
    note_export(db(), None, by=actor(), figure=found.name, rows=number, period=_text(period))
    return answer


def _text(period: Period) -> str:
    return f"{period.first.isoformat()} - {period.last.isoformat()}"
