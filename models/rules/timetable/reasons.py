"""Why a wished meeting is not in a plan, so that it can be told to whom it concerns."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.timetable.placement import NOWHERE, Placement
from models.rules.timetable.problem import Plan, Problem, slots_of


class Why(StrEnum):
    """The first that applies; `Reason.people` says of whom."""

    MOST = "most"  # somebody has as many meetings as they may have
    NEVER_TOGETHER = "never_together"  # no slot at which all are there
    FULL = "full"  # somebody is in meetings at all times the others are there
    APART = "apart"  # everybody has time, but never at the same time
    WALKING = "walking"  # at the times that are left somebody could not walk from one venue to the other
    TABLES = "tables"  # at the times that are left no table is
    LEFT_OVER = "left_over"  # there is room: the plan was not filled


@dataclass(frozen=True, slots=True)
class Reason:
    """Why; about whom (numbers of people), and the slots in question."""

    why: Why
    people: tuple[int, ...]
    slots: tuple[int, ...]


def reasons(problem: Problem, plan: Plan) -> dict[int, Reason]:
    """The reason for each wish that is not placed."""
    now = Placement(problem, plan)
    return {number: _reason(now, number) for number, slot in enumerate(now.slot_of) if slot == NOWHERE}


def _reason(now: Placement, number: int) -> Reason:
    people, possible = now.people[number], now.problem.possible[number]

    def told(why: Why, about: tuple[int, ...], slots: int) -> Reason:
        return Reason(why, about, tuple(slots_of(slots)))

    if at_most := tuple(person for person in people if now.degree[person] >= now.most[person]):
        return told(Why.MOST, at_most, possible)
    if limits := now.full_limits(number):
        about = now.problem.limits[limits[0]].people
        return told(Why.MOST, tuple(person for person in people if person in about), possible)
    if not possible:
        return told(Why.NEVER_TOGETHER, people, 0)
    if full := tuple(person for person in people if not possible & ~now.busy(person)):
        return told(Why.FULL, full, possible)
    idle = possible
    for person in people:
        idle &= ~now.busy(person)
    if not idle:
        return told(Why.APART, people, possible)
    if not now.without_tables(number):
        return told(Why.WALKING, people, idle)
    if not now.free(number):
        return told(Why.TABLES, people, now.without_tables(number))
    return told(Why.LEFT_OVER, people, now.free(number))
