"""Two timetables beside each other: what differs, and what each gives to its people."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from models.rules.timetable.breaks import breaks

Places = Mapping[int, Hashable]  # meeting -> where it is


@dataclass(frozen=True, slots=True)
class Difference:
    """Meetings of the first only, of the second only, of both at different places, and how many are the same."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    moved: tuple[int, ...]
    same: int


def compare(first: Places, second: Places) -> Difference:
    both = [one for one in first if one in second]
    moved = tuple(one for one in both if first[one] != second[one])
    return Difference(
        tuple(one for one in first if one not in second),
        tuple(one for one in second if one not in first),
        moved,
        len(both) - len(moved),
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What a timetable gives to one person."""

    meetings: int = 0
    breaks: int = 0


def shares(slots: Mapping[int, int], people: Mapping[int, Collection[int]]) -> dict[int, Share]:
    """Person -> their share; `slots` has the number of the slot of each meeting, `people` who wants or is wanted in which.

    Whoever is in none of the meetings is in the answer too, with nothing.
    """
    busy: dict[int, int] = {person: 0 for some in people.values() for person in some}
    for meeting, slot in slots.items():
        for person in people.get(meeting, ()):
            busy[person] |= 1 << slot
    return {person: Share(one.bit_count(), breaks(one)) for person, one in busy.items()}
