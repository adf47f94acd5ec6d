"""Which table each meeting of a plan gets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seated:
    """A meeting at a slot; whoever is its `host` changes tables as rarely as possible; `keeps` is the table it has there.

    `within` are the tables at which it may be (none said: any).
    """

    slot: int
    host: int
    keeps: int | None = None
    within: Collection[int] | None = None


def seat(meetings: Sequence[Seated], tables: Mapping[int, Sequence[int]]) -> list[int]:
    """The table of each meeting, of those free at its slot: the one it has, its host's last one, else one that is nobody's."""
    free = {slot: list(some) for slot, some in tables.items()}
    found: dict[int, int] = {}
    for number, one in enumerate(meetings):
        if one.keeps is not None and one.keeps in free[one.slot]:
            free[one.slot].remove(one.keeps)
            found[number] = one.keeps
    sat: dict[int, int] = {}
    for number, one in sorted(enumerate(meetings), key=lambda item: (item[1].slot, item[0])):
        if number not in found:
            here = [each for each in free[one.slot] if one.within is None or each in one.within]
            table = sat.get(one.host)
            if table not in here:
                table = next((each for each in here if each not in sat.values()), here[0])
            free[one.slot].remove(table)
            found[number] = table
        sat[one.host] = found[number]
    return [found[number] for number in range(len(meetings))]
