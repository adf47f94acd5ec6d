"""Where a page begins that no number reaches: after the hit of a key."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

Hand = TypeVar("Hand")  # what an engine has in hand of a hit before it reads more

LONGEST = 300  # characters of a token
_LARGEST = 2**63  # the numbers engines sort by are below


class After(NamedTuple):
    """The last hit of a page: what it was ranked by, and how many hits there are up to it (a hint, not a promise)."""

    sort: str
    rank: float  # as the engine has it: a score, a date, a level of readiness
    published_at: int
    key: str
    place: int

    def token(self) -> str:
        """As it stands in an address."""
        return urlsafe_b64encode(json.dumps(self, separators=(",", ":")).encode()).rstrip(b"=").decode()


def parse_after(token: str, sort: str) -> After | None:
    """Read a token; None if it is not one of this order."""
    if not token or len(token) > LONGEST:
        return None
    try:
        given = json.loads(urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)))
        after = After(*given)
    except (ValueError, TypeError, RecursionError):
        return None
    ranks = (int, float) if sort == "relevance" else (int,)
    fits = (
        isinstance(given, list)
        and after.sort == sort
        and type(after.rank) in ranks
        and all(type(number) is int for number in (after.published_at, after.place))
        and all(-_LARGEST <= number < _LARGEST for number in (after.rank, after.published_at))
        and 0 <= after.place < 2**31
        and isinstance(after.key, str)
        and after.key.isprintable()
    )
    return after if fits else None


class Places(NamedTuple, Generic[Hand]):
    """What the declared order asks of hits: when they were published and, which may have to be read, their keys."""

    moments: Callable[[list[Hand]], list[int]]
    keys: Callable[[list[Hand]], list[str]]


def arrange(found: list[tuple[float, Hand]], places: Places[Hand], start: int, stop: int) -> list[tuple[float, Hand]]:
    """Return `start` to `stop` of hits by descending rank, then newest, then key.

    A tie may hold thousands: keys are asked for only of those that share rank and moment with one of the stretch.
    """
    times = Counter(rank for rank, _ in found)
    tied = [number for number, (rank, _) in enumerate(found) if times[rank] > 1]
    moments = dict(zip(tied, places.moments([found[number][1] for number in tied]), strict=True))
    groups = [(-rank, -moments.get(number, 0)) for number, (rank, _) in enumerate(found)]
    order = sorted(range(len(found)), key=groups.__getitem__)
    low, high = start, min(stop, len(order))
    if low >= high:
        return []
    while low > 0 and groups[order[low - 1]] == groups[order[low]]:
        low -= 1
    while high < len(order) and groups[order[high]] == groups[order[high - 1]]:
        high += 1
    sizes = Counter(groups[number] for number in order[low:high])
    shared = [number for number in order[low:high] if sizes[groups[number]] > 1]
    keys = dict(zip(shared, places.keys([found[number][1] for number in shared]), strict=True))
    stretch = sorted(order[low:high], key=lambda number: (groups[number], keys.get(number, "")))
    return [found[number] for number in stretch[start - low : stop - low]]


def follow(
    fetch: Callable[[int, int], list[tuple[float, Hand]]], places: Places[Hand], after: After, size: int, most: int
) -> list[tuple[float, Hand]]:
    """Return the next `size` hits after one, in the declared order, of an engine that only knows numbered places.

    `fetch` is that of `engine.settle`. The place is where to look first (`most` hits may be: no address shall make an
    engine take memory for more); hits that came or went since then do not matter, for it is widened until it holds the
    hit's rank on one side and `size` hits on the other.
    """
    around, slack = min(after.place, most), 20
    while True:
        low, high = max(around - slack, 0), around + size + slack
        found = fetch(low, high)
        whole = len(found) < high - low
        lower = [(rank, each) for rank, each in found if rank < after.rank]
        equal = [(rank, each) for rank, each in found if rank == after.rank]
        begun = low == 0 or len(lower) + len(equal) < len(found)
        # A tie may go on beyond what was fetched: only what ranks before it is in its final place.
        rest = [*_later(equal, places, after), *lower]
        settled = len(rest) if whole or not found else sum(rank > found[-1][0] for rank, _ in rest)
        if begun and (whole or settled >= size):
            return arrange(rest, places, 0, size)
        slack *= 5


def _later(equal: list[tuple[float, Hand]], places: Places[Hand], after: After) -> list[tuple[float, Hand]]:
    """Those of the same rank that come after the hit."""
    moments = places.moments([each for _, each in equal])
    timed = list(zip(equal, moments, strict=True))
    same = [hit for hit, moment in timed if moment == after.published_at]
    keys = places.keys([each for _, each in same])
    return [
        *(hit for hit, moment in timed if moment < after.published_at),
        *(hit for hit, key in zip(same, keys, strict=True) if key > after.key),
    ]
