"""Who comes to a confirmed meeting: one more, or somebody instead."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import booking_people as actions
from models.base import utcnow
from models.enums import Side
from models.queries import booking_people as queries
from models.rules.policy import speaks_for
from models.tables import Booking, Person
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.booking_people import BringForm, TakeOffForm
from web.meetings import times_of

bp = Blueprint("booking_people", __name__)


@bp.route("/bookings/<public_id>/people", methods=["GET", "POST"])
@allow("booking.people", Booking)
def edit(booking: Booking) -> ResponseReturnValue:
    """Who is at the table, and whom the reader may ask to come too."""
    form = BringForm(revision=booking.revision)
    form.offer(queries.could_come(db(), booking, actor()))
    if form.validate_on_submit():
        with refusals(form):
            person, side = form.chosen
            found = db().get_one(Person, person)
            actions.bring(db(), booking, by=actor(), person=found, side=side, revision=form.revision.data)
            flash(_("Added. Everybody who comes is told by mail."), "success")
            return redirect(url_for("booking_people.edit", public_id=booking.public_id), 303)
    there = queries.at_table(db(), booking)
    page = render_template(
        "booking_people/edit.html",
        booking=booking,
        form=form,
        there=there,
        removable={one.public_id for one in there if speaks_for(actor(), booking, one.side)},
        begun=times_of(booking)[0] <= utcnow(),
        names={Side.SEEKER: booking.seeker.name, Side.PROVIDER: booking.provider.name if booking.provider else ""},
    )
    return page, (422 if form.errors or form.form_errors else 200)


@bp.route("/bookings/<public_id>/people/<person>/take-off", methods=["POST"])
@allow("booking.people", Booking)
def take_off(booking: Booking, person: str) -> ResponseReturnValue:
    found = next((one for one in queries.at_table(db(), booking) if one.public_id == person), None)
    form = TakeOffForm()
    if found is None or not form.validate_on_submit():
        abort(404)
    if not speaks_for(actor(), booking, found.side):
        abort(403)
    gone = db().get_one(Person, found.id)
    actions.take_off(db(), booking, by=actor(), person=gone, revision=form.revision.data)
    flash(_("Taken off. They and the others are told by mail."), "success")
    return redirect(url_for("booking_people.edit", public_id=booking.public_id), 303)
