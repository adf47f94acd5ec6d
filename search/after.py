"""Where a page begins that no number reaches: after the hit of a key."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple, TypeVar

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


def follow(
    fetch: Callable[[int, int], list[tuple[float, Hand]]],
    places: Callable[[list[Hand]], list[tuple[int, str]]],
    after: After,
    size: int,
    most: int,
) -> list[tuple[float, Hand]]:
    """Return the next `size` hits after one, in the declared order, of an engine that only knows numbered places.

    `fetch` and `places` are those of `engine.settle`. The place is where to look first (`most` hits may
    be: no address shall make an engine take memory for more); hits that came or went since
    then do not matter, for it is widened until it holds the hit's rank on one side and `size` hits on the other.
    """
    here = (-after.published_at, after.key)
    around, slack = min(after.place, most), 20
    while True:
        low, high = max(around - slack, 0), around + size + slack
        found = fetch(low, high)
        whole = len(found) < high - low
        rest = [(rank, each) for rank, each in found if rank <= after.rank]
        tied = places([each for _, each in rest]) if rest else []
        order = sorted(
            (-rank, place, number)
            for number, ((rank, _), place) in enumerate(zip(rest, tied, strict=True))
            if rank < after.rank or place > here
        )
        begun = low == 0 or len(rest) < len(found)
        # A tie may go on beyond what was fetched: only what ranks before it is in its final place.
        settled = len(order) if whole or not found else sum(-rank > found[-1][0] for rank, _, _ in order)
        if begun and (whole or settled >= size):
            return [rest[number] for _, _, number in order[:size]]
        slack *= 5
