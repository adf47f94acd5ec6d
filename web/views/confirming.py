"""What stands between an account and its use: the mail, the confirmed address, the privacy notice; and ending it all."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import accounts, consents
from models.enums import ConsentKind
from models.rules.settings import PRIVACY_VERSION
from web import entering, links
from web.auth import actor, allow, log_in, log_out, public
from web.database import db
from web.entering import unlimited
from web.forms.account import ConsentForm
from web.security import limiter

bp = Blueprint("confirming", __name__, url_prefix="/account")


@bp.route("/check-mail")
@public
def check_mail() -> ResponseReturnValue:
    about, address = session.get("mailed") or ("", "")
    settings = current_app.config["SETTINGS"]
    return render_template(
        "confirming/check_mail.html", about=about, address=address, outbox=settings.is_demo and not settings.smtp_url
    )


@bp.route("/unconfirmed", methods=["GET", "POST"])
@allow("account.own")
@limiter.limit("5 per hour", methods=["POST"], exempt_when=unlimited)
def unconfirmed() -> ResponseReturnValue:
    if actor().confirmed:
        return redirect(entering.onwards(), 303)
    address = accounts.own_account(db(), actor()).email
    if request.method == "POST":
        accounts.send_confirmation_again(db(), by=actor(), next_page=links.local_path(session.get("next")))
        session["mailed"] = ["signup", address]
        return redirect(url_for("confirming.check_mail"), 303)
    return render_template("confirming/unconfirmed.html", address=address)


@bp.route("/consent", methods=["GET", "POST"])
@public
def consent() -> ResponseReturnValue:
    """The privacy notice after a right password: it has changed, or the agreement was withdrawn."""
    found = entering.consenting()
    if found is None:
        session.pop("consenting", None)
        return redirect(url_for("account.login"), 303)
    somebody, first = found
    form = ConsentForm()
    if form.validate_on_submit():
        consents.give(db(), ConsentKind.PRIVACY, person_id=somebody.person_id or 0, by=somebody)
        log_in(somebody)
        return redirect(entering.onwards(somebody, first=first), 303)
    return render_template("confirming/consent.html", form=form, version=PRIVACY_VERSION), (422 if form.errors else 200)


@bp.route("/logout-everywhere", methods=["POST"])
@allow("account.own")
def logout_everywhere() -> ResponseReturnValue:
    accounts.log_out_everywhere(db(), accounts.own_account(db(), actor()), by=actor())
    log_out()
    flash(_("You are logged out here and on all other devices."), "success")
    return redirect(url_for("home.index"), 303)
