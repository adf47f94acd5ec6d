"""Every meeting is held: each rule alone, by a checker that shares no code; and as few breaks as trying everything finds."""

import json
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.timetable import Held, Person, Problem, Wish, hold_all
from scripts import dzn
from scripts.bench_timetable import main
from scripts.timetable_files import held_as_json
from tests.held_checker import broken_held

MORNING, AFTERNOON, ANY = 1, 2, 3


@dataclass(frozen=True)
class Day:
    """What a .dzn file says, counting from 1 as it does."""

    people: int
    requested: tuple[tuple[int, int, int], ...]
    slots: int = 6
    mornings: int = 3
    tables: int = 2
    forbidden: tuple[frozenset[int], ...] = ()
    fixed: tuple[int, ...] = ()
    precedences: tuple[frozenset[int], ...] = ()
    fairness: int = 9

    @property
    def text(self) -> str:
        def sets(given: tuple[frozenset[int], ...], number: int) -> str:
            padded = [*given, *[frozenset[int]()] * (number - len(given))]
            return "[" + ",\n".join("{" + ",".join(map(str, sorted(one))) + "}" for one in padded) + "]"

        meetings = len(self.requested)
        fixed = self.fixed or (0,) * meetings
        return f"""nBusiness = {self.people};
nMeetings = {meetings};
nTables = {self.tables};
nTotalSlots = {self.slots};
nMorningSlots = {self.mornings};

requested = [|{"".join(f"{one}, {other},{half}, {chr(10)}|" for one, other, half in self.requested)}];

forbidden = {sets(self.forbidden, self.people)};
fixed = [{",".join(map(str, fixed))}];
precedences = {sets(self.precedences, meetings)};
"""


def held(day: Day) -> tuple[Held, dict[str, Any]]:
    problem, earlier = dzn.read(day.text)
    found = hold_all(problem, earlier=earlier, fairness=day.fairness)
    plan: dict[str, Any] = json.loads(json.dumps(held_as_json(found)))
    assert broken_held(day.text, plan, day.fairness) == []
    return found, plan


def fewest(day: Day) -> int | None:
    """The fewest breaks, by trying everything; the checker judges."""
    best: int | None = None
    for slots in product(range(day.slots), repeat=len(day.requested)):
        diaries: list[list[int]] = [[] for _ in range(day.people)]
        for (one, other, _), slot in zip(day.requested, slots, strict=True):
            diaries[one - 1].append(slot)
            diaries[other - 1].append(slot)
        breaks = sum(later > now + 1 for diary in diaries for now, later in pairwise(sorted(diary)))
        meetings = [{"wish": number, "slot": slot} for number, slot in enumerate(slots)]
        plan = {"meetings": meetings, "breaks": breaks, "bound": breaks, "proven": True}
        if (best is None or breaks < best) and not broken_held(day.text, plan, day.fairness):
            best = breaks
    return best


@st.composite
def days(draw: st.DrawFn) -> Day:
    people, slots = 5, draw(st.integers(3, 5))
    pairs = st.tuples(st.integers(1, people), st.integers(1, people)).filter(lambda pair: pair[0] < pair[1])
    requested = tuple(
        (one, other, draw(st.sampled_from([MORNING, AFTERNOON, ANY, ANY, ANY])))
        for one, other in draw(st.lists(pairs, min_size=1, max_size=4, unique=True))
    )
    some = st.frozensets(st.integers(1, slots), max_size=2)
    return Day(
        people,
        requested,
        slots,
        draw(st.integers(1, slots - 1)),
        draw(st.integers(1, 2)),
        tuple(draw(some) for _ in range(people)),
        tuple(draw(st.sampled_from([0, 0, 0, 1, slots])) for _ in requested),
        tuple(
            draw(st.frozensets(st.sampled_from([other for other in range(1, len(requested) + 1) if other != number]), max_size=1))
            if len(requested) > 1
            else frozenset()
            for number in range(1, len(requested) + 1)
        ),
        draw(st.integers(0, 2)),
    )  # fmt: skip


@settings(max_examples=150)
@given(days())
def test_as_few_breaks_as_trying_everything_finds(day: Day) -> None:
    found, _ = held(day)
    assert (found.breaks, found.proven) == (fewest(day), True)


STAR = Day(4, ((1, 2, ANY), (1, 3, ANY), (1, 4, ANY)))  # one person meets the three others


def test_meetings_stand_together() -> None:
    found, _ = held(STAR)
    assert (found.breaks, found.bound) == (0, 0)


@pytest.mark.parametrize(
    ("day", "breaks"),
    [
        (replace(STAR, fixed=(1, 0, 6)), 1),
        (replace(STAR, forbidden=(frozenset({2, 4, 6}),)), 2),
        (replace(STAR, requested=((1, 2, MORNING), (1, 3, AFTERNOON), (1, 4, AFTERNOON)), forbidden=(frozenset({4}),)), 1),
        (replace(STAR, fixed=(3, 1, 0), precedences=(frozenset({2}), frozenset(), frozenset({1}))), 1),
        (replace(STAR, fixed=(3, 4, 5), precedences=(frozenset({2}),)), None),
        (replace(STAR, precedences=(frozenset({2}), frozenset({1}))), None),
        (replace(STAR, forbidden=(frozenset({2, 4, 6}),), fairness=2), 2),
        (replace(STAR, forbidden=(frozenset({2, 4, 6}),), fairness=1), None),
        (replace(STAR, slots=2), None),
        (Day(4, ((1, 2, ANY), (3, 4, ANY)), tables=1, slots=1, mornings=1), None),
        (Day(6, ((1, 2, ANY), (3, 4, ANY), (5, 6, ANY), (1, 3, ANY)), tables=2, slots=2), 0),
        (replace(STAR, fixed=(1, 1, 0)), None),
    ],
    ids=[
        "fixed", "forbidden", "half days", "a precedence", "a precedence against what is fixed", "precedences in a circle", "fair",
        "not fair", "too few slots", "too few tables", "no table free", "twice at once",
    ],
)  # fmt: skip
def test_each_rule_alone(day: Day, breaks: int | None) -> None:
    found, _ = held(day)
    assert (found.breaks, found.proven, found.plan is None) == (breaks, True, breaks is None)


