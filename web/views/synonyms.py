"""Synonyms: organizers keep what means the same to a search."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import synonyms as actions
from models.queries import synonyms as queries
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.synonyms import GroupForm, GroupsForm

bp = Blueprint("synonyms", __name__, url_prefix="/synonyms")


@bp.route("")
@allow("synonyms.edit")
def index() -> ResponseReturnValue:
    wanted = request.args.get("q", "")[:40]
    return render_template("synonyms/index.html", groups=queries.group_lines(db(), containing=wanted), wanted=wanted)


@bp.route("/new", methods=["GET", "POST"])
@allow("synonyms.edit")
def new() -> ResponseReturnValue:
    form = GroupsForm()
    if form.validate_on_submit():
        with refusals(form):
            made = actions.add(db(), form.words.data or "", by=actor())
            current_app.extensions["site"].forget()
            flash(ngettext("%(num)s group is added.", "%(num)s groups are added.", len(made)), "success")
            return redirect(url_for("synonyms.index"), 303)
    return render_template("synonyms/new.html", form=form), 422 if form.errors else 200


@bp.route("/<public_id>", methods=["GET", "POST"])
@allow("synonyms.edit")
def edit(public_id: str) -> ResponseReturnValue:
    group = queries.group(db(), public_id) or abort(404)
    form = GroupForm(data={"words": " = ".join(word.word for word in group.words), "retired": group.retired})
    if form.validate_on_submit():
        with refusals(form):
            actions.change(db(), group, form.words.data or "", retired=form.retired.data, by=actor())
            current_app.extensions["site"].forget()
            flash(_("The group is saved."), "success")
            return redirect(url_for("synonyms.index"), 303)
    return render_template("synonyms/edit.html", form=form, group=group), 422 if form.errors else 200
