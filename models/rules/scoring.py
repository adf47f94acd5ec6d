"""How well an achievement fits a need: a score from 0 to 100 with the reasons for it, and what is missing.

    100 x text x (1 - CODES x (1 - codes))

text: what both say in words (`FULL_TEXT`), and where a language model is used to MEANT what they mean;
codes: the mean of field, industry, readiness, mode, budget, region and
freshness weighed by WEIGHTS, each from 0 to 1. What a side says nothing of counts half and is listed as missing where it
can be asked for. Fields and levels are many times the same by chance: they lower or keep what words have found, and
never find anything alone. Every part is something a person can check on the two pages; nothing about persons is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from models.enums import ReasonCode

CODES = 0.4  # of the score at most, lost where no code fits
WEIGHTS = {"field": 30, "industry": 20, "trl": 20, "mode": 10, "budget": 12, "region": 4, "fresh": 4}
UNKNOWN = 0.5
FULL_TEXT = (
    0.4  # share of a need's words, by weight, from which on the text fits wholly: nobody repeats more of another's
)
MEANT = 0.3  # of the text, what a language model says of it
STEP = 0.3  # of the readiness part, lost by each level below the wanted ones
SHOWN = 6  # words in common that are named
HALF_LIFE = 180  # days, of freshness
NEAR = 0.5  # from here on a similarity in meaning is a reason of its own


@dataclass(frozen=True, slots=True)
class Facts:
    """What both sides say in codes; money in fen, dates as days since the epoch. Unknown is empty or None."""

    fields: Sequence[str] = ()
    industries: Sequence[str] = ()
    modes: Sequence[str] = ()
    low: int | None = None  # budget or price
    high: int | None = None
    region: str = ""  # empty also where it must not be told
    day: int = 0  # of publication


@dataclass(frozen=True, slots=True)
class NeedFacts(Facts):
    trl_from: int | None = None
    trl_to: int | None = None


@dataclass(frozen=True, slots=True)
class AchievementFacts(Facts):
    trl: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with the words or codes that it is about."""

    code: ReasonCode
    values: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As it is kept: {"code": ..., "values": [...]}."""
        return {"code": self.code.value, "values": list(self.values)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        return cls(ReasonCode(plain["code"]), tuple(plain["values"]))


@dataclass(frozen=True, slots=True)
class Score:
    value: int  # 0 to 100
    reasons: tuple[Reason, ...]
    missing: tuple[Reason, ...]


Part = tuple[float | None, Reason | None, Reason | None]  # from 0 to 1 or unknown; why; what is missing


def score(
    need: NeedFacts,
    achievement: AchievementFacts,
    *,
    text: float,
    words: Sequence[str] = (),
    meaning: float | None = None,
    day: int,
) -> Score:
    """Weigh what is known of a pair.

    ``text``: the share of the need's words, by weight, that the achievement has (0 to 1); ``words``: the weightiest of
    them; ``meaning``: similarity by a language model (0 to 1), None where none is used; ``day`` since the epoch.
    """
    parts: dict[str, Part] = {
        "field": _common(need.fields, achievement.fields, ReasonCode.FIELD, ReasonCode.OTHER_FIELD),
        "industry": _common(need.industries, achievement.industries, ReasonCode.INDUSTRY, ReasonCode.OTHER_INDUSTRY),
        "trl": _readiness(need, achievement),
        "mode": _common(need.modes, achievement.modes, ReasonCode.MODE, ReasonCode.OTHER_MODE),
        "budget": _budget(need, achievement),
        "region": _region(need, achievement),
        "fresh": (0.5 ** (max(0, day - max(need.day, achievement.day)) / HALF_LIFE), None, None),
    }
    codes = sum(WEIGHTS[name] * (UNKNOWN if part is None else part) for name, (part, _, _) in parts.items())
    why = [Reason(ReasonCode.WORDS, tuple(words[:SHOWN]))] if words else []
    why += [Reason(ReasonCode.MEANING)] if meaning is not None and meaning >= NEAR else []
    return Score(
        value=round(100 * said(text, meaning) * (1 - CODES * (1 - codes / sum(WEIGHTS.values())))),
        reasons=(*why, *(reason for _, reason, _ in parts.values() if reason)),
        missing=tuple(lack for _, _, lack in parts.values() if lack),
    )


def said(text: float, meaning: float | None) -> float:
    """How near two texts are, from 0 to 1."""
    words = min(1.0, text / FULL_TEXT)
    return words if meaning is None else (1 - MEANT) * words + MEANT * min(1.0, meaning)


def _common(wanted: Sequence[str], offered: Sequence[str], same: ReasonCode, other: ReasonCode) -> Part:
    """One code in common is enough: who names two industries is not half as near to either."""
    if not wanted or not offered:
        return None, None, None
    if common := tuple(code for code in wanted if code in offered):
        return 1.0, Reason(same, common), None
    return 0.0, None, Reason(other, tuple(offered))


def _readiness(need: NeedFacts, achievement: AchievementFacts) -> Part:
    low = need.trl_from or need.trl_to
    if low is None:
        return None, None, None
    if achievement.trl is None:
        return None, None, Reason(ReasonCode.TRL_UNKNOWN, (str(low),))
    if achievement.trl >= low:  # more than is wanted is no fault
        return 1.0, Reason(ReasonCode.TRL, (str(achievement.trl), str(low))), None
    below = max(0.0, 1 - STEP * (low - achievement.trl))
    return below, None, Reason(ReasonCode.TRL_BELOW, (str(achievement.trl), str(low)))


def _budget(need: NeedFacts, achievement: AchievementFacts) -> Part:
    most = need.high if need.high is not None else need.low
    least = achievement.low if achievement.low is not None else achievement.high
    if most is None or least is None:
        return None, None, Reason(ReasonCode.PRICE_UNKNOWN)
    if least <= most:
        return 1.0, Reason(ReasonCode.BUDGET), None
    return most / least, None, Reason(ReasonCode.ABOVE_BUDGET)


def _region(need: NeedFacts, achievement: AchievementFacts) -> Part:
    if not need.region or not achievement.region:
        return None, None, None
    if need.region == achievement.region:
        return 1.0, Reason(ReasonCode.REGION, (need.region,)), None
    return 0.0, None, None
