"""The organizer changes a computed timetable by hand: move, exchange, take out, lock, undo."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.actions import timetable_edits as actions
from models.queries.meeting_wishes import of_session
from models.tables import MeetingWish, Timetable
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.timetable_edits import StepForm
from web.timetable_editing import page_of

bp = Blueprint("timetable_edits", __name__)
MEETING = "/timetables/<public_id>/meetings/<wish_public_id>"


@bp.route(MEETING, methods=["GET", "POST"])
@allow("timetable.edit", Timetable)
def place(timetable: Timetable, wish_public_id: str) -> ResponseReturnValue:
    """Where one meeting could go; choose one of the places that are possible."""
    wish = _wish(timetable, wish_public_id)
    page = page_of(timetable, wish)
    form = page["form"]
    if form.validate_on_submit():
        with refusals(form):
            actions.place(
                db(), timetable, wish.id, by=actor(), revision=form.revision.data or 0, slot_id=form.slot.data,
                table_id=form.table_id,
            )  # fmt: skip
            flash(_("Placed. You can take the last step back."), "success")
            return _back(timetable)
    return render_template("timetable_edits/place.html", **page), (422 if form.errors or form.form_errors else 200)


@bp.route(f"{MEETING}/swap", methods=["POST"])
@allow("timetable.edit", Timetable)
def swap(timetable: Timetable, wish_public_id: str) -> ResponseReturnValue:
    wish = _wish(timetable, wish_public_id)
    page = page_of(timetable, wish)
    form = page["others"]
    if form.validate_on_submit():
        with refusals(form):
            actions.swap(db(), timetable, wish.id, form.other.data, by=actor(), revision=form.revision.data or 0)
            flash(_("Exchanged. You can take the last step back."), "success")
            return _back(timetable)
    return render_template("timetable_edits/place.html", **page), 422


@bp.route(f"{MEETING}/take-out", methods=["POST"])
@allow("timetable.edit", Timetable)
def take_out(timetable: Timetable, wish_public_id: str) -> ResponseReturnValue:
    wish = _wish(timetable, wish_public_id)
    actions.take_out(db(), timetable, wish.id, by=actor(), revision=_revision())
    flash(_("Taken out. You can take the last step back."), "success")
    return _back(timetable)


@bp.route(f"{MEETING}/lock", methods=["POST"])
@allow("timetable.edit", Timetable)
def lock(timetable: Timetable, wish_public_id: str) -> ResponseReturnValue:
    wish = _wish(timetable, wish_public_id)
    actions.lock(db(), timetable, wish.id, by=actor(), revision=_revision(), locked=True)
    flash(_("Locked. The next computing keeps it where it is."), "success")
    return _back(timetable)


@bp.route(f"{MEETING}/unlock", methods=["POST"])
@allow("timetable.edit", Timetable)
def unlock(timetable: Timetable, wish_public_id: str) -> ResponseReturnValue:
    wish = _wish(timetable, wish_public_id)
    actions.lock(db(), timetable, wish.id, by=actor(), revision=_revision(), locked=False)
    flash(_("Unlocked."), "success")
    return _back(timetable)


@bp.route("/timetables/<public_id>/undo", methods=["POST"])
@allow("timetable.edit", Timetable)
def undo(timetable: Timetable) -> ResponseReturnValue:
    actions.undo(db(), timetable, by=actor(), revision=_revision())
    flash(_("The last step is taken back."), "success")
    return _back(timetable)


def _wish(timetable: Timetable, public_id: str) -> MeetingWish:
    wish = of_session(db(), timetable.match_session_id, public_id)
    return wish if wish is not None else abort(404)


def _revision() -> int:
    form = StepForm()
    return (form.revision.data or 0) if form.validate_on_submit() else abort(400)


def _back(timetable: Timetable) -> Response:
    public_id = timetable.match_session.public_id
    return redirect(url_for("timetables.show", public_id=public_id, number=timetable.number), 303)
