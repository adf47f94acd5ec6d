"""A computed timetable changed by hand before it is published: one step at a time, the last one can be taken back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import before_timetable
from models.actions.occupancy import lock as lock_session
from models.actions.timetables import tables_of, unplaced
from models.base import utcnow
from models.enums import TimetableState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.planning import Day, day_of
from models.rules.policy import Actor
from models.rules.timetable import Entries, Entry, free_tables, full, hindered, may_swap, reasons
from models.tables import MeetingWish, SessionTable, Timetable

GONE = N_("This meeting cannot be planned any more: the wish was taken back or declined, or they meet already.")
LOCKED = N_("This meeting is locked. Unlock it first.")
NO_TABLE = N_("No table is free at this time.")


def place(
    session: Session,
    timetable: Timetable,
    wish_id: int,
    *,
    by: Actor,
    revision: int,
    slot_id: int,
    table_id: int | None,
) -> None:
    """Put a meeting at a slot and a table (None: the first that is free). Raises Conflict, Invalid, NotNow."""
    day, entries = _open(session, timetable, revision)
    number, slot = _number(day, wish_id), _slot(day, slot_id)
    _unlocked(entries.get(number))
    _refuse(day, entries, number, slot)
    if number not in entries and (who := full(day.problem, entries, number)) is not None:
        name = "、".join(day.problem.people[person].name for person in who)
        raise Conflict(N_("%(name)s has as many meetings as they may have."), field="slot", name=name)
    free = tables_free(day, entries, number, slot)
    if table_id is None:
        table_id = next(iter(free), None)
        if table_id is None:
            raise Conflict(NO_TABLE, field="slot")
    if table_id not in free:
        raise _table_taken(session, day, entries, slot, table_id)
    _keep(session, timetable, day, {**entries, number: Entry(slot, table_id)}, by=by, what="place")


def swap(session: Session, timetable: Timetable, wish_id: int, other_id: int, *, by: Actor, revision: int) -> None:
    """Let two meetings exchange slots and tables. Raises as ``place``."""
    day, entries = _open(session, timetable, revision)
    one, other = _number(day, wish_id), _number(day, other_id)
    for number in (one, other):
        if number not in entries:
            raise Conflict(N_("Only meetings that are placed can be exchanged."), field="other")
        _unlocked(entries[number])
    if not may_swap(day.problem, entries, one, other):
        for number, slot in ((one, entries[other].slot), (other, entries[one].slot)):
            _refuse(day, {key: entry for key, entry in entries.items() if key not in (one, other)}, number, slot)
    for number, there in ((one, entries[other].table), (other, entries[one].table)):
        if there not in tables_of(day, number):
            raise Conflict(N_("These two sit at tables that they cannot exchange."), field="other")
    swapped = {**entries, one: entries[other], other: entries[one]}
    _keep(session, timetable, day, swapped, by=by, what="swap")


def take_out(session: Session, timetable: Timetable, wish_id: int, *, by: Actor, revision: int) -> None:
    """The meeting does not take place (in this timetable). Raises as ``place``."""
    day, entries = _open(session, timetable, revision)
    number = _number(day, wish_id)
    _unlocked(entries.get(number))
    rest = {key: entry for key, entry in entries.items() if key != number}
    _keep(session, timetable, day, rest, by=by, what="take_out")


def lock(session: Session, timetable: Timetable, wish_id: int, *, by: Actor, revision: int, locked: bool) -> None:
    """A locked meeting keeps its place when another timetable is computed. Raises as ``place``."""
    day, entries = _open(session, timetable, revision)
    number = _number(day, wish_id)
    if number not in entries:
        raise Conflict(N_("Only meetings that are placed can be locked."))
    changed = {**entries, number: replace(entries[number], locked=locked)}
    _keep(session, timetable, day, changed, by=by, what="lock" if locked else "unlock")


def undo(session: Session, timetable: Timetable, *, by: Actor, revision: int) -> None:
    """Take back the last change by hand. Raises NotNow where there is none."""
    day, _entries = _open(session, timetable, revision)
    if not timetable.undo:
        raise NotNow(N_("There is nothing to take back."))
    (meetings,) = timetable.undo
    _keep(session, timetable, day, entries_of(day, meetings), by=by, what="undo")
    timetable.undo = []
    session.flush()


# --- what the steps share ---------------------------------------------------------------------------------------------


def day_to_edit(session: Session, timetable: Timetable) -> Day:
    """The day as it stands, without locks: a change by hand asks only what is possible."""
    return day_of(session, timetable.match_session, accepted_only=timetable.accepted_only, now=utcnow())


def entries_of(day: Day, meetings: list[Mapping[str, Any]]) -> dict[int, Entry]:
    """The meetings of a timetable by number of the wish; those that cannot be planned any more are left out."""
    number_of = {party.wish.id: number for number, party in enumerate(day.parties)}
    at = {slot: number for number, slot in enumerate(day.slots)}
    return {
        number_of[one["wish"]]: Entry(at[one["slot"]], one["table"], bool(one.get("locked")))
        for one in meetings
        if one["wish"] in number_of and one["slot"] in at
    }


def tables_free(day: Day, entries: Entries, number: int, slot: int) -> list[int]:
    """The tables at which a wish could be at a slot."""
    own = tables_of(day, number)
    there = [table for table in day.tables[day.slots[slot]] if table in own]
    return free_tables(entries, there, slot, without=(number,))


def named(wish: MeetingWish) -> str:
    return f"{wish.seeker.name} – {wish.achievement.organisation.name}"


def hindrance(day: Day, entries: Entries, number: int, slot: int) -> Conflict | None:
    """The sentence that says who is taken by what; None where nobody is."""
    found = hindered(day.problem, entries, number, slot)
    if found is None:
        return None
    name = "、".join(day.problem.people[person].name for person in found.people)
    if found.by is None:
        return Conflict(
            N_("%(name)s is not free then: not there, or in a meeting that stands."), field="slot", name=name
        )
    meeting = named(day.parties[found.by].wish)
    if found.far:
        sentence = N_("%(name)s could not walk between this meeting and “%(meeting)s” in time.")
        return Conflict(sentence, field="slot", name=name, meeting=meeting)
    return Conflict(N_("%(name)s is in the meeting “%(meeting)s” then."), field="slot", name=name, meeting=meeting)


def _refuse(day: Day, entries: Entries, number: int, slot: int) -> None:
    if (reason := hindrance(day, entries, number, slot)) is not None:
        raise reason


def _open(session: Session, timetable: Timetable, revision: int) -> tuple[Day, dict[int, Entry]]:
    lock_session(session, timetable.match_session)
    session.refresh(timetable, with_for_update=True)
    before_timetable(timetable.match_session)
    if timetable.state is not TimetableState.READY:
        raise NotNow(N_("Only a timetable that is ready and not published can be changed."))
    if timetable.revision != revision:
        raise Conflict(N_("Somebody else changed this timetable in the meantime. Look at it and decide again."))
    day = day_to_edit(session, timetable)
    return day, entries_of(day, timetable.meetings)


def _number(day: Day, wish_id: int) -> int:
    number = next((number for number, party in enumerate(day.parties) if party.wish.id == wish_id), None)
    if number is None:
        raise NotNow(GONE)
    return number


def _slot(day: Day, slot_id: int) -> int:
    if slot_id not in day.slots:
        raise Invalid(N_("This slot does not exist any more. Please choose another one."), field="slot")
    return day.slots.index(slot_id)


def _unlocked(entry: Entry | None) -> None:
    if entry is not None and entry.locked:
        raise NotNow(LOCKED)


def _table_taken(session: Session, day: Day, entries: Entries, slot: int, table_id: int) -> Conflict:
    table = session.get(SessionTable, table_id)
    by = next((number for number, one in entries.items() if (one.slot, one.table) == (slot, table_id)), None)
    if table is None or by is None:
        return Conflict(N_("This table cannot be used at this time. Please choose another one."), field="table")
    meeting = named(day.parties[by].wish)
    return Conflict(
        N_("Table %(table)s is taken by the meeting “%(meeting)s” then."),
        field="table", table=table.number, meeting=meeting,
    )  # fmt: skip


def _keep(session: Session, timetable: Timetable, day: Day, entries: Entries, *, by: Actor, what: str) -> None:
    plan = [entries[number].slot if number in entries else None for number in range(len(day.parties))]
    taken = [wish.locked for wish in day.problem.wishes[len(day.parties) :]]
    timetable.undo = [timetable.meetings]
    timetable.meetings = [
        {"wish": day.parties[number].wish.id, "slot": day.slots[one.slot], "table": one.table, "locked": one.locked}
        for number, one in sorted(entries.items(), key=lambda item: (item[1].slot, item[1].table))
    ]
    timetable.weight = sum(day.problem.wishes[number].weight for number in entries)
    timetable.unplaced = unplaced(day, reasons(day.problem, (*plan, *taken)))
    timetable.revision += 1
    audit.record(session, "timetable.edit", timetable, by=by, what=what)
    session.flush()
