"""The timetable: every plan keeps the rules (by a checker that shares no code with it), bounds hold, seeds repeat."""

import json
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Invalid
from models.rules.timetable import (
    UNLIMITED,
    Doubt,
    Effort,
    Limit,
    Outcome,
    Person,
    Problem,
    Wish,
    breaks_of,
    close_breaks,
    doubts,
    mask,
    plan_day,
    reasons,
    replan,
    weight,
    with_fewer_breaks,
)  # fmt: skip
from models.rules.timetable.annealing import place_all
from models.rules.timetable.bound import choose
from models.rules.timetable.placement import Placement
from models.rules.timetable.reasons import Why
from scripts.bench_events import Settings, made
from scripts.timetable_files import plan_as_json, problem_as_json, problem_from_json
from tests.timetable_checker import broken

QUICK = Effort(rounds=20, moves=500)


def checked(problem: Problem, outcome: Outcome) -> list[str]:
    """What the checker says of them as files."""
    day: dict[str, Any] = json.loads(json.dumps(problem_as_json(problem)))
    plan: dict[str, Any] = json.loads(json.dumps(plan_as_json(outcome)))
    return broken(day, plan)


@st.composite
def days(draw: st.DrawFn, sides: bool = True, most_wishes: int = 14) -> Problem:
    slots = draw(st.integers(1, 5))
    venues = draw(st.integers(1, 2))
    every = (1 << slots) - 1
    people = tuple(
        Person(f"P{number}", draw(st.integers(0, every)), draw(st.none() | st.integers(0, slots)))
        for number in range(8)
    )
    pairs = draw(st.lists(st.sampled_from([(one, other) for one in range(4) for other in range(4, 8)]), unique=True,
                          max_size=most_wishes))  # fmt: skip
    groups = (
        pairs if sides else [*pairs, *draw(st.lists(st.sampled_from([(0, 1, 4), (2, 3), (1, 5, 6, 7)]), unique=True))]
    )
    wishes = tuple(Wish(group, draw(st.integers(1, 60)), draw(st.integers(0, venues - 1))) for group in groups)
    tables = tuple(draw(st.sampled_from([1, 2, UNLIMITED])) for _ in range(venues))
    walking = tuple(tuple(int(one != other) for other in range(venues)) for one in range(venues))
    return Problem(slots, people, wishes, tables, walking, floor=draw(st.booleans()))


@st.composite
def limited_days(draw: st.DrawFn, **values: Any) -> Problem:
    """Days with limits: of organisations (people 0-1, 2-3, 4-6) and of some wishes of anybody."""
    problem = draw(days(**values))
    groups = [
        {number for number, wish in enumerate(problem.wishes) if set(wish.people) & people}
        for people in ({0, 1}, {2, 3}, {4, 5, 6})
    ]
    if problem.wishes:
        groups.append(draw(st.sets(st.integers(0, len(problem.wishes) - 1), min_size=1)))
    limits = tuple(
        Limit(f"O{number}", frozenset(wishes), draw(st.integers(0, 4))) for number, wishes in enumerate(groups)
    )
    return replace(problem, limits=limits)


def best_of_all(problem: Problem) -> int:
    """The greatest weight of any plan, by trying everything."""
    best = 0
    for slots in product(*[[None, *range(problem.slots)] for _ in problem.wishes]):
        now = Placement(problem)
        for number, slot in enumerate(slots):
            if slot is not None:
                if not now.free(number) >> slot & 1:
                    break
                now.put(number, slot)
        else:
            best = max(best, now.weight)
    return best


@settings(max_examples=150)
@given(days())
def test_no_rule_is_broken(problem: Problem) -> None:
    assert checked(problem, plan_day(problem, QUICK)) == []


@settings(max_examples=80)
@given(days(sides=False))
def test_nor_with_groups(problem: Problem) -> None:
    assert checked(problem, plan_day(problem, QUICK)) == []


