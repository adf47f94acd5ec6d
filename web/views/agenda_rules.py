"""What a programme is compared with: rooms and rules of a roadshow, and when its speakers can be there."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import agenda_settings as actions
from models.queries import agenda_drafts as drafts
from models.rules.agenda import Item, speaker_of
from models.rules.policy import Actor
from models.tables import Event
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.event_links import acting, holder
from web.forms.agenda_rules import rules_form, times_form

bp = Blueprint("agenda_rules", __name__, url_prefix="/events/<public_id>")


@bp.route("/agenda/rules", methods=["GET", "POST"])
@allow("event.edit", Event)
def edit(event: Event) -> ResponseReturnValue:
    """Where the rooms are, what they hold, how far the way is, and how loud each rule is."""
    form = rules_form(event)
    if form.validate_on_submit():
        with refusals(form):
            actions.set_rules(
                db(),
                event,
                by=actor(),
                revision=form.revision.data or 0,
                rooms=form.said_rooms(),
                walking_minutes=form.walking_minutes.data,
                levels=form.said_levels(),
            )
            flash(_("Saved."), "success")
            return redirect(url_for("agenda.edit", public_id=event.public_id), 303)
    return render_template("agenda_rules/edit.html", event=event, form=form), (422 if form.errors else 200)


@bp.route("/agenda/speakers")
@allow("event.edit", Event)
def speakers(event: Event) -> ResponseReturnValue:
    """Everybody who speaks, and when they said they can."""
    said = drafts.available(db(), event.id)
    items: dict[str, Item] = {}
    for item in drafts.working_plan(db(), event):
        if item.speaker:
            items.setdefault(item.speaker, item)
    off = drafts.refusals(db(), event.id)
    rows = [{"item": item, "times": said.get(speaker, []), "off": off.get(speaker)} for speaker, item in items.items()]
    return render_template("agenda_rules/speakers.html", event=event, rows=rows)


@bp.route("/agenda/speakers/<key>", methods=["GET", "POST"])
@allow("event.edit", Event)
def times(event: Event, key: str) -> ResponseReturnValue:
    """When the speaker of an item can be there; the organizer writes it down."""
    item = next((one for one in drafts.working_plan(db(), event) if one.key == key and one.speaker), None) or abort(404)
    back = url_for("agenda_rules.speakers", public_id=event.public_id)
    return _times(event, item.speaker, item.speaker_name, back, actor())


@bp.route("/my-times", methods=["GET", "POST"])
@allow("event.read", Event)
def mine(event: Event) -> ResponseReturnValue:
    """A speaker says when they can be there, by account or by their personal link."""
    who = holder(event)
    if who is None or who.person_id is None or not drafts.speaks(db(), event, who.person_id):
        flash(_("You do not speak at this roadshow."), "warning")
        return redirect(url_for("events.show", public_id=event.public_id), 303)
    by = actor() if actor().signed_in else acting(who)
    return _times(event, speaker_of(who.person_id), who.name, url_for("event_day.show", public_id=event.public_id), by)


def _times(event: Event, speaker: str, name: str, back: str, by: Actor) -> ResponseReturnValue:
    form = times_form(drafts.available(db(), event.id).get(speaker, []))
    if form.validate_on_submit():
        with refusals(form):
            actions.set_times(db(), event, by=by, speaker=speaker, stretches=form.stretches())
            flash(_("Saved."), "success")
            return redirect(back, 303)
    return render_template("agenda_rules/times.html", event=event, form=form, name=name, back=back), (
        422 if form.errors else 200
    )
