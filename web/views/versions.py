"""Versions of an achievement: their history and differences, a new one, taking back, discarding."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import drafting as actions
from models.enums import RecordState, VersionState
from models.queries import versions as queries
from models.queries.achievements import page
from models.rules.differences import differences as compare
from models.tables import Achievement
from web.auth import actor, allow
from web.database import db
from web.looks import note_versions

bp = Blueprint("versions", __name__)


@bp.route("/achievements/<public_id>/history")
@allow("achievement.history", Achievement)
def history(achievement: Achievement) -> ResponseReturnValue:
    """All versions and everything that happened to the record."""
    lines = queries.history(db(), achievement)
    return render_template(
        "versions/history.html",
        achievement=achievement,
        title=lines[0].title if lines else "",
        versions=lines,
        happenings=queries.happenings(db(), achievement),
        states={
            True: {state.value: _(state.label) for state in RecordState},
            False: {state.value: _(state.label) for state in VersionState},
        },
    )


@bp.route("/achievements/<public_id>/versions/<int:old>/to/<int:new>")
@allow("achievement.history", Achievement)
def differences(achievement: Achievement, old: int, new: int) -> ResponseReturnValue:
    """What changed from one version to another, field by field."""
    found = queries.numbered(db(), achievement, {old, new}) if max(old, new) < 10**9 else {}
    if old not in found or new not in found:
        abort(404)
    before, after = found[old], found[new]
    note_versions(achievement, before, after)
    return render_template(
        "versions/differences.html",
        achievement=achievement,
        old=before,
        new=after,
        differences=compare(before, after),
    )


@bp.route("/achievements/<public_id>/versions/<int:number>")
@allow("achievement.history", Achievement)
def show(achievement: Achievement, number: int) -> ResponseReturnValue:
    """One version as its page would look."""
    content = queries.numbered(db(), achievement, [number]).get(number) if number < 10**9 else None
    if content is None:
        abort(404)
    note_versions(achievement, content)
    return render_template(
        "versions/show.html",
        achievement=achievement,
        page=page(db(), achievement, actor().tokens, content=content),
    )


@bp.route("/achievements/<public_id>/versions", methods=["POST"])
@allow("achievement.edit", Achievement)
def new(achievement: Achievement) -> ResponseReturnValue:
    """Begin a new version of what is published, or go on with the one under way."""
    actions.new_version(db(), achievement, by=actor())
    return redirect(url_for("achievements.edit", public_id=achievement.public_id), 303)


@bp.route("/achievements/<public_id>/take-back", methods=["POST"])
@allow("achievement.edit", Achievement)
def take_back(achievement: Achievement) -> ResponseReturnValue:
    actions.take_back(db(), achievement, by=actor())
    flash(_("Taken back. It is a draft again."), "success")
    return redirect(url_for("achievements.edit", public_id=achievement.public_id), 303)


@bp.route("/achievements/<public_id>/discard", methods=["POST"])
@allow("achievement.edit", Achievement)
def discard(achievement: Achievement) -> ResponseReturnValue:
    actions.discard(db(), achievement, by=actor())
    flash(_("Discarded. What is public stays; in the history you can take the version up again."), "success")
    return redirect(url_for("achievements.show", public_id=achievement.public_id), 303)


@bp.route("/achievements/<public_id>/versions/<int:number>/take-up", methods=["POST"])
@allow("achievement.edit", Achievement)
def take_up(achievement: Achievement, number: int) -> ResponseReturnValue:
    """Work on a discarded version again."""
    version = queries.version_row(db(), achievement, number) if number < 10**9 else None
    if version is None:
        abort(404)
    actions.take_up(db(), achievement, version, by=actor())
    return redirect(url_for("achievements.edit", public_id=achievement.public_id), 303)
