"""Who cannot be in two places: stretches of time of people, and the places of a session. Plain values only."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WALK = 120  # minutes between two venues
LONGEST_WAY = timedelta(minutes=LONGEST_WALK)
ALIGNED_SECONDS = 300  # meetings start on five minutes, so that two meetings share a cell exactly when they overlap


@dataclass(frozen=True)
class Pitch:
    """A person on a stage: an item of a published agenda."""

    person_id: int
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Stay:
    """A person at a venue: a meeting that stands, or a talk. ``way``: from there to any other venue."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    venue: str
    way: timedelta


def too_far(
    people: Collection[int], starts_at: datetime, ends_at: datetime, venue: str, stays: Mapping[int, Iterable[Stay]]
) -> Stay | None:
    """The first stay at another venue with less than the way between it and a meeting of one of these people.

    ``stays``: of each person. One during the meeting itself is no question of the way.
    """
    return next(
        (
            stay
            for person in people
            for stay in stays.get(person, ())
            if stay.venue != venue and overlap(starts_at - stay.way, ends_at + stay.way, stay.starts_at, stay.ends_at)
        ),
        None,
    )


def overlap(starts_at: datetime, ends_at: datetime, other_start: datetime, other_end: datetime) -> bool:
    """Whether two stretches share a moment; one that begins when the other ends does not."""
    return starts_at < other_end and other_start < ends_at


def on_stage(people: Collection[int], starts_at: datetime, ends_at: datetime, pitches: Iterable[Pitch]) -> Pitch | None:
    """The first pitch during which one of these people would have to be in the meeting, if there is one."""
    return next(
        (
            pitch
            for pitch in pitches
            if pitch.person_id in people and overlap(starts_at, ends_at, pitch.starts_at, pitch.ends_at)
        ),
        None,
    )


def aligned(moment: datetime) -> bool:
    """Whether a moment lies on five minutes."""
    return moment.microsecond == 0 and int(moment.timestamp()) % ALIGNED_SECONDS == 0


def hold_end(now: datetime, hours: int, starts_at: datetime) -> datetime:
    """Until when a pending booking holds its slot: so many hours, never beyond the beginning of the meeting."""
    return min(now + timedelta(hours=hours), starts_at)


def free_seat(taken: Collection[int], capacity: int) -> int | None:
    """The lowest seat (1 to ``capacity``) that nobody has; None where all are taken."""
    return next((seat for seat in range(1, capacity + 1) if seat not in taken), None)
