"""What is planned: people who are there at some slots, meetings that are wished for, tables and venues.

A slot is a number from 0; a set of slots is an int with a bit for each (`mask`), so that "when are both free" is one
operation. Meetings have two people or more. Weights are whole numbers, so that a bound may be rounded down.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from models.errors import N_, Invalid

UNLIMITED = 1_000_000  # tables
TOO_MANY = N_("%(name)s is held in %(held)s meetings and may have %(most)s.")


def mask(slots: Iterable[int]) -> int:
    """The set of these slots."""
    found = 0
    for slot in slots:
        found |= 1 << slot
    return found


def slots_of(set_of_slots: int) -> Iterator[int]:
    """The slots of a set, ascending."""
    while set_of_slots:
        lowest = set_of_slots & -set_of_slots
        yield lowest.bit_length() - 1
        set_of_slots ^= lowest


def any_slot(set_of_slots: int, random: Random) -> int:
    """One slot of a set, by lot."""
    for _ in range(int(random.random() * set_of_slots.bit_count())):
        set_of_slots &= set_of_slots - 1
    return (set_of_slots & -set_of_slots).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a team that meets as one; `available` is a set of slots, `most` bounds their meetings."""

    name: str
    available: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A meeting that somebody wants: who (numbers of people), what it is worth, where; `allowed` narrows its slots.

    `locked` is the slot that it has to keep.
    """

    people: tuple[int, ...]
    weight: int
    venue: int = 0
    allowed: int | None = None
    locked: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Of some wishes (their numbers) at most so many take place: those of an organisation, or of one person of a team.

    `people` (their numbers) are whom it is about, for reasons only.
    """

    name: str
    wishes: frozenset[int]
    most: int
    people: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Problem:
    """A day to plan. `tables` has the number of each venue, `walking` the slots to be left free between two venues.

    `floor`: first as many people as possible get as many meetings as everybody can get, then weight counts.
    """

    slots: int
    people: tuple[Person, ...]
    wishes: tuple[Wish, ...]
    tables: tuple[int, ...] = (UNLIMITED,)
    walking: tuple[tuple[int, ...], ...] = ((0,),)
    floor: bool = False
    limits: tuple[Limit, ...] = ()

    @cached_property
    def limits_of(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the limits that each wish counts for."""
        return tuple(
            tuple(number for number, limit in enumerate(self.limits) if wish in limit.wishes)
            for wish in range(len(self.wishes))
        )

    @cached_property
    def every_slot(self) -> int:
        return (1 << self.slots) - 1

    @cached_property
    def wishes_of(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the wishes of each person."""
        found: list[list[int]] = [[] for _ in self.people]
        for number, wish in enumerate(self.wishes):
            for person in wish.people:
                found[person].append(number)
        return tuple(map(tuple, found))

    @cached_property
    def possible(self) -> tuple[int, ...]:
        """The slots at which each wish might take place if nothing else did."""
        found = []
        for wish in self.wishes:
            slots = self.every_slot if wish.allowed is None else wish.allowed & self.every_slot
            if wish.locked is not None:
                slots &= 1 << wish.locked
            for person in wish.people:
                slots &= 0 if self.people[person].most == 0 else self.people[person].available
            found.append(slots)
        for limit in self.limits:
            for number in limit.wishes if limit.most == 0 else ():
                found[number] = 0
        return tuple(found)

    @cached_property
    def capacities(self) -> tuple[int, ...]:
        """How many meetings each person can have at most."""
        return tuple(
            min(
                (person.available & self.every_slot).bit_count(),
                len(self.wishes_of[number]),
                UNLIMITED if person.most is None else person.most,
            )
            for number, person in enumerate(self.people)
        )

    @cached_property
    def locks(self) -> dict[int, int]:
        """Wish -> slot, of the locked ones."""
        return {number: wish.locked for number, wish in enumerate(self.wishes) if wish.locked is not None}

    def with_locks(self, locks: dict[int, int]) -> "Problem":
        """The same with other locks."""
        return replace(
            self, wishes=tuple(replace(wish, locked=locks.get(number)) for number, wish in enumerate(self.wishes))
        )


Plan = tuple[int | None, ...]  # of each wish: its slot, None where it is not placed


def weight(problem: Problem, plan: Plan) -> int:
    """What the meetings of a plan are worth together."""
    return sum(wish.weight for wish, slot in zip(problem.wishes, plan, strict=True) if slot is not None)


def check_problem(problem: Problem) -> None:
    """Raise Invalid, in a sentence that names whom or what it is about, where no plan can keep to what is fixed."""
    if problem.slots < 1:
        raise Invalid(N_("There is no time for meetings: add at least one slot."), field="slots")
    for number, wish in enumerate(problem.wishes):
        if wish.locked is not None and not problem.possible[number]:
            raise Invalid(
                N_("%(names)s are held at slot %(slot)s, but not all of them are there then."),
                field="locks",
                names=_named(problem, wish.people),
                slot=wish.locked + 1,
            )
    _check_locks(problem)


def _check_locks(problem: Problem) -> None:
    taken: dict[tuple[int, int], int] = {}
    at: dict[tuple[int, int], int] = {}
    for number, slot in problem.locks.items():
        wish = problem.wishes[number]
        for person in wish.people:
            if (person, slot) in taken:
                raise Invalid(
                    N_("%(name)s is held in two meetings at slot %(slot)s."),
                    field="locks",
                    name=problem.people[person].name,
                    slot=slot + 1,
                )
            for near in range(slot - _longest_walk(problem), slot + _longest_walk(problem) + 1):
                other = taken.get((person, near))
                if other is not None and abs(near - slot) <= problem.walking[wish.venue][problem.wishes[other].venue]:
                    raise Invalid(
                        N_("%(name)s cannot walk from one venue to the other between slots %(first)s and %(second)s."),
                        field="locks",
                        name=problem.people[person].name,
                        first=min(near, slot) + 1,
                        second=max(near, slot) + 1,
                    )
            taken[person, slot] = number
        at[wish.venue, slot] = at.get((wish.venue, slot), 0) + 1
        if at[wish.venue, slot] > problem.tables[wish.venue]:
            here = [
                one for one, when in problem.locks.items() if when == slot and problem.wishes[one].venue == wish.venue
            ]
            raise Invalid(
                N_("More meetings are held at slot %(slot)s than there are tables (%(tables)s): %(names)s."),
                field="locks",
                slot=slot + 1,
                tables=problem.tables[wish.venue],
                names=_named(problem, dict.fromkeys(person for one in here for person in problem.wishes[one].people)),
            )
    meetings = Counter(person for number in problem.locks for person in problem.wishes[number].people)
    for number, held in meetings.items():
        somebody = problem.people[number]
        if somebody.most is not None and held > somebody.most:
            raise Invalid(TOO_MANY, field="locks", name=somebody.name, held=held, most=somebody.most)
    _check_limits(problem)


def _check_limits(problem: Problem) -> None:
    for limit in problem.limits:
        held = sum(number in limit.wishes for number in problem.locks)
        if held > limit.most:
            name = limit.name or _named(problem, sorted(limit.people))
            raise Invalid(TOO_MANY, field="locks", name=name, held=held, most=limit.most)


def _named(problem: Problem, people: Iterable[int]) -> str:
    """Who of them has a name: a table that is taken already is a meeting of nobody."""
    return "、".join(name for person in people if (name := problem.people[person].name))


def _longest_walk(problem: Problem) -> int:
    return max(max(row) for row in problem.walking)
