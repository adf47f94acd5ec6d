"""Where the tables of a session stand, and which are fixed to a provider."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.actions import session_tables as actions
from models.enums import SessionKind
from models.queries import session_tables as queries
from models.tables import MatchSession
from web.auth import actor, allow
from web.database import db
from web.errors import refusals
from web.forms.session_tables import tables_form

bp = Blueprint("session_tables", __name__)


@bp.route("/sessions/<public_id>/tables", methods=["GET", "POST"])
@allow("timetable.edit", MatchSession)
def edit(match_session: MatchSession) -> ResponseReturnValue:
    if match_session.kind is not SessionKind.ONE_TO_ONE:
        flash(_("Only sessions of 1:1 meetings have tables."), "info")
        return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    providers = queries.providers_of(db(), match_session)
    form = tables_form(match_session.tables, providers, revision=match_session.revision, venue=match_session.venue)
    if form.validate_on_submit():
        with refusals(form):
            said = form.arranged({one.public_id: one.id for one in providers})
            actions.arrange(db(), match_session, by=actor(), tables=said, revision=form.revision.data)
            flash(_("Saved. Meetings that stand keep their table."), "success")
            return redirect(url_for("session_tables.edit", public_id=match_session.public_id), 303)
    page = render_template(
        "session_tables/edit.html", match_session=match_session, form=form, providers=providers,
        venues=sorted({table.venue for table in match_session.tables} - {""}),
    )  # fmt: skip
    return page, (422 if form.errors else 200)


@bp.route("/sessions/<public_id>/tables/fix", methods=["POST"])
@allow("timetable.edit", MatchSession)
def fix(match_session: MatchSession) -> ResponseReturnValue:
    """Each provider with wishes gets a table of its own, as far as there are tables."""
    given = actions.fix_all(db(), match_session, by=actor())
    flash(
        ngettext(
            "%(num)s provider has a table of its own now.", "%(num)s providers have a table of their own now.", given
        ),
        "success",
    )
    return redirect(url_for("session_tables.edit", public_id=match_session.public_id), 303)
