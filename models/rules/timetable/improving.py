"""A better plan without moving through worse ones: one slot at a time is filled anew with the best meetings that the
other slots leave, which with two sides is a flow; between that, slots exchange meetings where it costs nothing, so that the
next filling finds other partners free.
"""

from collections.abc import Callable, Sequence
from random import Random

import numpy

from models.rules.timetable.bound import Wishes
from models.rules.timetable.flow import Array, cheapest
from models.rules.timetable.placement import NOWHERE, Placement

TIES = 8  # equal meetings are taken by lot
SCALE = 2**13  # of weights, so that all lots together are worth less than one
Worth = Callable[[int, int], int]  # what a meeting counts at a slot


class Filling:
    """`fill(slot)`: the best meetings for a slot, all others as they are. Never worse than before."""

    def __init__(
        self,
        now: Placement,
        side: Sequence[int],
        random: Random,
        floors: Sequence[int] | None = None,
        worth: Worth | None = None,
    ) -> None:
        many = Wishes(now.problem)
        self._now, self.worth = now, worth
        sides = numpy.array(side)
        swapped = sides[many.people[:, 0]] == 1
        self._one = numpy.where(swapped, many.people[:, 1], many.people[:, 0])
        self._other = numpy.where(swapped, many.people[:, 0], many.people[:, 1])
        self._venues, self._weights, self._possible = many.venues, many.weights.astype(int), many.possible
        self._people = range(len(side))
        self._first, self._second = numpy.flatnonzero(sides == 0), numpy.flatnonzero(sides == 1)
        self._venue_of = numpy.zeros(len(side), dtype=int)
        self._venue_of[self._other] = self._venues
        self._floors = None if floors is None or not any(floors) else floors
        self._chance = numpy.random.default_rng(random.randrange(2**32))
        self._locked = now.problem.locks

    def fill(self, slot: int) -> None:
        now = self._now
        before = [meeting for venue in now.meetings for meeting in venue[slot] if meeting not in self._locked]
        now.clear(before)
        candidates = self._candidates(slot)
        if not len(candidates):
            return
        best = [int(meeting) for meeting in candidates[self._best(candidates, slot)]]
        if now.problem.limits:
            self._within_limits(slot, best, before)
            return
        for meeting in best:
            now.put(meeting, slot)

    def _within_limits(self, slot: int, best: list[int], before: list[int]) -> None:
        """The flow does not know of limits: of the best the weightiest that fit, or what was there if that is worth more."""
        now = self._now

        def value(meeting: int) -> int:
            return now.weights[meeting] if self.worth is None else self.worth(meeting, slot)

        placed = []
        for meeting in sorted(best, key=lambda one: -value(one)):
            if now.free(meeting) >> slot & 1:
                now.put(meeting, slot)
                placed.append(meeting)
        if sum(map(value, placed)) < sum(map(value, before)):
            now.clear(placed)
            now.restore(dict.fromkeys(before, slot))

    def _candidates(self, slot: int) -> Array:
        """The meetings that are not placed and could be at a slot."""
        now, venues = self._now, range(len(self._now.problem.tables))
        free = numpy.array(
            [
                [
                    now.degree[person] < now.most[person] and bool(now.room(person, venue) >> slot & 1)
                    for person in self._people
                ]
                for venue in venues
            ]
        )
        out = numpy.array(now.slot_of) == NOWHERE
        fits = out & self._possible[:, slot] & free[self._venues, self._one] & free[self._venues, self._other]
        found = numpy.flatnonzero(fits)
        if now.problem.limits:
            found = numpy.array([meeting for meeting in found if not now.full_limits(int(meeting))], dtype=int)
        return found

    def _best(self, candidates: Array, slot: int) -> Array:
        """Which of them together are worth most, by a flow: side 0, side 1, its venue's tables."""
        now, count = self._now, len(self._people)
        venues = len(now.problem.tables)
        source, sink = count + venues, count + venues + 1
        weights = self._weights[candidates]
        if self.worth is not None:
            weights = numpy.array([self.worth(int(meeting), slot) for meeting in candidates])
        tables = [
            min(tables, count) - len(now.meetings[venue][slot]) for venue, tables in enumerate(now.problem.tables)
        ]
        nothing = numpy.zeros(len(self._people), dtype=int)
        bonus = nothing if self._floors is None else self._needed()
        lots = self._chance.integers(0, TIES, len(candidates))
        to_tables = count + numpy.arange(venues)
        tails = (self._one[candidates], numpy.full(len(self._first), source), self._second, to_tables, [source])
        heads = (
            self._other[candidates], self._first, count + self._venue_of[self._second], numpy.full(venues, sink), [sink],
        )  # fmt: skip
        supply = len(self._first)
        capacities = (numpy.ones(len(candidates) + count, dtype=int), numpy.maximum(tables, 0), [supply])
        costs = (
            -SCALE * weights - lots, -bonus[self._first], -bonus[self._second], numpy.zeros(venues + 1, dtype=int),
        )  # fmt: skip
        arcs = map(numpy.concatenate, (tails, heads, capacities, costs))
        return cheapest(*arcs, ends=(source, sink), supply=supply)[: len(candidates)] > 0

    def _needed(self) -> Array:
        """What a meeting of each person is worth beside its weight: very much below their floor."""
        short = [have < least for have, least in zip(self._now.degree, self._floors or (), strict=True)]
        return numpy.where(short, SCALE * 4 * int(self._weights.max(initial=0)), 0)


def improve(
    now: Placement,
    filling: Filling,
    random: Random,
    *,
    rounds: int,
    goal: int,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Raise the weight of a plan; `rounds` bounds the work, so that a seed gives the same plan anywhere.

    With a `worth` that differs from slot to slot nothing is exchanged: that would not be for nothing.
    """
    slots = range(now.problem.slots)
    for slot in random.sample(slots, len(slots)):
        if now.weight >= goal:
            return
        filling.fill(slot)
    for _ in range(rounds if len(slots) > 1 else 0):
        if now.weight >= goal or stop():
            return
        one, other = random.sample(slots, 2)
        if filling.worth is None:
            exchange(now, one, other, random)
        filling.fill(one)
        filling.fill(other)


def exchange(now: Placement, one: int, other: int, random: Random) -> None:
    """Exchange two slots for about half of the groups of meetings that hang together in them, where that is possible."""
    seen: set[int] = set()
    for venue in now.meetings:
        for first in [*venue[one], *venue[other]]:
            if first not in seen:
                turned = now.joined(now.people[first][0], one, other)
                seen.update(turned)
                if random.random() < 0.5 and now.allowed(turned):
                    now.try_moves(turned)
