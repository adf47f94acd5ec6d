"""Open sessions: an organisation's own visiting hours. Published, moved and cancelled they are on the session's page."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import open_sessions as actions
from models.actions import session_series as series
from models.base import utcnow
from models.enums import SessionKind
from models.queries import open_sessions as queries
from models.queries.circles import of_organisation
from models.queries.organisations import public_id_of
from models.queries.people import people
from models.tables import MatchSession, Organisation
from web.auth import actor, allow
from web.database import db
from web.display import today
from web.errors import refusals
from web.forms.open_sessions import DatesForm, OpenSessionForm
from web.forms.sessions import data_of
from web.i18n import zone

bp = Blueprint("open_sessions", __name__)


@bp.route("/sessions/own")
@allow("session.open")
def mine() -> ResponseReturnValue:
    """For the button on the list of sessions: the reader's own organisation, else the first that they act for."""
    me = actor()
    own = me.organisation_id if me.provider and me.verified and me.member_of(me.organisation_id) else None
    found = own or next(one.organisation_id for one in me.mandated if one.provider and one.verified)
    return redirect(url_for("open_sessions.index", public_id=public_id_of(db(), found)), 303)


@bp.route("/organisations/<public_id>/sessions")
@allow("session.own", Organisation)
def index(organisation: Organisation) -> ResponseReturnValue:
    """Drafts and coming sessions of an organisation's own."""
    return render_template(
        "open_sessions/index.html",
        organisation=organisation,
        rows=queries.own(db(), organisation.id, now=utcnow()),
        circles=of_organisation(db(), organisation.id, today=today()),
    )


@bp.route("/organisations/<public_id>/sessions/new", methods=["GET", "POST"])
@allow("session.own", Organisation)
def new(organisation: Organisation) -> ResponseReturnValue:
    """Plan one, or one a week; drafts that the page of the first publishes together."""
    if not (organisation.is_provider and organisation.is_verified):
        return redirect(url_for("open_sessions.index", public_id=organisation.public_id), 303)
    form = _offered(organisation, data={"kind": SessionKind.ONE_TO_ONE.value, "slot_minutes": 30, "weeks": 1})
    if form.validate_on_submit():
        with refusals(form):
            made = actions.open_session(
                db(),
                organisation,
                by=actor(),
                plan=form.plan(),
                today=today(),
                zone=zone(),
                weeks=form.weeks.data or 1,
                without=form.without.days,
            )
            many = _("%(count)s drafts are saved, one a week. Look at the first, then publish all.", count=len(made))
            flash(many if len(made) > 1 else _("The draft is saved. Look at it, then publish it."), "success")
            return redirect(url_for("sessions.show", public_id=made[0].public_id), 303)
    return _form(organisation, None, form)


@bp.route("/sessions/<public_id>/own", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def edit(match_session: MatchSession) -> ResponseReturnValue:
    organisation = match_session.owner
    if organisation is None:
        return redirect(url_for("sessions.edit", public_id=match_session.public_id), 303)
    form = _offered(organisation, data=data_of(match_session), keep=match_session)
    form.only_what_may_change(match_session)
    if form.validate_on_submit():
        with refusals(form):
            plan, revision = form.plan(match_session), form.revision.data or 0
            actions.edit(db(), match_session, by=actor(), revision=revision, plan=plan, today=today())
            flash(_("Saved."), "success")
            return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    return _form(organisation, match_session, form)


@bp.route("/sessions/<public_id>/own/dates", methods=["GET", "POST"])
@allow("session.edit", MatchSession)
def dates(match_session: MatchSession) -> ResponseReturnValue:
    """Time, place and seats of all coming dates of a repetition that nobody has booked; looked at before it is done."""
    if match_session.owner is None or match_session.series is None:
        return redirect(url_for("open_sessions.edit", public_id=match_session.public_id), 303)
    form = DatesForm.of(match_session, zone())
    found = None
    if form.validate_on_submit():
        with refusals(form):
            if request.form.get("act") == "change":
                done = series.change_dates(
                    db(),
                    match_session,
                    by=actor(),
                    revision=form.revision.data or 0,
                    change=form.change(),
                    zone=zone(),
                )
                changed = sum(one.changes for one in done)
                flash(ngettext("%(num)s date is changed.", "%(num)s dates are changed.", changed), "success")
                return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
            found = series.preview(queries.coming(db(), match_session, now=utcnow()), form.change(), zone())
    page = render_template(
        "open_sessions/dates.html",
        form=form,
        match_session=match_session,
        rows=queries.coming(db(), match_session, now=utcnow()),
        found=found,
    )
    return page, (422 if form.errors else 200)


def _offered(
    organisation: Organisation, *, data: dict[str, object], keep: MatchSession | None = None
) -> OpenSessionForm:
    circles = list(of_organisation(db(), organisation.id, today=today()))
    achievements = queries.published(db(), organisation.id)
    if keep is not None:
        if keep.circle is not None and keep.circle_id not in [row.id for row in circles]:
            circles.append(keep.circle)
        chosen = {one.achievement_id for one in keep.subjects}
        data = data | {
            "hosts": [table.host.public_id for table in keep.tables if table.host],
            "achievements": [row.public_id for row in achievements if row.id in chosen],
        }
    form = OpenSessionForm(data=data)
    form.offer(circles, people(db(), organisation.id), achievements)
    if not form.circle.data and (circle := request.args.get("circle")):
        form.circle.data = next((str(row.id) for row in circles if row.public_id == circle), "")
    return form


def _form(organisation: Organisation, match_session: MatchSession | None, form: OpenSessionForm) -> ResponseReturnValue:
    page = render_template("open_sessions/edit.html", form=form, organisation=organisation, match_session=match_session)
    return page, (422 if form.errors else 200)
