"""Fewer breaks with the same meetings: two slots are exchanged along an alternating path wherever that closes breaks.

A break is one maximal run of idle slots between two meetings of a person (JAIR 74, 2022, B2B meeting scheduling).
"""

from collections.abc import Callable
from math import exp
from random import Random

from models.rules.timetable.placement import Placement
from models.rules.timetable.problem import Plan, Problem, slots_of

LONGEST = 16  # meetings that one exchange may move: longer ones rarely gain
COLD = 0.05


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
    """Anneal: an exchange that opens breaks is taken ever more rarely. Which meetings take place does not change."""
    people = [person for person, count in enumerate(now.degree) if count]
    if not people:
        return
    total = sum(breaks(now.busy(person)) for person in people)
    there = [person.available & now.problem.every_slot for person in now.problem.people]
    for move in range(moves):
        if not total or (move % 256 == 0 and stop()):
            break
        person = people[random.randrange(len(people))]
        busy = now.busy(person)
        if not breaks(busy):
            continue
        mine, beside = list(slots_of(busy)), list(slots_of((busy << 1 | busy >> 1) & ~busy & there[person]))
        if not beside:
            continue
        one, other = mine[random.randrange(len(mine))], beside[random.randrange(len(beside))]
        moved = now.joined(person, one, other, LONGEST)
        if not moved or not now.allowed(moved):
            continue
        concerned = {each for meeting in moved for each in now.people[meeting]}
        before = sum(breaks(now.busy(each)) for each in concerned)
        was = {meeting: now.slot_of[meeting] for meeting in moved}
        if not now.try_moves(moved):
            continue
        change = sum(breaks(now.busy(each)) for each in concerned) - before
        warmth = max(COLD, 0.6 * (1.0 - move / moves))
        if change > 0 and random.random() >= exp(-3 * change / warmth):
            now.restore(was)
            continue
        total += change
