"""What is different between two programmes, item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.enums import Labelled
from models.errors import N_
from models.rules.agenda import Item, Plan, starts


class Difference(Labelled):
    ADDED = "added", N_("New")
    REMOVED = "removed", N_("Dropped")
    CHANGED = "changed", N_("Changed")


@dataclass(frozen=True)
class State:
    """An item at one side of a comparison; times in minutes from the roadshow's beginning."""

    start: int
    end: int
    room: str
    title: str
    speaker_id: int | None
    speaker_name: str


@dataclass(frozen=True)
class Change:
    """One item that is different; ``before`` is none where it is new, ``after`` where it is dropped."""

    kind: Difference
    key: str
    title: str
    achievement_id: int | None
    before: State | None
    after: State | None

    @property
    def what(self) -> tuple[str, ...]:
        """Which of time, room, speaker, title differ; empty where the item is new or dropped."""
        if self.before is None or self.after is None:
            return ()
        old, new = self.before, self.after
        pairs = {
            "time": (old.start, old.end) != (new.start, new.end),
            "room": old.room != new.room,
            "speaker": (old.speaker_id, old.speaker_name) != (new.speaker_id, new.speaker_name),
            "title": old.title != new.title,
        }
        return tuple(name for name, differs in pairs.items() if differs)

    @property
    def speakers(self) -> set[int]:
        """People of this site who speak or spoke."""
        return {side.speaker_id for side in (self.before, self.after) if side is not None and side.speaker_id}


def differences(old: Plan, new: Plan) -> list[Change]:
    """In the order of the new programme, then what was dropped. A mere change of order at equal times is none."""
    was, now = _states(old), _states(new)
    found = []
    for key, (item, after) in now.items():
        before = was[key][1] if key in was else None
        if before != after:
            kind = Difference.CHANGED if before else Difference.ADDED
            found.append(Change(kind, key, item.title, item.achievement_id, before, after))
    for key, (item, before) in was.items():
        if key not in now:
            found.append(Change(Difference.REMOVED, key, item.title, item.achievement_id, before, None))
    return found


def _states(plan: Plan) -> dict[str, tuple[Item, State]]:
    times = starts(plan)
    return {
        item.key: (
            item,
            State(time, time + item.minutes, item.room, item.title, item.speaker_id, item.speaker_name),
        )
        for item, time in zip(plan, times, strict=True)
    }


def as_values(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """For a JSON column."""
    return [asdict(change) | {"kind": change.kind.value} for change in changes]


def from_values(values: Sequence[Mapping[str, Any]]) -> list[Change]:
    sides = ("before", "after")
    return [
        Change(
            **{
                **one,
                "kind": Difference(one["kind"]),
                **{side: State(**one[side]) if one[side] else None for side in sides},
            }
        )
        for one in values
    ]
