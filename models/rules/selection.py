"""Choosing roadshow projects: weighted scores, ranking, what it proposes; who may not score what; who scores what.

Points are 1 to 10 for each criterion, weights are whole per cent. A sheet's score is the sum of points x weights, so a
whole number of hundredths (100 to 1000); means are exact fractions. Nothing depends on the order in which scorers came.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from models.enums import Level, Outcome
from models.errors import N_

LEAST, MOST = 1, 10
WHOLE = 100  # what the weights add up to
DROPPING = 5  # from so many scores on the highest and the lowest may be left out
DEFAULT = (
    (N_("Technology and product"), 30),
    (N_("Business model and plan"), 25),
    (N_("Industry and market"), 25),
    (N_("Team"), 20),
)  # the four of the national innovation contest (FACTS 4.1); their weights are ours


@dataclass(frozen=True)
class Entry:
    """An application with the sheets that were given; ``submitted_at`` settles what is left of a tie."""

    key: int
    submitted_at: datetime
    sheets: tuple[tuple[int, ...], ...]  # points in the order of the criteria
    asked: int = 0  # how many scorers it is assigned to


@dataclass(frozen=True)
class Standing:
    """A place in the ranking. Scores in hundredths of a point; none where nobody has scored yet."""

    key: int
    rank: int
    mean: Fraction | None
    criteria: tuple[Fraction, ...]  # the mean of each criterion, in points
    lowest: int | None
    highest: int | None
    given: int
    missing: int
    dropped: bool  # highest and lowest are not in the mean


def score(points: Sequence[int], weights: Sequence[int]) -> int:
    """Points x weights. Raises ValueError where they do not belong together."""
    return sum(point * weight for point, weight in zip(points, weights, strict=True))


def mean_of(scores: Sequence[int], *, drops_extremes: bool) -> Fraction | None:
    """The mean; of DROPPING scores and more, if asked for, without one highest and one lowest."""
    if not scores:
        return None
    kept = sorted(scores)[1:-1] if drops_extremes and len(scores) >= DROPPING else scores
    return Fraction(sum(kept), len(kept))


def rank(entries: Sequence[Entry], weights: Sequence[int], *, drops_extremes: bool) -> list[Standing]:
    """Best first; each has a rank of its own.

    Ties: the higher mean in the first criterion, then in the second and so on, then who submitted earlier, then the key.
    """
    found = [_standing(entry, weights, drops_extremes) for entry in entries]
    order = sorted(zip(found, entries, strict=True), key=_order)
    return [Standing(**{**vars(one), "rank": number}) for number, (one, _entry) in enumerate(order, 1)]


def _standing(entry: Entry, weights: Sequence[int], drops_extremes: bool) -> Standing:
    scores = [score(points, weights) for points in entry.sheets]
    given = len(scores)
    return Standing(
        key=entry.key,
        rank=0,
        mean=mean_of(scores, drops_extremes=drops_extremes),
        criteria=tuple(Fraction(sum(column), given) for column in zip(*entry.sheets, strict=True)),
        lowest=min(scores, default=None),
        highest=max(scores, default=None),
        given=given,
        missing=max(0, entry.asked - given),
        dropped=drops_extremes and given >= DROPPING,
    )


def _order(pair: tuple[Standing, Entry]) -> tuple[object, ...]:
    standing, entry = pair
    unscored = standing.mean is None
    return unscored, -(standing.mean or 0), tuple(-one for one in standing.criteria), entry.submitted_at, entry.key


def proposal(standings: Sequence[Standing], *, places: int, reserves: int) -> dict[int, Outcome]:
    """What follows from the ranking alone: the first are selected, the next are the reserve. Who has no score is not."""
    found = {}
    for one in standings:
        if one.mean is None or one.rank > places + reserves:
            found[one.key] = Outcome.NOT_SELECTED
        else:
            found[one.key] = Outcome.SELECTED if one.rank <= places else Outcome.RESERVE
    return found


def usual_level(outcome: Outcome) -> Level | None:
    """How a project is presented unless the organizer says otherwise."""
    return {Outcome.SELECTED: Level.ROADSHOW, Outcome.RESERVE: Level.RECOMMENDED}.get(outcome)


# --- conflicts of interest --------------------------------------------------------------------------------------------


class Interest(StrEnum):
    """Why somebody may not score an application; the value is a message id, said to them."""

    PRESENTER = N_("you present the project")
    APPLIED = N_("you entered the application")
    MEMBER = N_("you are or were with the organisation that applies")
    MANDATE = N_("you act or acted for the organisation that applies")
    COLLEAGUE = N_("you are with the presenter's organisation")


ABOUT = {  # the same, said about them
    Interest.PRESENTER: N_("presents the project"),
    Interest.APPLIED: N_("entered the application"),
    Interest.MEMBER: N_("is or was with the organisation that applies"),
    Interest.MANDATE: N_("acts or acted for the organisation that applies"),
    Interest.COLLEAGUE: N_("is with the presenter's organisation"),
}


@dataclass(frozen=True)
class Ties:
    """With whom a person is or was, as ids."""

    person: int
    present: frozenset[int] = frozenset()  # organisations
    ever: frozenset[int] = frozenset()
    mandates: frozenset[int] = frozenset()  # organisations they act or acted for


@dataclass(frozen=True)
class Applying:
    """Who stands behind an application, as ids."""

    organisation: int
    presenter: int | None = None
    presenter_with: frozenset[int] = frozenset()  # the presenter's organisations today
    entered_by: int | None = None


def interest(scorer: Ties, application: Applying) -> Interest | None:
    """The conflict of interest that the records show, the plainest first; none where they show none."""
    if scorer.person == application.presenter:
        return Interest.PRESENTER
    if scorer.person == application.entered_by:
        return Interest.APPLIED
    if application.organisation in scorer.present | scorer.ever:
        return Interest.MEMBER
    if application.organisation in scorer.mandates:
        return Interest.MANDATE
    if scorer.present & application.presenter_with:
        return Interest.COLLEAGUE
    return None


# --- who scores what --------------------------------------------------------------------------------------------------


def assign(
    applications: Sequence[int],
    scorers: Sequence[int],
    *,
    barred: Collection[tuple[int, int]],
    present: Collection[tuple[int, int]] = (),
    each: int | None = None,
) -> list[tuple[int, int]]:
    """Pairs (application, scorer) to be added to ``present``; ``each`` scorers for an application (None: all).

    Nobody gets a barred pair. Applications with the fewest possible scorers choose first, always whoever has least to do;
    then work moves from who has more to who has two fewer, until there is no such pair.
    """
    able = {one: [who for who in scorers if (one, who) not in barred] for one in applications}
    has = {one: {who for who in scorers if (one, who) in present} for one in applications}
    load = {who: sum(who in those for those in has.values()) for who in scorers}
    added: set[tuple[int, int]] = set()
    for one in sorted(applications, key=lambda key: (len(able[key]), key)):
        wanted = len(able[one]) if each is None else each
        for who in sorted(able[one], key=lambda key: (load[key], key)):
            if len(has[one]) >= wanted:
                break
            if who not in has[one]:
                has[one].add(who)
                load[who] += 1
                added.add((one, who))
    while move := _lighter(added, able, has, load):
        one, busy, free = move
        has[one] = has[one] - {busy} | {free}
        load[busy], load[free] = load[busy] - 1, load[free] + 1
        added = added - {(one, busy)} | {(one, free)}
    return sorted(added)


def _lighter(
    added: Collection[tuple[int, int]], able: Mapping[int, Sequence[int]], has: Mapping[int, set[int]],
    load: Mapping[int, int],
) -> tuple[int, int, int] | None:  # fmt: skip
    for one, busy in sorted(added, key=lambda pair: (-load[pair[1]], pair)):
        for free in able[one]:
            if free not in has[one] and load[free] + 2 <= load[busy]:
                return one, busy, free
    return None
