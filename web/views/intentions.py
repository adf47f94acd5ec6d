"""Intentions at a roadshow: the page that a talk's code opens, the organizer's list and desk, sending one on."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import intentions as actions
from models.enums import IntentionKind, IntentionWay
from models.queries import asking
from models.queries import intentions as queries
from models.queries.registrations import of_event, offered_achievement, offered_achievements
from models.tables import Achievement, Event, Intention, Organisation, Registration
from web.auth import actor, allow, public
from web.database import db
from web.entering import somebody, unlimited
from web.errors import refusals
from web.event_links import announced, private
from web.excel import workbook, yuan
from web.forms.intentions import EnterIntentForm, IntentForm, SendForm
from web.i18n import label, zone
from web.intending import Recorder, purpose_of, recorder, visitor_of
from web.security import limiter
from web.sharing import qr_code, talk_address

bp = Blueprint("intentions", __name__)
bp.after_request(private)


@bp.route("/events/<public_id>/talks/<achievement>/intend", methods=["GET", "POST"])
@public
@limiter.limit("60 per minute", methods=["POST"], exempt_when=unlimited)
def intend(public_id: str, achievement: str) -> ResponseReturnValue:
    """Two taps: what one intends, and that it is recorded."""
    event = announced(public_id)
    pitch = offered_achievement(db(), event.id, achievement) or abort(404)
    who, form = recorder(event), IntentForm()
    form.offer(who.senders)
    if who and form.validate_on_submit():
        with refusals(form):
            made, new = _record(event, pitch, who, form)
            return render_template("intentions/intend.html", event=event, pitch=pitch, who=who, made=made, new=new)
    page = {"event": event, "pitch": pitch, "who": who, "form": form, "made": _known(event, pitch, who), "new": False}
    return render_template("intentions/intend.html", **page), (422 if form.errors else 200)


def _known(event: Event, pitch: Any, who: Recorder) -> Intention | None:
    if who.registration is not None:
        return queries.of_pair(db(), event.id, pitch.id, registration_id=who.registration.id)
    return (
        queries.of_pair(db(), event.id, pitch.id, organisation_id=who.senders[0].id) if len(who.senders) == 1 else None
    )


def _record(event: Event, pitch: Any, who: Recorder, form: IntentForm) -> tuple[Intention, bool]:
    kind, note = IntentionKind(form.kind.data), form.note.data or ""
    shares, wanted = bool(form.shares_contact.data), form.wanted()
    said: dict[str, Any] = {"kind": kind, "note": note, "wanted": wanted, "shares_contact": shares}
    achievement = db().get_one(Achievement, pitch.id)
    if who.registration is not None:
        return actions.by_registration(
            db(), who.registration, achievement, by=somebody(), way=IntentionWay.CODE, **said
        )
    sender = next((one for one in who.senders if one.public_id == form.sender.data), who.senders[0])
    purpose = purpose_of(event, kind, note, wanted)
    return actions.by_member(
        db(), event, achievement, by=actor(), sender_id=sender.id, purpose=purpose, zone=zone(), **said
    )


@bp.route("/events/<public_id>/talks/<achievement>/take-back", methods=["POST"])
@public
def take_back(public_id: str, achievement: str) -> ResponseReturnValue:
    """The wrong kind was tapped; it can be recorded anew as long as nobody has sent it on."""
    event = announced(public_id)
    pitch = offered_achievement(db(), event.id, achievement) or abort(404)
    who = recorder(event)
    made = (_known(event, pitch, who) if who.registration is not None else None) or abort(404)
    actions.take_back(db(), made, by=somebody())
    flash(_("Taken back. You can record another one."), "success")
    return redirect(url_for("intentions.intend", public_id=public_id, achievement=achievement), 303)


@bp.route("/events/<public_id>/talks/<achievement>/qr.svg")
@public
def qr(public_id: str, achievement: str) -> ResponseReturnValue:
    """The code of a talk, for the hall's screen and the sign at the door."""
    event = announced(public_id)
    pitch = offered_achievement(db(), event.id, achievement) or abort(404)
    return qr_code(talk_address(event.public_id, pitch.public_id))


@bp.route("/events/<public_id>/intentions")
@allow("event.registrations", Event)
def index(event: Event) -> ResponseReturnValue:
    rows = queries.of_event(db(), event.id)
    pitches = offered_achievements(db(), event.id)
    return render_template("intentions/index.html", event=event, rows=rows, pitches=pitches)


