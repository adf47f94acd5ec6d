"""The administrator's pages about the running site: engine and jobs, settings, outbox."""

from pathlib import Path

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import administration as actions
from models.actions.jobs import DIED
from models.queries import operations
from models.queries.organisations import waiting_for_verification
from models.queries.settings import all_settings
from models.rules.settings import SETTINGS
from models.tables import Job
from web import outbox as mails
from web.auth import actor, allow
from web.database import backends, db
from web.errors import refusals
from web.forms.admin import settings_form

bp = Blueprint("admin", __name__, url_prefix="/admin")
INDEX_JOBS = {"rebuild_index": actions.ask_for_rebuild, "verify_index": actions.ask_for_comparison}


@bp.route("")
@allow("admin.read")
def index() -> ResponseReturnValue:
    """What runs and what waits."""
    return render_template(
        "admin/index.html",
        engine=backends().engine.health(),
        embedded=backends().embedded,
        semantic=backends().semantic,
        meaning_trouble=backends().meaning_trouble,
        counts=operations.job_counts(db()),
        failed=operations.failed_jobs(db()),
        died=DIED,
        waiting=waiting_for_verification(db()),
    )


@bp.route("/jobs/<int:job_id>/retry", methods=["POST"])
@allow("admin.edit")
def retry(job_id: int) -> ResponseReturnValue:
    job = db().get(Job, job_id) or abort(404)
    actions.retry_job(db(), job, by=actor())
    flash(_("The job is queued again."), "success")
    return redirect(url_for("admin.index"), 303)


@bp.route("/index-jobs", methods=["POST"])
@allow("admin.edit")
def index_job() -> ResponseReturnValue:
    """Rebuild the index, or compare it with the database."""
    ask = INDEX_JOBS.get(request.form.get("name", "")) or abort(400)
    ask(db(), by=actor())
    flash(_("This runs in the background; its end shows here."), "success")
    return redirect(url_for("admin.index"), 303)


@bp.route("/settings", methods=["GET", "POST"])
@allow("admin.edit")
def settings() -> ResponseReturnValue:
    form = settings_form(all_settings(db()))
    if form.validate_on_submit():
        with refusals(form):
            actions.change_settings(db(), {key: form[key].data for key in SETTINGS}, by=actor())
            current_app.extensions["site"].forget()
            flash(_("The settings are saved."), "success")
            return redirect(url_for("admin.settings"), 303)
    return render_template("admin/settings.html", form=form, keys=list(SETTINGS)), 422 if form.errors else 200


@bp.route("/outbox")
@allow("admin.read")
def outbox() -> ResponseReturnValue:
    """Mails of the embedded outbox; with a mail server they have left."""
    found = mails.listing(_folder(), before=request.args.get("before", ""))
    return render_template("admin/outbox.html", mails=found, smtp=bool(current_app.config["SETTINGS"].smtp_url))


@bp.route("/outbox/<name>")
@allow("admin.read")
def mail(name: str) -> ResponseReturnValue:
    found = mails.read(_folder(), name) or abort(404)
    return render_template("admin/mail.html", mail=found)


def _folder() -> Path:
    folder: Path = current_app.config["SETTINGS"].var_dir / "outbox"
    return folder
