"""An organizer arranges a roadshow's programme: everything works by buttons, without script."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import agenda as actions
from models.enums import AgendaKind
from models.errors import N_, Invalid
from models.queries import agenda as queries
from models.tables import AgendaItem, Event
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.events import ItemForm, TalkForm, rooms_of
from web.programmes import title_of

bp = Blueprint("agenda", __name__, url_prefix="/events/<public_id>/agenda")
OTHER = "other"


@bp.route("")
@allow("event.edit", Event)
def edit(event: Event) -> ResponseReturnValue:
    """The programme as it stands, what contradicts it, and what can be added."""
    form = TalkForm(data={"minutes": 10})
    return _page(event, form), 200


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
    form.room.choices = rooms_of(event, _("For everybody"))
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
                speaker_name=(form.speaker_name.data or "").strip(),
            )
            return _back(event)
    return _page(event, form), 422


@bp.route("/<int(max=2147483647):item_id>", methods=["GET", "POST"])
@allow("event.edit", Event)
def item(event: Event, item_id: int) -> ResponseReturnValue:
    """Minutes, room and speaker of one item."""
    found = _item(event, item_id)
    people = queries.speakers(db(), found)
    form = ItemForm(data=_data_of(found, event, {row.id: row.public_id for row in people}))
    form.room.choices = rooms_of(event, _("For everybody"), now=found.room)
    named = [(row.public_id, " · ".join(part for part in (row.name, row.title) if part)) for row in people]
    form.speaker.choices = [("", _("Not said yet")), *named, (OTHER, _("Somebody else"))]
    if form.validate_on_submit():
        with refusals(form):
            other = form.speaker.data == OTHER or found.kind is not AgendaKind.PITCH
            known = {row.public_id for row in people}
            actions.change(
                db(),
                event,
                found,
                by=actor(),
                revision=form.revision.data or 0,
                pitch_minutes=form.pitch_minutes.data,
                questions_minutes=form.questions_minutes.data,
                room=form.room.data or "",
                speaker=queries.person(db(), form.speaker.data) if form.speaker.data in known else None,
                speaker_name=(form.speaker_name.data or "").strip() if other else "",
                title=(form.title.data or "").strip() or found.title,
            )
            return _back(event)
    row = next(row for row in queries.programme(db(), event.id) if row.id == found.id)
    return render_template("agenda/item.html", form=form, event=event, item=found, title=title_of(row), other=OTHER), (
        422 if form.errors else 200
    )


@bp.route("/<int(max=2147483647):item_id>/move", methods=["POST"])
@allow("event.edit", Event)
def move(event: Event, item_id: int) -> ResponseReturnValue:
    actions.move(db(), event, _item(event, item_id), by=actor(), up=request.form.get("to") == "up")
    return _back(event, item_id)


@bp.route("/<int(max=2147483647):item_id>/remove", methods=["POST"])
@allow("event.edit", Event)
def remove(event: Event, item_id: int) -> ResponseReturnValue:
    actions.remove(db(), event, _item(event, item_id), by=actor())
    flash(_("The item is taken out; what follows moved forward."), "success")
    return _back(event)


def _page(event: Event, form: TalkForm) -> str:
    form.room.choices = rooms_of(event, _("For everybody"))
    rows, text = queries.programme(db(), event.id), request.args.get("q", "").strip()[:100]
    clashes = queries.found_clashes(db(), event, rows)
    return render_template(
        "agenda/edit.html",
        event=event,
        form=form,
        rows=[{"title": title_of(row), "row": row} for row in rows],
        clashes=[_(clash.trouble.value, **clash.params) for clash in clashes],
        concerned={key for clash in clashes for key in clash.keys},
        q=text,
        candidates=queries.candidates(db(), event.id, text),
        most=queries.FOUND_AT_MOST,
    )


def _item(event: Event, item_id: int) -> AgendaItem:
    return queries.item(db(), event.id, item_id) or abort(404)


def _data_of(item: AgendaItem, event: Event, people: dict[int, str]) -> dict[str, object]:
    person = people.get(item.speaker_id or 0, "")
    return {
        "revision": event.revision,
        "title": item.title,
        "pitch_minutes": item.pitch_minutes,
        "questions_minutes": item.questions_minutes,
        "room": item.room,
        "speaker": person or (OTHER if item.speaker_name else ""),
        "speaker_name": "" if person else item.speaker_name,
    }


def _back(event: Event, item_id: int | None = None) -> ResponseReturnValue:
    anchor = f"item-{item_id}" if item_id else None
    return redirect(url_for("agenda.edit", public_id=event.public_id, _anchor=anchor), 303)
