"""The day itself: what is missing, the new plan, and telling everybody."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import disturbances, replanning
from models.base import utcnow
from models.enums import DisturbanceKind, EventState, SessionKind
from models.errors import Conflict
from models.queries import disturbances as queries
from models.tables import Disturbance, MatchSession, Replan
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.i18n import sentence
from web.replanning import form_of, page_of, planned_anew

bp = Blueprint("replanning", __name__)


@bp.route("/sessions/<public_id>/day", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def index(match_session: MatchSession) -> ResponseReturnValue:
    """What the session has to do without; more can be stated, a new plan made."""
    if match_session.kind is not SessionKind.ONE_TO_ONE:
        flash(_("Only sessions of 1:1 meetings have a timetable."), "info")
        return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    form = form_of(match_session)
    if form.validate_on_submit():
        with refusals(form):
            kind = DisturbanceKind(form.kind.data)
            subject = queries.named(db(), match_session, kind, form.subject.data or "")
            disturbances.note(db(), match_session, subject, by=actor(), kind=kind, **form.times)
            flash(_("Noted. Meetings move only when you make a new plan and apply it."), "success")
            return redirect(url_for("replanning.index", public_id=match_session.public_id), 303)
    page = render_template(
        "replanning/index.html",
        match_session=match_session,
        form=form,
        rows=queries.disturbances(db(), match_session.id),
        open=match_session.state is EventState.PUBLISHED and match_session.ends_at > utcnow(),
    )
    return page, (422 if form.errors else 200)


@bp.route("/disturbances/<public_id>/withdraw", methods=["POST"])
@allow("timetable.edit", Disturbance)
def withdraw(disturbance: Disturbance) -> ResponseReturnValue:
    match_session = disturbance.match_session
    disturbances.withdraw(db(), disturbance, by=actor())
    flash(_("Taken back."), "success")
    return redirect(url_for("replanning.index", public_id=match_session.public_id), 303)


@bp.route("/sessions/<public_id>/replan", methods=["POST"])
@allow("session.edit", MatchSession)
def make(match_session: MatchSession) -> ResponseReturnValue:
    """Compute a new plan with the fewest changes; nothing moves before it is applied."""
    plan = planned_anew(match_session.id)
    return redirect(url_for("replanning.show", public_id=plan.public_id), 303)


@bp.route("/replans/<public_id>")
@allow("timetable.edit", Replan)
def show(replan: Replan) -> ResponseReturnValue:
    """What moves, falls out and comes in, and why."""
    return render_template("replanning/show.html", plan=replan, match_session=replan.match_session, **page_of(replan))


@bp.route("/replans/<public_id>/apply", methods=["POST"])
@allow("timetable.edit", Replan)
def apply(replan: Replan) -> ResponseReturnValue:
    """Apply it and tell everybody concerned; where something changed meanwhile, a new plan is shown instead."""
    match_session, session_id = replan.match_session, replan.match_session_id
    try:
        done = replanning.apply(db(), replan, by=actor())
    except Conflict as changed:
        plan = planned_anew(session_id)
        flash(sentence(changed), "warning")
        return redirect(url_for("replanning.show", public_id=plan.public_id), 303)
    flash(
        _(
            "Applied. Moved: %(moved)s, fell out: %(lost)s, came in: %(added)s. People told by mail: %(told)s.",
            moved=done.moved, lost=done.lost, added=done.added, told=done.told,
        ),
        "success",
    )  # fmt: skip
    return redirect(url_for("timetables.show", public_id=match_session.public_id), 303)
