"""Fewer breaks with the same meetings: two slots are exchanged along an alternating path wherever that closes breaks.

A break is one maximal run of idle slots between two meetings of a person (JAIR 74, 2022, B2B meeting scheduling), whether
or not they are there in between.
"""

from collections.abc import Callable, Iterable
from math import log
from random import Random

from models.rules.timetable.placement import Placement
from models.rules.timetable.problem import Plan, Problem, any_slot

LONGEST = 8  # meetings that one exchange may move: longer ones rarely gain
TRIES = 20  # meetings that are looked at for one that makes room at a table
WARM, COLD = 0.6, 0.07  # in breaks: one break more is taken with probability exp(-1 / warmth)
HOPED = 1  # breaks that a meeting which makes room may close


def breaks(busy: int) -> int:
    """The breaks of somebody who is busy at a set of slots."""
    return max(0, (busy & ~(busy << 1)).bit_count() - 1)


def breaks_of(problem: Problem, plan: Plan) -> list[int]:
    """The breaks of each person."""
    busy = [0] * len(problem.people)
    for number, slot in enumerate(plan):
        if slot is not None:
            for person in problem.wishes[number].people:
                busy[person] |= 1 << slot
    return [breaks(one) for one in busy]


def close_breaks(now: Placement, random: Random, *, moves: int, stop: Callable[[], bool] = lambda: False) -> None:
    """Anneal: an exchange that opens breaks is taken ever more rarely. Which meetings take place does not change.

    What an exchange changes is reckoned before anything moves: most are not taken.
    """
    days = _Days(now)
    warmth = WARM
    for move in range(moves):
        if move % 256 == 0:
            warmth = WARM * (COLD / WARM) ** (move / moves)
            if stop() or not any(days.breaks):
                return
        days.exchange(random, -warmth * log(1.0 - random.random()))


class _Days:
    """When each person is busy, and how many breaks that makes."""

    def __init__(self, now: Placement) -> None:
        self._now = now
        self._people = [person for person, count in enumerate(now.degree) if count]
        self._there = [person.available & now.problem.every_slot for person in now.problem.people]
        self._busy = [now.busy(person) for person in range(len(self._there))]
        self.breaks = [breaks(busy) for busy in self._busy]

    def exchange(self, random: Random, most: float) -> None:
        """Somebody with breaks gets a meeting beside another, if that opens at most so many breaks altogether."""
        now, person = self._now, self._people[int(random.random() * len(self._people))]
        if not self.breaks[person]:
            return
        busy = self._busy[person]
        beside = (busy << 1 | busy >> 1) & ~busy & self._there[person]
        if not beside:
            return
        one, other = any_slot(busy, random), any_slot(beside, random)
        moved = now.joined(person, one, other, LONGEST)
        if not moved or not now.allowed(moved):
            return
        both, turned = 1 << one | 1 << other, _turned(now, moved)
        change = self._change(turned, both)
        if change <= most + HOPED and self._balanced(moved, one, other, random, most - change) and now.try_moves(moved):
            for each in _turned(now, moved):
                self._busy[each] ^= both
                self.breaks[each] = breaks(self._busy[each])

    def _change(self, people: Iterable[int], both: int) -> int:
        """The breaks that open less those that close when people who are busy at one of two slots are so at the other."""
        change = 0
        for person in people:
            change += breaks(self._busy[person] ^ both) - self.breaks[person]
        return change

    def _balanced(self, moved: dict[int, int], one: int, other: int, random: Random, most: float) -> bool:
        """Add meetings that go the other way where there are too few tables, which is the rule on a full day."""
        now = self._now
        for venue, meetings in enumerate(now.meetings):
            more = 0
            for meeting, to in moved.items():
                if now.venue[meeting] == venue:
                    more += 1 if to == other else -1
            if more:
                full, to = (other, one) if more > 0 else (one, other)
                for _ in range(len(meetings[full]) + abs(more) - now.problem.tables[venue]):
                    found = self._back(list(meetings[full]), to, moved, 1 << full | 1 << to, random, most)
                    if found is None:
                        return False
                    moved[found[0]] = to
                    most -= found[1]
        return most >= 0

    def _back(
        self, meetings: list[int], to: int, moved: dict[int, int], both: int, random: Random, most: float
    ) -> tuple[int, int] | None:
        """Of some meetings one whose people are all idle then, and the breaks that it opens there."""
        possible, people, busy = self._now.problem.possible, self._now.people, self._busy
        for _ in range(TRIES):
            meeting = meetings[int(random.random() * len(meetings))]
            if possible[meeting] >> to & 1 and meeting not in moved:
                for person in people[meeting]:
                    if busy[person] >> to & 1:
                        break
                else:
                    change = self._change(people[meeting], both)
                    if change <= most:
                        return meeting, change
        return None


def _turned(now: Placement, moved: Iterable[int]) -> set[int]:
    """The people whose busy slots change: those with one of the meetings; whoever has two exchanges them."""
    found: set[int] = set()
    for meeting in moved:
        found.symmetric_difference_update(now.people[meeting])
    return found
