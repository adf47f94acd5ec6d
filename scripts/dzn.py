"""Reads a published B2B meeting scheduling instance (.dzn: MiniZinc data; Bofill and others, JAIR 74, 2022).

    nBusiness = 3; nMeetings = 2; nTables = 1; nTotalSlots = 8; nMorningSlots = 5;
    requested = [|1, 2, 1, |1, 3, 3, |];     two people and a half day: 1 morning, 2 afternoon, 3 any
    forbidden = [{0}, {3, 4}, {}];           of each person the slots without meetings; 0 says nothing
    fixed = [0, 7];                          of each meeting its slot, 0 where it is free
    precedences = [{}, {1}];                 of each meeting those that must be over before

People, meetings and slots count from 1 in the file, from 0 in what is read. What the file says twice is not looked at.
"""

import re

from models.rules.timetable import Person, Problem, Wish, mask


def read(text: str) -> tuple[Problem, tuple[tuple[int, int], ...]]:
    """The day, and the pairs of meetings of which the first must be over before the second.

    Raises:
        ValueError: a part is missing, or says something of another number of people or meetings.
    """
    slots, mornings = _number(text, "nTotalSlots"), _number(text, "nMorningSlots")
    halves = {1: mask(range(mornings)), 2: mask(range(mornings, slots)), 3: None}
    people = tuple(
        Person(f"P{number}", mask(set(range(slots)) - {slot - 1 for slot in forbidden}))
        for number, forbidden in enumerate(_sets(text, "forbidden", _number(text, "nBusiness")), 1)
    )
    meetings = _number(text, "nMeetings")
    said = _numbers(_part(text, "requested"))
    fixed = _numbers(_part(text, "fixed"))
    if len(said) != 3 * meetings or len(fixed) != meetings:
        raise ValueError(f"{len(said)} numbers in requested and {len(fixed)} in fixed of {meetings} meetings")
    wishes = tuple(
        Wish((one - 1, other - 1), 1, allowed=halves[half], locked=slot - 1 if slot else None)
        for one, other, half, slot in zip(said[::3], said[1::3], said[2::3], fixed, strict=True)
    )
    earlier = tuple(
        (before - 1, after) for after, set_ in enumerate(_sets(text, "precedences", meetings)) for before in set_
    )
    return Problem(slots, people, wishes, (_number(text, "nTables"),)), earlier


def _part(text: str, name: str) -> str:
    found = re.search(rf"^\s*{name}\s*=([^;]*);", text, re.MULTILINE)
    if not found:
        raise ValueError(f"{name} is missing")
    return found[1]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _number(text: str, name: str) -> int:
    return _numbers(_part(text, name))[0]


def _sets(text: str, name: str, expected: int) -> list[list[int]]:
    found = [[number for number in _numbers(inner) if number] for inner in re.findall(r"{([^}]*)}", _part(text, name))]
    if len(found) != expected:
        raise ValueError(f"{len(found)} sets in {name} instead of {expected}")
    return found
