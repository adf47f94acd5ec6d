"""My day at a roadshow, by a personal link or by account: registration, talks, meetings; cancel, answer, calendar."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import bookings, registrations, seats
from models.actions.booking_mails import attending
from models.base import utcnow
from models.enums import BookingState, LinkKind, Side
from models.queries import event_day as queries
from models.queries import event_links
from models.queries.event_day import Holder
from models.tables import Booking, Registration
from web.auth import public
from web.calendars import calendar_file, download_calendar
from web.database import db
from web.days import entries_of_day
from web.event_links import acting, announced, back_to_day, private, remember, stop_reason, sure_holder
from web.event_links import holder as holder_of
from web.forms.meeting_wishes import STRENGTHS
from web.i18n import locale
from web.outcomes import taps
from web.programmes import title_of
from web.registering import can_come, takes_seat
from web.security import limiter
from web.sharing import qr_code, registration_address
from web.site import site

bp = Blueprint("event_day", __name__)
bp.after_request(private)


@bp.route("/day/<token>")
@public
@limiter.limit("30 per hour", deduct_when=lambda response: response.status_code == 410)
def enter(token: str) -> ResponseReturnValue:
    """Open a link out of a mail: a person's day, or a door. What follows has addresses without the token."""
    link = event_links.by_token(db(), token, now=utcnow())
    if link is None:
        return render_template("event_day/enter.html"), 410
    remember(link)
    where = "event_day.show" if link.kind is LinkKind.DAY else "door.show"
    return redirect(url_for(where, public_id=link.event_public_id), 303)


@bp.route("/events/<public_id>/my-day")
@public
def show(public_id: str) -> ResponseReturnValue:
    event = announced(public_id)
    holder = holder_of(event)
    if holder is None:
        flash(_("Open your day by the link in your mail, or log in."), "info")
        return redirect(url_for("events.show", public_id=public_id), 303)
    day = queries.day(db(), holder)
    return render_template(
        "event_day/show.html",
        event=event,
        holder=holder,
        day=day,
        coming=can_come(event),
        takes_seat=day.registration is not None and takes_seat(event, day.registration),
        title_of=title_of,
        now=utcnow(),
        strengths=STRENGTHS,
        taps=taps(),
        taps_of_seat=taps(seat=True),
        reasons=site().choices("stop_reason", locale()),
    )


@bp.route("/events/<public_id>/my-day/calendar.ics")
@public
def calendar(public_id: str) -> ResponseReturnValue:
    event = announced(public_id)
    holder = sure_holder(event)
    entries = entries_of_day(event, queries.day(db(), holder))
    return download_calendar(f"{event.title}.ics", calendar_file(entries, organiser=site().settings["organiser_name"]))


@bp.route("/events/<public_id>/my-day/ticket.svg")
@public
def ticket(public_id: str) -> ResponseReturnValue:
    """The code that is read at the door."""
    registration = _registration(sure_holder(announced(public_id)))
    return qr_code(registration_address(registration.public_id))


@bp.route("/events/<public_id>/my-day/cancel", methods=["POST"])
@public
def cancel(public_id: str) -> ResponseReturnValue:
    holder = sure_holder(announced(public_id))
    registrations.cancel(db(), _registration(holder), by=acting(holder))
    return back_to_day(public_id, _("Your registration is cancelled. Thank you for telling us."))


@bp.route("/events/<public_id>/my-day/accept", methods=["POST"])
@public
def accept(public_id: str) -> ResponseReturnValue:
    """Take the seat that is offered."""
    holder = sure_holder(announced(public_id))
    seats.accept(db(), _registration(holder), by=acting(holder))
    return back_to_day(public_id, _("You are registered."))


@bp.route("/events/<public_id>/my-day/meetings/<booking>/<answer>", methods=["POST"])
@public
def meeting(public_id: str, booking: str, answer: str) -> ResponseReturnValue:
    """Confirm, decline (the owner's side, while it waits) or cancel a meeting that one attends."""
    holder = sure_holder(announced(public_id))
    found = queries.own_meeting(db(), holder, booking)
    if found is None or answer not in ("confirm", "decline", "cancel"):
        abort(404)
    said = _answer(holder, *found, answer)
    return back_to_day(public_id, said)


def _answer(holder: Holder, booking: Booking, side: Side, answer: str) -> str:
    by = acting(holder)
    revision, note = request.form.get("revision", type=int), request.form.get("reason", "").strip()
    if answer == "cancel":
        bookings.cancel(db(), booking, by=by, reason=note, revision=revision)
        return _("The meeting is cancelled. The others are told by mail.")
    if side is not Side.PROVIDER or booking.state is not BookingState.PENDING or not by.acts_for(booking.provider_id):
        abort(404)
    if answer == "decline":
        bookings.decline(db(), booking, by=by, reason=stop_reason("why"), note=note, revision=revision)
        return _("The meeting is declined. The others are told by mail.")
    people = {*attending(booking, Side.PROVIDER), holder.person_id or 0}
    bookings.confirm(db(), booking, by=by, attendees=people, revision=revision)
    return _("The meeting is confirmed.")


def _registration(holder: Holder) -> Registration:
    found = db().get(Registration, holder.registration_id) if holder.registration_id else None
    return found if found is not None else abort(404)