@settings(max_examples=40)
@given(days(most_wishes=4))
def test_the_bound_is_above_the_best_of_all_plans(problem: Problem) -> None:
    outcome = plan_day(Problem(problem.slots, problem.people, problem.wishes, problem.tables, problem.walking), QUICK)
    assert outcome.weight <= best_of_all(problem) <= outcome.bound


@settings(max_examples=100)
@given(limited_days())
def test_limits_are_kept(problem: Problem) -> None:
    assert checked(problem, plan_day(problem, QUICK)) == []
    assert checked(problem, replan(problem, (None,) * len(problem.wishes), QUICK).outcome) == []


@settings(max_examples=80)
@given(limited_days(sides=False), st.randoms(use_true_random=False))
def test_no_lock_is_moved(problem: Problem, random: Any) -> None:
    """Some of a plan is locked, and more is wished for than then."""
    outcome = plan_day(problem, QUICK)
    placed = {number: slot for number, slot in enumerate(outcome.plan) if slot is not None}
    locks = {number: slot for number, slot in placed.items() if random.random() < 0.5}
    locked = problem.with_locks(locks)
    assert checked(locked, plan_day(locked, QUICK)) == []


@settings(max_examples=30)
@given(limited_days(sides=False))
def test_limits_are_kept_with_groups(problem: Problem) -> None:
    assert checked(problem, plan_day(problem, QUICK)) == []


@settings(max_examples=40)
@given(limited_days(most_wishes=4))
def test_the_bound_is_above_the_best_of_all_plans_with_limits(problem: Problem) -> None:
    outcome = plan_day(replace(problem, floor=False), QUICK)
    assert outcome.weight <= best_of_all(problem) <= outcome.bound


def test_the_limit_of_an_organisation_is_reached_and_proven() -> None:
    """Two professors of a university with two meetings together: the two best of six, and the bound knows it."""
    people = (*tuple(Person(f"E{number}", 7) for number in range(3)), Person("A", 7), Person("B", 7))
    wishes = tuple(Wish((one, other), 10 * one + other) for one in range(3) for other in (3, 4))
    problem = Problem(3, people, wishes, limits=(Limit("U", frozenset(range(6)), 2, frozenset({3, 4})),))
    outcome = plan_day(problem)
    assert (outcome.weight, outcome.bound) == (24 + 23, 24 + 23)
    why = reasons(problem, outcome.plan)
    assert {one.why for one in why.values()} == {Why.MOST}
    assert why[0].people == (3,), "it is about the university's side"


def test_too_many_held_for_an_organisation() -> None:
    people = (Person("E", 0b11), Person("F", 0b11), Person("A", 0b11), Person("B", 0b11))
    held = (Wish((0, 2), 1, locked=0), Wish((1, 3), 1, locked=1))
    with pytest.raises(Invalid, match="U"):
        plan_day(Problem(2, people, held, limits=(Limit("U", frozenset({0, 1}), 1),)))


@pytest.mark.parametrize("size", ["S", "M"])
@pytest.mark.parametrize("availability", ["full", "part"])
@pytest.mark.parametrize("venues", [1, 2])
@pytest.mark.parametrize("tables", [None, 0])
@pytest.mark.parametrize("family", ["usual", "planted"])
def test_generated_days(size: str, availability: str, venues: int, tables: int | None, family: str) -> None:
    problem = made(Settings(size, availability, venues, tables=tables, family=family))
    outcome = plan_day(problem, Effort(rounds=40, moves=20_000))
    assert checked(problem, outcome) == []
    assert outcome.gap < 0.2  # with walking the bound is loose
    if availability == "full" and venues == 1:
        assert outcome.gap == 0  # as Koenig's theorem says


