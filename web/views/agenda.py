"""An organizer arranges a roadshow's programme: by dragging, by keyboard, and by buttons and forms without script."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import agenda as actions
from models.enums import AgendaKind
from models.errors import N_, Invalid
from models.queries import agenda as queries
from models.queries import agenda_drafts as drafts
from models.rules.agenda import PITCHES, Item, Plan
from models.tables import Event
from web.agenda_board import boards, said
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.agenda import OTHER, ItemForm, MinutesForm, TalkForm
from web.programmes import title_of

bp = Blueprint("agenda", __name__, url_prefix="/events/<public_id>/agenda")


@bp.route("")
@allow("event.edit", Event)
def edit(event: Event) -> ResponseReturnValue:
    """The programme as it is being arranged, what speaks against it, and what can be added."""
    return _page(event, TalkForm(data={"minutes": 10})), 200


@bp.route("/achievements", methods=["POST"])
@allow("event.edit", Event)
def add(event: Event) -> ResponseReturnValue:
    """Put the ticked achievements at the end."""
    chosen = queries.achievements(db(), request.form.getlist("achievement"))
    if not chosen:
        raise Invalid(N_("Tick at least one achievement."))
    actions.add_pitches(db(), event, by=actor(), achievements=chosen)
    return _back(event)


@bp.route("/talk", methods=["POST"])
@allow("event.edit", Event)
def talk(event: Event) -> ResponseReturnValue:
    form = TalkForm()
    plan = drafts.working_plan(db(), event)
    form.offer(event, [(one.key, one.title) for one in plan], queries.speakers(db(), event, plan))
    if form.validate_on_submit():
        with refusals(form):
            actions.add_other(
                db(),
                event,
                by=actor(),
                kind=AgendaKind(form.kind.data),
                title=form.title.data.strip(),
                minutes=form.minutes.data,
                room=form.room.data or "",
                speaker=queries.person(db(), form.person),
                speaker_name=form.typed_name,
                after=form.after.data or "",
            )
            return _back(event)
    return _page(event, form), 422


@bp.route("/frame", methods=["POST"])
@allow("event.edit", Event)
def frame(event: Event) -> ResponseReturnValue:
    """The usual opening and closing (FACTS 4.1), around what is there."""
    opening = [(_("Check-in"), 30), (_("Opening"), 10), (_("Welcome address"), 5), (_("How the day works"), 15)]
    actions.add_frame(db(), event, by=actor(), opening=opening, closing=[(_("Summary and experts’ remarks"), 15)])
    return _back(event)


@bp.route("/minutes", methods=["POST"])
@allow("event.edit", Event)
def minutes(event: Event) -> ResponseReturnValue:
    """Another length for the ticked pitches, or for all."""
    pitch, _plus, questions = request.form.get("length", "").partition("+")
    if not (pitch.isdecimal() and questions.isdecimal()):
        raise Invalid(N_("Please choose one of the lengths."))
    ticked = request.form.get("which") == "ticked"
    chosen = request.form.getlist("item") if ticked else []
    if ticked and not chosen:
        raise Invalid(N_("Tick at least one pitch."))
    actions.set_minutes(db(), event, chosen, by=actor(), pitch=int(pitch[:4]), questions=int(questions[:4]))
    return _back(event)


@bp.route("/undo", methods=["POST"])
@allow("event.edit", Event)
def undo(event: Event) -> ResponseReturnValue:
    act = actions.undo(db(), event, by=actor(), revision=_number("revision"))
    flash(_("Taken back: %(act)s.", act=_(act)), "success")
    return _back(event)


@bp.route("/<key>", methods=["GET", "POST"])
@allow("event.edit", Event)
def item(event: Event, key: str) -> ResponseReturnValue:
    """Time, minutes, room and speaker of one item."""
    plan = drafts.working_plan(db(), event)
    found = _item(event, key, plan)
    row = next(row for row in drafts.rows_of(event, plan, drafts.facts(db(), event, plan)) if row.key == key)
    people = queries.speakers(db(), event, plan, found)
    form = ItemForm.of(event, found, row, {one.id: one.public_id for one in people})
    form.offer(event, found, people)
    if form.validate_on_submit():
        with refusals(form):
            actions.change(
                db(),
                event,
                key,
                by=actor(),
                revision=form.revision.data or 0,
                pitch_minutes=form.pitch_minutes.data,
                questions_minutes=form.questions_minutes.data,
                room=form.room.data or "",
                at=form.minute(event),
                speaker=queries.person(db(), form.person),
                speaker_name=form.typed_name,
                title=(form.title.data or "").strip(),
            )
            return _back(event, key)
    return render_template("agenda/item.html", form=form, event=event, item=row, title=title_of(row), other=OTHER), (
        422 if form.errors else 200
    )


@bp.route("/<key>/move", methods=["POST"])
@allow("event.edit", Event)
def move(event: Event, key: str) -> ResponseReturnValue:
    actions.move(db(), event, _item(event, key).key, by=actor(), up=request.form.get("to") == "up")
    return _back(event, key)


@bp.route("/<key>/place", methods=["POST"])
@allow("event.edit", Event)
def place(event: Event, key: str) -> ResponseReturnValue:
    """At a minute of the roadshow in a room: what dragging and the keyboard send."""
    room = request.form.get("room", "")[:80]
    at, revision = _number("at"), _number("revision")
    actions.place(db(), event, _item(event, key).key, by=actor(), room=room, at=at, revision=revision)
    return _back(event)


@bp.route("/<key>/remove", methods=["POST"])
@allow("event.edit", Event)
def remove(event: Event, key: str) -> ResponseReturnValue:
    actions.remove(db(), event, _item(event, key).key, by=actor())
    flash(_("The item is taken out; what follows moved forward."), "success")
    return _back(event)


def _page(event: Event, form: TalkForm) -> str:
    plan, text = drafts.working_plan(db(), event), request.args.get("q", "").strip()[:100]
    facts = drafts.facts(db(), event, plan)
    clashes = drafts.clashes_of(event, plan, facts)
    rows = drafts.rows_of(event, plan, facts)
    form.offer(event, [(row.key, title_of(row)) for row in rows], queries.speakers(db(), event, plan))
    steps = drafts.lately(db(), event.id)
    return render_template(
        "agenda/edit.html",
        event=event,
        form=form,
        minutes=MinutesForm.of(event, PITCHES),
        rows=[{"title": title_of(row), "row": row} for row in rows],
        boards=boards(event, rows),
        nameless=sum(row.kind is AgendaKind.PITCH and not row.speaker_name for row in rows),
        clashes=[said(clash) for clash in clashes],
        concerned={key: clash.level for clash in reversed(clashes) for key in clash.keys},
        changes=len(drafts.unpublished(db(), event)),
        steps=steps,
        undoable=len(steps) > 1 and steps[0].version is None,
        q=text,
        candidates=queries.candidates(db(), {one.achievement_id for one in plan if one.achievement_id}, text),
        most=queries.FOUND_AT_MOST,
    )


def _item(event: Event, key: str, plan: Plan | None = None) -> Item:
    plan = drafts.working_plan(db(), event) if plan is None else plan
    return next((one for one in plan if one.key == key), None) or abort(404)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(N_("Something is missing in what was sent. Reload the page and try again."))
    return int(text)


def _back(event: Event, key: str | None = None) -> ResponseReturnValue:
    anchor = f"item-{key}" if key else None
    return redirect(url_for("agenda.edit", public_id=event.public_id, _anchor=anchor), 303)
