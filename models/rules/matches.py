"""Rules of suggestions: how many are kept, when one is shown, who decides for which side."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from models.enums import Side
from models.rules.policy import Actor

LEAST = 35  # score below which nobody is bothered
MOST = 20  # best pairs of one record that are shown at a time
KEPT = 50  # best pairs of one record that are kept: where some are declined the next ones move up
FRESH = timedelta(days=14)  # how long an undecided suggestion stands on the desk; then only in its list
PUT_OFF_DAYS = (7, 30)
NOTE_LENGTH = 500  # characters
FEWEST = 3  # organisations that must have declined before their reasons are shown as numbers: fewer could be guessed
BANDS = ((35, 49), (50, 64), (65, 79), (80, 100))  # of scores, in the statistics


def owner_of(match: Any, side: Side) -> int:
    """The organisation that a side of a pair is."""
    return int(match.seeker_id if side is Side.SEEKER else match.provider_id)


def sides_of(actor: Actor, match: Any) -> tuple[Side, ...]:
    """The sides of a pair for which the actor decides, the need's first."""
    return tuple(side for side in Side if actor.acts_for(owner_of(match, side)))


def mandated_sides(actor: Actor, match: Any) -> tuple[Side, ...]:
    """The sides that the actor serves by mandate only: to those a pair can be passed on."""
    mandators = {m.organisation_id for m in actor.mandated}
    return tuple(side for side in Side if (owner := owner_of(match, side)) in mandators and not actor.member_of(owner))


def band_of(score: int) -> tuple[int, int]:
    """The band of BANDS that a score is in; the lowest one takes what is below."""
    return next((band for band in reversed(BANDS) if score >= band[0]), BANDS[0])


def best(found: Collection[Any], *, limit: int = KEPT) -> list[Any]:
    """The best of scored pairs that are good enough, best first; equal scores by their order."""
    return sorted((one for one in found if one.score >= LEAST), key=lambda one: -one.score)[:limit]
