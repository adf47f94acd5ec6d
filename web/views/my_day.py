"""A session while it takes place: one's own meetings on the phone, the tables on the hall's screen."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import utcnow
from models.enums import BookingState, SessionKind
from models.queries import my_day as queries
from models.queries.disturbances import missing
from models.queries.news import news_of
from models.tables import MatchSession
from web.auth import actor, allow
from web.database import db
from web.meetings import own_organisations

bp = Blueprint("my_day", __name__)


@bp.route("/sessions/<public_id>/mine")
@allow("booking.list", MatchSession)
def show(match_session: MatchSession) -> ResponseReturnValue:
    """The next meeting first; one's own, and those of colleagues below."""
    seen, now, me = news_of(db(), match_session.id), utcnow(), actor().person_id
    people = {*queries.people_coming(db(), match_session.id, own_organisations()), *([me] if me else [])}
    meetings = queries.meetings_of(db(), match_session.id, people)
    standing = [one for one in meetings if one.state is not BookingState.CANCELLED]
    coming = [one for one in standing if one.ends_at > now]
    return render_template(
        "my_day/show.html",
        match_session=match_session,
        seen=seen,
        now=now,
        mine=[one for one in coming if me in one.person_ids],
        others=[one for one in coming if me not in one.person_ids],
        off=[one for one in meetings if one.state is BookingState.CANCELLED and one.ends_at > now],
        past=[one for one in standing if one.ends_at <= now],
    )


@bp.route("/sessions/<public_id>/screen")
@allow("session.edit", MatchSession)
def screen(match_session: MatchSession) -> ResponseReturnValue:
    """For the hall's computer, opened by an organizer: who sits at which table now and next."""
    if match_session.kind is not SessionKind.ONE_TO_ONE:
        flash(_("Only sessions of 1:1 meetings have a timetable."), "info")
        return redirect(url_for("sessions.show", public_id=match_session.public_id), 303)
    seen, now = news_of(db(), match_session.id), utcnow()
    gone = missing(db(), match_session.id)
    tables = queries.board(db(), match_session, now=now)
    broken = {one.number for one in tables if gone.table(one.id, now, match_session.ends_at)}
    return render_template(
        "my_day/screen.html", match_session=match_session, seen=seen, now=now, tables=tables, broken=broken
    )
