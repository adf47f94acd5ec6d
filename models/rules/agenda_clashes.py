"""What speaks against a programme, and how loudly: each rule refuses a change or only warns, as the roadshow says."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from unicodedata import normalize

from models.enums import Labelled, RuleLevel
from models.errors import N_
from models.rules.agenda import Item, Timed

Stretch = tuple[datetime, datetime]
Engaged = tuple[str, datetime, datetime]  # title of a roadshow or place of a meeting, from, until


class Trouble(Labelled):
    """A rule; the label is the sentence with the values of Clash.params."""

    ROOM_TWICE = (
        "room_twice",
        N_("“%(first)s” (%(when)s) and “%(second)s” (%(then)s) are in the same room at the same time: %(room)s."),
    )
    SPEAKER_TWICE = (
        "speaker_twice",
        N_("%(speaker)s speaks twice at the same time: “%(first)s” (%(when)s) and “%(second)s” (%(then)s)."),
    )
    SAME_NAME = (
        "same_name",
        N_("“%(first)s” (%(when)s) and “%(second)s” (%(then)s) name the same speaker at the same time: %(speaker)s."),
    )
    ELSEWHERE = (
        "elsewhere",
        N_("%(speaker)s speaks at the roadshow “%(event)s” (%(then)s) during “%(first)s” (%(when)s)."),
    )
    IN_MEETING = "in_meeting", N_("%(speaker)s has a 1:1 meeting (%(then)s) during “%(first)s” (%(when)s).")
    UNKNOWN_ROOM = "unknown_room", N_("“%(first)s” is in a room that the roadshow does not have: %(room)s.")
    OUTSIDE = "outside", N_("“%(first)s” (%(when)s) does not fit into the hours of the roadshow (%(then)s).")
    UNAVAILABLE = "unavailable", N_("%(speaker)s cannot be there during “%(first)s” (%(when)s), but said: %(then)s.")
    CALLED_OFF = "called_off", N_("%(speaker)s cannot come to “%(first)s” (%(when)s).")
    TOO_FAR = (
        "too_far",
        N_(
            "%(speaker)s has %(minutes)s minutes from “%(first)s” (%(room)s, %(when)s) to “%(second)s” (%(other)s, %(then)s); the way takes %(needed)s."
        ),
    )
    FAR_MEETING = (
        "far_meeting",
        N_(
            "%(speaker)s has %(minutes)s minutes between “%(first)s” (%(place)s, %(when)s) and a 1:1 meeting (%(other)s, %(then)s); the way takes %(needed)s."
        ),
    )
    ROOM_FULL = (
        "room_full",
        N_("%(registered)s people are registered, the room of “%(first)s” has %(seats)s seats: %(room)s."),
    )
    GONE = "gone", N_("“%(first)s” is not published any more. Take it out of the programme.")


NAMES = {
    Trouble.ROOM_TWICE: N_("Two items in one room at the same time"),
    Trouble.SPEAKER_TWICE: N_("One person in two places"),
    Trouble.SAME_NAME: N_("The same name in two places, typed once at least"),
    Trouble.ELSEWHERE: N_("One person at two roadshows"),
    Trouble.IN_MEETING: N_("A talk during the speaker’s 1:1 meeting"),
    Trouble.UNKNOWN_ROOM: N_("A room that the roadshow does not have"),
    Trouble.OUTSIDE: N_("Outside the hours of the roadshow"),
    Trouble.UNAVAILABLE: N_("When the speaker cannot be there"),
    Trouble.CALLED_OFF: N_("A speaker who cannot come"),
    Trouble.TOO_FAR: N_("Too little time to walk between venues"),
    Trouble.FAR_MEETING: N_("Too little time to walk to a 1:1 meeting"),
    Trouble.ROOM_FULL: N_("More people registered than the room has seats"),
    Trouble.GONE: N_("An achievement that left the site"),
}
DEFAULTS = {
    Trouble.ROOM_TWICE: RuleLevel.BLOCK,
    Trouble.SPEAKER_TWICE: RuleLevel.BLOCK,
    Trouble.SAME_NAME: RuleLevel.WARN,
    Trouble.ELSEWHERE: RuleLevel.BLOCK,
    Trouble.IN_MEETING: RuleLevel.BLOCK,
    Trouble.UNKNOWN_ROOM: RuleLevel.BLOCK,
    Trouble.OUTSIDE: RuleLevel.BLOCK,
    Trouble.UNAVAILABLE: RuleLevel.WARN,
    Trouble.CALLED_OFF: RuleLevel.WARN,
    Trouble.TOO_FAR: RuleLevel.WARN,
    Trouble.FAR_MEETING: RuleLevel.WARN,
    Trouble.ROOM_FULL: RuleLevel.WARN,
    Trouble.GONE: RuleLevel.BLOCK,
}
OF_SPEAKERS = (Trouble.SPEAKER_TWICE, Trouble.IN_MEETING)  # refused for who speaks, not for the item
FIXED = (Trouble.UNKNOWN_ROOM, Trouble.GONE)  # nobody could come to it, or may read it: not a matter of taste
SETTABLE = tuple(trouble for trouble in DEFAULTS if trouble not in FIXED)  # a roadshow chooses how loud they are


@dataclass(frozen=True)
class Room:
    """Where a room is ("" the roadshow's own venue) and how many people it takes (none: not said)."""

    venue: str = ""
    seats: int | None = None


@dataclass(frozen=True)
class Ground:
    """What a programme is compared with."""

    starts_at: datetime
    ends_at: datetime
    rooms: Mapping[str, Room]
    venue: str = ""  # of the roadshow
    walking_minutes: int = 0  # between two venues
    registered: int = 0
    levels: Mapping[str, str] = field(default_factory=dict)  # of this roadshow, where they are not the usual ones
    meetings: Mapping[str, Sequence[Stretch]] = field(default_factory=dict)  # speaker -> held or confirmed meetings
    places: Mapping[str, Sequence[Engaged]] = field(default_factory=dict)  # speaker -> 1:1 meetings and where they are
    elsewhere: Mapping[str, Sequence[Engaged]] = field(default_factory=dict)  # speaker -> talks at other roadshows
    available: Mapping[str, Sequence[Stretch]] = field(default_factory=dict)  # speakers who said when they can
    called_off: Collection[str] = ()  # speakers who cannot come at all
    gone: Collection[int] = ()  # achievements that are not published any more


@dataclass(frozen=True)
class Clash:
    """One contradiction; ``keys`` are the items concerned. Stretches among ``params`` are pairs of moments."""

    trouble: Trouble
    level: RuleLevel
    keys: tuple[str, ...]
    params: Mapping[str, Any]

    @property
    def blocks(self) -> bool:
        return self.level is RuleLevel.BLOCK


def level_of(trouble: Trouble, levels: Mapping[str, str]) -> RuleLevel:
    """The level that a roadshow gave a rule, else the usual one."""
    return RuleLevel(levels[trouble]) if levels.get(trouble) in set(RuleLevel) else DEFAULTS[trouble]


def clashes(programme: Sequence[Timed], ground: Ground) -> list[Clash]:
    """Everything that speaks against a programme, what is refused first."""
    found = [
        Clash(trouble, level_of(trouble, ground.levels), keys, params)
        for trouble, keys, params in (*_alone(programme, ground), *_pairs(programme, ground), *_full(programme, ground))
    ]
    return sorted(found, key=lambda clash: not clash.blocks)


def new_blocks(found: Sequence[Clash], before: Sequence[Clash]) -> list[Clash]:
    """What is refused and did not stand there before."""
    known = {(clash.trouble, frozenset(clash.keys)) for clash in before}
    return [clash for clash in found if clash.blocks and (clash.trouble, frozenset(clash.keys)) not in known]


Found = Iterator[tuple[Trouble, tuple[str, ...], dict[str, Any]]]


def _alone(programme: Sequence[Timed], ground: Ground) -> Found:
    for one in programme:
        item, when = one.item, (one.starts_at, one.ends_at)
        keys, params = (item.key,), {"first": item.title, "when": when, "speaker": item.speaker_name}
        if one.starts_at < ground.starts_at or one.ends_at > ground.ends_at:
            yield Trouble.OUTSIDE, keys, {**params, "then": (ground.starts_at, ground.ends_at)}
        if item.room and item.room not in ground.rooms:
            yield Trouble.UNKNOWN_ROOM, keys, {**params, "room": item.room}
        if item.achievement_id in ground.gone:
            yield Trouble.GONE, keys, params
        meeting = next((held for held in ground.meetings.get(item.speaker, ()) if one.meets(*held)), None)
        if meeting is not None:
            yield Trouble.IN_MEETING, keys, {**params, "then": meeting}
        yield from _far_meetings(one, ground, keys, params)
        for title, start, end in ground.elsewhere.get(item.speaker, ()):
            if one.meets(start, end):
                yield Trouble.ELSEWHERE, keys, {**params, "event": title, "then": (start, end)}
                break
        if item.speaker in ground.called_off:
            yield Trouble.CALLED_OFF, keys, params
        said = ground.available.get(item.speaker, ())
        if said and not any(start <= one.starts_at and one.ends_at <= end for start, end in said):
            yield Trouble.UNAVAILABLE, keys, {**params, "then": tuple(said)}


def _far_meetings(one: Timed, ground: Ground, keys: tuple[str, ...], params: Mapping[str, Any]) -> Found:
    """1:1 meetings in another venue just before or after an item. Of two places one of which names the other, both are one."""
    room = ground.rooms.get(one.item.room)
    place = (room.venue or ground.venue) if room is not None else ""
    way = timedelta(minutes=ground.walking_minutes)
    for other, start, end in ground.places.get(one.item.speaker, ()):
        gap = max(start - one.ends_at, one.starts_at - end)
        apart = place and other and not (place.startswith(other) or other.startswith(place))
        if apart and timedelta() <= gap < way:
            minutes = gap // timedelta(minutes=1)
            yield (
                Trouble.FAR_MEETING,
                keys,
                {**params, "place": place, "other": other, "then": (start, end), "minutes": minutes,
                 "needed": ground.walking_minutes},
            )  # fmt: skip


def _pairs(programme: Sequence[Timed], ground: Ground) -> Found:
    for one, other in combinations(sorted(programme, key=lambda timed: timed.starts_at), 2):
        keys = (one.item.key, other.item.key)
        params = {
            "first": one.item.title,
            "second": other.item.title,
            "when": (one.starts_at, one.ends_at),
            "then": (other.starts_at, other.ends_at),
            "speaker": one.item.speaker_name,
        }
        same = bool(one.item.speaker) and one.item.speaker == other.item.speaker
        if one.meets(other.starts_at, other.ends_at):
            if one.item.room == other.item.room or not (one.item.room and other.item.room):
                yield (
                    Trouble.ROOM_TWICE,
                    keys,
                    {**params, "room": one.item.room or other.item.room or N_("For everybody")},
                )
            if same:
                yield Trouble.SPEAKER_TWICE, keys, params
            elif _alike(one.item, other.item):
                yield Trouble.SAME_NAME, keys, params
        elif same and _too_far(one, other, ground):
            gap = (other.starts_at - one.ends_at) // timedelta(minutes=1)
            rooms = {"room": one.item.room, "other": other.item.room}
            yield Trouble.TOO_FAR, keys, {**params, **rooms, "minutes": gap, "needed": ground.walking_minutes}


_TITLES = re.compile(
    "(?<=..)(?:副?(?:教授|研究员|主任|院长|校长|处长|总经理)|(?:正?高级)?工程师|博士|院士|老师|先生|女士)+$"
)


def plain_name(name: str) -> str:
    """A name as it compares: width, case, spaces, dots and a title behind it make no other person."""
    letters = "".join(letter for letter in normalize("NFKC", name).casefold() if letter.isalnum())
    return _TITLES.sub("", letters)


def _alike(one: Item, other: Item) -> bool:
    """The same name, and not two people whom this site tells apart."""
    if one.speaker_id and other.speaker_id:
        return False
    return bool(one.speaker_name) and plain_name(one.speaker_name) == plain_name(other.speaker_name)


def _too_far(one: Timed, other: Timed, ground: Ground) -> bool:
    """Rooms in two venues, and less time between than the way takes. What is for everybody is in no particular venue."""
    rooms = [ground.rooms.get(item.room) for item in (one.item, other.item)]
    if None in rooms or len({room.venue for room in rooms if room}) < 2:
        return False
    return other.starts_at - one.ends_at < timedelta(minutes=ground.walking_minutes)


def _full(programme: Sequence[Timed], ground: Ground) -> Found:
    """Once a room: the same people sit there all day."""
    seen: set[str] = set()
    for one in programme:
        room, seats = one.item.room, getattr(ground.rooms.get(one.item.room), "seats", None)
        if room not in seen and seats is not None and ground.registered > seats:
            seen.add(room)
            params = {"first": one.item.title, "room": room, "seats": seats, "registered": ground.registered}
            yield Trouble.ROOM_FULL, (one.item.key,), params
