"""Which meetings would be best if only their number counted, and a proof of how much no plan can exceed.

A b-matching (each person at most as often as they are there, each venue at most slots x tables) ignores when meetings
are. With two sides it is a flow, whose solution is whole; else a linear program. Its dual prices are the proof:
`Certificate.bound` is an upper bound for any prices at all (weak duality), so that whoever doubts it adds it up again.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy
from ortools.linear_solver import pywraplp

from models.rules.timetable.flow import Array, cheapest
from models.rules.timetable.problem import UNLIMITED, Problem, slots_of

TINY = 1e-6
LARGEST = 30_000  # variables of a linear program that is solved within a second or two


@dataclass(frozen=True, slots=True)
class Certificate:
    """Prices of zero or more: of a meeting of each person, of a table of each venue, of both at each slot, of each limit.

    `floors` are least numbers of meetings that the bound supposes, `floor_prices` what having to keep them costs.
    """

    people: Array
    tables: Array
    floors: Array
    floor_prices: Array
    people_slots: Array = field(default=None)  # people x slots
    table_slots: Array = field(default=None)  # venues x slots
    limits: Array = field(default=None)

    def bound(self, problem: Problem) -> int:
        """What no plan (that keeps the floors) exceeds."""
        many = Wishes(problem)
        limited = numpy.array([0 if one >= UNLIMITED else one for one in problem.tables])
        capacities = numpy.array(problem.capacities)
        total = capacities @ self.people - self.floors @ self.floor_prices + problem.slots * limited @ self.tables
        if self.people_slots is not None:
            total += (self.people_slots * many.available).sum() + limited @ self.table_slots.sum(axis=1)
        if self.limits is not None:
            total += many.most @ self.limits
        gained = -self._losses(many)
        total += numpy.where(many.locked, gained, numpy.maximum(gained, 0.0))[many.possible.any(axis=1)].sum()
        return int(numpy.floor(total + TINY))

    def losses(self, problem: Problem) -> Array:
        """By how much at least the bound falls for plans that have a wish; below 0, for plans that lack it."""
        return self._losses(Wishes(problem))

    def _losses(self, many: "Wishes") -> Array:
        net = numpy.append(self.people - self.floor_prices, 0.0)  # the last one is nobody
        cost = net[many.people].sum(axis=1) + self.tables[many.venues]
        if self.people_slots is not None:
            cost = cost + many.cheapest(self.people_slots, self.table_slots)
        if self.limits is not None:
            cost = cost + many.limited @ self.limits
        return cost - many.weights


class Wishes:
    """The wishes as arrays: people (padded by the number of people, nobody), weights, venues, possible slots."""

    def __init__(self, problem: Problem) -> None:
        nobody = len(problem.people)
        most = max((len(wish.people) for wish in problem.wishes), default=1)
        self.people = numpy.array(
            [[*wish.people, *[nobody] * (most - len(wish.people))] for wish in problem.wishes], dtype=int
        ).reshape(-1, most)
        self.weights = numpy.array([wish.weight for wish in problem.wishes], dtype=float)
        self.venues = numpy.array([wish.venue for wish in problem.wishes], dtype=int)
        self.locked = numpy.array([wish.locked is not None for wish in problem.wishes], dtype=bool)
        self.possible = bits(problem.possible, problem.slots)
        self.available = bits([person.available for person in problem.people], problem.slots)
        self.most = numpy.array([limit.most for limit in problem.limits], dtype=float)
        self.limited = numpy.zeros((len(problem.wishes), len(problem.limits)))
        for number, limit in enumerate(problem.limits):
            self.limited[list(limit.wishes), number] = 1.0

    def cheapest(self, people_slots: Array, table_slots: Array) -> Array:
        """The price of each wish at the slot where it is lowest."""
        prices = numpy.vstack([people_slots, numpy.zeros(people_slots.shape[1])])
        cost = table_slots[self.venues] + prices[self.people].sum(axis=1)
        return numpy.where(self.possible, cost, numpy.inf).min(axis=1, initial=numpy.inf)


def bits(sets: Any, slots: int) -> Array:
    """Sets of slots as rows of truth values."""
    kind = numpy.uint64 if slots < 64 else object
    every = (1 << slots) - 1
    numbers = numpy.array([one & every for one in sets], dtype=kind).reshape(-1, 1)
    return (numbers >> numpy.arange(slots).astype(kind) & numpy.array(1, dtype=kind)).astype(bool)


class Choice(NamedTuple):
    """The wishes of a best b-matching (or, of a linear program, the likely ones), and the proof of its weight."""

    chosen: list[int]
    certificate: Certificate
    bound: int


def sides_of(problem: Problem) -> list[int] | None:
    """0 or 1 for each person so that all meet across and side 1 has one venue each; None where there are no such sides."""
    unknown = -1
    side = [unknown] * len(problem.people)
    if any(len(wish.people) != 2 for wish in problem.wishes):
        return None
    for start in range(len(problem.people)):
        if side[start] != unknown:
            continue
        side[start] = 0
        queue = deque([start])
        while queue:
            person = queue.popleft()
            for number in problem.wishes_of[person]:
                one, other = problem.wishes[number].people
                met = other if one == person else one
                if side[met] == unknown:
                    side[met] = 1 - side[person]
                    queue.append(met)
                elif side[met] == side[person]:
                    return None
    return _with_venues_on_one_side(problem, side)


def _with_venues_on_one_side(problem: Problem, side: list[int]) -> list[int] | None:
    if len(problem.tables) == 1:
        return side
    venues: list[set[int]] = [set() for _ in problem.people]
    for wish in problem.wishes:
        for person in wish.people:
            venues[person].add(wish.venue)
    for turned in (0, 1):
        if all(len(venues[person]) <= 1 for person, one in enumerate(side) if one ^ turned == 1):
            return [one ^ turned for one in side]
    return None


def choose(problem: Problem, floors: list[int] | None = None) -> Choice:
    """The best b-matching; with `floors` as many of those as can be are kept before weight counts."""
    wanted = floors or [0] * len(problem.people)
    side = None if problem.limits else sides_of(problem)
    return _by_flow(problem, side, wanted) if side else _by_program(problem, wanted)


def highest_floor(problem: Problem) -> list[int]:
    """The most meetings that everybody can have at the same time, each as far as their own wishes and time allow."""
    capacities = problem.capacities
    low, high = 0, max(capacities, default=0)
    best = [0] * len(capacities)
    while low < high:
        middle = (low + high + 1) // 2
        floors = [min(middle, most) for most in capacities]
        if kept(problem, choose(problem, floors).chosen, floors):
            low, best = middle, floors
        else:
            high = middle - 1
    return best


def kept(problem: Problem, chosen: list[int], floors: list[int]) -> bool:
    """Whether everybody has as many of the chosen meetings as the floors say."""
    return all(have >= least for have, least in zip(degrees(problem, chosen), floors, strict=True))


def together(problem: Problem, chosen: list[int]) -> bool:
    """Whether so many meetings of everybody, and of each limit, are possible, whenever they are."""
    many = set(chosen)
    return all(have <= most for have, most in zip(degrees(problem, chosen), problem.capacities, strict=True)) and all(
        len(limit.wishes & many) <= limit.most for limit in problem.limits
    )


def degrees(problem: Problem, chosen: list[int]) -> list[int]:
    """How many of these meetings each person has."""
    count = [0] * len(problem.people)
    for number in chosen:
        for person in problem.wishes[number].people:
            count[person] += 1
    return count


def tightened(problem: Problem, choice: Choice) -> Choice:
    """The same choice with a bound that also knows when people are there, where that is lower: a linear program.

    Left as it is where floors are kept, and where the program would be large.
    """
    size = sum(possible.bit_count() for possible in problem.possible)
    if choice.certificate.floors.any() or not 0 < size <= LARGEST:
        return choice
    certificate = _by_slots(problem)
    bound = certificate.bound(problem)
    return choice._replace(certificate=certificate, bound=bound) if bound < choice.bound else choice


def _by_slots(problem: Problem) -> Certificate:
    """Prices of people and tables at each slot, the duals of "at most one meeting of each person and table at a slot"."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity, count = solver.infinity(), len(problem.people)
    objective = solver.Objective()
    objective.SetMaximization()
    most = [solver.Constraint(-infinity, capacity) for capacity in problem.capacities]
    at = [[solver.Constraint(-infinity, 1) for _slot in range(problem.slots)] for _person in problem.people]
    seats = [[solver.Constraint(-infinity, tables) for _slot in range(problem.slots)] for tables in problem.tables]
    limits = [solver.Constraint(-infinity, limit.most) for limit in problem.limits]
    for number, wish in enumerate(problem.wishes):
        least = 1.0 if wish.locked is not None else 0.0
        once = solver.Constraint(least, 1.0)
        for slot in slots_of(problem.possible[number]):
            taken = solver.NumVar(0.0, 1.0, "")
            objective.SetCoefficient(taken, wish.weight)
            for row in (once, seats[wish.venue][slot], *(at[one][slot] for one in wish.people)):
                row.SetCoefficient(taken, 1.0)
            for one in wish.people:
                most[one].SetCoefficient(taken, 1.0)
            for limit in problem.limits_of[number]:
                limits[limit].SetCoefficient(taken, 1.0)
    solver.Solve()
    return Certificate(
        people=_prices(most),
        tables=numpy.zeros(len(problem.tables)),
        floors=numpy.zeros(count, dtype=int),
        floor_prices=numpy.zeros(count),
        people_slots=numpy.array([_prices(row) for row in at]),
        table_slots=numpy.array([_prices(row) for row in seats]),
        limits=_prices(limits) if limits else None,
    )


