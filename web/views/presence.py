"""Before and on the day of a session: when people are there, and how many meetings they want at most."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions import presence as actions
from models.base import utcnow
from models.enums import SessionKind
from models.queries import presence as queries
from models.queries.limits import stated
from models.queries.people import people as people_of
from models.tables import MatchSession, Organisation
from web.auth import actor, allow
from web.database import db
from web.display import moments
from web.errors import refusals
from web.forms.presence import PresenceForm, presence_form
from web.meetings import own_organisations

bp = Blueprint("presence", __name__)


@bp.route("/sessions/<public_id>/presence", methods=["GET", "POST"])
@allow("presence.edit", MatchSession)
def edit(match_session: MatchSession) -> ResponseReturnValue:
    """A grid of an organisation's people and the slots; which organisation is asked first where it is not clear."""
    if match_session.kind is not SessionKind.ONE_TO_ONE:
        flash(_("Only sessions of 1:1 meetings ask for that."), "info")
        return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    offered = queries.organisations(db(), match_session, own_organisations(), everyone=actor().organizer)
    organisation = _chosen(offered)
    if organisation is None:
        return render_template("presence/edit.html", match_session=match_session, offered=offered, organisation=None)
    everybody = people_of(db(), organisation.id)
    shown = _shown(match_session, organisation.id, everybody)
    form = _form(match_session, organisation.id, shown)
    if form.validate_on_submit():
        with refusals(form):
            kept = actions.say(
                db(),
                match_session,
                by=actor(),
                organisation=db().get_one(Organisation, organisation.id),
                absent=form.absent(shown, match_session.slots),
                most=form.most(shown),
                most_of_organisation=form._fields["most_of_organisation"].data,
            )
            flash(_("Saved. The timetable and bookings keep to it."), "success")
            for row in kept:
                flash(_("%(name)s has a meeting then that stands: %(when)s. Cancel or move it if they cannot come.", name=row.person, when=moments([row.starts_at])), "warning")  # fmt: skip
            return redirect(request.full_path.rstrip("?"), 303)
    page = render_template(
        "presence/edit.html", match_session=match_session, offered=offered, organisation=organisation, form=form,
        shown=shown, others=[one for one in everybody if one not in shown], over=match_session.ends_at <= utcnow(),
    )  # fmt: skip
    return page, (422 if form.errors else 200)


def _chosen(offered: Any) -> Any:
    """The organisation of the address, else one's own, else the only one."""
    wanted = request.args.get("organisation")
    if wanted:
        return next((one for one in offered if one.public_id == wanted), None)
    mine = next((one for one in offered if one.id == actor().organisation_id), None)
    return mine or (offered[0] if len(offered) == 1 else None)


def _shown(match_session: MatchSession, organisation_id: int, everybody: Any) -> list[Any]:
    """Who is named somewhere in the session, the reader, and whom the address adds; of a form that was sent, who was on it."""
    if request.method == "POST":
        sent = set(request.form.getlist("person"))
        return [one for one in everybody if one.public_id in sent]
    named = queries.concerned(db(), match_session, organisation_id) | {actor().person_id or 0}
    added = set(request.args.getlist("person"))
    return [one for one in everybody if one.id in named or one.public_id in added]


def _form(match_session: MatchSession, organisation_id: int, shown: list[Any]) -> PresenceForm:
    ids = [one.id for one in shown]
    of_person, of_organisation = stated(db(), match_session, people=ids, organisations=[organisation_id])
    return presence_form(
        shown,
        match_session.slots,
        absent=queries.absences(db(), match_session, ids),
        most=of_person,
        most_of_organisation=of_organisation.get(organisation_id),
        limits=(match_session.most_of_person, match_session.most_of_organisation),
    )
