"""An organizer sets the terms under which people register for a roadshow."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import registration_terms as actions
from models.queries.registrations import terms_of
from models.tables import Event
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.base import row_buttons
from web.forms.registrations import TermsForm, data_of

bp = Blueprint("registration_terms", __name__)


@bp.route("/events/<public_id>/registrations/terms", methods=["GET", "POST"])
@allow("event.registrations", Event)
def edit(event: Event) -> ResponseReturnValue:
    form = TermsForm(data=data_of(terms_of(db(), event.id)))
    if row_buttons(form):
        return render_template("registration_terms/edit.html", form=form, event=event)
    if form.validate_on_submit():
        with refusals(form):
            actions.set_terms(db(), event, by=actor(), revision=form.revision.data or 0, **form.values())
            flash(_("Saved."), "success")
            return redirect(url_for("registrations.index", public_id=event.public_id), 303)
    return render_template("registration_terms/edit.html", form=form, event=event), (422 if form.errors else 200)
