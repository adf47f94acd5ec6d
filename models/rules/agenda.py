"""The programme of a roadshow: when each item runs, and what contradicts what.

Items run one after another in their room. An item without a room (a break, an address to everybody) begins when every
room has finished and holds all of them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from models.errors import N_

LONGEST_MINUTES = 480


@dataclass(frozen=True)
class Item:
    """What is arranged: ``key`` names the item, ``speaker`` the person ("" where nobody in particular speaks)."""

    key: int
    title: str
    minutes: int
    room: str = ""
    speaker: str = ""
    speaker_name: str = ""


@dataclass(frozen=True)
class Timed:
    """An item with its stretch of time."""

    item: Item
    starts_at: datetime
    ends_at: datetime

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether both stretches share a moment."""
        return self.starts_at < ends_at and starts_at < self.ends_at


class Trouble(StrEnum):
    """What can be wrong; the text is a message id with the values of Clash.params."""

    SPEAKER_TWICE = N_("%(speaker)s speaks twice at the same time: “%(first)s” and “%(second)s”.")
    ROOM_TWICE = N_("“%(first)s” and “%(second)s” are in the same room at the same time.")
    UNKNOWN_ROOM = N_("“%(first)s” is in a room that the roadshow does not have: %(room)s.")
    OUTSIDE = N_("“%(first)s” does not fit into the hours of the roadshow.")
    IN_MEETING = N_("%(speaker)s has a 1:1 meeting during “%(first)s”.")


@dataclass(frozen=True)
class Clash:
    """One contradiction; ``keys`` are the items concerned."""

    trouble: Trouble
    keys: tuple[int, ...]
    params: Mapping[str, str]


def timed(items: Sequence[Item], starts_at: datetime) -> list[Timed]:
    """Times of the items in their order, from the beginning of the roadshow."""
    free: dict[str, datetime] = {}  # room -> when it is free again
    everybody = starts_at  # when the last item for everybody ends
    placed = []
    for item in items:
        if item.room:
            start = max(free.get(item.room, everybody), everybody)
        else:
            start = max((everybody, *free.values()))
        end = start + timedelta(minutes=item.minutes)
        if item.room:
            free[item.room] = end
        else:
            everybody = end
        placed.append(Timed(item, start, end))
    return placed


def clashes(
    programme: Sequence[Timed],
    starts_at: datetime,
    ends_at: datetime,
    rooms: Collection[str],
    meetings: Mapping[str, Sequence[tuple[datetime, datetime]]] | None = None,
) -> list[Clash]:
    """Everything that cannot take place as arranged; ``meetings``: speaker -> stretches of confirmed or held meetings."""
    return [
        *_alone(programme, starts_at, ends_at, rooms),
        *_pairs(programme),
        *_with_meetings(programme, meetings or {}),
    ]


def _alone(
    programme: Sequence[Timed], starts_at: datetime, ends_at: datetime, rooms: Collection[str]
) -> Iterator[Clash]:
    for one in programme:
        if one.starts_at < starts_at or one.ends_at > ends_at:
            yield Clash(Trouble.OUTSIDE, (one.item.key,), {"first": one.item.title})
        if one.item.room and one.item.room not in rooms:
            params = {"first": one.item.title, "room": one.item.room}
            yield Clash(Trouble.UNKNOWN_ROOM, (one.item.key,), params)


def _pairs(programme: Sequence[Timed]) -> Iterator[Clash]:
    for one, other in combinations(programme, 2):
        if not one.meets(other.starts_at, other.ends_at):
            continue
        keys = (one.item.key, other.item.key)
        titles = {"first": one.item.title, "second": other.item.title}
        if one.item.room == other.item.room or not (one.item.room and other.item.room):
            yield Clash(Trouble.ROOM_TWICE, keys, titles)
        if one.item.speaker and one.item.speaker == other.item.speaker:
            yield Clash(Trouble.SPEAKER_TWICE, keys, {"speaker": one.item.speaker_name, **titles})


def _with_meetings(
    programme: Sequence[Timed], meetings: Mapping[str, Sequence[tuple[datetime, datetime]]]
) -> Iterator[Clash]:
    for one in programme:
        if any(one.meets(*meeting) for meeting in meetings.get(one.item.speaker, ())):
            params = {"speaker": one.item.speaker_name, "first": one.item.title}
            yield Clash(Trouble.IN_MEETING, (one.item.key,), params)