def _prices(rows: list[Any]) -> Array:
    return numpy.maximum([row.dual_value() for row in rows], 0.0)


def _by_flow(problem: Problem, side: list[int], floors: list[int]) -> Choice:
    people, venues = len(problem.people), len(problem.tables)
    source, sink = people + venues, people + venues + 1
    numbers = [number for number, possible in enumerate(problem.possible) if possible]
    large = 1 + 2 * sum(sorted((wish.weight for wish in problem.wishes), reverse=True)[:50])  # beyond any detour's gain
    locks = problem.locks
    arcs: list[tuple[int, int, int, int]] = []  # tail, head, capacity, cost
    for number in numbers:
        one, other = sorted(problem.wishes[number].people, key=side.__getitem__)
        arcs.append((one, other, 1, -problem.wishes[number].weight - (large * large if number in locks else 0)))
    venue_of = {person: wish.venue for wish in problem.wishes for person in wish.people if side[person]}
    for person, most in enumerate(problem.capacities):
        ends = (source, person) if side[person] == 0 else (person, people + venue_of.get(person, 0))
        least = min(floors[person], most)
        arcs += [(*ends, least, -large), (*ends, most - least, 0)]
    seats = [min(problem.slots * tables, sum(problem.capacities)) for tables in problem.tables]
    for venue, number_of_seats in enumerate(seats):
        arcs.append((people + venue, sink, number_of_seats, 0))
    supply = sum(most for person, most in enumerate(problem.capacities) if side[person] == 0)
    arcs.append((source, sink, supply, 0))
    tails, heads, capacities, costs = numpy.array(arcs).T
    flows = cheapest(tails, heads, capacities, costs, ends=(source, sink), supply=supply)
    chosen = [number for number, used in zip(numbers, flows, strict=False) if used]
    have = degrees(problem, chosen)
    potentials = _potentials(sink + 1, tails, heads, flows, capacities, costs)
    marks = numpy.array(side)
    venue_at = numpy.array([people + venue_of.get(person, 0) for person in range(people)])
    net = numpy.where(marks == 0, potentials[:people] - potentials[source], potentials[venue_at] - potentials[:people])
    certificate = Certificate(
        people=numpy.maximum(net, 0.0),
        tables=numpy.maximum(potentials[sink] - potentials[people : people + venues], 0.0),
        floors=numpy.minimum(numpy.array(floors), numpy.array(have)),
        floor_prices=numpy.maximum(-net, 0.0),
    )
    return Choice(chosen, certificate, certificate.bound(problem))


