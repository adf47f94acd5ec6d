"""Pages about the site itself: privacy, accessibility, how it works, reporting an error."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.feedback import report_page
from models.rules import scoring
from models.rules.matches import FEWEST, LEAST, MOST
from models.rules.settings import PRIVACY_VERSION
from search import ranking as terms
from search.documents import TEXT_FIELDS
from search.query import WINDOW
from search.question import FREQUENT, LONGEST_QUESTION, SYNONYM
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


@bp.route("/ranking")
@public
def ranking() -> ResponseReturnValue:
    """The rule by which results are ordered, its figures taken from the code that orders them."""
    return render_template(
        "pages/ranking.html",
        first=terms.FIRST,
        coverage=terms.COVERAGE,
        density=terms.DENSITY,
        least=terms.LEAST,
        head=terms.HEAD,
        fresh=terms.FRESH,
        half_life=terms.HALF_LIFE,
        whole=terms.WHOLE,
        meant=terms.MEANT,
        synonym=SYNONYM,
        title=TEXT_FIELDS["title"],
        longest=LONGEST_QUESTION,
        frequent=FREQUENT,
        numbered=WINDOW,
    )


@bp.route("/matching")
@public
def matching() -> ResponseReturnValue:
    """The rule by which needs and achievements are matched, and what people can do about it."""
    names = (
        _("field"),
        _("industry"),
        _("readiness level"),
        _("way of transfer"),
        _("price and budget"),
        _("region"),
        _("newness"),
    )
    return render_template(
        "pages/matching.html",
        least=LEAST,
        most=MOST,
        fewest=FEWEST,
        full=scoring.FULL_TEXT,
        codes=scoring.CODES,
        step=scoring.STEP,
        weights=list(zip(names, scoring.WEIGHTS.values(), strict=True)),
    )


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
