"""Lists about 1:1 meetings as Excel: wishes, a timetable, the bookings of a session or one's own."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.meeting_lists import note_export
from models.base import utcnow
from models.queries import bookings, timetables
from models.queries.wish_list import all_wishes
from models.tables import MatchSession
from web.auth import actor, allow
from web.database import db
from web.excel import workbook
from web.meeting_lists import bookings_file, timetable_file, wishes_file
from web.meetings import own_organisations
from web.outcomes import said_of
from web.wishes import selection_of

bp = Blueprint("meeting_lists", __name__)
MOST = 5000  # bookings of a file


@bp.route("/sessions/<public_id>/wishes.xlsx")
@allow("meeting_wish.list", MatchSession)
def wished(match_session: MatchSession) -> ResponseReturnValue:
    """What the page of wishes shows its reader."""
    rows = all_wishes(db(), selection_of(match_session))
    note_export(db(), match_session, by=actor(), what="wishes", rows=len(rows))
    return workbook(f"{_('Who wants to meet whom')} {match_session.title}", *wishes_file(match_session, rows))


@bp.route("/sessions/<public_id>/timetable.xlsx")
@allow("timetable.edit", MatchSession)
def timetable(match_session: MatchSession) -> ResponseReturnValue:
    """A timetable, what is not placed with its reason below; the newest, or that of the ``number`` in the address."""
    number = request.args.get("number", type=int)
    chosen = timetables.find(db(), match_session, number)
    if chosen is None:
        if number is not None:
            abort(404)
        flash(_("No timetable was computed yet"), "warning")
        return redirect(url_for("timetables.show", public_id=match_session.public_id), 303)
    columns, rows = timetable_file(match_session, chosen)
    note_export(db(), match_session, by=actor(), what="timetable", rows=len(rows))
    name = _("Timetable %(number)s", number=chosen.number)
    return workbook(f"{name} {match_session.title}", columns, rows)


@bp.route("/sessions/<public_id>/bookings.xlsx")
@allow("session.edit", MatchSession)
def booked(match_session: MatchSession) -> ResponseReturnValue:
    rows = bookings.of_session(db(), match_session.id)
    note_export(db(), match_session, by=actor(), what="bookings", rows=len(rows))
    positions = bookings.waiting_positions(db(), match_session.id)
    return workbook(
        _("Bookings of %(session)s", session=match_session.title),
        *bookings_file(rows, positions, said_of(match_session, rows)),
    )


@bp.route("/bookings.xlsx")
@allow("booking.list")
def mine() -> ResponseReturnValue:
    """All bookings that the list pages through, the coming ones or (past) those that are over."""
    page = bookings.listing(
        db(),
        organisation_ids=None if actor().organizer else own_organisations(),
        now=utcnow(),
        past=bool(request.args.get("past")),
        limit=MOST,
    )
    note_export(db(), None, by=actor(), what="bookings", rows=len(page.rows))
    return workbook(_("Bookings"), *bookings_file(page.rows))
