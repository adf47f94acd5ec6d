"""Needs: the page, the owner's list, and writing one with a list beside the form that says what is missing and why."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import drafting as actions
from models.base import new_public_id, utcnow
from models.enums import RecordState
from models.errors import DomainError, NotNow
from models.queries.achievements import linked_circles, owner_choices
from models.queries.gaps import missing, warnings
from models.queries.questions import questions
from models.queries.versions import NeedContent, need_contents
from models.rules.policy import may
from models.tables import Need, Organisation
from web import drafting
from web.auth import actor, allow
from web.database import db
from web.display import clock
from web.errors import refusals
from web.forms.achievements import NewForm, SubmitForm
from web.forms.base import row_buttons
from web.forms.needs import NeedForm, initial
from web.i18n import sentence
from web.looks import note_look
from web.pages_of import page_of
from web.sharing import public_address, qr_code
from web.similar import similar_to
from web.site import site

bp = Blueprint("needs", __name__)


@bp.route("/needs/<public_id>")
@allow("need.read", Need)
def show(need: Need) -> ResponseReturnValue:
    """What this reader may see of the public version; of a draft for those who write or review it."""
    page, me = page_of(need), actor()
    if page.outside:
        note_look(need)
    return render_template(
        "needs/show.html",
        record=need,
        page=page,
        working=need.working_version if may(me, "need.history", need) else None,
        similar=similar_to(need, page.content),
        questions=questions(db(), need.id, with_hidden=me.organizer or me.acts_for(need.organisation_id)),
        address=public_address("needs.show", public_id=need.public_id),
    )


@bp.route("/needs/<public_id>/qr.svg")
@allow("need.read", Need)
def qr(need: Need) -> ResponseReturnValue:
    """The address as a QR code, for a slide or a poster."""
    return qr_code(public_address("needs.show", public_id=need.public_id))


@bp.route("/needs/mine")
@allow("need.create")
def mine() -> ResponseReturnValue:
    """The needs of those that the reader acts for, with their states."""
    return render_template("needs/mine.html", **drafting.own_list("need"))


@bp.route("/needs/new", methods=["GET", "POST"])
@allow("need.create")
def new() -> ResponseReturnValue:
    """Begin with the title; autosave needs a draft to save into."""
    seekers = owner_choices(db(), drafting.organisations(), "is_seeker")
    form = NewForm(data={"key": new_public_id()})
    form.organisation.choices = seekers
    if form.validate_on_submit():
        with refusals(form):
            chosen_id = form.organisation.data if len(seekers) > 1 else seekers[0][0] if seekers else None
            owner = db().get(Organisation, chosen_id) if chosen_id else None
            if owner is None:
                abort(403)
            title, me = form.title.data or "", actor()
            made, _version = actions.create(db(), owner, by=me, title=title, public_id=form.public_id, kind=Need)
            return redirect(url_for("needs.edit", public_id=made.public_id), 303)
    return render_template("needs/new.html", form=form, seekers=seekers), (422 if form.errors else 200)


def _content(need: Need) -> NeedContent:
    version = actions.editable(need)
    return need_contents(db(), [version.id])[version.id]


def _form(need: Need, content: NeedContent) -> NeedForm:
    """What acts at once is in the form until the first publication; then it has a page of its own."""
    data = initial(content) | {
        "masked": need.masked,
        "contact": str(need.contact_id or ""),
        "circles": linked_circles(db(), need),
        "valid_until": need.valid_until,
    }
    form = NeedForm(data=data)
    drafting.fill_choices(form, need)
    if need.state is not RecordState.DRAFT:
        for name in ("masked", "contact", "circles", "valid_until"):
            if name in form:
                del form[name]
    return form


def _points(need: Need, content: NeedContent) -> dict[str, Any]:
    """What is missing and what would help, each with a sentence why."""
    return {
        "gaps": drafting.sentences(missing(db(), need, content), need),
        "doubts": drafting.sentences(warnings(need, content), need),
    }


@bp.route("/needs/<public_id>/edit", methods=["GET", "POST"])
@allow("need.edit", Need)
def edit(need: Need) -> ResponseReturnValue:
    """The form. Half-finished work is stored; what is missing stands beside it."""
    try:
        content = _content(need)
    except NotNow as error:
        flash(sentence(error), "warning")
        return redirect(url_for("needs.show", public_id=need.public_id), 303)
    form, status = _form(need, content), 200
    if request.method == "POST" and row_buttons(form):
        pass  # a row more or less; the page keeps what was typed
    elif form.validate_on_submit():
        with refusals(form):
            drafting.store(form, need)
            flash(_("Saved."), "success")
            return redirect(
                url_for("needs.edit" if "stay" in request.form else "needs.submit", public_id=need.public_id), 303
            )
        status = 409 if drafting.take_present_revision(form, need) else 422
    elif form.errors:
        status = 422
    return render_template(
        "needs/edit.html",
        record=need,
        form=form,
        months=site().settings["validity_months"],
        returned=content if content.return_codes else None,
        **_points(need, content),
    ), status


@bp.route("/needs/<public_id>/autosave", methods=["POST"])
@allow("need.edit", Need)
def autosave(need: Need) -> ResponseReturnValue:
    """Store what is on the page; answers {time, revision, gaps, doubts}, or {message} with nothing stored."""
    try:
        form = _form(need, _content(need))
        form.validate()
        revision = drafting.store(form, need, lenient=True)
    except DomainError as error:
        return {"message": sentence(error)}, error.status
    return {"time": clock(utcnow()), "revision": revision, **_points(need, _content(need))}


@bp.route("/needs/<public_id>/submit", methods=["GET", "POST"])
@allow("need.edit", Need)
def submit(need: Need) -> ResponseReturnValue:
    """The last step: what is still open, what may be a mistake, the pledge."""
    try:
        content = _content(need)
    except NotNow as error:
        flash(sentence(error), "warning")
        return redirect(url_for("needs.show", public_id=need.public_id), 303)
    form = SubmitForm(data={"revision": content.revision})
    if form.validate_on_submit():
        with refusals(form):
            pledge = bool(form.non_classified.data)
            actions.submit(db(), need, by=actor(), revision=form.revision.data or 0, pledge=pledge)
            flash(_("Submitted. You are told by mail when it is published or returned."), "success")
            return redirect(url_for("needs.show", public_id=need.public_id), 303)
    return render_template(
        "needs/submit.html",
        record=need,
        form=form,
        reviews_first=need.organisation.reviews_first,
        **_points(need, content),
    ), (422 if form.errors else 200)