@bp.route("/events/<public_id>/intentions/export", methods=["POST"])
@allow("event.registrations", Event)
def export(event: Event) -> ResponseReturnValue:
    head = [_("Number"), _("Recorded at"), _("Who"), _("Organisation"), _("Achievement"), _("Owner"), _("Intention"),
            _("Note"), _("Budget from (yuan)"), _("Budget to (yuan)"), _("Wanted"), _("Way"), _("Agreed to pass on contact"), _("Request for contact")]  # fmt: skip
    rows = (
        (row.public_id, row.created_at, row.who, row.organisation_name, row.achievement, row.owner, label(row.kind),
         row.note, yuan(row.budget_min), yuan(row.budget_max), label(row.wanted_within), label(row.way), _("Yes") if row.shares_contact else _("No"), row.request)
        for row in queries.of_event(db(), event.id)
    )  # fmt: skip
    return workbook(_("Intentions at %(title)s", title=event.title), head, rows)


@bp.route("/events/<public_id>/intentions/enter", methods=["GET", "POST"])
@allow("event.registrations", Event)
def enter(event: Event) -> ResponseReturnValue:
    """The organizer's desk enters what a visitor says."""
    form, text = EnterIntentForm(), request.values.get("q", "").strip()[:60]
    form.offer_rows(queries.visitors(db(), event.id, text), offered_achievements(db(), event.id))
    if form.validate_on_submit():
        with refusals(form):
            registration = next(iter(of_event(db(), event.id, [form.registration.data])), None) or abort(404)
            new = _enter(event, registration, form)
            flash(_("The intention is recorded.") if new else _("This intention was recorded before."), "success")
            return redirect(url_for("intentions.index", public_id=event.public_id), 303)
    return render_template("intentions/enter.html", event=event, form=form, text=text), (422 if form.errors else 200)


def _enter(event: Event, registration: Registration, form: EnterIntentForm) -> bool:
    pitch = offered_achievement(db(), event.id, form.achievement.data) or abort(404)
    _made, new = actions.by_registration(
        db(), registration, db().get_one(Achievement, pitch.id), by=actor(), kind=IntentionKind(form.kind.data),
        way=IntentionWay.DESK, note=form.note.data or "", wanted=form.wanted(),
        shares_contact=bool(form.shares_contact.data),
    )  # fmt: skip
    return new


@bp.route("/intentions/<public_id>", methods=["GET", "POST"])
@allow("intention.read", Intention)
def show(intention: Intention) -> ResponseReturnValue:
    """One intention; its organisation, or the organizer in some organisation's name, sends it on."""
    sender, candidates = _sender(intention)
    form = SendForm()
    form.offer(asking.persons(db(), sender.id) if sender else [], actor().person_id)
    if sender is not None and form.validate_on_submit():
        with refusals(form):
            note, who = intention.note, visitor_of(intention)
            asked = actions.send(
                db(), intention, by=actor(), sender_id=sender.id, asked_by_id=form.asked_by.data,
                purpose=purpose_of(intention.event, intention.kind, note, intention, who),
                share_contact=bool(form.share_contact.data), zone=zone(),
            )  # fmt: skip
            flash(_("The request is on its way."), "success")
            return redirect(url_for("requests.show", public_id=asked.public_id), 303)
    row, who = queries.one(db(), intention.id), visitor_of(intention)
    return render_template(
        "intentions/show.html",
        event=intention.event,
        row=row,
        form=form,
        sender=sender,
        candidates=candidates,
        who=who,
    ), (422 if form.errors else 200)


def _sender(intention: Intention) -> tuple[Organisation | None, list[Any]]:
    """In whose name it is sent: the organisation known, else the one an organizer finds by name."""
    if intention.organisation is not None:
        return intention.organisation, []
    if found := asking.sender(db(), request.values.get("sender", "")):
        return found, []
    name = request.values.get("q", "").strip()[:60]
    return None, list(asking.senders(db(), actor(), name=name)) if name else []


@bp.route("/intentions/<public_id>/drop", methods=["POST"])
@allow("intention.send", Intention)
def drop(intention: Intention) -> ResponseReturnValue:
    actions.drop(db(), intention, by=actor())
    flash(_("The intention is not sent on."), "info")
    return redirect(url_for("intentions.show", public_id=intention.public_id), 303)
