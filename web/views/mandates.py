"""Mandates: who may act for an organisation, given and ended by it; and what a technology manager holds."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import mandates as actions
from models.queries import people as queries
from models.queries.organisations import by_public_id
from models.tables import Organisation
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.people import MandateForm

bp = Blueprint("mandates", __name__)


@bp.route("/organisations/<public_id>/mandates", methods=["GET", "POST"])
@allow("organisation.manage", Organisation)
def index(organisation: Organisation) -> ResponseReturnValue:
    """Who acts for the organisation, and give a mandate."""
    form = MandateForm()
    given = queries.mandates(db(), organisation_id=organisation.id)
    acting = {row.broker_public_id for row in given if row.ended_at is None}
    form.broker.choices = [
        ("", _("Please choose")),
        *(
            (row.public_id, " · ".join(part for part in (row.name, row.title, row.organisation_name) if part))
            for row in queries.brokers(db())
            if row.public_id not in acting
        ),
    ]
    if form.validate_on_submit():
        with refusals(form):
            broker = queries.broker(db(), form.broker.data)
            if broker is None:
                abort(404)
            actions.give(db(), organisation, broker, by=actor())
            flash(_("%(name)s may act for your organisation from now on.", name=broker.name), "success")
            return redirect(url_for("mandates.index", public_id=organisation.public_id), 303)
    return (
        render_template("mandates/index.html", form=form, organisation=organisation, mandates=given),
        (422 if form.errors else 200),
    )


@bp.route("/organisations/<public_id>/mandates/<broker_id>/end", methods=["POST"])
@allow("organisation.manage", Organisation)
def end(organisation: Organisation, broker_id: str) -> ResponseReturnValue:
    mandate = queries.current_mandate(db(), organisation.id, broker_id)
    if mandate is None:
        abort(404)
    actions.end(db(), mandate, by=actor())
    flash(_("The mandate has ended."), "success")
    return redirect(url_for("mandates.index", public_id=organisation.public_id), 303)


@bp.route("/account/mandates")
@allow("account.own")
def mine() -> ResponseReturnValue:
    """For which organisations the reader may act."""
    return render_template("mandates/mine.html", mandates=queries.mandates(db(), broker_id=actor().person_id or 0))


@bp.route("/account/mandates/<public_id>/end", methods=["POST"])
@allow("account.own")
def give_up(public_id: str) -> ResponseReturnValue:
    """The technology manager does not act for an organisation any more."""
    organisation = by_public_id(db(), public_id)
    held = queries.mandates(db(), broker_id=actor().person_id or 0)
    own = next((row.broker_public_id for row in held if row.ended_at is None), None)
    mandate = queries.current_mandate(db(), organisation.id, own) if organisation and own else None
    if mandate is None:
        abort(404)
    actions.end(db(), mandate, by=actor())
    flash(_("The mandate has ended."), "success")
    return redirect(url_for("mandates.mine"), 303)
