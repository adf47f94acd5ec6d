"""Bookings: book a slot or a seat, wait, the thread of one, answer, cancel."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import bookings as actions
from models.base import utcnow
from models.enums import Side
from models.queries import bookings as queries
from models.queries.people import people
from models.tables import Booking, MatchSession
from web.auth import actor, allow
from web.calendars import calendar_file, download_calendar
from web.database import db
from web.display import moment
from web.errors import refusals
from web.forms.bookings import BookingForm, CancelForm, ConfirmForm, DeclineForm, SeatForm, WaitForm
from web.i18n import locale
from web.meetings import (
    Wanted,
    ask_first,
    entry_of_booking,
    form_page,
    is_group,
    kept_away,
    moment_of,
    own_organisations,
    page_of,
    places_of,
    slot_groups,
    spoken,
    wanted,
)
from web.site import site

bp = Blueprint("bookings", __name__)
bp.add_app_template_global(spoken)


@bp.route("/bookings")
@allow("booking.list")
def index() -> ResponseReturnValue:
    """Bookings of one's organisations on either side; an organizer's page shows all."""
    past = bool(request.args.get("past"))
    page = queries.listing(
        db(),
        organisation_ids=None if actor().organizer else own_organisations(),
        now=utcnow(),
        past=past,
        after=request.args.get("after", ""),
    )
    return render_template("bookings/index.html", page=page, past=past, own=own_organisations())


@bp.route("/sessions/<public_id>/book", methods=["GET", "POST"])
@allow("booking.create", MatchSession)
def new(match_session: MatchSession) -> ResponseReturnValue:
    """Book: for which organisation and with which achievement is asked first where it is not clear, then the rest."""
    want = wanted(match_session)
    if want.seeker is None or (want.achievement is None and not is_group(match_session)):
        return ask_first(match_session, want)
    if is_group(match_session):
        return _seat(match_session, want)
    assert want.achievement is not None
    form = BookingForm(slot=request.args.get("slot"))
    form.offer_people(people(db(), want.seeker.id), chosen=[actor().person_id])
    form.offer_hosts(
        queries.whom_to_meet(db(), match_session, want.achievement),
        own=match_session.owner_id is not None,
        chosen=request.args.get("host", ""),
    )
    only_looks = "again" in request.form  # at the times of the people ticked
    if not only_looks and form.validate_on_submit():
        with refusals(form):
            begins = moment_of(form.slot.data)
            booking = actions.book(
                db(),
                match_session,
                by=actor(),
                seeker_id=want.seeker.id,
                achievement=want.achievement,
                slot=queries.slot_at(db(), match_session, begins) if begins else None,
                attendees=form.chosen,
                asked_for=form.host,
                note=form.note.data or "",
            )
            flash(_("The slot is held for you. The owner has been asked to confirm."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    groups = slot_groups(
        places_of(match_session, want.achievement), kept_away(match_session, want.achievement, form.who_comes)
    )
    return form_page("bookings/new.html", match_session, want, form, groups=groups)


def _seat(match_session: MatchSession, want: Wanted) -> ResponseReturnValue:
    form = SeatForm()
    form.offer_people(people(db(), want.seeker.id), chosen=[actor().person_id])
    if form.validate_on_submit():
        with refusals(form):
            common = {
                "by": actor(),
                "seeker_id": want.seeker.id,
                "attendees": form.chosen,
                "note": form.note.data or "",
            }
            booking = actions.take_seat(db(), match_session, **common)
            flash(_("The seat is yours."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    return form_page("bookings/seat.html", match_session, want, form, places=places_of(match_session))


@bp.route("/sessions/<public_id>/wait", methods=["GET", "POST"])
@allow("booking.create", MatchSession)
def wait(match_session: MatchSession) -> ResponseReturnValue:
    """Join the waiting list for a slot, for any slot, or for a seat."""
    want = wanted(match_session)
    if want.seeker is None or (want.achievement is None and not is_group(match_session)):
        return ask_first(match_session, want)
    form = WaitForm(data={"slot": request.args.get("slot", "")})
    form.offer_people(people(db(), want.seeker.id), chosen=[actor().person_id])
    places = places_of(match_session, want.achievement)
    form.offer_slots([(row.value, moment(row.starts_at)) for row in places.rows if not row.past and not row.free])
    if form.validate_on_submit():
        with refusals(form):
            begins = moment_of(form.slot.data)
            booking = actions.wait(
                db(),
                match_session,
                by=actor(),
                seeker_id=want.seeker.id,
                attendees=form.chosen,
                achievement=want.achievement,
                slot=queries.slot_at(db(), match_session, begins) if begins else None,
                note=form.note.data or "",
            )
            flash(_("You are on the waiting list. You get a mail when a place is yours."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    return form_page("bookings/wait.html", match_session, want, form, places=places)


@bp.route("/bookings/<public_id>")
@allow("booking.read", Booking)
def show(booking: Booking) -> ResponseReturnValue:
    """One booking: what comes next, both sides, what happened."""
    return render_template("bookings/show.html", form=CancelForm(revision=booking.revision), **page_of(booking))


@bp.route("/bookings/<public_id>/confirm", methods=["GET", "POST"])
@allow("booking.answer", Booking)
def confirm(booking: Booking) -> ResponseReturnValue:
    """The owner names who comes."""
    form = ConfirmForm(revision=booking.revision)
    asked = [one.person_id for one in booking.attendees if one.side is Side.PROVIDER]
    contact = booking.achievement.contact_id if booking.achievement else None
    form.offer_people(people(db(), booking.provider_id or 0), chosen=asked or [contact])
    if form.validate_on_submit():
        with refusals(form):
            actions.confirm(db(), booking, by=actor(), attendees=form.chosen, revision=form.revision.data)
            flash(_("Confirmed. Both sides get a mail with a calendar entry."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    return render_template("bookings/confirm.html", form=form, **page_of(booking)), (422 if form.errors else 200)


@bp.route("/bookings/<public_id>/decline", methods=["GET", "POST"])
@allow("booking.answer", Booking)
def decline(booking: Booking) -> ResponseReturnValue:
    form = DeclineForm(revision=booking.revision)
    form.reason.choices = site().choices("stop_reason", locale())
    if form.validate_on_submit():
        with refusals(form):
            note, revision = form.note.data or "", form.revision.data
            actions.decline(db(), booking, by=actor(), reason=form.reason.data, note=note, revision=revision)
            flash(_("Declined. They are told why."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    return render_template("bookings/decline.html", form=form, **page_of(booking)), (422 if form.errors else 200)


@bp.route("/bookings/<public_id>/cancel", methods=["POST"])
@allow("booking.cancel", Booking)
def cancel(booking: Booking) -> ResponseReturnValue:
    form = CancelForm(revision=booking.revision)
    if form.validate_on_submit():
        with refusals(form):
            actions.cancel(db(), booking, by=actor(), reason=form.reason.data or "", revision=form.revision.data)
            flash(_("Cancelled. The others are told by mail."), "success")
            return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
    return render_template("bookings/show.html", form=form, **page_of(booking)), 422


@bp.route("/bookings/<public_id>/calendar.ics")
@allow("booking.read", Booking)
def calendar(booking: Booking) -> ResponseReturnValue:
    text = calendar_file([entry_of_booking(booking)], organiser=site().settings["organiser_name"])
    return download_calendar(f"{booking.match_session.title}.ics", text)
