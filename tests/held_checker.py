"""Checks a plan where every meeting is held against its .dzn file. Shares no code with the timetable nor with scripts/dzn.py."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any


def broken_held(dzn: str, plan: Mapping[str, Any], fairness: int) -> list[str]:
    """Every rule that a plan breaks, and every figure that it claims wrongly. A plan without meetings breaks none."""
    return list(_broken(_values(dzn), plan, fairness)) if plan["meetings"] else []


def _values(dzn: str) -> dict[str, Any]:
    """Name -> number, list of numbers, or list of sets (of three numbers each, where it is a table)."""
    found: dict[str, Any] = {}
    for statement in dzn.split(";")[:-1]:
        name, value = (part.strip() for part in statement.split("="))
        if value.startswith("[|"):
            rows = [row.replace(" ", "").strip(",\n").split(",") for row in value.strip("[]").split("|")]
            found[name] = [tuple(map(int, row)) for row in rows if len(row) == 3]
        elif "{" in value:
            sets = [part.split("}")[0] for part in value.split("{")[1:]]
            found[name] = [{int(one) for one in part.split(",") if one.strip()} for part in sets]
        elif value.startswith("["):
            found[name] = [int(one) for one in value.strip("[]").split(",") if one.strip()]
        else:
            found[name] = int(value)
    return found


def _broken(day: Mapping[str, Any], plan: Mapping[str, Any], fairness: int) -> Iterator[str]:
    slots = {one["wish"] + 1: one["slot"] + 1 for one in plan["meetings"]}
    if sorted(one["wish"] + 1 for one in plan["meetings"]) != list(range(1, day["nMeetings"] + 1)):
        yield "not every meeting is held once"
        return
    diaries: dict[int, list[int]] = {person: [] for person in range(1, day["nBusiness"] + 1)}
    for number, slot in slots.items():
        *people, half = day["requested"][number - 1]
        first = day["nMorningSlots"] + 1 if half == 2 else 1
        last = day["nMorningSlots"] if half == 1 else day["nTotalSlots"]
        if not first <= slot <= last:
            yield f"meeting {number} is not in its part of the day"
        if day["fixed"][number - 1] not in (0, slot):
            yield f"meeting {number} is not where it is fixed"
        if any(slots[before] >= slot for before in day["precedences"][number - 1]):
            yield f"meeting {number} is too early"
        for person in people:
            diaries[person].append(slot)
            if slot in day["forbidden"][person - 1]:
                yield f"{person} cannot come at {slot}"
    for person, diary in diaries.items():
        if len(set(diary)) < len(diary):
            yield f"{person} has two meetings at once"
    for slot, number in Counter(slots.values()).items():
        if number > day["nTables"]:
            yield f"{number} meetings at slot {slot}"
    breaks = [sum(later > one + 1 for one, later in pairwise(diary)) for diary in map(sorted, diaries.values())]
    if max(breaks) - min(breaks) > fairness:
        yield "not fair"
    if (
        sum(breaks) != plan["breaks"]
        or plan["bound"] > plan["breaks"]
        or (plan["proven"] and plan["bound"] < plan["breaks"])
    ):
        yield "the figures are wrong"
