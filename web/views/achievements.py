"""Achievements: the record page, the owner's list, and writing one step by step."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import drafting as actions
from models.base import new_public_id, utcnow
from models.enums import Disclosure
from models.errors import DomainError, NotNow
from models.queries import achievements as queries
from models.queries.gaps import missing, warnings
from models.queries.versions import Content, contents
from models.rules.completeness import Step
from models.rules.policy import may
from models.tables import Achievement, Organisation
from web import drafting
from web.auth import actor, allow
from web.database import db
from web.display import clock
from web.errors import refusals
from web.forms.achievements import NewForm, SubmitForm
from web.forms.base import row_buttons
from web.i18n import sentence
from web.looks import note_look
from web.pagecache import visitors_page
from web.sharing import public_address, qr_code
from web.similar import similar_to
from web.site import site
from web.uploads import chosen, most_bytes

bp = Blueprint("achievements", __name__)


@bp.route("/achievements/<public_id>")
@allow("achievement.read", Achievement)
@visitors_page
def show(achievement: Achievement) -> ResponseReturnValue:
    """The record page: what this reader may see of the public version; of a draft for those who write or review it."""
    page = queries.page(db(), achievement, actor().tokens)
    if page.outside:
        note_look(achievement)
    inside = may(actor(), "achievement.history", achievement)
    return render_template(
        "achievements/show.html",
        record=achievement,
        page=page,
        working=achievement.working_version if inside else None,
        similar=similar_to(achievement, page.content),
        address=public_address("achievements.show", public_id=achievement.public_id),
    )


@bp.route("/achievements/<public_id>/qr.svg")
@allow("achievement.read", Achievement)
def qr(achievement: Achievement) -> ResponseReturnValue:
    """The address as a QR code, for a slide or a poster."""
    return qr_code(public_address("achievements.show", public_id=achievement.public_id))


@bp.route("/achievements/mine")
@allow("achievement.create")
def mine() -> ResponseReturnValue:
    """The achievements of those that the reader acts for, with their states."""
    return render_template("achievements/mine.html", **drafting.own_list("achievement"))


@bp.route("/achievements/new", methods=["GET", "POST"])
@allow("achievement.create")
def new() -> ResponseReturnValue:
    """Begin with the title; autosave needs a draft to save into."""
    providers = queries.owner_choices(db(), drafting.organisations(), "is_provider")
    form = NewForm(data={"key": new_public_id()})
    form.organisation.choices = providers
    if form.validate_on_submit():
        with refusals(form):
            chosen_id = form.organisation.data if len(providers) > 1 else providers[0][0] if providers else None
            owner = db().get(Organisation, chosen_id) if chosen_id else None
            if owner is None:
                abort(403)
            made, _version = actions.create(
                db(), owner, by=actor(), title=form.title.data or "", public_id=form.public_id
            )
            return redirect(url_for("achievements.edit", public_id=made.public_id), 303)
    return render_template("achievements/new.html", form=form, providers=providers), (422 if form.errors else 200)


def _content(achievement: Achievement) -> Content:
    version = actions.editable(achievement)
    return contents(db(), [version.id])[version.id]


@bp.route("/achievements/<public_id>/edit", methods=["GET", "POST"])
@bp.route("/achievements/<public_id>/edit/<step>", methods=["GET", "POST"])
@allow("achievement.edit", Achievement)
def edit(achievement: Achievement, step: str = Step.BASICS.value) -> ResponseReturnValue:
    """One step of the form. Half-finished work is stored; what is missing is asked for when submitting."""
    if step not in set(Step):
        abort(404)
    here = Step(step)
    try:
        content = _content(achievement)
    except NotNow as error:
        flash(sentence(error), "warning")
        return redirect(url_for("achievements.show", public_id=achievement.public_id), 303)
    form, status = drafting.form_for(here, achievement, content), 200
    if request.method == "POST" and row_buttons(form):
        pass  # a row more or less; the page keeps what was typed
    elif form.validate_on_submit():
        with refusals(form):
            stays = "stay" in request.form or (here is Step.FILES and chosen(form["uploads"].data))
            drafting.store(form, achievement)
            flash(_("Saved."), "success")
            return redirect(_next_page(achievement, here if stays else drafting.after(here)), 303)
        status = 409 if drafting.take_present_revision(form, achievement) else 422
    elif form.errors:
        status = 422
    return (
        render_template(
            "achievements/edit.html",
            record=achievement,
            form=form,
            step=here,
            title=_(drafting.STEPS[here]),
            files={file.public_id: file for file in content.attachments},
            steps=drafting.steps(achievement, content, here),
            most_bytes=most_bytes(),
            months=site().settings["validity_months"],
            returned=content if content.return_codes else None,
        ),
        status,
    )


def _next_page(achievement: Achievement, step: Step | None) -> str:
    if step is None:
        return url_for("achievements.submit", public_id=achievement.public_id)
    return url_for("achievements.edit", public_id=achievement.public_id, step=step.value)


@bp.route("/achievements/<public_id>/autosave/<step>", methods=["POST"])
@allow("achievement.edit", Achievement)
def autosave(achievement: Achievement, step: str) -> ResponseReturnValue:
    """Store what is on the page as it is; answers {time, revision}, or {message} with nothing stored."""
    if step not in set(Step):
        abort(404)
    try:
        form = drafting.form_for(Step(step), achievement, _content(achievement))
        form.validate()
        revision = drafting.store(form, achievement, lenient=True)
    except DomainError as error:
        return {"message": sentence(error)}, error.status
    return {"time": clock(utcnow()), "revision": revision}


@bp.route("/achievements/<public_id>/submit", methods=["GET", "POST"])
@allow("achievement.edit", Achievement)
def submit(achievement: Achievement) -> ResponseReturnValue:
    """The last step: what is still open, what may be a mistake, the pledge."""
    try:
        content = _content(achievement)
    except NotNow as error:
        flash(sentence(error), "warning")
        return redirect(url_for("achievements.show", public_id=achievement.public_id), 303)
    form = SubmitForm(data={"revision": content.revision})
    if form.validate_on_submit():
        with refusals(form):
            actions.submit(
                db(),
                achievement,
                by=actor(),
                revision=form.revision.data or 0,
                pledge=bool(form.non_classified.data),
            )
            flash(_("Submitted. You are told by mail when it is published or returned."), "success")
            return redirect(url_for("achievements.show", public_id=achievement.public_id), 303)
    return render_template(
        "achievements/submit.html",
        record=achievement,
        form=form,
        steps=drafting.steps(achievement, content, None),
        gaps=drafting.sentences(missing(db(), achievement, content), achievement),
        doubts=drafting.sentences(warnings(achievement, content), achievement),
        reviews_first=achievement.organisation.reviews_first,
        restricted=content.disclosure is not Disclosure.PUBLIC,
    ), (422 if form.errors else 200)
