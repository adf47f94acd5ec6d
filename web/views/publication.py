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
from models.tables import Need
from web import drafting
from web.auth import actor
from web.database import db
from web.display import day
from web.errors import refusals
from web.forms.achievements import AtOnceForm, ReasonForm
from web.forms.needs import NeedAtOnceForm
from web.i18n import zone
from web.kinds import endpoint_of, record_route
from web.site import site

bp = Blueprint("publication", __name__)


def _record(record: Any) -> Response:
    return redirect(url_for(endpoint_of(record, "achievements.show"), public_id=record.public_id), 303)


def _title(record: Any) -> str:
    version = record.public_version or record.working_version
    return version.title if version else ""


@record_route(bp, "/{area}/<public_id>/withdraw", "edit", methods=["GET", "POST"])
def withdraw(record: Any) -> ResponseReturnValue:
    """Asks once, and says first what hangs on it."""
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.withdraw(db(), record, by=actor(), reason=form.reason.data or "")
            flash(_("Withdrawn. The people concerned are told."), "success")
            return _record(record)
    return _ask("publication/withdraw.html", record, form)


@record_route(bp, "/{area}/<public_id>/take-down", "take_down", methods=["GET", "POST"])
def take_down(record: Any) -> ResponseReturnValue:
    """The same for an organizer; acts on all versions and files."""
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.take_down(db(), record, by=actor(), reason=form.reason.data or "")
            flash(_("Taken down, with all versions and files. The people concerned are told."), "success")
            return _record(record)
    return _ask("publication/take_down.html", record, form)


def _ask(template: str, record: Any, form: ReasonForm) -> ResponseReturnValue:
    values: dict[str, Any] = {"hanging": hanging(db(), record), "title": _title(record)}
    return render_template(template, record=record, form=form, **values), (422 if form.errors else 200)


@record_route(bp, "/{area}/<public_id>/restore", "take_down", methods=["POST"])
def restore(record: Any) -> ResponseReturnValue:
    state = actions.restore(db(), record, by=actor(), zone=zone())
    flash(_("Restored: %(state)s.", state=_(state.label)), "success")
    return _record(record)


@record_route(bp, "/{area}/<public_id>/renew", "edit", methods=["POST"])
def renew(record: Any) -> ResponseReturnValue:
    """Another term for what was reviewed."""
    last = actions.renew(db(), record, by=actor(), zone=zone())
    flash(_("It stands on the site until %(day)s.", day=day(last)), "success")
    return _record(record)


@record_route(bp, "/{area}/<public_id>/settings", "edit", methods=["GET", "POST"])
def settings(record: Any) -> ResponseReturnValue:
    """Contact, circles, last day, tighter disclosure: they act at once."""
    public = record.public_version
    level = effective_disclosure(public.disclosure, record.tightened_to) if public else None
    form = (NeedAtOnceForm if isinstance(record, Need) else AtOnceForm)(
        data={
            "masked": getattr(record, "masked", False),
            "contact": str(record.contact_id or ""),
            "circles": linked_circles(db(), record),
            "valid_until": record.valid_until,
            "disclosure": level.value if level else None,
        }
    )
    drafting.fill_choices(form, record)
    if record.state not in (RecordState.DRAFT, RecordState.PUBLISHED):
        del form.valid_until  # renewing sets it
    if public is None:
        del form.disclosure
    if form.validate_on_submit():
        with refusals(form):
            drafting.store_at_once(form, record)
            flash(_("Saved. It acts at once."), "success")
            return _record(record)
    return render_template(
        "publication/settings.html",
        record=record,
        form=form,
        title=_title(record),
        months=site().settings["validity_months"],
    ), (422 if form.errors else 200)
