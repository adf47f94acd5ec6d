"""Versions of a record: their history and differences, a new one, taking back, discarding."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import drafting as actions
from models.enums import RecordState, VersionState
from models.queries import versions as queries
from models.rules.differences import differences as compare
from web.auth import actor
from web.database import db
from web.kinds import endpoint_of, record_route
from web.looks import note_versions
from web.pages_of import page_of

bp = Blueprint("versions", __name__)


@record_route(bp, "/{area}/<public_id>/history", "history")
def history(record: Any) -> ResponseReturnValue:
    """All versions and everything that happened to the record."""
    lines = queries.history(db(), record)
    return render_template(
        "versions/history.html",
        record=record,
        title=lines[0].title if lines else "",
        versions=lines,
        happenings=queries.happenings(db(), record),
        states={
            True: {state.value: _(state.label) for state in RecordState},
            False: {state.value: _(state.label) for state in VersionState},
        },
    )


@record_route(bp, "/{area}/<public_id>/versions/<int:old>/to/<int:new>", "history")
def differences(record: Any, old: int, new: int) -> ResponseReturnValue:
    """What changed from one version to another, field by field."""
    found = queries.numbered(db(), record, {old, new}) if max(old, new) < 10**9 else {}
    if old not in found or new not in found:
        abort(404)
    before, after = found[old], found[new]
    note_versions(record, before, after)
    return render_template(
        "versions/differences.html",
        record=record,
        old=before,
        new=after,
        differences=compare(before, after),
    )


@record_route(bp, "/{area}/<public_id>/versions/<int:number>", "history")
def show(record: Any, number: int) -> ResponseReturnValue:
    """One version as its page would look."""
    content = queries.numbered(db(), record, [number]).get(number) if number < 10**9 else None
    if content is None:
        abort(404)
    note_versions(record, content)
    return render_template(
        "versions/show.html",
        record=record,
        page=page_of(record, content),
    )


@record_route(bp, "/{area}/<public_id>/versions", "edit", methods=["POST"])
def new(record: Any) -> ResponseReturnValue:
    """Begin a new version of what is published, or go on with the one under way."""
    actions.new_version(db(), record, by=actor())
    return redirect(url_for(endpoint_of(record, "achievements.edit"), public_id=record.public_id), 303)


@record_route(bp, "/{area}/<public_id>/take-back", "edit", methods=["POST"])
def take_back(record: Any) -> ResponseReturnValue:
    actions.take_back(db(), record, by=actor())
    flash(_("Taken back. It is a draft again."), "success")
    return redirect(url_for(endpoint_of(record, "achievements.edit"), public_id=record.public_id), 303)


@record_route(bp, "/{area}/<public_id>/discard", "edit", methods=["POST"])
def discard(record: Any) -> ResponseReturnValue:
    actions.discard(db(), record, by=actor())
    flash(_("Discarded. What is public stays; in the history you can take the version up again."), "success")
    return redirect(url_for(endpoint_of(record, "achievements.show"), public_id=record.public_id), 303)


@record_route(bp, "/{area}/<public_id>/versions/<int:number>/take-up", "edit", methods=["POST"])
def take_up(record: Any, number: int) -> ResponseReturnValue:
    """Work on a discarded version again."""
    version = queries.version_row(db(), record, number) if number < 10**9 else None
    if version is None:
        abort(404)
    actions.take_up(db(), record, version, by=actor())
    return redirect(url_for(endpoint_of(record, "achievements.edit"), public_id=record.public_id), 303)
