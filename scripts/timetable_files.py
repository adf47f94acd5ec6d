"""A day to plan and its plan as JSON, so that any other program can check the one against the other.

Instance:
    {"slots": 16, "tables": [40, null], "walking": [[0, 1], [1, 0]], "floor": false,
     "people": [{"name": "E1", "available": [0, 1, 5], "most": null}, ...],
     "wishes": [{"people": [0, 117], "weight": 74, "venue": 0, "allowed": null, "locked": null}, ...],
     "limits": [{"name": "U1", "wishes": [3, 5, 8], "most": 2, "people": [117, 118]}, ...]}
Slots count from 0. tables: of each venue, null without limit. walking: slots that must lie between meetings at two
venues. people and venue are positions in their lists; allowed: the only slots possible, null for all; locked: the slot
that must be kept. A person has one meeting a slot, only where available, and at most `most`. Of the wishes of a limit
at most `most` take place (`people`: whom it is about); "limits" may be missing.

Plan:
    {"meetings": [{"wish": 3, "slot": 5}, ...], "weight": 81234, "bound": 81300, "gap": 0.0008,
     "certificate": {"people": [...], "tables": [...], "floors": [...], "floor_prices": [...],
                     "people_slots": [[...], ...] or null, "table_slots": [[...], ...] or null, "limits": [...] or null}}
The bound follows from the certificate, all of whose prices are zero or more:
    sum over people p of people[p] * capacity(p) - floor_prices[p] * floors[p] + sum of people_slots[p][s] where available
  + sum over venues v with a limit of slots * tables[v] * price[v] + tables[v] * sum over s of table_slots[v][s]
  + sum over limits l of most * limits[l]
  + sum over wishes of max(0, weight - the least over its possible slots s of (sum over its p of people[p] -
    floor_prices[p] + people_slots[p][s]) + price[v] + table_slots[v][s]) - limits[l] of each of its limits l, without max for locked ones,
where capacity(p) is the least of: slots available, wishes, most; and a wish has possible slots only while nobody's most is 0. The bound holds for plans that give everybody `floors`
meetings; gap = (bound - weight) / bound.

Plan where every meeting is held (the instance is a .dzn file, scripts/dzn.py has its format):
    {"meetings": [{"wish": 3, "slot": 5}, ...], "breaks": 6, "bound": 6, "proven": true}
wish and slot count from 0, in the order of the file. breaks: of all people together, null without a plan; no plan has fewer
than bound. proven: breaks is the least, or, without a plan, there is none.
"""

from collections.abc import Mapping
from typing import Any

from models.rules.timetable import UNLIMITED, Held, Limit, Outcome, Person, Problem, Wish, mask
from models.rules.timetable.problem import slots_of


def problem_as_json(problem: Problem) -> dict[str, Any]:
    return {
        "slots": problem.slots,
        "tables": [None if number >= UNLIMITED else number for number in problem.tables],
        "walking": [list(row) for row in problem.walking],
        "floor": problem.floor,
        "people": [
            {"name": one.name, "available": list(slots_of(one.available & problem.every_slot)), "most": one.most}
            for one in problem.people
        ],
        "wishes": [
            {
                "people": list(one.people), "weight": one.weight, "venue": one.venue, "locked": one.locked,
                "allowed": None if one.allowed is None else list(slots_of(one.allowed & problem.every_slot)),
            }
            for one in problem.wishes
        ],
        "limits": [
            {"name": one.name, "wishes": sorted(one.wishes), "most": one.most, "people": sorted(one.people)}
            for one in problem.limits
        ],
    }  # fmt: skip


def problem_from_json(said: Mapping[str, Any]) -> Problem:
    return Problem(
        slots=said["slots"],
        people=tuple(Person(one["name"], mask(one["available"]), one.get("most")) for one in said["people"]),
        wishes=tuple(
            Wish(
                tuple(one["people"]), one["weight"], one.get("venue", 0),
                None if one.get("allowed") is None else mask(one["allowed"]), one.get("locked"),
            )
            for one in said["wishes"]
        ),
        tables=tuple(UNLIMITED if number is None else number for number in said["tables"]),
        walking=tuple(map(tuple, said["walking"])),
        floor=said.get("floor", False),
        limits=tuple(Limit(one["name"], frozenset(one["wishes"]), one["most"], frozenset(one["people"])) for one in said.get("limits", ())),
    )  # fmt: skip


def plan_as_json(outcome: Outcome) -> dict[str, Any]:
    prices = outcome.certificate
    names = ("people", "tables", "floors", "floor_prices", "people_slots", "table_slots", "limits")
    return {
        "meetings": [{"wish": wish, "slot": slot} for wish, slot in enumerate(outcome.plan) if slot is not None],
        "weight": outcome.weight,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "certificate": {name: None if (values := getattr(prices, name)) is None else values.tolist() for name in names},
    }


def held_as_json(held: Held) -> dict[str, Any]:
    return {
        "meetings": [{"wish": wish, "slot": slot} for wish, slot in enumerate(held.plan or ())],
        "breaks": held.breaks,
        "bound": held.bound,
        "proven": held.proven,
    }
