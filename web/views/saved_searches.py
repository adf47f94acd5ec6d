"""Saved searches: keep one from the page of results, rename, tell more or less often, delete; and the link of its mails."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import saved_searches as actions
from models.enums import Frequency
from models.errors import NotNow
from models.queries import saved_searches as queries
from models.tables import SavedSearch
from web import finding, links, saving
from web.auth import actor, allow, public
from web.database import db
from web.errors import refusals
from web.forms.saved_searches import SavedSearchForm
from web.i18n import sentence

bp = Blueprint("saved_searches", __name__, url_prefix="/saved-searches")


def _list() -> ResponseReturnValue:
    return redirect(url_for("saved_searches.index"), 303)


@bp.route("")
@allow("account.own")
def index() -> ResponseReturnValue:
    asked = {row: saving.question_of(row, actor()) for row in queries.mine(db(), actor().account_id)}
    name_of = finding.labels_for((), tuple(chosen for question in asked.values() for chosen in question.filters))
    items = [
        {"row": row, "url": saving.address(question), "words": saving.words(question, name_of)}
        for row, question in asked.items()
    ]
    return render_template("saved_searches/index.html", items=items, most=actions.MOST)


@bp.route("/new", methods=["GET", "POST"])
@allow("account.own")
def new() -> ResponseReturnValue:
    """Keep the question that the address holds."""
    kind = "need" if request.args.get("kind") == "need" else "achievement"
    question = replace(finding.question_of(request.args, actor()), kind=kind)
    name_of = finding.labels_for((), question.filters)
    form = SavedSearchForm(data={"name": saving.proposed_name(question, name_of), "frequency": Frequency.DAILY.value})
    if form.validate_on_submit():
        with refusals(form):
            actions.save(
                db(),
                by=actor(),
                name=form.name.data or "",
                frequency=Frequency(form.frequency.data),
                **saving.values_of(question),
            )
            flash(_("Kept. Only what is new from now on is told."), "success")
            return _list()
    return render_template(
        "saved_searches/new.html", form=form, words=saving.words(question, name_of), back=saving.address(question)
    ), (422 if form.is_submitted() else 200)


@bp.route("/<public_id>", methods=["GET", "POST"])
@allow("saved_search.edit", SavedSearch)
def edit(saved_search: SavedSearch) -> ResponseReturnValue:
    form = SavedSearchForm(obj=saved_search)
    typed = str(form.revision.data or "")
    if form.validate_on_submit():
        with refusals(form):
            actions.change(
                db(),
                saved_search,
                name=form.name.data or "",
                frequency=Frequency(form.frequency.data),
                revision=int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 10 else 0,
            )
            flash(_("Saved."), "success")
            return _list()
    return render_template("saved_searches/edit.html", form=form, search=saved_search), (
        422 if form.is_submitted() else 200
    )


@bp.route("/<public_id>/delete", methods=["POST"])
@allow("saved_search.edit", SavedSearch)
def delete(saved_search: SavedSearch) -> ResponseReturnValue:
    actions.delete(db(), saved_search)
    flash(_("Deleted."), "success")
    return _list()


@bp.route("/off/<token>", methods=["GET", "POST"])
@public
def off(token: str) -> ResponseReturnValue:
    """The link of its mails: no more of them, without logging in."""
    try:
        search = queries.by_public_id(db(), links.read("unsubscribe", token)["search"])
    except NotNow as error:
        return render_template("errors/link.html", error=sentence(error)), 410
    if search is not None and request.method == "POST":
        actions.unsubscribe(db(), search)
    return render_template("saved_searches/off.html", search=search, never=Frequency.NEVER)