def test_fairness_can_cost_breaks() -> None:
    """With everybody in a break or nobody: 1 has one anyway, so 2 and 3, who need none, take one too."""
    day = Day(3, ((1, 2, ANY), (1, 3, ANY), (2, 3, ANY)), slots=5, forbidden=(frozenset({2, 4}),))
    unfair, _ = held(day)
    fair, _ = held(replace(day, fairness=0))
    assert unfair.breaks is not None
    assert fair.breaks == fewest(replace(day, fairness=0))
    assert fair.breaks is None or fair.breaks >= unfair.breaks


BUSY = Day(
    8, tuple((one, other, ANY) for one in range(1, 5) for other in range(5, 9) if (one + other) % 4), slots=7, tables=2
)


def test_the_same_question_has_the_same_answer() -> None:
    assert held(BUSY) == held(BUSY)


def test_who_asks_to_stop_gets_what_was_found() -> None:
    problem, earlier = dzn.read(BUSY.text)
    asked = iter([False])
    stopped = hold_all(problem, earlier=earlier, stop=lambda: next(asked, True))
    assert not stopped.proven or stopped.breaks == stopped.bound
    assert hold_all(problem, stop=lambda: True) == Held(None, 0, None, False)
    assert hold_all(problem, seconds=-1.0) == Held(None, 0, None, False)


def test_a_day_without_meetings_is_planned() -> None:
    assert hold_all(Problem(2, (Person("A", 3),), (), (1,))) == Held((), 0, 0, True)


def test_only_pairs_at_one_venue() -> None:
    people = tuple(Person(name, 3) for name in "ABC")
    for day in (
        Problem(2, people, (Wish((0, 1, 2), 1),), (1,)),
        Problem(2, people, (Wish((0, 1), 1),), (1, 1), ((0, 1), (1, 0))),
    ):
        with pytest.raises(ValueError, match="one venue"):
            hold_all(day)


def test_a_file_that_lacks_something_is_refused() -> None:
    for wrong, message in (
        (STAR.text.replace("nTables", "nChairs"), "nTables is missing"),
        (STAR.text.replace("nBusiness = 4", "nBusiness = 5"), "forbidden"),
        (STAR.text.replace("fixed = [0,", "fixed = ["), "fixed of 3 meetings"),
    ):
        with pytest.raises(ValueError, match=message):
            dzn.read(wrong)


def test_the_checker_sees_what_is_wrong() -> None:
    day = replace(
        STAR, fixed=(1, 0, 6), precedences=(frozenset(), frozenset({1})), forbidden=(frozenset({5}),), tables=1
    )
    _, plan = held(day)
    for slots, message in (
        ((2, 3, 6), "fixed"), ((1, 1, 6), "too early"), ((1, 5, 6), "cannot come"), ((1, 6, 6), "two meetings"),
        ((1, 6, 6), "2 meetings at slot"), ((1, 7, 6), "part of the day"),
    ):  # fmt: skip
        wrong = {**plan, "meetings": [{"wish": number, "slot": slot - 1} for number, slot in enumerate(slots)]}
        assert any(message in one for one in broken_held(day.text, wrong, 9))
    assert broken_held(day.text, plan, 0) == ["not fair"]
    assert broken_held(day.text, {**plan, "breaks": 0}, 9) == ["the figures are wrong"]
    assert broken_held(day.text, {**plan, "meetings": plan["meetings"][1:]}, 9) == ["not every meeting is held once"]


def test_the_benchmark_says_what_was_published_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "star.original.dzn").write_text(replace(STAR, fixed=(1, 0, 6)).text)
    (tmp_path / "data" / "star.late.dzn").write_text(replace(STAR, slots=2).text)
    rows = ["instance,variant,fairness_d,published_value", "star,original,2,1", "star,late,2,-", "star,original,1,2"]
    (tmp_path / "values.csv").write_text("\n".join(rows) + "\n")
    main(
        [
            "--published",
            str(tmp_path / "values.csv"),
            "--plan-out",
            str(tmp_path),
            "--json",
            str(tmp_path / "found.json"),
        ]
    )
    found = json.loads((tmp_path / "found.json").read_text())
    assert [(line["breaks"], line["proven"], line["published"]) for line in found] == [
        ("1", "yes", "1"),
        ("-", "yes", "-"),
        ("1", "yes", "2"),
    ]
    assert "published: 2 of 3" in capsys.readouterr().out
    plan = json.loads((tmp_path / "star.original-d2.json").read_text())
    assert broken_held((tmp_path / "data" / "star.original.dzn").read_text(), plan, 2) == []