@pytest.mark.parametrize(
    ("settings", "least"),
    [(Settings("L", "part", slots=12, tables=0), 0.995), (Settings("M", "part", 2, tables=0, family="planted"), 0.97)],
    ids=["few slots", "planted, two venues"],
)
def test_nearly_all_that_is_chosen_is_placed(settings: Settings, least: float) -> None:
    problem = made(settings)
    now, choice = Placement(problem), choose(problem)
    out = place_all(now, choice.chosen, Random(1), moves=60_000)
    placed = sum(slot is not None for slot in now.plan())
    assert placed + out == len(choice.chosen)
    assert placed >= least * len(choice.chosen)
    assert checked(problem, Outcome(now.plan(), now.weight, choice.bound, choice.certificate)) == []


def test_a_seed_gives_the_same_plan() -> None:
    problem = made(Settings("M", "part", 2))
    assert plan_day(problem, QUICK).plan == plan_day(problem, QUICK).plan


def test_files_say_all_of_a_problem() -> None:
    problem = made(Settings("S", "part", 2))
    assert problem_as_json(problem_from_json(problem_as_json(problem))) == problem_as_json(problem)


def test_floors_leave_nobody_without_a_meeting() -> None:
    problem = made(Settings("S", "full", floor=True, tables=6, slots=10))
    outcome = plan_day(problem, Effort(rounds=100))
    have = [0] * len(problem.people)
    for number, slot in enumerate(outcome.plan):
        if slot is not None:
            for person in problem.wishes[number].people:
                have[person] += 1
    assert checked(problem, outcome) == []
    assert min(have) >= min(outcome.certificate.floors) >= 1
    without = plan_day(made(Settings("S", "full", tables=6, slots=10)), Effort(rounds=100))
    assert outcome.weight <= without.weight


ALL_DAY = mask(range(4))


def day(*wishes: Wish, people: int = 4, slots: int = 4, tables: int = UNLIMITED, **more: Any) -> Problem:
    return Problem(slots, tuple(Person(f"P{n}", more.pop(f"p{n}", ALL_DAY)) for n in range(people)), wishes, (tables,))


def test_locks_are_kept() -> None:
    problem = day(Wish((0, 2), 5, locked=3), Wish((0, 3), 50), Wish((1, 2), 50), slots=4)
    outcome = plan_day(problem, QUICK)
    assert outcome.plan[0] == 3
    assert checked(problem, outcome) == []


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        (day(Wish((0, 2), 5), slots=0), ""),
        (day(Wish((0, 2), 5, locked=1), p0=0b1000), "P0、P2"),
        (day(Wish((0, 2), 5, locked=1), Wish((0, 3), 5, locked=1)), "P0"),
        (day(Wish((0, 2), 5, locked=1), Wish((1, 3), 5, locked=1), tables=1), ""),
    ],
)
def test_what_contradicts_itself_is_said(problem: Problem, named: str) -> None:
    with pytest.raises(Invalid) as told:
        plan_day(problem)
    assert named in "".join(map(str, told.value.params.values()))


def test_reasons() -> None:
    problem = Problem(
        2, (Person("A", 0b11), Person("B", 0b01), Person("C", 0b10), Person("D", 0b11), Person("E", 0b11, most=0)),
        (Wish((0, 2), 9, locked=1), Wish((0, 3), 9, locked=0), Wish((1, 2), 5), Wish((0, 1), 5), Wish((1, 4), 5)),
    )  # fmt: skip
    told = reasons(problem, plan_day(problem, QUICK).plan)
    assert {number: one.why for number, one in told.items()} == {2: Why.NEVER_TOGETHER, 3: Why.FULL, 4: Why.MOST}
    assert told[3].people == (0,)


def test_no_table_is_a_reason() -> None:
    problem = day(Wish((0, 2), 9, locked=0), Wish((1, 3), 5), slots=1, tables=1)
    told = reasons(problem, plan_day(problem, QUICK).plan)
    assert told[1].why is Why.TABLES


