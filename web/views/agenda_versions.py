"""The draft of a programme beside what is public: differences, publishing, and the versions that there were."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import agenda as actions
from models.actions import agenda_publication
from models.enums import EventState, Told
from models.errors import N_, NotNow
from models.queries import agenda_drafts as drafts
from models.queries.agenda_told import told_of
from models.rules.agenda import from_values
from models.rules.agenda_changes import from_values as changes_of
from models.tables import Event
from web.agenda_board import said
from web.agenda_changes import worded_changes
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.agenda import TellForm
from web.programmes import title_of

bp = Blueprint("agenda_versions", __name__, url_prefix="/events/<public_id>/agenda/versions")


@bp.route("")
@allow("event.edit", Event)
def index(event: Event) -> ResponseReturnValue:
    """The published versions, the newest first."""
    return render_template("agenda_versions/index.html", event=event, versions=drafts.versions(db(), event.id))


@bp.route("/<int(max=2147483647):number>")
@allow("event.edit", Event)
def show(event: Event, number: int) -> ResponseReturnValue:
    """A version as it was, and what it changed."""
    step = drafts.version(db(), event.id, number) or abort(404)
    plan = from_values(step.items)
    rows = drafts.rows_of(event, plan, drafts.facts(db(), event, plan), starts_at=step.starts_at)
    return render_template(
        "agenda_versions/show.html",
        event=event,
        step=step,
        rows=[{"title": title_of(row), "row": row} for row in rows],
        changes=worded_changes(changes_of(step.changes), step.starts_at),
    )


@bp.route("/changes", methods=["GET", "POST"])
@allow("event.edit", Event)
def changes(event: Event) -> ResponseReturnValue:
    """What would become public, and who would be told of what; publishes it."""
    if event.state is not EventState.PUBLISHED:
        raise NotNow(N_("This roadshow is not announced yet; its programme is published with it."))
    form = TellForm(data={"revision": event.revision, "tell": request.args.get("tell") or Told.CONCERNED.value})
    if form.validate_on_submit():
        with refusals(form):
            step = agenda_publication.publish_changes(
                db(), event, by=actor(), revision=form.revision.data or 0, tell=Told(form.tell.data)
            )
            mails = ngettext("%(num)s person is told by mail.", "%(num)s people are told by mail.", step.mails)
            flash(_("Version %(n)s of the programme is public.", n=step.version) + " " + mails, "success")
            return redirect(url_for("events.show", public_id=event.public_id), 303)
    plan = drafts.working_plan(db(), event)
    found = drafts.unpublished(db(), event)
    worded = {one.key: text for one, text in zip(found, worded_changes(found, event.starts_at), strict=True)}
    return render_template(
        "agenda_versions/changes.html",
        event=event,
        form=form,
        changes=list(worded.values()),
        clashes=[said(clash) for clash in drafts.clashes_of(event, plan, drafts.facts(db(), event, plan))],
        readers=[
            {"name": reader.name, "of": [worded[key]["title"] for key in worded if key in reader.keys]}
            for reader in told_of(db(), event, found, Told.CONCERNED)
        ],
        everybody=len(told_of(db(), event, found, Told.EVERYBODY)),
    ), (422 if form.errors else 200)


@bp.route("/discard", methods=["POST"])
@allow("event.edit", Event)
def discard(event: Event) -> ResponseReturnValue:
    actions.discard(db(), event, by=actor(), revision=request.form.get("revision", 0, type=int))
    flash(_("The draft is the published programme again."), "success")
    return redirect(url_for("agenda.edit", public_id=event.public_id), 303)
