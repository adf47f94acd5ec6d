"""All scores of a call as Excel, for its organizers: a row for each application and scorer."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.queries.score_lists import sheets_of
from models.rules.selection import score
from models.tables import Event
from web.auth import allow
from web.calls import call_of, in_points
from web.database import db
from web.excel import workbook

bp = Blueprint("score_lists", __name__)


@bp.route("/events/<public_id>/call/scores.xlsx")
@allow("call.edit", Event)
def given(event: Event) -> ResponseReturnValue:
    """Points of each criterion and what they come to; empty where a score is missing or a tie was declared."""
    call = call_of(event)
    names = [one["name"] for one in call.criteria]
    columns = [_("Project"), _("Organisation"), _("Scorer"), *names, _("Score"), _("Note"), _("Conflict of interest"), _("Given")]  # fmt: skip
    rows = []
    for row in sheets_of(db(), call.id):
        points = list(row.points) if row.given_at else [None] * len(names)
        comes_to = in_points(score(row.points, call.weights)) if row.given_at else None
        rows.append([row.title, row.organisation, row.scorer, *points, comes_to, row.note, row.conflict, row.given_at])
    return workbook(_("Scores of %(name)s", name=event.title), columns, rows)
