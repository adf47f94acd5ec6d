"""What the page shows on which one meeting of a timetable is changed by hand."""

from typing import Any

from models.actions.timetable_edits import GONE, NO_TABLE, day_to_edit, entries_of, hindrance, named, tables_free
from models.actions.timetables import tables_of
from models.errors import NotNow
from models.queries.timetables import slots_and_tables
from models.rules.timetable import may_swap
from models.tables import MeetingWish, Timetable
from web.database import db
from web.display import time_in
from web.forms.timetable_edits import PlaceForm, SwapForm
from web.i18n import sentence


def page_of(timetable: Timetable, wish: MeetingWish) -> dict[str, Any]:
    """Where the meeting is, where it could go, what hinders it elsewhere, and with which it could change places.

    Raises NotNow where it cannot be planned any more.
    """
    day = day_to_edit(db(), timetable)
    entries = entries_of(day, timetable.meetings)
    slots, tables = slots_and_tables(db(), timetable.match_session)
    number = next((number for number, party in enumerate(day.parties) if party.wish.id == wish.id), None)
    if number is None:
        raise NotNow(GONE)
    here, possible, impossible = entries.get(number), [], []
    for at, slot_id in enumerate(day.slots):
        reason = hindrance(day, entries, number, at)
        if reason is not None:
            impossible.append({"slot": slots[slot_id], "why": sentence(reason)})
        elif tables_free(day, entries, number, at):
            possible.append(slots[slot_id])
        else:
            impossible.append({"slot": slots[slot_id], "why": sentence(NotNow(NO_TABLE))})
    form, others = PlaceForm(data={"revision": timetable.revision}), SwapForm(data={"revision": timetable.revision})
    form.offer(possible, tables)
    others.offer(
        [
            (party.wish.id, f"{time_in(timetable.match_session, slots[day.slots[entries[other].slot]].starts_at)} {named(party.wish)}")
            for other, party in enumerate(day.parties)
            if here and other in entries and other != number and not entries[other].locked
            and may_swap(day.problem, entries, number, other)
            and here.table in tables_of(day, other) and entries[other].table in tables_of(day, number)
        ]
    )  # fmt: skip
    if here and not form.is_submitted():
        form.slot.data, form.table.data = day.slots[here.slot], str(here.table)
    return {
        "timetable": timetable,
        "match_session": timetable.match_session,
        "wish": wish,
        "title": named(wish),
        "here": {"slot": slots[day.slots[here.slot]], "table": tables.get(here.table), "locked": here.locked}
        if here
        else None,
        "form": form,
        "others": others,
        "possible": possible,
        "impossible": impossible,
    }
