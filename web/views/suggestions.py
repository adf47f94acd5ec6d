"""Suggestions: the list of one's organisations, one pair, and what people make of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import matches as actions
from models.actions import matching
from models.queries import match_statistics
from models.rules.matches import PUT_OFF_DAYS
from models.tables import Match
from web import links, suggestions
from web.auth import actor, allow
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.suggestions import DeclineForm, PassOnForm

bp = Blueprint("suggestions", __name__, url_prefix="/suggestions")


@bp.route("")
@allow("match.list")
def index() -> ResponseReturnValue:
    """What the matching found for the records of the reader's organisations; nothing for who wants nothing picked."""
    listing = suggestions.listing() if actor().suggestions else None
    return render_template("suggestions/index.html", listing=listing, decided=suggestions.decided())


@bp.route("/<public_id>")
@allow("match.read", Match)
def show(match: Match) -> ResponseReturnValue:
    side = suggestions.chosen_side(match)
    one = suggestions.of_address(match, side)
    return render_template("suggestions/show.html", item=suggestions.all_shown([one], several=True)[0], match=match)


@bp.route("/<public_id>/decline", methods=["GET", "POST"])
@allow("match.decide", Match)
def decline(match: Match) -> ResponseReturnValue:
    side = suggestions.chosen_side(match)
    form = DeclineForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.decline(
                db(), match, side=side, by=actor(), reason=form.reason.data, note=form.note.data or "", today=today()
            )
            return redirect(suggestions.back(match, side), 303)
    item = suggestions.shown(suggestions.of_address(match, side))
    return render_template("suggestions/decline.html", form=form, item=item), (422 if form.is_submitted() else 200)


@bp.route("/<public_id>/put-off", methods=["POST"])
@allow("match.decide", Match)
def put_off(match: Match) -> ResponseReturnValue:
    side = suggestions.chosen_side(match)
    days = request.form.get("days", PUT_OFF_DAYS[0], type=int)
    actions.put_off(db(), match, side=side, by=actor(), days=days, today=today())
    return redirect(suggestions.back(match, side), 303)


@bp.route("/<public_id>/undo", methods=["POST"])
@allow("match.decide", Match)
def undo(match: Match) -> ResponseReturnValue:
    side = suggestions.chosen_side(match)
    actions.undo(db(), match, side=side, by=actor())
    flash(_("Taken back: the suggestion is open again."), "success")
    return redirect(links.local_path(request.form.get("next")) or url_for("suggestions.index"), 303)


@bp.route("/<public_id>/pass-on", methods=["GET", "POST"])
@allow("match.pass_on", Match)
def pass_on(match: Match) -> ResponseReturnValue:
    """A technology manager recommends the pair to an organisation that gave a mandate."""
    side = suggestions.chosen_side(match, mandated=True)
    form = PassOnForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.pass_on(db(), match, side=side, by=actor(), note=form.note.data)
            flash(_("Passed on. Its people are told by mail and see it on their desk."), "success")
            return redirect(links.local_path(request.form.get("next")) or url_for("suggestions.index"), 303)
    item = suggestions.shown(suggestions.of_address(match, side), several=True)
    return render_template("suggestions/pass_on.html", form=form, item=item), (422 if form.is_submitted() else 200)


@bp.route("/switch", methods=["POST"])
@allow("account.own")
def switch() -> ResponseReturnValue:
    """Whether the program may pick something for this reader."""
    on = request.form.get("on") == "1"
    actions.switch(db(), on=on, by=actor())
    flash(_("You get suggestions again.") if on else _("You get no suggestions any more."), "success")
    return redirect(links.local_path(request.form.get("next")) or url_for("suggestions.index"), 303)


@bp.route("/statistics")
@allow("match.statistics")
def statistics() -> ResponseReturnValue:
    """What becomes of suggestions, by score and reason, and the re-run of everything."""
    return render_template(
        "suggestions/statistics.html",
        run=match_statistics.last_run(db()),
        **suggestions.statistics(),
    )


@bp.route("/rematch", methods=["POST"])
@allow("admin.edit")
def rematch() -> ResponseReturnValue:
    matching.ask_for_run(db(), by=actor())
    flash(_("Everything is matched anew in the background; the progress shows here."), "success")
    return redirect(url_for("suggestions.statistics"), 303)
