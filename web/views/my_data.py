"""My data: export, correct, delete, withdraw consent. (The page itself is account.my_data.)"""

import json

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import accounts, consents
from models.actions import my_data as actions
from models.enums import ConsentKind
from models.errors import N_, DomainError, Invalid, NotNow
from models.queries import my_data as queries
from models.queries.accounts import log_in_row
from models.queries.people import present_membership, work_of
from web import entering, links
from web.auth import actor, allow, log_out, public
from web.database import db
from web.display import today
from web.entering import typed_address, unlimited
from web.errors import refusals
from web.forms.account import CorrectForm, DeleteForm, NewEmailForm
from web.i18n import sentence
from web.security import limiter
from web.views.people import chosen, successor_form

bp = Blueprint("my_data", __name__, url_prefix="/account/my-data")


def mine() -> ResponseReturnValue:
    return redirect(url_for("account.my_data"), 303)


@bp.route("/export", methods=["POST"])
@allow("account.own")
def export() -> ResponseReturnValue:
    """Everything kept about the reader, as one JSON file."""
    actions.note_export(db(), by=actor())
    text = json.dumps(queries.everything(db(), actor().person_id or 0), ensure_ascii=False, indent=2)
    name = f"my-data-{today().isoformat()}.json"
    return Response(
        text, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@bp.route("/correct", methods=["GET", "POST"])
@allow("account.own")
def correct() -> ResponseReturnValue:
    form = CorrectForm(obj=accounts.own_account(db(), actor()).person)
    if form.validate_on_submit():
        with refusals(form):
            actions.correct(
                db(), name=form.name.data, title=form.title.data or "", phone=form.phone.data or "", by=actor()
            )
            flash(_("Saved."), "success")
            return mine()
    return render_template("my_data/correct.html", form=form), (422 if form.errors else 200)


@bp.route("/email", methods=["GET", "POST"])
@allow("account.own")
@limiter.limit("10 per hour", methods=["POST"], exempt_when=unlimited)
@limiter.limit("5 per hour", key_func=typed_address, methods=["POST"], exempt_when=unlimited)
def email() -> ResponseReturnValue:
    """Ask for another address; the link mailed there changes it."""
    form = NewEmailForm()
    if form.validate_on_submit():
        accounts.request_new_email(db(), email=form.email.data, by=actor())
        flash(
            _(
                "We have sent a mail to %(email)s. The address changes when you open the link in it.",
                email=form.email.data,
            ),
            "success",
        )
        return mine()
    return render_template("my_data/email.html", form=form), (422 if form.errors else 200)


@bp.route("/email/<token>", methods=["GET", "POST"])
@public
def confirm_email(token: str) -> ResponseReturnValue:
    try:
        values = links.read("new_email", token)
        row = log_in_row(db(), account_id=values["account_id"])
        if row is None or row.state != values["state"]:
            raise NotNow(accounts.OUTDATED)
        if request.method == "GET":
            return render_template("my_data/confirm_email.html", address=values["email"])
        accounts.take_new_email(
            db(), row.account_id, email=values["email"], state=values["state"], by=entering.visitor()
        )
    except DomainError as error:  # also Conflict: somebody else took the address meanwhile
        return render_template("errors/link.html", error=sentence(error)), 410
    flash(_("Your address is changed. Log in with the new one from now on."), "success")
    return mine() if actor().signed_in else redirect(url_for("account.login"), 303)


@bp.route("/consent/<kind>", methods=["POST"])
@allow("account.own")
def consent(kind: str) -> ResponseReturnValue:
    """Give or withdraw a consent: one button each, the one as easy as the other."""
    if kind not in list(ConsentKind):
        abort(404)
    which = ConsentKind(kind)
    if request.form.get("give"):
        consents.give(db(), which, person_id=actor().person_id or 0, by=actor())
        flash(_("Your consent is noted."), "success")
        return mine()
    consents.withdraw(db(), which, by=actor())
    if which is ConsentKind.CONTACT:
        flash(_("Withdrawn. Your contact data is not shown to other organisations any more."), "success")
        return mine()
    log_out()
    flash(_("Withdrawn. To use the account again, log in and agree to the privacy notice."), "success")
    return redirect(url_for("account.login"), 303)


@bp.route("/delete", methods=["GET", "POST"])
@allow("account.own")
def delete() -> ResponseReturnValue:
    """Delete the account; what must stay (contracts, the audit log) names nobody any more."""
    account = accounts.own_account(db(), actor())
    membership = present_membership(db(), account.person_id)
    organisation = membership.organisation if membership else None
    work = work_of(db(), organisation.id, account.person_id) if organisation else None
    form = DeleteForm()
    if organisation is not None:
        form.successor.choices = successor_form(organisation, account.person).successor.choices
    if form.validate_on_submit():
        with refusals(form):
            if not entering.fits(log_in_row(db(), account_id=actor().account_id), form.password.data):
                raise Invalid(N_("This is not your password."), field="password")
            successor = chosen(organisation, form) if organisation else None
            actions.delete(db(), by=actor(), successor=successor)
            log_out()
            flash(_("Your account and your data are deleted."), "success")
            return redirect(url_for("home.index"), 303)
    return (
        render_template("my_data/delete.html", form=form, organisation=organisation, work=work),
        (422 if form.errors else 200),
    )
