"""The way to a plan: choose by the flow, place, anneal, fill, improve, until the bound, a gap, an effort or a time is reached."""

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from math import inf
from random import Random
from time import monotonic

from models.rules.timetable.annealing import place_all
from models.rules.timetable.bound import (
    Certificate,
    Choice,
    choose,
    degrees,
    highest_floor,
    sides_of,
    tightened,
    together,
)  # fmt: skip
from models.rules.timetable.breaks import breaks_of, close_breaks
from models.rules.timetable.improving import Filling, Worth, improve
from models.rules.timetable.placement import NOWHERE, Placement
from models.rules.timetable.placing import place, search, straight
from models.rules.timetable.problem import Plan, Problem, check_problem

BREAK_MOVES = 300  # a person
SOME_MOVES = 25  # a meeting
MOST_TIME = 0.75  # of the seconds; the rest is for a better choice


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop: at a gap (a part of the bound), after moves (to place what is chosen, or in groups of more than two)
    and rounds (to choose better), after seconds where given.

    Without `seconds` the same seed gives the same plan on any machine.
    """

    gap: float = 0.0
    rounds: int = 2_000
    moves: int = 200_000
    seconds: float | None = None
    seed: int = 1

    def clock(self) -> Callable[[], float]:
        """Start it; it says which part of the seconds is over."""
        began = monotonic()
        most = inf if self.seconds is None else max(self.seconds, 1e-9)
        return lambda: (monotonic() - began) / most

    def goal(self, bound: int) -> int:
        """The weight that is near enough."""
        return bound - int(self.gap * bound)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, and how good it is: none is worth more than `bound`; `floors` is what everybody could have at least."""

    plan: Plan
    weight: int
    bound: int
    certificate: Certificate
    floors: tuple[int, ...] = ()

    @property
    def gap(self) -> float:
        return (self.bound - self.weight) / self.bound if self.bound else 0.0

    def short(self, problem: Problem) -> list[int]:
        """The people who have fewer meetings than their floor."""
        have = degrees(problem, [number for number, slot in enumerate(self.plan) if slot is not None])
        return [person for person, least in enumerate(self.floors) if have[person] < least]


Progress = Callable[[int, int], bool]  # weight and bound so far; true ends the search


def go_on(weight: int, bound: int) -> bool:
    """No wish to be told, nor to end."""
    return False


def plan_day(problem: Problem, effort: Effort | None = None, progress: Progress = go_on) -> Outcome:
    """Plan a day.

    Raises:
        Invalid: what is locked contradicts itself or what people can.
    """
    effort = effort or Effort()
    check_problem(problem)
    used = effort.clock()
    random = Random(effort.seed)
    floors = highest_floor(problem) if problem.floor else []
    choice = choose(problem, floors)
    now = Placement(problem)
    order = sorted(
        (number for number in choice.chosen if now.slot_of[number] == NOWHERE),
        key=lambda number: problem.possible[number].bit_count(),
    )
    place(now, order, random)

    def used_or_ended() -> float:
        near = now.weight >= effort.goal(choice.bound)
        return 1.0 if near or progress(now.weight, choice.bound) else used()

    place_chosen(now, choice, effort, random, used_or_ended)
    fill(now)
    if now.weight < choice.bound:
        choice = tightened(problem, choice)

    def stop() -> bool:
        return progress(now.weight, choice.bound) or used() >= 1.0

    better(now, choice, effort, random, stop, floors=choice.certificate.floors.tolist() if floors else None)
    found = outcome(problem, now, choice, floors)
    return found if not found.short(problem) else outcome(problem, now, choose(problem), floors)


def place_chosen(now: Placement, choice: Choice, effort: Effort, random: Random, used: Callable[[], float]) -> None:
    """Place what is chosen: with some moves; with many where that may succeed, or where nothing else could come in.

    The choice does not know of walking, so that with it there is hardly ever a way for all that is chosen.
    """
    problem, chosen = now.problem, choice.chosen
    if not together(problem, chosen):
        return
    some = min(effort.moves, SOME_MOVES * len(chosen))
    place_all(now, chosen, random, moves=some, used=used)
    began = used()
    everything = len(chosen) == sum(map(bool, problem.possible))
    if began < MOST_TIME and (everything or not any(map(any, problem.walking))):
        place_all(now, chosen, random, moves=effort.moves - some, used=lambda: (used() - began) / (MOST_TIME - began))


def outcome(problem: Problem, now: Placement, choice: Choice, floors: list[int]) -> Outcome:
    return Outcome(now.plan(), now.weight, choice.bound, choice.certificate, tuple(floors))


def with_fewer_breaks(problem: Problem, found: Outcome, *, stop: Callable[[], bool] = lambda: False) -> Outcome:
    """The same meetings with fewer idle slots between."""
    now = Placement(problem, found.plan)
    close_breaks(now, Random(1), moves=BREAK_MOVES * len(problem.people), stop=stop)
    return min(found, replace(found, plan=now.plan()), key=lambda one: sum(breaks_of(problem, one.plan)))


def better(
    now: Placement,
    choice: Choice,
    effort: Effort,
    random: Random,
    stop: Callable[[], bool],
    *,
    floors: list[int] | None = None,
    worth: Worth | None = None,
) -> None:
    """Improve a plan within an effort; with `worth` a meeting may count differently from slot to slot."""
    goal = effort.goal(choice.bound)
    if now.weight >= goal:
        return
    side = sides_of(now.problem)
    if side:
        improve(now, Filling(now, side, random, floors, worth), random, rounds=effort.rounds, goal=goal, stop=stop)
    if not side or (now.problem.limits and not floors and now.weight < goal):
        pool = promising(now.problem, choice, now.weight)
        search(now, pool, random, moves=effort.moves, stop=stop, goal=goal, worth=worth)
        fill(now)


def fill(now: Placement, first: Container[int] = ()) -> None:
    """Whatever still fits: those named first, then the others, the weightiest first."""
    rest = [meeting for meeting, slot in enumerate(now.slot_of) if slot == NOWHERE]
    for meeting in sorted(rest, key=lambda one: (one not in first, -now.weights[one])):
        straight(now, meeting)


def promising(problem: Problem, choice: Choice, reached: int) -> list[int]:
    """The wishes that a better plan may have: those whose price is not higher than what is still missing."""
    lost = choice.certificate.losses(problem)
    return [int(number) for number in lost.argsort(kind="stable") if lost[number] <= choice.bound - reached]
