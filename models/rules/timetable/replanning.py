"""A plan for the day itself: somebody cancels or is late, a table breaks; what can stay stays."""

from dataclasses import dataclass
from random import Random

from models.rules.timetable.bound import choose
from models.rules.timetable.placement import Placement
from models.rules.timetable.planning import Effort, Outcome, better, fill
from models.rules.timetable.problem import Plan, Problem, weight

CHANGED = 60  # what a meeting that does not stay as it was costs, in weight: about what one is worth
NEAR = 0.003  # of the bound: as near as nobody is moved for more


@dataclass(frozen=True, slots=True)
class Replanned:
    """The new plan; meetings that moved, that fell out, that came in; locks that could not be kept."""

    outcome: Outcome
    moved: tuple[int, ...]
    lost: tuple[int, ...]
    added: tuple[int, ...]
    unlocked: tuple[int, ...]


def replan(problem: Problem, before: Plan, effort: Effort | None = None, *, price: int = CHANGED) -> Replanned:
    """Plan what changed with the fewest changes: first only what fell out and what was never placed gets the free places;
    where that is not near the bound, a meeting may move or go at a `price`.

    Locks that are still possible are kept; of two that contradict each other now, the weightier one.
    """
    effort = effort or Effort(gap=NEAR, rounds=200)
    kept, unlocked = possible_locks(problem)
    used = effort.clock()
    home = {number: slot for number, slot in enumerate(before) if slot is not None}
    now = Placement(kept, before)
    choice = choose(kept)
    fill(now, first=home)

    def worth(number: int, slot: int) -> int:
        return now.weights[number] + (price if home.get(number) == slot else 0)

    better(now, choice, effort, Random(effort.seed), lambda: used() >= 1.0, worth=worth)
    plan = now.plan()
    return Replanned(
        Outcome(plan, weight(problem, plan), choice.bound, choice.certificate),
        moved=tuple(one for one, slot in home.items() if plan[one] is not None and plan[one] != slot),
        lost=tuple(one for one in home if plan[one] is None),
        added=tuple(one for one, slot in enumerate(plan) if slot is not None and one not in home),
        unlocked=unlocked,
    )


def possible_locks(problem: Problem) -> tuple[Problem, tuple[int, ...]]:
    """The problem with those locks only that can be kept together, and the locks that cannot."""
    free = problem.with_locks({})
    now = Placement(free)
    held: dict[int, int] = {}
    for number, slot in sorted(problem.locks.items(), key=lambda lock: -problem.wishes[lock[0]].weight):
        if now.free(number) >> slot & 1:
            now.put(number, slot)
            held[number] = slot
    return problem.with_locks(held), tuple(number for number in problem.locks if number not in held)
