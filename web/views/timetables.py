"""The organizer's timetable of a session: computed from the wishes, looked at, published."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import timetables as actions
from models.base import utcnow
from models.enums import SessionKind
from models.queries import timetables as queries
from models.queries.news import news_of
from models.tables import MatchSession, Timetable
from web.auth import actor, allow
from web.database import db
from web.forms.meeting_wishes import AskForm
from web.planning_checks import checks_of
from web.timetable_comparing import COMPARED, comparison
from web.timetables import page_of

bp = Blueprint("timetables", __name__)


@bp.route("/sessions/<public_id>/timetable")
@allow("timetable.edit", MatchSession)
def show(match_session: MatchSession) -> ResponseReturnValue:
    """The newest timetable, or (number) an older one; while it is computed, how far it is."""
    if match_session.kind is not SessionKind.ONE_TO_ONE:
        flash(_("Only sessions of 1:1 meetings have a timetable."), "info")
        return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    number = request.args.get("number", type=int)
    seen = news_of(db(), match_session.id)
    chosen = queries.find(db(), match_session, number)
    if chosen is None and number is not None:
        abort(404)
    return render_template(
        "timetables/show.html",
        match_session=match_session,
        timetable=chosen,
        seen=seen,
        begun=match_session.starts_at <= utcnow(),
        form=AskForm(data={"accepted_only": match_session.accepted_only}),
        versions=queries.timetables(db(), match_session),
        checks=checks_of(match_session, chosen),
        **page_of(match_session, chosen),
    )


@bp.route("/sessions/<public_id>/timetable", methods=["POST"])
@allow("timetable.edit", MatchSession)
def ask(match_session: MatchSession) -> ResponseReturnValue:
    form = AskForm()
    base = queries.find(db(), match_session, form.base.data) if form.base.data else None
    actions.ask(
        db(),
        match_session,
        by=actor(),
        accepted_only=bool(form.accepted_only.data),
        everybody=bool(form.everybody.data),
        base=base,
        only_rest=form.keep.data == "placed",
    )
    return redirect(url_for("timetables.show", public_id=match_session.public_id), 303)


@bp.route("/sessions/<public_id>/timetable/compare")
@allow("session.edit", MatchSession)
def compare(match_session: MatchSession) -> ResponseReturnValue:
    """Two timetables beside each other: the two newest, or those whose numbers the address names."""
    versions = queries.timetables(db(), match_session)
    done = [one.number for one in versions if one.state in COMPARED]
    first, second = (request.args.get(name, type=int) for name in ("a", "b"))
    second = second or (done[0] if done else None)
    first = first or next((one for one in done if one != second), None)
    two = [queries.find(db(), match_session, number) if number in done else None for number in (first, second)]
    if (request.args.get("a") or request.args.get("b")) and None in two:
        abort(404)
    return render_template(
        "timetables/compare.html",
        match_session=match_session,
        numbers=done,
        **comparison(match_session, versions, *two),
    )


@bp.route("/timetables/<public_id>/stop", methods=["POST"])
@allow("timetable.edit", Timetable)
def stop(timetable: Timetable) -> ResponseReturnValue:
    actions.stop(db(), timetable, by=actor())
    flash(_("Stopped."), "success")
    return redirect(url_for("timetables.show", public_id=timetable.match_session.public_id), 303)


@bp.route("/timetables/<public_id>/publish", methods=["POST"])
@allow("timetable.edit", Timetable)
def publish(timetable: Timetable) -> ResponseReturnValue:
    """Everything that still fits becomes a confirmed meeting; everybody concerned is told."""
    made, left = actions.publish(db(), timetable, by=actor())
    flash(ngettext("%(num)s meeting is confirmed; its people are told by mail.",
                   "%(num)s meetings are confirmed; their people are told by mail.", made), "success")  # fmt: skip
    if left:
        flash(
            ngettext(
                "%(num)s meeting was left out: somebody has another meeting meanwhile, or took the wish back.",
                "%(num)s meetings were left out: somebody has another meeting meanwhile, or took the wish back.",
                left,
            ),
            "warning",
        )
    return redirect(url_for("timetables.show", public_id=timetable.match_session.public_id), 303)
