"""`python -m scripts.bench_timetable ...`: how near the optimum the timetable comes and how fast, by the code that the site uses.

generated    --size S|M|L|XL ... --availability full|part --venues 1|2 --slots T --tables K (0: no limit)
             --family usual|planted --floor --breaks --seed N
own files    --instance FILE.json ...   (scripts/timetable_files.py has the format)
published    --instance FILE.dzn ... --fairness D, or --published CSV for all of its rows; every meeting is held, breaks
             count (scripts/bench_held.py); --processes N at once; --plan-out may be a folder
re-plan      --replan cancel1|churn5    one person cancels; or 5 % cancel and 5 % lose three slots; then planned anew

each with --time-limit SECONDS, --gap PART, --instance-out FILE, --plan-out FILE, --json FILE. `gap`, `unplaced`, `breaks`
(a person), `moved` (a part of the meetings) are of the last plan, `seconds` of making it; `trace` (JSON only) is the gap over seconds. Beside it the gaps of two
baselines: first come first served (wishes in a random order) and greedy by weight. `floor`: meetings that everybody has at
least of those they wish and have time for, as the flow says; `short`: how many have fewer; `price`: weight lost by it.
"""

import argparse
import json
import random
import resource
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from models.errors import Invalid
from models.rules.timetable import Effort, Outcome, Problem, breaks_of, mask, plan_day, replan, with_fewer_breaks
from models.rules.timetable.bound import choose
from models.rules.timetable.placement import Placement
from models.rules.timetable.placing import straight
from scripts import bench_held
from scripts.bench_events import SIZES, Settings, made
from scripts.timetable_files import plan_as_json, problem_as_json, problem_from_json

ENDLESS = 10**9  # moves, where the time is what ends the search
COLUMNS = (
    "instance", "wishes", "seconds", "weight", "bound", "gap", "unplaced", "first_come", "greedy", "breaks", "floor", "short",
    "price", "moved", "peak_mb",
)  # fmt: skip
CHURN = 0.05  # of the people cancel, and as many lose LOST slots
LOST = 3


