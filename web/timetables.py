"""What the page of a timetable shows: meetings by time and table, and why the rest is not placed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from models.actions.timetables import UNNAMED
from models.enums import Side
from models.errors import N_
from models.queries.meeting_wishes import wishes
from models.queries.timetables import slots_and_tables
from models.rules.timetable import Why
from models.tables import MatchSession, Timetable
from web.database import db

WHY = {
    Why.FULL: N_("%(name)s is in other meetings at all times when both are there."),
    Why.APART: N_("Both have time left, but never at the same time."),
    Why.NEVER_TOGETHER: N_("There is no slot at which both are there."),
    Why.TABLES: N_("No table is left at the times when both are free."),
    Why.WALKING: N_("The way between the venues is too long at the times that are left."),
    Why.MOST: N_("%(name)s has as many meetings as they may have."),
    Why.LEFT_OVER: N_("There is room for it: compute the timetable anew."),
    UNNAMED: N_("Nobody is named who comes: the achievement has no contact, or who was named has left."),
}


def page_of(match_session: MatchSession, timetable: Timetable | None) -> dict[str, Any]:
    """``wished`` counts the wishes now, ``without`` names the enterprises that get no meeting; ``meetings`` and ``unplaced`` are of the timetable, wishes taken back left out."""
    rows = {row.id: row for row in wishes(db(), match_session.id, organisation_ids=None)}
    page: dict[str, Any] = {
        "wished": len(rows),
        "declined": sum(row.declined_reason is not None for row in rows.values()),
        "answered": sum(row.provider_strength is not None for row in rows.values()),
        "booked": sum(row.booked is not None for row in rows.values()),
        "without": [],
        "meetings": [],
        "unplaced": [],
    }
    if timetable is None:
        return page
    slots, tables = slots_and_tables(db(), match_session)
    venues = {table.id: table.venue for table in match_session.tables}
    page["meetings"] = [
        {
            "slot": slots[one["slot"]],
            "table": tables[one["table"]],
            "venue": venues.get(one["table"]),
            "wish": rows[one["wish"]],
            "locked": bool(one.get("locked")),
        }
        for one in timetable.meetings
        if one["wish"] in rows and one["slot"] in slots and one["table"] in tables
    ]
    page["unplaced"] = [
        {"wish": rows[one["wish"]], "why": _why(one, rows[one["wish"]])}
        for one in timetable.unplaced
        if one["wish"] in rows
    ]
    placed = {one["wish"].seeker_id for one in page["meetings"]}
    booked = {row.seeker_id for row in rows.values() if row.booked}
    wishing = {row.seeker_id: row.seeker for row in rows.values()}
    page["without"] = sorted(name for one, name in wishing.items() if one not in placed | booked)
    return page


def _why(one: Mapping[str, Any], row: Any) -> str:
    names = {Side.SEEKER: row.seeker, Side.PROVIDER: row.provider}
    return str(_(WHY[one["why"]], name="、".join(names[Side(side)] for side in one["about"])))
