"""A scorer's own applications: read, score, declare a conflict of interest; an organizer gives back or takes back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import scoring as actions
from models.queries import scoring as queries
from models.queries.selection import title_of
from models.tables import ScoreSheet
from web.auth import actor, allow
from web.calls import total
from web.database import db
from web.errors import back, refusals
from web.forms.selection import ConflictForm, score_form

bp = Blueprint("scoring", __name__, url_prefix="/scoring")


@bp.route("")
@allow("score.list")
def index() -> ResponseReturnValue:
    """Everything that was assigned to the reader, what is to be done first."""
    return render_template("scoring/index.html", rows=queries.sheets_of(db(), actor().person_id))


@bp.route("/<public_id>", methods=["GET", "POST"])
@allow("score.give", ScoreSheet)
def sheet(score_sheet: ScoreSheet) -> ResponseReturnValue:
    """Score an application; once that is done, the others' scores are shown."""
    application = score_sheet.application
    call, given = application.call, score_sheet.given_at is not None
    form = score_form(call.criteria, score_sheet.points, score_sheet.comments, score_sheet.note)
    if form.validate_on_submit():
        with refusals(form):
            actions.give(
                db(),
                score_sheet,
                by=actor(),
                points=[field.data for field in form.points],
                comments=[(field.data or "").strip() for field in form.comments],
                note=(form.note.data or "").strip(),
            )
            flash(_("Your scores are in."), "success")
            return redirect(url_for("scoring.index"), 303)
    others = queries.sheets_about(db(), application.id) if given else []
    page = render_template(
        "scoring/sheet.html",
        sheet=score_sheet,
        application=application,
        call=call,
        event=call.event,
        form=form,
        interest=None if given else actions.known_interest(db(), score_sheet),
        title=title_of(application.achievement),
        others=[(row, total(row, call)) for row in others if row.given_at],
    )
    return page, 422 if form.errors else 200


@bp.route("/<public_id>/conflict", methods=["GET", "POST"])
@allow("score.give", ScoreSheet)
def conflict(score_sheet: ScoreSheet) -> ResponseReturnValue:
    form = ConflictForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.declare_conflict(db(), score_sheet, by=actor(), text=form.conflict.data)
            flash(_("Noted. You do not score this application; the organizer sees why."), "success")
            return redirect(url_for("scoring.index"), 303)
    page = render_template(
        "scoring/conflict.html", form=form, sheet=score_sheet, title=title_of(score_sheet.application.achievement)
    )
    return page, 422 if form.errors else 200


@bp.route("/<public_id>/back", methods=["POST"])
@allow("score.give_back", ScoreSheet)
def give_back(score_sheet: ScoreSheet) -> ResponseReturnValue:
    """An organizer lets the scorer score anew."""
    actions.give_back(db(), score_sheet, by=actor())
    flash(_("The scorer can change the scores now and is told."), "success")
    return redirect(url_for("selection.scores", public_id=score_sheet.application.public_id), 303)


@bp.route("/<public_id>/take-back", methods=["POST"])
@allow("score.give_back", ScoreSheet)
def take_back(score_sheet: ScoreSheet) -> ResponseReturnValue:
    """An organizer has the scorer not score this application."""
    actions.take_back(db(), score_sheet, by=actor())
    flash(_("Taken back. It is not handed out to them again unless you do it."), "success")
    return redirect(back(url_for("selection.scores", public_id=score_sheet.application.public_id)), 303)
