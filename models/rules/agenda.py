"""The programme of a roadshow as values: what is arranged, when each item runs, and how a plan is changed.

An item without a chosen time (``at``) follows the one before it in its room. An item without a room (a break, an address
to everybody) begins when every room has finished and holds all of them. Times are minutes from the roadshow's beginning,
so that a roadshow that moves takes its programme along.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from models.enums import AgendaKind
from models.errors import N_, Conflict

LONGEST_MINUTES = 480
LONGEST_SPEAKER = 60
PITCHES = ((5, 0), (5, 2), (5, 5), (6, 9), (7, 8), (8, 2), (8, 7))  # presentation + questions, FACTS 4.1


@dataclass(frozen=True)
class Item:
    """What is arranged: ``key`` names the item for ever, ``at`` is its chosen time (none: as soon as its room is free)."""

    key: str
    kind: AgendaKind
    title: str = ""
    achievement_id: int | None = None
    room: str = ""
    pitch_minutes: int = 8
    questions_minutes: int = 7
    at: int | None = None
    speaker_id: int | None = None
    speaker_name: str = ""

    @property
    def minutes(self) -> int:
        return self.pitch_minutes + self.questions_minutes

    @property
    def speaker(self) -> str:
        """People of this site are told apart by id, others by what is typed; "" where nobody in particular speaks."""
        return speaker_of(self.speaker_id) if self.speaker_id else self.speaker_name and f"name:{self.speaker_name}"


def speaker_of(person_id: int) -> str:
    """A person of this site as Item.speaker says it."""
    return f"person:{person_id}"


@dataclass(frozen=True)
class Speaker:
    """A person of this site, and how the programme names them."""

    person_id: int
    name: str


@dataclass(frozen=True)
class Timed:
    """An item with its stretch of time."""

    item: Item
    starts_at: datetime
    ends_at: datetime

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether both stretches share a moment."""
        return self.starts_at < ends_at and starts_at < self.ends_at


Plan = Sequence[Item]


def starts(plan: Plan) -> list[int]:
    """When each item begins, in minutes from the beginning of the roadshow."""
    free: dict[str, int] = {}  # room -> when it is free again
    everybody = 0  # when the last item for everybody ends
    found = []
    for item in plan:
        after = max(free.get(item.room, 0), everybody) if item.room else max((everybody, *free.values()))
        start = after if item.at is None else item.at
        end = start + item.minutes
        if item.room:
            free[item.room] = max(free.get(item.room, 0), end)
        else:
            everybody = max(everybody, end)
        found.append(start)
    return found


def timed(plan: Plan, starts_at: datetime) -> list[Timed]:
    """The items with their times, in their order."""
    begin = [starts_at + timedelta(minutes=start) for start in starts(plan)]
    return [
        Timed(item, start, start + timedelta(minutes=item.minutes)) for item, start in zip(plan, begin, strict=True)
    ]


def standing(plan: Plan, times: Sequence[int]) -> list[Item]:
    """The plan in which every item keeps the time given for it: chosen only where it would not follow by itself."""
    kept: list[Item] = []
    for item, time in zip(plan, times, strict=True):
        free = replace(item, at=None)
        kept.append(free if starts([*kept, free])[-1] == time else replace(item, at=time))
    return kept


# --- changes ------------------------------------------------------------------------------------------------------


def find(plan: Plan, key: str) -> Item:
    """Raises Conflict where the item is not there any more."""
    found = next((item for item in plan if item.key == key), None)
    if found is None:
        raise Conflict(N_("Somebody else has removed this item in the meantime."))
    return found


def changed(plan: Plan, key: str, **values: Any) -> list[Item]:
    find(plan, key)
    return [replace(item, **values) if item.key == key else item for item in plan]


def without(plan: Plan, keys: Collection[str]) -> list[Item]:
    """What follows moves forward."""
    return [item for item in plan if item.key not in keys]


def taken_out(plan: Plan, gone: Callable[[Item], bool]) -> list[Item]:
    """Times of the other items stay: people have planned by them."""
    kept = [(item, time) for item, time in zip(plan, starts(plan), strict=True) if not gone(item)]
    return standing([item for item, _time in kept], [time for _item, time in kept])


def exchanged(plan: Plan, key: str, *, up: bool) -> list[Item]:
    """An item in the place of the one before or after it; in one room the first of both takes over a chosen time.

    At the end of the list nothing changes.
    """
    here = plan.index(find(plan, key))
    there = here - 1 if up else here + 1
    if not 0 <= there < len(plan):
        return list(plan)
    first, second = (plan[min(here, there)], plan[max(here, there)])
    made = list(plan)
    if first.room == second.room:
        first, second = replace(first, at=None), replace(second, at=first.at)
    made[min(here, there)], made[max(here, there)] = second, first
    return made


def placed(plan: Plan, key: str, *, room: str, at: int, exact: bool = False) -> list[Item]:
    """An item at a time in a room. Those of the room that begin then or later come after it.

    Where its predecessor ends only after ``at`` the item follows it, unless ``exact``: then it overlaps, and a rule says so.
    """
    item = replace(find(plan, key), room=room, at=None)
    rest = without(plan, [key])
    times = starts(rest)
    beside = [number for number, other in enumerate(rest) if not room or other.room in (room, "")]
    latest = next((number for number in beside if times[number] >= at), len(rest))
    earliest = max((number + 1 for number in beside if number < latest), default=0)
    place = next((number for number in range(earliest, latest) if times[number] > at), latest)
    before, after = rest[:place], rest[place:]
    natural = starts([*before, item])[-1]
    if natural < at or (exact and natural != at):
        item = replace(item, at=at)
    return [*before, item, *after]


def with_minutes(plan: Plan, keys: Collection[str], pitch: int, questions: int) -> list[Item]:
    """Pitches of other length: those named."""
    return [
        replace(item, pitch_minutes=pitch, questions_minutes=questions) if item.key in keys else item for item in plan
    ]


# --- as plain values ------------------------------------------------------------------------------------------------


def as_values(plan: Plan) -> list[dict[str, Any]]:
    """For a JSON column."""
    return [asdict(item) | {"kind": item.kind.value} for item in plan]


def from_values(values: Sequence[Mapping[str, Any]]) -> list[Item]:
    return [Item(**{**one, "kind": AgendaKind(one["kind"])}) for one in values]
