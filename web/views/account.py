"""Signing up, logging in and out, passwords, language."""

from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import accounts
from models.enums import ConsentKind
from models.errors import N_, Invalid, NotNow
from models.queries.accounts import current_consents, log_in_row
from models.queries.actors import load_actor
from models.queries.people import present_membership
from models.rules.links import fingerprint
from models.rules.passwords import check_password
from models.rules.settings import PRIVACY_VERSION
from web import demo, entering, links
from web.auth import actor, allow, log_in, log_out, public
from web.database import backends, db
from web.entering import typed_address, unlimited
from web.errors import refusals
from web.forms import account as forms
from web.i18n import LOCALES, locale, sentence
from web.security import limiter

bp = Blueprint("account", __name__, url_prefix="/account")
bp.add_app_template_global(links.sign, "signed")
bp.add_app_template_filter(datetime.fromisoformat, "as_time")  # mails carry plain values
YEAR = 365 * 24 * 3600


@bp.route("/login", methods=["GET", "POST"])
@public
@limiter.limit("20 per minute; 200 per hour", methods=["POST"], exempt_when=unlimited)
def login() -> ResponseReturnValue:
    entering.remember_next()
    if actor().signed_in:
        return redirect(entering.onwards(), 303)
    form = forms.LogInForm()
    if form.validate_on_submit():
        outcome = entering.attempt(form.email.data, form.password.data)
        if outcome.account_id is not None:
            return entering.enter(outcome.account_id, first=outcome.first)
        entering.refuse(form, outcome)
    shown = demo if current_app.config["SETTINGS"].is_demo else None
    return render_template("account/login.html", form=form, demo=shown), (422 if form.errors else 200)


@bp.route("/logout", methods=["POST"])
@public
def logout() -> ResponseReturnValue:
    log_out()
    flash(_("You are logged out."), "success")
    return redirect(url_for("home.index"), 303)


@bp.route("/signup", methods=["GET", "POST"])
@public
@limiter.limit("10 per minute; 60 per hour", methods=["POST"], exempt_when=unlimited)
@limiter.limit("5 per hour", key_func=typed_address, methods=["POST"], exempt_when=unlimited)
def signup() -> ResponseReturnValue:
    entering.remember_next()
    if actor().signed_in:
        return redirect(entering.onwards(), 303)
    form = forms.SignUpForm()
    if form.validate_on_submit():
        with refusals(form):
            check_password(form.password.data, name=form.name.data, email=form.email.data)
            password_hash = entering.hash_of(form.password.data)
            accounts.sign_up(
                db(),
                email=form.email.data,
                name=form.name.data,
                password_hash=password_hash,
                locale=locale(),
                by=entering.visitor(),
                next_page=links.local_path(session.get("next")),
            )
            # This browser knows the password: it need not type it again after the confirm link.
            session["signed_up"] = fingerprint(password_hash)
            session["mailed"] = ["signup", form.email.data]
            return redirect(url_for("confirming.check_mail"), 303)
    return render_template("account/signup.html", form=form, version=PRIVACY_VERSION), (422 if form.errors else 200)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    try:
        values = links.read("confirm", token)
        row = log_in_row(db(), account_id=values["account_id"])
        if row is not None and row.confirmed:
            flash(_("This address is confirmed. Please log in."), "info")
            return redirect(url_for("account.login"), 303)
        if row is None or row.state != values["state"]:
            raise NotNow(accounts.OUTDATED)
        if request.method == "GET":
            return render_template("account/confirm.html", address=row.email)
        account = accounts.confirm_email(db(), row.account_id, state=values["state"], by=entering.visitor())
    except NotNow as error:
        return render_template("errors/link.html", error=sentence(error)), 410
    session.setdefault("next", links.local_path(values.get("next_page")))
    if session.pop("signed_up", "") == fingerprint(account.password_hash) or actor().account_id == account.id:
        answer = entering.enter(account.id, first=True)
    else:
        answer = redirect(url_for("account.login"), 303)
    flash(_("Your address is confirmed."), "success")
    return answer


