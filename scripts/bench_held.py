"""Published instances where every meeting is held: breaks, proof and time beside what was published (bench_timetable)."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from models.rules.timetable import hold_all
from scripts import dzn
from scripts.timetable_files import held_as_json

COLUMNS = ("instance", "fairness", "seconds", "cpu", "breaks", "bound", "proven", "published")
INFEASIBLE = "-"  # as breaks: there is no plan


@dataclass(frozen=True, slots=True)
class Case:
    """A file to plan, with how much fairness, and the breaks that were published for it (None: not known)."""

    path: Path
    fairness: int
    published: str | None = None


def cases(paths: list[Path], fairness: int, published: Path | None) -> list[Case]:
    """The files given; without any, every row of what was published, whose files lie in folders beside it."""
    known = list(_rows(published)) if published else []
    if not paths:
        return known
    values = {(case.path.name, case.fairness): case.published for case in known}
    return [Case(path, fairness, values.get((path.name, fairness))) for path in paths]


def _rows(published: Path) -> Iterator[Case]:
    with published.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['instance']}.{row['variant']}.dzn"
            path = next(published.parent.glob(f"*/{name}"), published.parent / name)
            yield Case(path, int(row["fairness_d"]), row["published_value"])


def run(case: Case, *, time_limit: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures and the plan, as JSON. `seconds` begins before the file is read; `cpu` is what the processor gave."""
    began, worked = perf_counter(), process_time()
    problem, earlier = dzn.read(case.path.read_text(encoding="utf-8"))
    held = hold_all(problem, earlier=earlier, fairness=case.fairness, seconds=time_limit)
    figures = {
        "instance": case.path.stem,
        "fairness": case.fairness,
        "seconds": round(perf_counter() - began, 2),
        "cpu": round(process_time() - worked, 2),
        "breaks": str(held.breaks) if held.plan else INFEASIBLE if held.proven else "?",
        "bound": held.bound,
        "proven": "yes" if held.proven else "no",
        "published": case.published or "",
    }
    return figures, held_as_json(held)


def bench(found: list[Case], *, time_limit: float, processes: int, plan_out: Path | None) -> list[dict[str, Any]]:
    """Plan all, print a line for each and the sums."""
    print_line(COLUMNS, COLUMNS)
    lines = []
    with ProcessPoolExecutor(processes) as pool:
        for figures, plan in pool.map(partial(run, time_limit=time_limit), found):
            lines.append(figures)
            print_line(COLUMNS, map(figures.__getitem__, COLUMNS))
            if plan_out:
                name = f"{figures['instance']}-d{figures['fairness']}.json"
                path = plan_out / name if plan_out.is_dir() else plan_out
                path.write_text(json.dumps(plan) + "\n", encoding="utf-8")
    equal = sum(line["proven"] == "yes" and line["breaks"] == line["published"] for line in lines)
    for unit in ("seconds", "cpu"):
        spent = [line[unit] for line in lines]
        print(f"{unit}: {sum(spent):.1f} together, {max(spent):.1f} at most")
    print(f"proven and equal to what was published: {equal} of {len(lines)}")
    return lines


def print_line(columns: Sequence[str], values: Iterable[Any]) -> None:
    """One line of a table, at once: what follows may take minutes."""
    widths = (28 if column == "instance" else max(8, len(column)) for column in columns)
    print("  ".join(f"{value:>{width}}" for value, width in zip(values, widths, strict=True)), flush=True)