def _potentials(nodes: int, tails: Array, heads: Array, flows: Array, capacities: Array, costs: Array) -> Array:
    """Shortest distances in what a flow of least cost leaves over (Bellman and Ford): its dual prices."""
    forth, back = flows < capacities, flows > 0
    start = numpy.concatenate([tails[forth], heads[back]])
    end = numpy.concatenate([heads[forth], tails[back]])
    cost = numpy.concatenate([costs[forth], -costs[back]]).astype(float)
    found = numpy.zeros(nodes)
    while True:
        nearer = found.copy()
        numpy.minimum.at(nearer, end, found[start] + cost)
        if (nearer == found).all():
            return found
        found = nearer


def _by_program(problem: Problem, floors: list[int]) -> Choice:
    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity = solver.infinity()
    taken = {}
    for number, possible in enumerate(problem.possible):
        if possible:
            taken[number] = solver.NumVar(1.0 if problem.wishes[number].locked is not None else 0.0, 1.0, "")
    capacities = problem.capacities
    large = 1 + 2 * max((wish.weight for wish in problem.wishes), default=0) * 10
    objective = solver.Objective()
    objective.SetMaximization()
    rows, least = [], []
    for person, numbers in enumerate(problem.wishes_of):
        mine = [taken[number] for number in numbers if number in taken]
        row = solver.Constraint(-infinity, capacities[person])
        floor = solver.Constraint(min(floors[person], capacities[person]), infinity)
        short = solver.NumVar(0.0, infinity, "")
        objective.SetCoefficient(short, -large)
        floor.SetCoefficient(short, 1.0)
        for one in mine:
            row.SetCoefficient(one, 1.0)
            floor.SetCoefficient(one, 1.0)
        rows.append(row)
        least.append(floor)
    seats = [solver.Constraint(-infinity, problem.slots * tables) for tables in problem.tables]
    limits = [solver.Constraint(-infinity, limit.most) for limit in problem.limits]
    for number, one in taken.items():
        for limit in problem.limits_of[number]:
            limits[limit].SetCoefficient(one, 1.0)
        objective.SetCoefficient(one, problem.wishes[number].weight)
        seats[problem.wishes[number].venue].SetCoefficient(one, 1.0)
    solver.Solve()
    chosen = [number for number, one in taken.items() if one.solution_value() > 0.5]
    certificate = Certificate(
        people=_prices(rows),
        tables=_prices(seats),
        floors=numpy.minimum(numpy.array(floors), numpy.array(degrees(problem, chosen))),
        floor_prices=numpy.maximum([-row.dual_value() for row in least], 0.0),
        limits=_prices(limits) if limits else None,
    )
    return Choice(chosen, certificate, certificate.bound(problem))
