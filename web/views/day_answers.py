"""What somebody answers from their day at a roadshow: how a meeting was, its next step, wishes to meet, whether they come to speak."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import agenda_settings, meeting_wishes, next_steps, outcomes
from models.enums import Side
from models.errors import N_, Invalid
from models.queries import event_day as queries
from models.queries.event_day import Holder
from models.queries.next_steps import current
from models.rules.agenda import speaker_of
from models.tables import Booking, MeetingWish
from web.auth import public
from web.database import db
from web.display import today
from web.errors import refusals
from web.event_links import acting, announced, back_to_day, private, stop_reason, sure_holder
from web.forms.next_steps import OwnStepForm
from web.outcomes import SAID

bp = Blueprint("day_answers", __name__, url_prefix="/events/<public_id>/my-day")
bp.after_request(private)
A_WEEK = timedelta(days=7)


@bp.route("/meetings/<booking>/outcome", methods=["POST"])
@public
def outcome(public_id: str, booking: str) -> ResponseReturnValue:
    """One tap says how it was; a next step is planned on the page that follows."""
    holder, found, side = _meeting(public_id, booking)
    said = request.form.get("said", "")
    if said not in SAID:
        raise Invalid(N_("Please choose one of the answers on the meeting's page."))
    result, useful = SAID[said]
    outcomes.say(db(), found, by=acting(holder), side=side, result=result, useful=useful)
    if said == "next_step" and found.engagement is not None:
        flash(_("Noted. Now say what comes next and until when."), "success")
        return redirect(url_for("day_answers.next_step", public_id=public_id, booking=booking), 303)
    return back_to_day(public_id, _("Noted. Thank you."))


@bp.route("/meetings/<booking>/next-step", methods=["GET", "POST"])
@public
def next_step(public_id: str, booking: str) -> ResponseReturnValue:
    """What comes next: the person who plans it here does it."""
    holder, found, _side = _meeting(public_id, booking)
    engagement = found.engagement if found.engagement is not None else abort(404)
    if current(db(), engagement.id) is not None:
        flash(_("A next step stands already. It is changed in the engagement."), "info")
        return redirect(url_for("event_day.show", public_id=public_id), 303)
    form = OwnStepForm(data={"due_on": today() + A_WEEK})
    if form.validate_on_submit():
        with refusals(form):
            next_steps.plan(
                db(), engagement, by=acting(holder), text=form.text.data, person_id=holder.person_id or 0,
                due_on=form.due_on.data, today=today(),
            )  # fmt: skip
            return back_to_day(public_id, _("Planned. It stands on the desks of both sides until it is done."))
    return render_template("day_answers/next_step.html", event=announced(public_id), booking=found, form=form), (
        422 if form.errors else 200
    )


@bp.route("/wishes/<wish>/<answer>", methods=["POST"])
@public
def wish(public_id: str, wish: str, answer: str) -> ResponseReturnValue:
    """How much one wants to meet (3, 2, 1), or that one does not."""
    holder = sure_holder(announced(public_id))
    found, side = queries.own_wish(db(), holder, wish) or abort(404)
    if answer == "decline":
        _decline(holder, found, side)
        return back_to_day(public_id, _("Declined. It will not be placed in the timetable."))
    if answer not in map(str, meeting_wishes.STRENGTHS):
        abort(404)
    _accept(holder, found, side, int(answer))
    return back_to_day(public_id, _("Noted. The organizer's timetable takes it into account."))


@bp.route("/talks/<answer>", methods=["POST"])
@public
def speak(public_id: str, answer: str) -> ResponseReturnValue:
    """A speaker cannot come after all (no), or does (yes)."""
    event = announced(public_id)
    holder = sure_holder(event)
    if answer not in ("yes", "no") or holder.person_id is None or not queries.talks(db(), holder):
        abort(404)
    by, speaker = acting(holder), speaker_of(holder.person_id)
    if answer == "yes":
        agenda_settings.come_after_all(db(), event, by=by, speaker=speaker)
        return back_to_day(public_id, _("Noted: you come."))
    reason = request.form.get("reason", "")
    agenda_settings.call_off(db(), event, by=by, speaker=speaker, name=holder.name, reason=reason)
    return back_to_day(public_id, _("The organizers have been told that you cannot come."))


def _accept(holder: Holder, wish: MeetingWish, side: Side, strength: int) -> None:
    by, revision, me = acting(holder), request.form.get("revision", type=int), holder.person_id or 0
    if side is Side.PROVIDER:
        coming = [me, *wish.provider_beside]
        meeting_wishes.accept(db(), wish, by=by, strength=strength, attendees=coming, revision=revision)
        return
    meeting_wishes.wish(
        db(), wish.match_session, by=by, seeker_id=wish.seeker_id, achievement=wish.achievement, strength=strength,
        attendees=wish.seeker_people or [me], note=wish.answer_note,
    )  # fmt: skip


def _decline(holder: Holder, wish: MeetingWish, side: Side) -> None:
    revision = request.form.get("revision", type=int)
    meeting_wishes.decline(db(), wish, by=acting(holder), reason=stop_reason("reason"), side=side, revision=revision)


def _meeting(public_id: str, booking: str) -> tuple[Holder, Booking, Side]:
    """Whose day it is, and a meeting that they attend for an organisation that they are still in; else 404."""
    holder = sure_holder(announced(public_id))
    found, side = queries.own_meeting(db(), holder, booking) or abort(404)
    if not acting(holder).acts_for(found.side_id(side)):
        abort(404)
    return holder, found, side
