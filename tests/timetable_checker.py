"""Checks a plan against its day, both as JSON (scripts/timetable_files.py). Shares no code with the timetable."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any


def broken(day: Mapping[str, Any], plan: Mapping[str, Any]) -> list[str]:
    """Every rule that a plan breaks, and every figure that it claims wrongly."""
    return [*_rules(day, plan), *_figures(day, plan)]


def _rules(day: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    wishes, people = day["wishes"], day["people"]
    placed = {one["wish"]: one["slot"] for one in plan["meetings"]}
    if len(placed) != len(plan["meetings"]):
        yield "a meeting is placed twice"
    diary: dict[int, list[tuple[int, int, int]]] = {}
    for number, slot in placed.items():
        wish = wishes[number]
        if not 0 <= slot < day["slots"]:
            yield f"meeting {number} is outside the day"
        if wish.get("allowed") is not None and slot not in wish["allowed"]:
            yield f"meeting {number} may not be at {slot}"
        for person in wish["people"]:
            if slot not in people[person]["available"]:
                yield f"{person} is not there at {slot}"
            diary.setdefault(person, []).append((slot, wish["venue"], number))
    for number, wish in enumerate(wishes):
        if wish.get("locked") is not None and placed.get(number) != wish["locked"]:
            yield f"lock of meeting {number} is not kept"
    for limit in day.get("limits", ()):
        if sum(number in limit["wishes"] for number in placed) > limit["most"]:
            yield f"{limit['name']} has more than {limit['most']} meetings"
    for person, entries in diary.items():
        most = people[person].get("most")
        if most is not None and len(entries) > most:
            yield f"{person} has more than {most} meetings"
        for (slot, venue, one), (later, there, other) in combinations(entries, 2):
            if slot == later:
                yield f"{person} is in {one} and {other} at {slot}"
            elif abs(later - slot) <= day["walking"][venue][there]:
                yield f"{person} cannot walk from {one} to {other}"
    for (venue, slot), number in Counter((wishes[one]["venue"], slot) for one, slot in placed.items()).items():
        if day["tables"][venue] is not None and number > day["tables"][venue]:
            yield f"{number} meetings at venue {venue}, slot {slot}"


def _figures(day: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    weight = sum(day["wishes"][one["wish"]]["weight"] for one in plan["meetings"])
    if weight != plan["weight"]:
        yield f"weight {plan['weight']} is {weight}"
    bound = _bound(day, plan["certificate"])
    if bound > plan["bound"] + 1:  # a part of one is rounded down
        yield f"bound {plan['bound']} is not proven, only {bound}"
    if plan["weight"] > plan["bound"]:
        yield f"weight {weight} exceeds the bound {plan['bound']}"
    if plan["bound"] and abs(plan["gap"] - (plan["bound"] - weight) / plan["bound"]) > 1e-9:
        yield f"gap {plan['gap']} is wrong"


def _bound(day: Mapping[str, Any], prices: Mapping[str, Any]) -> float:
    people, wishes, slots = day["people"], day["wishes"], range(day["slots"])
    names = ("people", "tables", "floor_prices", "people_slots", "table_slots", "limits")
    flat = [
        one for name in names for row in prices.get(name) or () for one in (row if isinstance(row, list) else [row])
    ]
    if any(price < 0 for price in flat):
        return float("inf")
    at = prices["people_slots"] or [[0.0] * day["slots"] for _ in people]
    tables_at = prices["table_slots"] or [[0.0] * day["slots"] for _ in day["tables"]]
    wanted = Counter(person for wish in wishes for person in wish["people"])
    total = 0.0
    for number, person in enumerate(people):
        capacity = min(len(person["available"]), wanted[number])
        if person.get("most") is not None:
            capacity = min(capacity, person["most"])
        total += prices["people"][number] * capacity - prices["floor_prices"][number] * prices["floors"][number]
        total += sum(at[number][slot] for slot in person["available"])
    for venue, number in enumerate(day["tables"]):
        if number is not None:
            total += number * (day["slots"] * prices["tables"][venue] + sum(tables_at[venue]))
    limits = list(zip(day.get("limits", ()), prices.get("limits") or (), strict=False))
    total += sum(limit["most"] * price for limit, price in limits)
    never = {number for limit in day.get("limits", ()) if limit["most"] == 0 for number in limit["wishes"]}
    for number, wish in enumerate(wishes):
        limited = sum(price for limit, price in limits if number in limit["wishes"])
        costs = [
            limited + sum(prices["people"][one] - prices["floor_prices"][one] + at[one][slot] for one in wish["people"])
            + prices["tables"][wish["venue"]] + tables_at[wish["venue"]][slot]
            for slot in slots
            if all(slot in people[one]["available"] and people[one].get("most") != 0 for one in wish["people"])
            and (wish.get("allowed") is None or slot in wish["allowed"])
            and (wish.get("locked") is None or slot == wish["locked"])
            and number not in never
        ]  # fmt: skip
        if costs:
            gained = wish["weight"] - min(costs)
            total += gained if wish.get("locked") is not None else max(0.0, gained)
    return total
