"""Pages about the site itself: privacy, accessibility, how it works, reporting an error."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.feedback import report_page
from models.rules.settings import PRIVACY_VERSION
from web.auth import actor, public
from web.database import db
from web.errors import refusals
from web.forms.pages import PageErrorForm
from web.security import limiter

bp = Blueprint("pages", __name__)


@bp.route("/privacy")
@public
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html", version=PRIVACY_VERSION)


@bp.route("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    return render_template("pages/accessibility.html")


@bp.route("/about")
@public
def about() -> ResponseReturnValue:
    return render_template("pages/about.html")


@bp.route("/report-error", methods=["GET", "POST"])
@limiter.limit("10/hour", methods=["POST"])
@public
def report_error() -> ResponseReturnValue:
    """Anybody tells what is wrong with a page; the address it was about comes along."""
    form = PageErrorForm(page=request.args.get("page", "")[:300])
    if form.validate_on_submit():
        with refusals(form):
            report_page(db(), by=actor(), page=form.page.data or "", text=form.text.data, email=form.email.data or "")
            flash(_("Thank you. Your message has been passed on."), "success")
            return redirect(url_for("home.index"), 303)
    return render_template("pages/report_error.html", form=form), 422 if form.errors else 200