def run(name: str, problem: Problem, arguments: argparse.Namespace) -> tuple[dict[str, Any], Problem, Outcome]:
    """Plan once, and once more where `--replan` says so; the figures, the day and the plan of the last."""
    effort = Effort(gap=arguments.gap, rounds=ENDLESS, moves=ENDLESS, seconds=arguments.time_limit)
    began = perf_counter()
    trace: list[tuple[float, int]] = []

    def note(weight: int, bound: int) -> bool:
        if not trace or weight > trace[-1][1]:
            trace.append((round(perf_counter() - began, 3), weight))
        return False

    outcome = plan_day(problem, effort, note)
    if arguments.breaks:
        outcome = with_fewer_breaks(problem, outcome, stop=lambda: perf_counter() - began > arguments.time_limit)
    seconds = perf_counter() - began
    moved = 0.0
    if arguments.replan:
        problem, before = changed(problem, arguments.replan), outcome.plan
        began = perf_counter()
        again = replan(problem, before)
        seconds, outcome = perf_counter() - began, again.outcome
        moved = len(again.moved) / sum(slot is not None for slot in before)
    figures = {
        "instance": name + (f"-{arguments.replan}" if arguments.replan else ""),
        "wishes": len(problem.wishes),
        "seconds": round(seconds, 2),
        "weight": outcome.weight,
        "bound": outcome.bound,
        "gap": round(outcome.gap, 5),
        "unplaced": sum(slot is None for slot in outcome.plan),
        "first_come": round(1 - _in_order(problem, weighted=False) / outcome.bound, 4),
        "greedy": round(1 - _in_order(problem, weighted=True) / outcome.bound, 4),
        "breaks": round(sum(breaks_of(problem, outcome.plan)) / len(problem.people), 2),
        "floor": max(outcome.floors, default=0),
        "short": len(outcome.short(problem)),
        "price": round(1 - outcome.bound / choose(problem).bound, 4) if problem.floor else 0.0,
        "moved": round(moved, 4),
        "trace": [(second, round(1 - weight / outcome.bound, 5)) for second, weight in trace],
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    return figures, problem, outcome


def changed(problem: Problem, how: str) -> Problem:
    """The day after somebody (the one with most wishes) cancelled, or many did."""
    chance = random.Random(1)
    people = list(problem.people)
    order = sorted(range(len(people)), key=lambda number: -len(problem.wishes_of[number]))
    if how == "cancel1":
        people[order[0]] = replace(people[order[0]], available=0)
    else:
        chance.shuffle(order)
        part = round(CHURN * len(people))
        for number in order[:part]:
            people[number] = replace(people[number], available=0)
        for number in order[part : 2 * part]:
            there = [slot for slot in range(problem.slots) if people[number].available >> slot & 1]
            gone = mask(chance.sample(there, min(LOST, len(there))))
            people[number] = replace(people[number], available=people[number].available & ~gone)
    return replace(problem, people=tuple(people))


def _in_order(problem: Problem, *, weighted: bool) -> int:
    """What comes of taking wishes one after the other, in a random order or the weightiest first."""
    now = Placement(problem)
    order = list(range(len(problem.wishes)))
    random.Random(1).shuffle(order)
    if weighted:
        order.sort(key=lambda number: -problem.wishes[number].weight)
    for number in order:
        if weighted:
            straight(now, number)
        elif free := now.free(number):
            now.put(number, (free & -free).bit_length() - 1)
    return now.weight


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, nargs="+", default=[])
    parser.add_argument("--availability", choices=("full", "part"), default="full")
    parser.add_argument("--venues", type=int, default=1)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--tables", type=int)
    parser.add_argument("--family", choices=("usual", "planted"), default="usual")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--breaks", action="store_true")
    parser.add_argument("--replan", choices=("cancel1", "churn5"))
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--instance", type=Path, nargs="+", default=[])
    parser.add_argument("--fairness", type=int, default=2)
    parser.add_argument("--published", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=0.0)
    parser.add_argument("--instance-out", type=Path)
    parser.add_argument("--plan-out", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    published = [path for path in arguments.instance if path.suffix == ".dzn"]
    if published or arguments.published:
        lines = bench_held.bench(
            bench_held.cases(published, arguments.fairness, arguments.published),
            time_limit=arguments.time_limit, processes=arguments.processes, plan_out=arguments.plan_out,
        )  # fmt: skip
        return _write(lines, arguments.json)
    days: list[tuple[str, Problem]] = []
    for size in arguments.size:
        for seed in arguments.seed:
            settings = Settings(
                size, arguments.availability, arguments.venues, arguments.slots, arguments.tables, arguments.family,
                arguments.floor, seed,
            )  # fmt: skip
            days.append((settings.name, made(settings)))
    for path in arguments.instance:
        try:
            days.append((path.stem, problem_from_json(json.loads(path.read_text(encoding="utf-8")))))
        except (OSError, ValueError, LookupError, TypeError) as error:
            parser.error(f"{path} is no instance (scripts/timetable_files.py has the format): {error}")
    if not days:
        parser.error("nothing to plan: give --size or --instance")
    found = []
    bench_held.print_line(COLUMNS, COLUMNS)
    for name, given in days:
        try:
            figures, problem, outcome = run(name, given, arguments)
        except Invalid as refused:
            parser.error(f"{name}: {refused}")
        found.append(figures)
        bench_held.print_line(COLUMNS, map(figures.__getitem__, COLUMNS))
        if arguments.instance_out:
            arguments.instance_out.write_text(json.dumps(problem_as_json(problem)) + "\n", encoding="utf-8")
        if arguments.plan_out:
            arguments.plan_out.write_text(json.dumps(plan_as_json(outcome)) + "\n", encoding="utf-8")
    return _write(found, arguments.json)


def _write(lines: list[dict[str, Any]], path: Path | None) -> int:
    if path:
        path.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
