"""An organizer chooses among the applications: ranking, scores, decisions, announcement."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import selection as actions
from models.base import utcnow
from models.enums import Level, Outcome
from models.queries import selection as queries
from models.queries.scoring import sheets_about, to_be_asked
from models.rules.selection import usual_level
from models.tables import Event, ProjectApplication
from web.auth import actor, allow
from web.calls import call_of, figures_of, hands_out, points, total
from web.database import db
from web.errors import refusals
from web.excel import workbook
from web.forms.selection import DecisionForm
from web.i18n import label

bp = Blueprint("selection", __name__)
bp.add_app_template_filter(points, "points")


@bp.route("/events/<public_id>/call/selection")
@allow("call.edit", Event)
def index(event: Event) -> ResponseReturnValue:
    """The ranking, what it proposes, what is decided."""
    call = call_of(event)
    ranked = queries.ranking(db(), call)
    return render_template(
        "selection/index.html",
        event=event,
        call=call,
        ranked=ranked,
        closed=call.closes_at <= utcnow(),
        undecided=sum(one.row.outcome is None for one in ranked),
        missing=sum(one.standing.missing for one in ranked if one.standing),
        gap=(gap := queries.gap(db(), call) if call.announced_at else None),
        to_arrange=[queries.title_of(one) for one in gap.missing] if gap else [],
    )


@bp.route("/events/<public_id>/call/selection.xlsx")
@allow("call.edit", Event)
def excel(event: Event) -> ResponseReturnValue:
    call = call_of(event)
    names = [one["name"] for one in call.criteria]
    columns = [
        _("Rank"), _("Project"), _("Organisation"), _("Presenter"), _("Minutes wanted"), _("Mean score"), *names,
        _("Lowest"), _("Highest"), _("Scores given"), _("Scores missing"), _("Proposed"), _("Decision"),
        _("Presented as"), _("What the applicant is told"), _("Why not as ranked"), _("What the demonstration needs"),
        _("The presentation may be recorded and shown later"), _("Submitted"),
    ]  # fmt: skip
    rows = []
    for one in queries.ranking(db(), call):
        row = one.row
        presenter = " ".join(part for part in (row.presenter, row.presenter_title) if part)
        figures = figures_of(one.standing, len(names))
        rows.append(
            [
                figures[0], row.title, row.organisation, presenter, row.minutes, *figures[1:], label(one.proposed),
                label(row.outcome), label(row.level), row.reason, row.departure, row.demo_needs,
                _("Yes") if row.may_record else _("No"), row.submitted_at,
            ]
        )  # fmt: skip
    return workbook(_("Selection of %(name)s", name=event.title), columns, rows)


@bp.route("/events/<public_id>/call/selection/proposal", methods=["POST"])
@allow("call.edit", Event)
def take_over(event: Event) -> ResponseReturnValue:
    decided = actions.take_over(db(), call_of(event), by=actor())
    flash(ngettext("%(num)s decision is noted.", "%(num)s decisions are noted.", decided), "success")
    return _back(event)


@bp.route("/events/<public_id>/call/selection/announce", methods=["POST"])
@allow("call.edit", Event)
def announce(event: Event) -> ResponseReturnValue:
    added = actions.announce(db(), call_of(event), by=actor())
    flash(
        ngettext(
            "Announced. Every applicant gets a mail; %(num)s pitch is in the draft of the programme.",
            "Announced. Every applicant gets a mail; %(num)s pitches are in the draft of the programme.",
            added,
        ),
        "success",
    )
    return _back(event)


@bp.route("/events/<public_id>/call/selection/arrange", methods=["POST"])
@allow("call.edit", Event)
def arrange(event: Event) -> ResponseReturnValue:
    """Put who moved up into the programme."""
    actions.arrange(db(), call_of(event), by=actor())
    flash(_("The programme holds everybody who has a place on the stage."), "success")
    return _back(event)


@bp.route("/applications/<public_id>/scores")
@allow("application.scores", ProjectApplication)
def scores(project_application: ProjectApplication) -> ResponseReturnValue:
    """The rows behind a figure of the ranking: who gave what."""
    call = project_application.call
    return render_template(
        "selection/scores.html",
        application=project_application,
        call=call,
        event=call.event,
        title=queries.title_of(project_application.achievement),
        rows=[(row, total(row, call)) for row in sheets_about(db(), project_application.id)],
        to_be_asked=to_be_asked(db(), call.id, project_application.id) if hands_out(call) else [],
    )


@bp.route("/applications/<public_id>/decide", methods=["GET", "POST"])
@allow("application.decide", ProjectApplication)
def decide(project_application: ProjectApplication) -> ResponseReturnValue:
    call, event = project_application.call, project_application.call.event
    ranked = next((one for one in queries.ranking(db(), call) if one.row.id == project_application.id), None)
    outcome = project_application.outcome or (ranked.proposed if ranked else Outcome.NOT_SELECTED)
    level = project_application.level if project_application.outcome else usual_level(outcome)
    form = DecisionForm(
        data={
            "outcome": outcome.value,
            "level": level.value if level else "",
            "reason": project_application.reason,
            "departure": project_application.departure,
        }
    )
    if form.validate_on_submit():
        with refusals(form):
            actions.decide(
                db(),
                project_application,
                by=actor(),
                outcome=Outcome(form.outcome.data),
                level=Level(form.level.data) if form.level.data else None,
                reason=form.reason.data or "",
                departure=form.departure.data or "",
            )
            flash(_("Noted. Nobody is told before you announce the selection."), "success")
            return _back(event)
    page = render_template(
        "selection/decide.html",
        form=form,
        application=project_application,
        call=call,
        event=event,
        ranked=ranked,
        title=queries.title_of(project_application.achievement),
    )
    return page, 422 if form.errors else 200


def _back(event: Event) -> ResponseReturnValue:
    return redirect(url_for("selection.index", public_id=event.public_id), 303)
