"""What changes what the public sees: withdraw, renew, take down, restore, and what acts at once."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.actions import publication as actions
from models.enums import RecordState
from models.queries.achievements import linked_circles
from models.queries.hanging import hanging
from models.queries.indexing import effective_disclosure
from models.tables import Achievement
from web import drafting
from web.auth import actor, allow
from web.database import db
from web.display import day
from web.errors import refusals
from web.forms.achievements import AtOnceForm, ReasonForm
from web.i18n import zone
from web.site import site

bp = Blueprint("publication", __name__)


def _record(achievement: Achievement) -> Response:
    return redirect(url_for("achievements.show", public_id=achievement.public_id), 303)


def _title(achievement: Achievement) -> str:
    version = achievement.public_version or achievement.working_version
    return version.title if version else ""


@bp.route("/achievements/<public_id>/withdraw", methods=["GET", "POST"])
@allow("achievement.edit", Achievement)
def withdraw(achievement: Achievement) -> ResponseReturnValue:
    """Asks once, and says first what hangs on it."""
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.withdraw(db(), achievement, by=actor(), reason=form.reason.data or "")
            flash(_("Withdrawn. The people concerned are told."), "success")
            return _record(achievement)
    return _ask("publication/withdraw.html", achievement, form)


@bp.route("/achievements/<public_id>/take-down", methods=["GET", "POST"])
@allow("achievement.take_down", Achievement)
def take_down(achievement: Achievement) -> ResponseReturnValue:
    """The same for an organizer; acts on all versions and files."""
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.take_down(db(), achievement, by=actor(), reason=form.reason.data or "")
            flash(_("Taken down, with all versions and files. The people concerned are told."), "success")
            return _record(achievement)
    return _ask("publication/take_down.html", achievement, form)


def _ask(template: str, achievement: Achievement, form: ReasonForm) -> ResponseReturnValue:
    values: dict[str, Any] = {"hanging": hanging(db(), achievement.id), "title": _title(achievement)}
    return render_template(template, achievement=achievement, form=form, **values), (422 if form.errors else 200)


@bp.route("/achievements/<public_id>/restore", methods=["POST"])
@allow("achievement.take_down", Achievement)
def restore(achievement: Achievement) -> ResponseReturnValue:
    state = actions.restore(db(), achievement, by=actor(), zone=zone())
    flash(_("Restored: %(state)s.", state=_(state.label)), "success")
    return _record(achievement)


@bp.route("/achievements/<public_id>/renew", methods=["POST"])
@allow("achievement.edit", Achievement)
def renew(achievement: Achievement) -> ResponseReturnValue:
    """Another term for what was reviewed."""
    last = actions.renew(db(), achievement, by=actor(), zone=zone())
    flash(_("It stands on the site until %(day)s.", day=day(last)), "success")
    return _record(achievement)


@bp.route("/achievements/<public_id>/settings", methods=["GET", "POST"])
@allow("achievement.edit", Achievement)
def settings(achievement: Achievement) -> ResponseReturnValue:
    """Contact, circles, last day, tighter disclosure: they act at once."""
    public = achievement.public_version
    level = effective_disclosure(public.disclosure, achievement.tightened_to) if public else None
    form = AtOnceForm(
        data={
            "contact": str(achievement.contact_id or ""),
            "circles": linked_circles(db(), achievement.id),
            "valid_until": achievement.valid_until,
            "disclosure": level.value if level else None,
        }
    )
    drafting.fill_choices(form, achievement)
    if achievement.state not in (RecordState.DRAFT, RecordState.PUBLISHED):
        del form.valid_until  # renewing sets it
    if public is None:
        del form.disclosure
    if form.validate_on_submit():
        with refusals(form):
            drafting.store_at_once(form, achievement)
            flash(_("Saved. It acts at once."), "success")
            return _record(achievement)
    return render_template(
        "publication/settings.html",
        achievement=achievement,
        form=form,
        title=_title(achievement),
        months=site().settings["validity_months"],
    ), (422 if form.errors else 200)
