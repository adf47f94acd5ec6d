"""After a meeting: one tap says how it was, from the booking's page."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import outcomes as actions
from models.enums import Side
from models.errors import N_, Invalid
from models.tables import Booking
from web.auth import actor, allow
from web.database import db
from web.outcomes import SAID

bp = Blueprint("outcomes", __name__)


@bp.route("/bookings/<public_id>/outcome", methods=["POST"])
@allow("booking.outcome", Booking)
def say(booking: Booking) -> ResponseReturnValue:
    """Note what a side says; a next step is planned on the page that follows."""
    said, side = request.form.get("said", ""), request.form.get("side", "")
    if said not in SAID or side not in set(Side):
        raise Invalid(N_("Please choose one of the answers on the meeting's page."))
    result, useful = SAID[said]
    actions.say(db(), booking, by=actor(), side=Side(side), result=result, useful=useful)
    if said == "next_step" and booking.engagement is not None:
        flash(_("Noted. Now say what comes next, who does it and until when."), "success")
        return redirect(url_for("next_steps.plan", public_id=booking.engagement.public_id), 303)
    flash(_("Noted. Thank you."), "success")
    return redirect(url_for("bookings.show", public_id=booking.public_id), 303)
