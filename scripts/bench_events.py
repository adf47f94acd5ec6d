"""Made-up days for the timetable: two sides, wishes by popularity and topic (settings of the study; what it left open is below).

Left open there, chosen here: 8 topics drawn evenly; everybody draws 10 partners without repetition, and a wish is mutual
where both drew each other; strengths are 1, 2 or 3 alike; a person who comes late or leaves early misses a quarter of the
day; own talks and lunch take one slot each; the venue is the provider's, drawn evenly, with its part of the tables.
Planted: at each slot everybody who is there, in a random order, meets whom they have not met; every meeting is a wish.
"""

import random
from dataclasses import dataclass

from models.rules.timetable import UNLIMITED, Person, Problem, Wish

SIZES = {"S": (20, 12, 10), "M": (100, 16, 40), "L": (300, 20, 100), "XL": (1000, 24, 300)}
WISHES = 10  # of each participant
ZIPF = 0.8
TOPICS = 8
SAME_TOPIC = 6.0


@dataclass(frozen=True, slots=True)
class Settings:
    """One made-up day; `slots` and `tables` replace those of the size (tables 0: no limit)."""

    size: str = "S"
    availability: str = "full"
    venues: int = 1
    slots: int | None = None
    tables: int | None = None
    family: str = "usual"
    floor: bool = False
    seed: int = 1

    @property
    def name(self) -> str:
        told = [self.size, self.availability, str(self.venues)]
        told += [f"T{self.slots}"] if self.slots is not None else []
        told += [f"K{self.tables}"] if self.tables is not None else []
        told += [self.family] if self.family != "usual" else []
        told += ["floor"] if self.floor else []
        return "-".join([*told, f"seed{self.seed}"])


def made(settings: Settings) -> Problem:
    """The problem of these settings; the same for the same seed."""
    chance = random.Random(f"{settings.name}")
    side, slots, tables = SIZES[settings.size]
    slots = slots if settings.slots is None else settings.slots
    tables = tables if settings.tables is None else settings.tables
    people = tuple(
        Person(f"{'EP'[number // side]}{number % side + 1}", _available(settings, slots, chance))
        for number in range(2 * side)
    )
    venue_of = [chance.randrange(settings.venues) for _ in range(side)]
    wishes = _planted if settings.family == "planted" else _usual
    each = UNLIMITED if not tables else max(1, tables // settings.venues)
    walking = tuple(tuple(int(one != other) for other in range(settings.venues)) for one in range(settings.venues))
    return Problem(
        slots, people, wishes(side, slots, each, people, venue_of, chance), (each,) * settings.venues, walking,
        floor=settings.floor,
    )  # fmt: skip


def _available(settings: Settings, slots: int, chance: random.Random) -> int:
    there = (1 << slots) - 1
    if settings.availability == "full":
        return there
    quarter = slots // 4
    kind = chance.random()
    if kind < 0.25:
        there &= ~((1 << quarter) - 1)
    elif kind < 0.5:
        there &= (1 << slots - quarter) - 1
    for _ in range(chance.randrange(3)):
        there &= ~(1 << chance.randrange(slots))
    return there & ~(1 << slots // 2 + chance.randrange(-1, 2))


def _usual(
    side: int, slots: int, tables: int, people: tuple[Person, ...], venue_of: list[int], chance: random.Random
) -> tuple[Wish, ...]:
    topics = [chance.randrange(TOPICS) for _ in range(2 * side)]
    ranks = [*chance.sample(range(side), side), *chance.sample(range(side), side)]
    popularity = [1 / (rank + 1) ** ZIPF for rank in ranks]
    strengths: dict[tuple[int, int], list[int]] = {}
    for one in range(2 * side):
        others = range(side, 2 * side) if one < side else range(side)
        keys = [
            (
                chance.random() ** (1 / (popularity[other] * (SAME_TOPIC if topics[one] == topics[other] else 1.0))),
                other,
            )
            for other in others
        ]
        for _, other in sorted(keys, reverse=True)[:WISHES]:
            pair = (one, other) if one < side else (other, one)
            strengths.setdefault(pair, [0, 0])[one >= side] = chance.randint(1, 3)
    return tuple(
        Wish(pair, 10 * sum(both) + 20 * all(both) + chance.randint(0, 20), venue_of[pair[1] - side])
        for pair, both in sorted(strengths.items())
    )


def _planted(
    side: int, slots: int, tables: int, people: tuple[Person, ...], venue_of: list[int], chance: random.Random
) -> tuple[Wish, ...]:
    met: set[tuple[int, int]] = set()
    last: dict[int, tuple[int, int]] = {}  # enterprise -> its last slot and venue then
    for slot in range(slots):
        taken = [0] * (max(venue_of) + 1)
        there = [number for number, person in enumerate(people) if person.available >> slot & 1]
        guests = [number for number in there if number < side]
        hosts = [number for number in there if number >= side]
        chance.shuffle(guests)
        chance.shuffle(hosts)
        for guest in guests:
            before, where = last.get(guest, (-2, 0))
            for host in hosts:
                venue = venue_of[host - side]
                near = venue == where or slot - before > 1
                if near and (guest, host) not in met and taken[venue] < tables:
                    met.add((guest, host))
                    hosts.remove(host)
                    last[guest] = (slot, venue)
                    taken[venue] += 1
                    break
    return tuple(
        Wish(pair, 10 * chance.randint(2, 6) + chance.randint(0, 20), venue_of[pair[1] - side]) for pair in sorted(met)
    )
