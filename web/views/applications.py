"""A provider's applications to calls for projects: write, submit, withdraw, and take the place."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import applications as actions
from models.actions.application_files import MOST_FILES, FileChange
from models.base import utcnow
from models.enums import ApplicationState
from models.queries import selection as queries
from models.queries.people import people
from models.tables import Achievement, Event, ProjectApplication, ProjectCall
from web.auth import actor, allow
from web.calls import call_of
from web.database import db
from web.errors import refusals
from web.forms.selection import ApplicationForm, SlidesForm, application_form
from web.meetings import own_organisations
from web.uploads import chosen, most_bytes, receive

bp = Blueprint("applications", __name__)
SUBMIT = "submit"


@bp.route("/applications")
@allow("application.list")
def index() -> ResponseReturnValue:
    """The applications of one's organisations."""
    return render_template("applications/index.html", rows=queries.own_applications(db(), own_organisations()))


@bp.route("/events/<public_id>/call/apply", methods=["GET", "POST"])
@allow("call.apply", Event)
def new(event: Event) -> ResponseReturnValue:
    """Apply with an achievement; which one is asked first."""
    call, own = call_of(event), own_organisations()
    achievement = queries.achievement_of(db(), request.args.get("achievement", ""), own)
    if achievement is None:
        offered = queries.offered(db(), own, call.id)
        return render_template(
            "applications/choose.html", event=event, call=call, offered=offered, takes=call.takes(utcnow())
        )
    known = queries.of_achievement(db(), call.id, achievement.id)
    if known is not None and request.method == "GET":
        return redirect(url_for("applications.show", public_id=known.public_id), 303)
    form = _form(call, achievement, None)
    if form.validate_on_submit():
        with refusals(form):
            files = _files(form)
            made = actions.apply(db(), call, achievement, by=actor(), said=form.said(), submit=_submits(), files=files)
            return _saved(made)
    return _page(form, call, achievement, None)


@bp.route("/applications/<public_id>")
@allow("application.read", ProjectApplication)
def show(project_application: ProjectApplication) -> ResponseReturnValue:
    call = project_application.call
    return render_template(
        "applications/show.html",
        application=project_application,
        call=call,
        event=call.event,
        title=queries.title_of(project_application.achievement),
        mine=actor().acts_for(project_application.organisation_id),
        takes=call.takes(utcnow()),
        slides_open=actions.slides_open(project_application),
        begun=call.event.starts_at <= utcnow(),
    )


@bp.route("/applications/<public_id>/edit", methods=["GET", "POST"])
@allow("application.edit", ProjectApplication)
def edit(project_application: ProjectApplication) -> ResponseReturnValue:
    call, achievement = project_application.call, project_application.achievement
    form = _form(call, achievement, project_application)
    if form.validate_on_submit():
        with refusals(form):
            files = _files(form)
            actions.edit(
                db(),
                project_application,
                by=actor(),
                said=form.said(),
                submit=_submits(),
                revision=form.revision.data or 0,
                files=files,
            )
            return _saved(project_application)
    return _page(form, call, achievement, project_application)


@bp.route("/applications/<public_id>/slides", methods=["GET", "POST"])
@allow("application.edit", ProjectApplication)
def slides(project_application: ProjectApplication) -> ResponseReturnValue:
    """Exchange the files alone: who has a place brings the last version."""
    form = SlidesForm()
    if form.validate_on_submit():
        with refusals(form):
            actions.change_files(db(), project_application, by=actor(), files=_files(form))
            flash(_("Saved."), "success")
            return _back(project_application)
    page = render_template(
        "applications/slides.html",
        form=form,
        application=project_application,
        event=project_application.call.event,
        call=project_application.call,
        title=queries.title_of(project_application.achievement),
        open=actions.slides_open(project_application),
        **_limits(),
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.route("/applications/<public_id>/withdraw", methods=["POST"])
@allow("application.edit", ProjectApplication)
def withdraw(project_application: ProjectApplication) -> ResponseReturnValue:
    actions.withdraw(db(), project_application, by=actor())
    flash(_("Withdrawn."), "success")
    return _back(project_application)


@bp.route("/applications/<public_id>/accept", methods=["POST"])
@allow("application.edit", ProjectApplication)
def accept(project_application: ProjectApplication) -> ResponseReturnValue:
    actions.accept_place(db(), project_application, by=actor())
    flash(_("Confirmed. The programme on the roadshow's page says when you present."), "success")
    return _back(project_application)


@bp.route("/applications/<public_id>/decline", methods=["POST"])
@allow("application.edit", ProjectApplication)
def decline(project_application: ProjectApplication) -> ResponseReturnValue:
    actions.decline_place(db(), project_application, by=actor())
    flash(_("Declined. The organizer is told."), "success")
    return _back(project_application)


def _submits() -> bool:
    return request.form.get("act") == SUBMIT


def _limits() -> dict[str, int]:
    return {"most_files": MOST_FILES, "most_bytes": most_bytes()}


def _files(form: SlidesForm) -> FileChange:
    """What is to become of files; new ones are in storage then. Raises Invalid (uploads)."""
    fresh = chosen(form.uploads.data)
    return FileChange(receive(fresh) if fresh else (), request.form.getlist("remove_file"))


def _form(call: ProjectCall, achievement: Achievement, application: ProjectApplication | None) -> ApplicationForm:
    form = application_form(call, application)
    presenter_id = application.presenter_id if application else achievement.contact_id
    form.offer_people(people(db(), achievement.organisation_id), chosen=presenter_id)
    return form


def _page(
    form: ApplicationForm, call: ProjectCall, achievement: Achievement, application: ProjectApplication | None
) -> ResponseReturnValue:
    if form.errors and chosen(form.uploads.data) and not form.uploads.errors:
        form.uploads.errors = [_("Nothing was attached. Please choose the files again.")]
    page = render_template(
        "applications/edit.html",
        form=form,
        **_limits(),
        call=call,
        event=call.event,
        achievement=achievement,
        application=application,
        title=queries.title_of(achievement),
        takes=call.takes(utcnow()),
    )
    return page, 422 if form.errors else 200


def _saved(application: ProjectApplication) -> ResponseReturnValue:
    if application.state is ApplicationState.SUBMITTED:
        flash(_("Your application is in. You can change it until the call closes."), "success")
    else:
        flash(_("The draft is saved. It counts only when you submit it."), "success")
    return _back(application)


def _back(application: ProjectApplication) -> ResponseReturnValue:
    return redirect(url_for("applications.show", public_id=application.public_id), 303)
