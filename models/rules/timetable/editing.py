"""A timetable changed by hand: where a meeting could go, and what hinders it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models.rules.timetable.problem import Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a meeting is: slot, table (an id), and whether it has to stay."""

    slot: int
    table: int
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Hindered:
    """Who of a meeting (numbers of people) cannot be there: taken by another meeting, or (none) not free at all.

    `far`: the other meeting is before or after it, at a venue too far away.
    """

    people: tuple[int, ...]
    by: int | None = None
    far: bool = False


Entries = Mapping[int, Entry]  # wish -> where it is


def hindered(
    problem: Problem, entries: Entries, number: int, slot: int, *, without: Collection[int] = ()
) -> Hindered | None:
    """What keeps a wish from a slot, as if the meetings `without` were not; tables are another question."""
    people = problem.wishes[number].people
    if not problem.possible[number] >> slot & 1:
        gone = tuple(person for person in people if not problem.people[person].available >> slot & 1)
        return Hindered(gone or people)
    for other, entry in entries.items():
        if other == number or other in without:
            continue
        way = problem.walking[problem.wishes[number].venue][problem.wishes[other].venue]
        if abs(entry.slot - slot) <= way:
            both = tuple(person for person in problem.wishes[other].people if person in people)
            if both:
                return Hindered(both, other, far=entry.slot != slot)
    return None


def free_tables(entries: Entries, tables: Sequence[int], slot: int, *, without: Collection[int] = ()) -> list[int]:
    """Those of a slot's tables at which no meeting is."""
    taken = {entry.table for number, entry in entries.items() if entry.slot == slot and number not in without}
    return [table for table in tables if table not in taken]


def may_swap(problem: Problem, entries: Entries, one: int, other: int) -> bool:
    """Whether two meetings can exchange their places."""
    both = (one, other)
    return (
        hindered(problem, entries, one, entries[other].slot, without=both) is None
        and hindered(problem, entries, other, entries[one].slot, without=both) is None
    )


def full(problem: Problem, entries: Entries, number: int) -> tuple[int, ...] | None:
    """Who (numbers of people) has as many meetings as they may have, so that one more is too many; None where nobody has."""
    others = [other for other in entries if other != number]
    for person in problem.wishes[number].people:
        most = problem.people[person].most
        if most is not None and sum(person in problem.wishes[other].people for other in others) >= most:
            return (person,)
    for limit in problem.limits:
        if number in limit.wishes and sum(other in limit.wishes for other in others) >= limit.most:
            return tuple(limit.people)
    return None
