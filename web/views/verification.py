"""Organisations as organizers verify them and administrators suspend and merge them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import merging
from models.actions import organisations as actions
from models.enums import Verification
from models.errors import N_, Invalid
from models.queries import organisations as queries
from models.tables import Organisation
from web.auth import actor, allow
from web.database import db

bp = Blueprint("verification", __name__, url_prefix="/verification")
PAGE = 20


@bp.route("")
@allow("organisation.verify")
def index() -> ResponseReturnValue:
    """Those that wait first; a filter shows the others."""
    before, state = request.args.get("before", ""), request.args.get("state", Verification.PENDING.value)
    rows = queries.listing(
        db(),
        text=request.args.get("q", "")[:120],
        verification=Verification(state) if state in set(Verification) else None,
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
        limit=PAGE,
    )
    return render_template(
        "verification/index.html", rows=rows, state=state, states=list(Verification), more=len(rows) == PAGE
    )


@bp.route("/<public_id>")
@allow("organisation.verify", Organisation)
def show(organisation: Organisation) -> ResponseReturnValue:
    return render_template(
        "verification/show.html", organisation=organisation, reason=queries.last_reason(db(), organisation.id)
    )


def _back(organisation: Organisation, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("verification.show", public_id=organisation.public_id), 303)


@bp.route("/<public_id>/verify", methods=["POST"])
@allow("organisation.verify", Organisation)
def verify(organisation: Organisation) -> ResponseReturnValue:
    actions.verify(db(), organisation, by=actor())
    return _back(organisation, _("The organisation is verified; its managers are told."))


@bp.route("/<public_id>/unverify", methods=["POST"])
@allow("organisation.verify", Organisation)
def unverify(organisation: Organisation) -> ResponseReturnValue:
    actions.unverify(db(), organisation, reason=request.form.get("reason", ""), by=actor())
    return _back(organisation, _("The organisation is not verified; its managers are told why."))


@bp.route("/<public_id>/suspend", methods=["POST"])
@allow("organisation.suspend", Organisation)
def suspend(organisation: Organisation) -> ResponseReturnValue:
    actions.suspend(db(), organisation, reason=request.form.get("reason", ""), by=actor())
    return _back(organisation, _("The organisation is suspended; its managers are told why."))


@bp.route("/<public_id>/resume", methods=["POST"])
@allow("organisation.suspend", Organisation)
def resume(organisation: Organisation) -> ResponseReturnValue:
    actions.resume(db(), organisation, by=actor())
    return _back(organisation, _("The organisation may act again."))


@bp.route("/<public_id>/merge", methods=["POST"])
@allow("organisation.merge", Organisation)
def merge(organisation: Organisation) -> ResponseReturnValue:
    """Merge this organisation into the one whose name or code was typed."""
    found = queries.search(db(), request.form.get("into", "").strip()[:120], limit=2)
    if len(found) != 1:
        raise Invalid(N_("Please type the full name or code of exactly one other organisation."))
    into = queries.by_public_id(db(), found[0].public_id)
    if into is None:
        raise Invalid(N_("Please type the full name or code of exactly one other organisation."))
    moved = merging.merge(db(), organisation, into, by=actor())
    flash(_("Merged; %(number)s records moved.", number=sum(moved.values())), "success")
    return redirect(url_for("verification.show", public_id=into.public_id), 303)
