"""Public questions on a need: asking, answering, hiding."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from models.actions import questions as actions
from models.queries import questions as queries
from models.tables import Need, Question
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.achievements import ReasonForm
from web.forms.questions import AnswerForm, QuestionForm

bp = Blueprint("questions", __name__)


def _back(need: Need, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("needs.show", public_id=need.public_id, _anchor="questions"), 303)


def _page(name: str, need: Need, form: FlaskForm, question: Question | None = None) -> ResponseReturnValue:
    title = need.public_version.title if need.public_version else ""
    return render_template(name, record=need, title=title, form=form, question=question), (422 if form.errors else 200)


def _question(need: Need, question: str) -> Question:
    return queries.question(db(), need.id, question) or abort(404)


@bp.route("/needs/<public_id>/ask", methods=["GET", "POST"])
@allow("need.ask", Need)
def ask(need: Need) -> ResponseReturnValue:
    """A question that everybody reads, with the answer."""
    form = QuestionForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.ask(db(), need, by=actor(), text=form.text.data or "")
            return _back(need, _("Your question is on the page. You are told when it is answered."))
    return _page("questions/ask.html", need, form)


@bp.route("/needs/<public_id>/questions/<question>/answer", methods=["GET", "POST"])
@allow("need.reply", Need)
def answer(need: Need, question: str) -> ResponseReturnValue:
    """The owner's answer, for everybody."""
    found, form = _question(need, question), AnswerForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.answer(db(), need, found, by=actor(), text=form.text.data or "")
            return _back(need, _("Answered. Who asked is told."))
    return _page("questions/answer.html", need, form, found)


@bp.route("/needs/<public_id>/questions/<question>/hide", methods=["GET", "POST"])
@allow("need.hide", Need)
def hide(need: Need, question: str) -> ResponseReturnValue:
    """An organizer takes a question off the page."""
    found, form = _question(need, question), ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.hide(db(), need, found, by=actor(), reason=form.reason.data or "")
            return _back(need, _("Hidden."))
    return _page("questions/hide.html", need, form, found)
