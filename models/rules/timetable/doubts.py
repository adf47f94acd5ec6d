"""What of a day will not work out, before it is planned: people without time, more meetings than fit, sides without tables."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.rules.timetable.problem import UNLIMITED, Problem


class Doubt(StrEnum):
    NOBODY = "nobody"  # of one side nobody is there at all
    NO_TIME = "no_time"  # somebody is there at no slot
    NEVER_TOGETHER = "never_together"  # whomever they want to meet, or who wants to meet them, is there at other times
    TOO_MANY = "too_many"  # more meetings that both sides want than they have time, or want meetings, for
    NO_TABLE = "no_table"  # where they would meet is no table
    TABLES = "tables"  # more meetings that both sides want than tables at all slots


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A doubt; about whom (numbers of people), when they are there, how many meetings are wanted and how many fit."""

    doubt: Doubt
    people: tuple[int, ...]
    slots: int = 0
    wanted: int = 0
    fit: int = 0


def doubts(problem: Problem, mutual: Sequence[bool]) -> list[Doubtful]:
    """The last of the people of a wish is who receives the others.

    `mutual` says of the first wishes whether both sides want them; wishes beyond are no meetings (tables that are taken).
    """
    wishes = range(len(mutual))
    sides = [
        sorted({person for number in wishes for person in problem.wishes[number].people[side]})
        for side in (slice(None, -1), slice(-1, None))
    ]
    found: list[Doubtful] = []
    for people in sides:
        away = [person for person in people if not problem.people[person].available & problem.every_slot]
        if away and away == people:
            found.append(Doubtful(Doubt.NOBODY, tuple(away)))
            continue
        found += [Doubtful(Doubt.NO_TIME, (person,)) for person in away]
    for person in sorted({*sides[0], *sides[1]}):
        found += _of_person(problem, person, mutual)
    return found + _of_tables(problem, mutual)


def _of_person(problem: Problem, person: int, mutual: Sequence[bool]) -> list[Doubtful]:
    there = problem.people[person].available & problem.every_slot
    mine = [number for number in problem.wishes_of[person] if number < len(mutual)]
    others = {one for number in mine for one in problem.wishes[number].people if one != person}
    if not there or not any(problem.people[one].available & problem.every_slot for one in others):
        return []  # said of whoever has no time
    if problem.people[person].most != 0 and not any(problem.possible[number] for number in mine):
        return [Doubtful(Doubt.NEVER_TOGETHER, (person,), there)]
    most = problem.people[person].most
    fit = min(there.bit_count(), UNLIMITED if most is None else most)
    wanted = sum(mutual[number] for number in mine)
    return [Doubtful(Doubt.TOO_MANY, (person,), there, wanted, fit)] if wanted > fit else []


def _of_tables(problem: Problem, mutual: Sequence[bool]) -> list[Doubtful]:
    wanted: dict[int, list[int]] = defaultdict(list)
    for number in range(len(mutual)):
        wanted[problem.wishes[number].venue].append(number)
    taken = [wish.venue for wish in problem.wishes[len(mutual) :]]
    found = []
    for venue, numbers in sorted(wanted.items()):
        hosts = tuple(sorted({problem.wishes[number].people[-1] for number in numbers}))
        if not problem.tables[venue]:
            found.append(Doubtful(Doubt.NO_TABLE, hosts, wanted=len(numbers)))
            continue
        both = sum(mutual[number] for number in numbers)
        fit = problem.slots * problem.tables[venue] - taken.count(venue)
        if both > fit:
            found.append(Doubtful(Doubt.TABLES, hosts, wanted=both, fit=fit))
    return found
