"""The call for a roadshow's projects: its public page, and an organizer opens, changes and closes it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import calls as actions
from models.base import utcnow
from models.queries import selection as queries
from models.queries.scoring import any_given
from models.tables import Event
from web.auth import actor, allow
from web.calls import call_of, on_page_of
from web.database import db
from web.errors import refusals
from web.forms.base import row_buttons
from web.forms.selection import CallForm, call_data

bp = Blueprint("calls", __name__)


@bp.route("/events/<public_id>/call")
@allow("event.read", Event)
def show(event: Event) -> ResponseReturnValue:
    """What is asked for, until when, by what it is chosen; and the reader's own applications."""
    return render_template("calls/show.html", event=event, found=on_page_of(event) or abort(404))


@bp.route("/events/<public_id>/call/edit", methods=["GET", "POST"])
@allow("call.edit", Event)
def edit(event: Event) -> ResponseReturnValue:
    """Open the call, or change it."""
    call = queries.call_of(db(), event.id)
    form = CallForm(data=call_data(call))
    if request.method == "POST" and row_buttons(form):
        return render_template("calls/edit.html", event=event, call=call, form=form, scored=False, takes=False)
    if form.validate_on_submit():
        with refusals(form):
            if call is None:
                actions.open_call(db(), event, by=actor(), **form.values())
                flash(_("The call is open. It stands on the page of the roadshow."), "success")
            else:
                actions.edit(db(), call, by=actor(), revision=form.revision.data or 0, **form.values())
                flash(_("Saved."), "success")
            return redirect(url_for("selection.index", public_id=event.public_id), 303)
    call = queries.call_of(db(), event.id)
    scored = call is not None and any_given(db(), call.id)
    page = render_template(
        "calls/edit.html",
        event=event,
        call=call,
        form=form,
        scored=scored,
        takes=call is not None and call.takes(utcnow()),
    )
    return page, 422 if form.errors else 200


@bp.route("/events/<public_id>/call/close", methods=["POST"])
@allow("call.edit", Event)
def close(event: Event) -> ResponseReturnValue:
    actions.close(db(), call_of(event), by=actor())
    flash(_("The call is closed. Now the scorers get their applications."), "success")
    return redirect(url_for("selection.index", public_id=event.public_id), 303)
