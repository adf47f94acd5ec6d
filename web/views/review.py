"""Reviewing: the organizers' queue and decision, and an organisation's own review by another than the author."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import publication as actions
from models.enums import VersionState
from models.queries.gaps import missing, warnings
from models.queries.review import count_waiting, waiting_for
from models.queries.versions import contents_of
from models.rules.differences import differences
from web import drafting
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.achievements import DecisionForm
from web.i18n import zone
from web.kinds import endpoint_of, record_route
from web.looks import note_versions
from web.pages_of import page_of

bp = Blueprint("review", __name__)
PAGE = 20


@bp.route("/review")
@allow("review.queue")
def queue() -> ResponseReturnValue:
    """What waits for an organizer, oldest first."""
    lines = waiting_for(db(), VersionState.REVIEW, after=_after(), limit=PAGE + 1)
    last = lines[PAGE - 1] if len(lines) > PAGE else None
    return render_template(
        "review/queue.html",
        lines=lines[:PAGE],
        total=count_waiting(db(), VersionState.REVIEW),
        more=f"{last.submitted_at.isoformat()}_{last.key}" if last else "",
    )


def _after() -> tuple[datetime, int] | None:
    at, _separator, id_ = request.args.get("after", "").partition("_")
    if not at:
        return None
    try:
        key = datetime.fromisoformat(at), int(id_)
    except ValueError:
        abort(404)
    return key if key[0].tzinfo else abort(404)


@record_route(bp, "/{review}/<public_id>", "review")
def show(record: Any) -> ResponseReturnValue:
    """The version under review: what changed, what may be a mistake, the whole of it, the decision."""
    return _decide(record, DecisionForm(), VersionState.REVIEW)


@record_route(bp, "/{review}/<public_id>/publish", "review", methods=["POST"])
def publish(record: Any) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.publish(db(), record, by=actor(), revision=form.revision.data or 0, zone=zone())
            return _decided(_("Published. It can be found within seconds."), "review.queue")
    return _decide(record, form, VersionState.REVIEW)


@record_route(bp, "/{review}/<public_id>/return", "review", methods=["POST"])
def send_back(record: Any) -> ResponseReturnValue:
    return _return(record, actions.send_back, VersionState.REVIEW, "review.queue")


@record_route(bp, "/{area}/<public_id>/own-review", "review_own")
def own(record: Any) -> ResponseReturnValue:
    """The organisation's own review, before the organizers'."""
    return _decide(record, DecisionForm(), VersionState.ORG_REVIEW)


@record_route(bp, "/{area}/<public_id>/own-review/approve", "review_own", methods=["POST"])
def approve(record: Any) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.approve(db(), record, by=actor(), revision=form.revision.data or 0)
            return _decided(_("Approved. Now an organizer reviews it."), endpoint_of(record, "achievements.mine"))
    return _decide(record, form, VersionState.ORG_REVIEW)


@record_route(bp, "/{area}/<public_id>/own-review/return", "review_own", methods=["POST"])
def return_own(record: Any) -> ResponseReturnValue:
    return _return(record, actions.return_own, VersionState.ORG_REVIEW, endpoint_of(record, "achievements.mine"))


def _return(record: Any, action: Callable[..., object], stage: VersionState, then: str) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit():
        said = {"revision": form.revision.data or 0, "codes": form.codes.data or [], "note": form.note.data or ""}
        with refusals(form):
            action(db(), record, by=actor(), **said)
            return _decided(_("Returned with your reasons. The author is told."), then)
    return _decide(record, form, stage)


def _decided(message: str, then: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(then), 303)


def _decide(record: Any, form: DecisionForm, stage: VersionState) -> ResponseReturnValue:
    """The decision page; where the version is not under this review (any more) it says so and shows its state."""
    version = record.working_version
    waits = version is not None and version.state is stage
    ids = [i for i in (record.public_version_id, record.working_version_id if waits else None) if i]
    found = contents_of(db(), record, ids)
    content = found.get(version.id) if waits and version else None
    public = found.get(record.public_version_id or 0)
    status = (422 if waits else 409) if form.errors else 200
    if content is not None:
        note_versions(record, *found.values())
        if request.method == "GET" or content.revision != form.revision.data:
            form.revision.data, form.revision.raw_data = content.revision, None
    return render_template(
        "review/show.html",
        record=record,
        form=form,
        own=stage is VersionState.ORG_REVIEW,
        content=content,
        page=page_of(record, content) if content else None,
        public=public,
        differences=differences(public, content) if public and content else [],
        gaps=drafting.sentences(missing(db(), record, content), record) if content else [],
        doubts=drafting.sentences(warnings(record, content), record) if content else [],
        mine=version is not None and actor().person_id in (version.author_id, version.submitted_by_id),
    ), status
