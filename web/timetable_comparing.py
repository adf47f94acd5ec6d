"""What the page shows that sets two timetables of a session beside each other."""

from collections.abc import Sequence
from typing import Any

from models.enums import TimetableState
from models.queries.meeting_wishes import wishes
from models.queries.planning import names_of
from models.queries.timetables import people_of_wishes, slots_and_tables
from models.rules.timetable import compare, shares
from models.tables import MatchSession, Timetable
from web.database import db

COMPARED = (TimetableState.READY, TimetableState.PUBLISHED)


def comparison(
    match_session: MatchSession, versions: Sequence[Any], first: Timetable | None, second: Timetable | None
) -> dict[str, Any]:
    """Meetings of one only and moved ones, figures of both, what each gives to whom; nothing where there are not two."""
    page: dict[str, Any] = {"first": first, "second": second, "fairness": what_fairness_costs(versions)}
    if first is None or second is None:
        return page
    rows = {row.id: row for row in wishes(db(), match_session.id, organisation_ids=None)}
    slots, tables = slots_and_tables(db(), match_session)
    people = people_of_wishes(db(), match_session.id)
    number_of = {slot: number for number, slot in enumerate(sorted(slots, key=lambda one: slots[one].starts_at))}
    kept = [
        {one["wish"]: one for one in timetable.meetings if one["wish"] in rows and one["slot"] in slots}
        for timetable in (first, second)
    ]
    places = [{wish: (one["slot"], one["table"]) for wish, one in some.items()} for some in kept]
    found = compare(*places)

    def told(wish: int) -> dict[str, Any]:
        where = {}
        for name, some in zip(("was", "now"), places, strict=True):
            slot, table = some.get(wish, (None, None))
            where[name], where[f"{name}_table"] = slots.get(slot), tables.get(table)
        return {"wish": rows[wish], **where}

    given = [shares({wish: number_of[one["slot"]] for wish, one in some.items()}, people) for some in kept]
    names = names_of(db(), given[0])
    differing = sorted(
        (person for person in given[0] if given[0][person] != given[1][person]), key=lambda one: names.get(one, "")
    )
    return {
        **page,
        "same": found.same,
        "only_first": [told(wish) for wish in found.first],
        "only_second": [told(wish) for wish in found.second],
        "moved": [told(wish) for wish in found.moved],
        "figures": [
            _figures(timetable, len(some), share)
            for timetable, some, share in zip((first, second), kept, given, strict=True)
        ],
        "people": [{"name": names.get(one, ""), "first": given[0][one], "second": given[1][one]} for one in differing],
    }


def _figures(timetable: Timetable, meetings: int, share: dict[int, Any]) -> dict[str, Any]:
    """Meetings, worth, the fewest of anybody, how many have none, breaks a person."""
    numbers = [one.meetings for one in share.values()]
    return {
        "meetings": meetings,
        "weight": timetable.weight,
        "fewest": min(numbers, default=0),
        "without": sum(one == 0 for one in numbers),
        "breaks": round(sum(one.breaks for one in share.values()) / len(numbers), 2) if numbers else 0,
    }


def what_fairness_costs(versions: Sequence[Any]) -> dict[str, Any] | None:
    """The newest two that differ in that first as many as possible get a meeting; None where there are no such two."""
    done = [one for one in versions if one.state in COMPARED]
    for fair in (one for one in done if one.everybody):
        free = next((one for one in done if not one.everybody and one.accepted_only == fair.accepted_only), None)
        if free is not None:
            lost = max(0, free.weight - fair.weight)
            return {
                "fair": fair,
                "free": free,
                "lost": lost,
                "share": round(100 * lost / free.weight, 1) if free.weight else 0,
            }
    return None
