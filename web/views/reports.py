"""Reports: anybody tells what is wrong with an record, an organizer looks and answers."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import reports as actions
from models.queries import reports as queries
from web.auth import actor, allow
from web.database import db
from web.entering import unlimited
from web.errors import refusals
from web.forms.achievements import OutcomeForm, ReportForm
from web.kinds import endpoint_of, record_route
from web.security import limiter

bp = Blueprint("reports", __name__)
PAGE = 20


@record_route(bp, "/{area}/<public_id>/report", "report", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"], exempt_when=unlimited)
def new(record: Any) -> ResponseReturnValue:
    """Anybody may report, without an account."""
    form = ReportForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.report(db(), record, by=actor(), reason=form.reason.data or "", email=form.email.data or "")
            flash(_("Thank you. An organizer looks at it."), "success")
            return redirect(url_for(endpoint_of(record, "achievements.show"), public_id=record.public_id), 303)
    version = record.public_version or record.working_version
    return render_template("reports/new.html", record=record, form=form, title=version.title if version else ""), (
        422 if form.errors else 200
    )


@bp.route("/reports")
@allow("report.handle")
def index() -> ResponseReturnValue:
    """Open reports, oldest first; or those that were handled, newest first."""
    handled = request.args.get("state") == "handled"
    after = request.args.get("after", "")
    lines = queries.reports(db(), handled=handled, after=int(after) if after.isdigit() else None, limit=PAGE + 1)
    return render_template(
        "reports/index.html",
        lines=lines[:PAGE],
        more=lines[PAGE - 1].id if len(lines) > PAGE else None,
        handled=handled,
        waiting=queries.count_open(db()),
    )


@bp.route("/reports/<public_id>", methods=["GET", "POST"])
@allow("report.handle")
def handle(public_id: str) -> ResponseReturnValue:
    """Read a report and close it with what was done."""
    found = queries.report(db(), public_id)
    if found is None:
        abort(404)
    reported, line = found
    form = OutcomeForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.handle(db(), reported, by=actor(), outcome=form.outcome.data or "", title=line.title)
            flash(_("Handled. Who reported it is told, where an address was given."), "success")
            return redirect(url_for("reports.index"), 303)
    return render_template("reports/handle.html", report=reported, line=line, form=form), (422 if form.errors else 200)