def test_breaks_close_without_losing_a_meeting() -> None:
    problem = made(Settings("M", "part"))
    outcome = plan_day(problem, QUICK)
    now = Placement(problem, outcome.plan)
    close_breaks(now, Random(1), moves=5_000)
    after = now.plan()
    assert sum(breaks_of(problem, after)) < 0.6 * sum(breaks_of(problem, outcome.plan)), "though every table is taken"
    assert [slot is None for slot in after] == [slot is None for slot in outcome.plan]
    assert checked(problem, Outcome(after, outcome.weight, outcome.bound, outcome.certificate)) == []


@settings(max_examples=100)
@given(limited_days(sides=False))
def test_fewer_breaks_break_no_rule(problem: Problem) -> None:
    outcome = plan_day(problem, QUICK)
    after = with_fewer_breaks(problem, outcome)
    assert sum(breaks_of(problem, after.plan)) <= sum(breaks_of(problem, outcome.plan))
    assert after.weight == weight(problem, after.plan)
    assert checked(problem, after) == []


def without(problem: Problem, gone: int) -> Problem:
    people = [
        Person(person.name, 0 if number == gone else person.available, person.most)
        for number, person in enumerate(problem.people)
    ]
    return Problem(problem.slots, tuple(people), problem.wishes, problem.tables, problem.walking)


def test_a_cancellation_moves_nobody() -> None:
    problem = made(Settings("M", "part"))
    before = plan_day(problem, QUICK).plan
    changed = without(problem, 3)
    found = replan(changed, before, Effort(rounds=30))
    assert found.moved == ()
    assert all(3 in problem.wishes[number].people for number in found.lost)
    assert found.outcome.weight >= weight(problem, before) - sum(problem.wishes[number].weight for number in found.lost)
    assert checked(changed, found.outcome) == []


def test_locks_that_became_impossible_are_named() -> None:
    problem = day(Wish((0, 2), 5, locked=1), Wish((1, 3), 5, locked=2))
    found = replan(without(problem, 0), (1, 2), QUICK)
    assert found.unlocked == (0,)
    assert found.outcome.plan == (None, 2)


def test_what_will_not_work_out_is_known_before() -> None:
    """Seekers E (never there), F (there at 0), G; owners A (there at 1 and 2, wants one meeting), B at a venue without a table."""
    people = (Person("E", 0), Person("F", 0b001), Person("G", 0b111), Person("A", 0b110, most=1), Person("B", 0b111))
    wishes = (Wish((0, 3), 1), Wish((1, 3), 1), Wish((2, 3), 1), Wish((2, 3), 1), Wish((2, 4), 1, venue=1))
    found = doubts(Problem(3, people, wishes, (1, 0), ((0, 0), (0, 0))), [False, False, True, True, False])
    assert [(one.doubt, one.people, one.slots, one.wanted, one.fit) for one in found] == [
        (Doubt.NO_TIME, (0,), 0, 0, 0),
        (Doubt.NEVER_TOGETHER, (1,), 0b001, 0, 0),
        (Doubt.TOO_MANY, (3,), 0b110, 2, 1),
        (Doubt.NO_TABLE, (4,), 0, 1, 0),
    ]


def test_sides_and_tables_that_are_short() -> None:
    there = (Person("E", 0b1), Person("F", 0b1), Person("A", 0b1), Person("B", 0b1), Person("", 0b1), Person("", 0b1))
    wishes = (Wish((0, 2), 1), Wish((1, 3), 1), Wish((4, 5), 0, locked=0))
    (tables,) = doubts(Problem(1, there, wishes, (2,)), [True, True])
    assert (tables.doubt, tables.people, tables.wanted, tables.fit) == (Doubt.TABLES, (2, 3), 2, 1), "one is taken"
    away = tuple(replace(one, available=0) for one in there[:2]) + there[2:]
    assert [one.doubt for one in doubts(Problem(1, away, wishes, (3,)), [True, True])] == [Doubt.NOBODY]
