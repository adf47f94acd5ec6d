"""Every meeting is held: when, with the fewest breaks, and with a proof that there are no fewer.

The model of B2B meeting scheduling (Bofill and others, JAIR 74, 2022) as clauses for CaDiCaL. The number of breaks is asked for from
below: each answer "no" is a bound, the first "yes" is the best plan (decision 0021).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from pysat.card import EncType
from pysat.solvers import Cadical195

from models.rules.timetable.breaks import breaks_of
from models.rules.timetable.clauses import Clauses, Unary
from models.rules.timetable.problem import Plan, Problem, slots_of

CONFLICTS = 20_000  # of the solver, between two looks at the clock: some seconds, half a minute at worst


@dataclass(frozen=True, slots=True)
class Held:
    """A plan of all meetings (none where there is none, or none was found in time) and a proof.

    No plan has fewer breaks than `bound`. `proven`: the plan has that many, or it is certain that there is no plan.
    """

    plan: Plan | None
    bound: int
    breaks: int | None
    proven: bool


Earlier = Sequence[tuple[int, int]]  # pairs of meetings, the first of which must be over before the second begins


class _Ended(Exception):
    """The time is over, or somebody asked to stop."""


def hold_all(
    problem: Problem,
    *,
    earlier: Earlier = (),
    fairness: int | None = None,
    seconds: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Held:
    """Plan every wish of a day; the breaks of two people differ by at most `fairness`. Deterministic but for `seconds`.

    Raises:
        ValueError: there is more than one venue, or a meeting of other than two people.
    """
    if len(problem.tables) != 1 or any(len(set(wish.people)) != 2 for wish in problem.wishes):
        raise ValueError("only meetings of two people at one venue")
    if not _room(problem):
        return Held(None, 0, None, True)
    until = None if seconds is None else monotonic() + seconds
    with _Search(
        _Model(problem, earlier, fairness), lambda: stop() or (until is not None and monotonic() > until)
    ) as search:
        return search.run()


def _room(problem: Problem) -> bool:
    """Whether there is room for everything if one looks at each meeting, each person and all tables alone."""
    wanted = tuple(map(len, problem.wishes_of))
    return (
        all(problem.possible)
        and all(len(limit.wishes) <= limit.most for limit in problem.limits)
        and problem.capacities == wanted
        and len(problem.wishes) <= problem.slots * problem.tables[0]
    )


def _most_breaks(slots: int, meetings: int) -> int:
    """Each break needs an idle slot, and a meeting on either side."""
    return max(0, min(meetings - 1, slots - meetings))


def _hosts(problem: Problem) -> dict[int, list[int]]:
    """Each meeting under one of its two people: always whoever has most of those that are not under anybody yet."""
    left = [set(numbers) for numbers in problem.wishes_of]
    hosts = {}
    while most := max(left, key=len, default=None):
        hosts[left.index(most)] = mine = sorted(most)
        for number in mine:
            for person in problem.wishes[number].people:
                left[person].discard(number)
    return hosts


class _Model:
    """The clauses, what it takes to read a plan from an answer, and the breaks as numbers in unary."""

    def __init__(self, problem: Problem, earlier: Earlier, fairness: int | None) -> None:
        self.problem = problem
        self.clauses = Clauses()
        self.at = [{slot: self.clauses.new() for slot in slots_of(possible)} for possible in problem.possible]
        for slots in self.at:
            self.clauses.append(list(slots.values()))
            self.clauses.at_most_one(list(slots.values()))
        busy = [self._busy(person) for person in range(len(problem.people))]
        self._tables(busy)
        for before, after in earlier:
            self._order(self.at[before], self.at[after])
        limits = [_most_breaks(problem.slots, len(mine)) for mine in problem.wishes_of]
        self.breaks = self._breaks(busy, limits, exact=fairness is not None and min(limits, default=0) > 0)
        if fairness is not None:
            self._fair(fairness)
        self.total = self.clauses.sum(self.breaks)

    def _busy(self, person: int) -> list[int]:
        """Of each slot the variable "this person has a meeting"; empty for whoever has none at all.

        That the meetings of a person have so many slots, and those of a part of the day so many there, follows from the
        rest, but the solver sees it only if told.
        """
        mine = self.problem.wishes_of[person]
        if not mine:
            return []
        row = []
        for slot in range(self.problem.slots):
            here = [self.at[number][slot] for number in mine if slot in self.at[number]]
            self.clauses.at_most_one(here)
            row.append(self.clauses.either(here))
        self.clauses.between(row, len(mine), len(mine))
        parts = [self.problem.wishes[number].allowed for number in mine]
        for part in sorted({part for part in parts if part is not None}):
            there = [row[slot] for slot in slots_of(part & self.problem.every_slot)]
            self.clauses.between(there, min(len(there), parts.count(part)), len(there))
        return row

    def _tables(self, busy: list[list[int]]) -> None:
        """Each meeting is counted at one of its two people; when nearly all tables are needed, each slot has a minimum.

        Far fewer people are counted there than there are meetings. That all people together are at most two a table follows
        from it, but the solver sees it only if told.
        """
        tables, slots = self.problem.tables[0], self.problem.slots
        least = max(0, len(self.problem.wishes) - (slots - 1) * tables)
        hosts = _hosts(self.problem)
        for slot in range(slots):
            here = [row[slot] for row in busy if row]
            self.clauses.between(here, 2 * least, min(len(here), 2 * tables), EncType.totalizer)
            taken = []
            for person, numbers in hosts.items():
                if len(numbers) == len(self.problem.wishes_of[person]):
                    taken.append(busy[person][slot])
                elif some := [self.at[number][slot] for number in numbers if slot in self.at[number]]:
                    taken.append(self.clauses.either(some))
            self.clauses.between(taken, least, min(len(taken), tables), EncType.totalizer)

    def _order(self, before: dict[int, int], after: dict[int, int]) -> None:
        for slot, there in after.items():
            self.clauses.append([-there, *(literal for other, literal in before.items() if other < slot)])
        for slot, there in before.items():
            self.clauses.append([-there, *(literal for other, literal in after.items() if other > slot)])

    def _breaks(self, busy: list[list[int]], limits: list[int], *, exact: bool) -> list[Unary]:
        """How many breaks each person has: meetings after an idle slot that others come before.

        Exact only where it matters that somebody has a break, not just that they have none.
        """
        found = []
        for row, limit in zip(busy, limits, strict=True):
            ends: list[Unary] = []
            for came, before, now in zip(self._came(row), row, row[1:], strict=False):
                ends.append([end := self.clauses.new()])
                self.clauses.append([-now, before, -came, end])
                if exact:
                    self.clauses.extend([-end, literal] for literal in (now, -before, came))
            found.append(self.clauses.sum(ends[1:], most=limit, exact=exact))
        return found

    def _came(self, row: list[int]) -> Iterator[int]:
        """Of each slot the variable "there is a meeting by then"."""
        came = None
        for busy in row:
            came = busy if came is None else self.clauses.either([came, busy])
            yield came

    def _fair(self, fairness: int) -> None:
        """Nobody has more breaks than `fairness` above whoever has the fewest."""
        fewest = min(map(len, self.breaks))
        self.breaks = [self.clauses.cut(number, fewest + fairness) for number in self.breaks]
        for count in range(fewest):
            everybody = self.clauses.all_of([number[count] for number in self.breaks])
            self.clauses.extend(
                [-number[count + fairness], everybody] for number in self.breaks if len(number) > count + fairness
            )

    def plan(self, answer: set[int]) -> Plan:
        return tuple(next(slot for slot, literal in slots.items() if literal in answer) for slots in self.at)


class _Search:
    """The questions to the solver. It keeps what it has learned from one to the next."""

    def __init__(self, model: _Model, stop: Callable[[], bool]) -> None:
        self.model = model
        self.stop = stop
        self.bound = 0
        self.best: Plan | None = None
        self.breaks: int | None = None
        self.solver = Cadical195()
        # Without the phases of quick restarts: the last question has a plan as its answer, and those phases hardly ever find one.
        self.solver.configure({"stabilizeonly": 1})
        self.solver.append_formula(model.clauses)

    def __enter__(self) -> "_Search":
        return self

    def __exit__(self, *_: object) -> None:
        self.solver.delete()

    def run(self) -> Held:
        try:
            possible = self._groups()
            while possible and self.breaks != self.bound:
                more = self.model.total[self.bound]
                if not self._plan_with([-more]):
                    self.solver.add_clause([more])
                    self.bound += 1
        except _Ended:
            return Held(self.best, self.bound, self.breaks, False)
        return Held(self.best, self.bound, self.breaks, True)

    def _groups(self) -> bool:
        """Find groups of people who cannot all be without a break, none in two: as many breaks there are. False: no plan at all."""
        without = [-number[0] for number in self.model.breaks if number]
        while not self._plan_with(without):
            group = self.solver.get_core()
            if not group:
                return False
            without = [literal for literal in without if literal not in group]
            self.bound += 1
        return True

    def _plan_with(self, assumed: list[int]) -> bool:
        """Whether there is a plan where these are true. It is kept."""
        found = None
        while found is None:
            if self.stop():
                raise _Ended
            self.solver.conf_budget(CONFLICTS)
            found = self.solver.solve_limited(assumed)
        if found:
            self.best = self.model.plan(set(self.solver.get_model()))
            self.breaks = sum(breaks_of(self.model.problem, self.best))
        return bool(found)
