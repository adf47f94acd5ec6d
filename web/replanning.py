"""What the pages of the day itself show: what is missing, and a new plan before it is applied."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from models.actions import replanning as actions
from models.actions.day_mails import ADDED, LOST, MOVED
from models.base import utcnow
from models.errors import N_
from models.queries import bookings, disturbances
from models.queries.meeting_wishes import wishes
from models.queries.planning import names_of
from models.queries.replanning import rest_of
from models.queries.timetables import slots_and_tables
from models.tables import MatchSession, Replan
from web.auth import actor
from web.database import backends, db
from web.forms.replanning import MissingForm
from web.timetables import WHY

CAUSES = {
    actions.AWAY: N_("%(name)s is not there then."),
    actions.ELSEWHERE: N_("%(name)s is elsewhere then."),
    actions.TABLE: N_("The table cannot be used."),
    actions.ROOM: N_("It makes room for another meeting."),
    actions.OFF: N_("It was called off."),
}


def form_of(match_session: MatchSession) -> MissingForm:
    """The form, offering the people, tables, times and meetings of a session."""
    form = MissingForm()
    slots, tables = slots_and_tables(db(), match_session)
    coming = [
        row
        for row in bookings.of_session(db(), match_session.id)
        if row.state.holds and row.table is not None and row.starts_at > utcnow()
    ]
    people = disturbances.concerned_people(db(), match_session.id)
    in_order = sorted(slots.values(), key=lambda slot: slot.starts_at)
    form.offer(match_session, people, sorted(tables.values()), coming, in_order)
    return form


def planned_anew(session_id: int) -> Replan:
    """Compute a new plan of a session (by id) and keep it to be looked at."""
    db().rollback()  # nobody waits for the write lock while it is computed
    with backends().database.read() as reading:
        rest = rest_of(reading, reading.get_one(MatchSession, session_id), now=utcnow())
        proposal = actions.propose(rest)
    return actions.keep(db(), db().get_one(MatchSession, session_id), proposal, by=actor(), made_from=rest.fingerprint)


def page_of(plan: Replan) -> dict[str, Any]:
    """What a new plan changes, in words: ``moved``, ``lost`` and ``added`` by time; a constant number of queries."""
    match_session = plan.match_session
    slots, tables = slots_and_tables(db(), match_session)
    meetings = {row.id: row for row in bookings.of_session(db(), match_session.id)}
    wished = {row.id: row for row in wishes(db(), match_session.id, organisation_ids=None)}
    people = {person for one in plan.changes for key in ("who", "about") for person in one.get(key, ())}
    names = names_of(db(), people)
    found: dict[str, list[dict[str, Any]]] = {MOVED: [], LOST: [], ADDED: []}
    for one in plan.changes:
        subject = meetings.get(one["booking"]) or wished.get(one["wish"])
        if subject is None:  # taken back meanwhile: applying says so
            continue
        row = {"meeting": subject, "why": _why(one, names)}
        for key in ("was", "now"):
            slot, table = one[key] or (0, 0)
            row[key], row[f"{key}_table"] = slots.get(slot), tables.get(table)
        found[one["what"]].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row["was"] or row["now"]).starts_at)
    return {**found, "share": round(100 * plan.weight / plan.weight_before, 1) if plan.weight_before else 100.0}


def _why(one: Mapping[str, Any], names: Mapping[int, str]) -> str:
    parts = []
    if one.get("why"):
        parts.append(_(CAUSES[one["why"]], name=_together(one["who"], names)))
    if one.get("then"):
        parts.append(_(WHY[one["then"]], name=_together(one["about"], names)))
    return " ".join(parts)


def _together(people: list[int], names: Mapping[int, str]) -> str:
    return "、".join(names[one] for one in people if one in names)