@bp.route("/forgot", methods=["GET", "POST"])
@public
@limiter.limit("10 per minute; 60 per hour", methods=["POST"], exempt_when=unlimited)
@limiter.limit("5 per hour", key_func=typed_address, methods=["POST"], exempt_when=unlimited)
def forgot() -> ResponseReturnValue:
    form = forms.ForgotForm(email=request.args.get("email", ""))
    if form.validate_on_submit():
        accounts.request_reset(db(), email=form.email.data, locale=locale(), by=entering.visitor())
        session["mailed"] = ["reset", form.email.data]
        return redirect(url_for("confirming.check_mail"), 303)
    return render_template("account/forgot.html", form=form), (422 if form.errors else 200)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
@limiter.limit("20 per minute", methods=["POST"], exempt_when=unlimited)
def reset(token: str) -> ResponseReturnValue:
    form = forms.NewPasswordForm()
    try:
        values = links.read("reset", token)
        row = log_in_row(db(), account_id=values["account_id"])
        if row is None or row.state != values["state"]:
            raise NotNow(accounts.OUTDATED)
    except NotNow as error:
        return render_template("errors/link.html", error=sentence(error)), 410
    if form.validate_on_submit():
        with refusals(form):
            check_password(form.password.data, name=row.name, email=row.email)
            password_hash = entering.hash_of(form.password.data)
            accounts.reset_password(
                db(), row.account_id, state=row.state, password_hash=password_hash, by=entering.visitor()
            )
            log_out()
            flash(_("Your password is changed. Please log in with the new one."), "success")
            return redirect(url_for("account.login"), 303)
    return render_template("account/reset.html", form=form, address=row.email), (422 if form.errors else 200)


@bp.route("/password", methods=["GET", "POST"])
@allow("account.own")
@limiter.limit("10 per minute", methods=["POST"], exempt_when=unlimited)
def password() -> ResponseReturnValue:
    form = forms.ChangePasswordForm()
    if form.validate_on_submit():
        with refusals(form):
            row = log_in_row(db(), account_id=actor().account_id)
            if row is None or not entering.fits(row, form.current.data):
                raise Invalid(N_("This is not your present password."), field="current")
            check_password(form.password.data, name=row.name, email=row.email)
            password_hash = entering.hash_of(form.password.data)
            account = accounts.change_password(db(), password_hash=password_hash, by=actor())
            log_in(load_actor(db(), account.id, ip=actor().ip))
            flash(_("Your password is changed. All other devices are logged out."), "success")
            return redirect(url_for("account.my_data"), 303)
    return render_template("account/password.html", form=form), (422 if form.errors else 200)


@bp.route("/language")
@public
def language() -> ResponseReturnValue:
    """Remember language and text size in this browser, the language in the account too, and go back."""
    answer = redirect(links.local_path(request.args.get("next")) or url_for("home.index"), 303)
    chosen, text = request.args.get("language"), request.args.get("text")
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    if chosen in LOCALES:
        answer.set_cookie("language", chosen, max_age=YEAR, samesite="Lax", secure=secure)
        if actor().signed_in and actor().locale != chosen:
            with backends().database.write() as writing:
                accounts.set_locale(writing, chosen, by=actor())
    if text in ("larger", "normal"):
        answer.set_cookie("text", text, max_age=YEAR, samesite="Lax", secure=secure)
    return answer


@bp.route("/my-data")
@allow("account.own")
def my_data() -> ResponseReturnValue:
    """What is kept about the reader, and what they can do with it."""
    me = actor()
    return render_template(
        "account/my_data.html",
        account=accounts.own_account(db(), me),
        membership=present_membership(db(), me.person_id),
        consents=current_consents(db(), me.person_id),
        kinds=list(ConsentKind),
    )
