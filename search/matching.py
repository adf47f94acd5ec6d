"""Which achievements fit a need, and which needs an achievement: candidates of the engine, ranked with reasons.

Only what everybody may read is compared, so that a reason tells neither side more than the other's card does. A pair has
one score, whichever side asks: what of the need's words the achievement has.
"""

from dataclasses import dataclass
from time import time
from typing import Any, NamedTuple, cast

from sqlalchemy.orm import Session

from models.queries.facts import Compared, compared
from models.rules.policy import PUBLIC
from models.rules.scoring import SHOWN, AchievementFacts, NeedFacts, Score, score
from search.engine import Alike, Engine
from search.likeness import BODY, Text, words_in_common
from search.query import Query
from search.ranking import Candidate

EVERYBODY = frozenset({PUBLIC})
FIRST = 200  # achievements that are scored for a need; what both say in codes only lowers what they say in words
NEEDS = 60  # needs that are scored for an achievement


@dataclass(frozen=True, slots=True)
class Match:
    """A pair; the score from 0 to 100, reasons as models.rules.scoring.Reason.plain()."""

    need_id: int
    achievement_id: int
    score: int
    reasons: list[dict[str, Any]]
    missing: list[dict[str, Any]]


class _Pair(NamedTuple):
    need: Compared
    achievement: Compared
    candidate: Candidate  # the achievement's
    found: Alike

    def scored(self, day: int, *, words: bool) -> Score:
        need = self.need
        head = f"{need.title} {need.keywords}"
        return score(
            cast(NeedFacts, need.facts),
            cast(AchievementFacts, self.achievement.facts),
            text=self.candidate.score / self.found.whole,
            words=words_in_common(head, need.body, self.candidate.text, self.found.asked, SHOWN) if words else (),
            day=day,
        )


def match(session: Session, engine: Engine, kind: str, record_id: int, *, limit: int = 50) -> list[Match]:
    """Return the best matches of a published record, best first; none of its own organisation. Two queries.

    Raises:
        EngineUnavailable: the engine cannot answer now.
    """
    one = compared(session, kind, [record_id]).get(record_id)
    if one is None:
        return []
    pairs = _achievements_for if kind == "need" else _needs_for
    day = int(time() // 86_400)
    found = [
        pair for pair in pairs(session, engine, one) if pair.need.organisation_id != pair.achievement.organisation_id
    ]
    ranked = sorted(found, key=lambda pair: -pair.scored(day, words=False).value)[:limit]
    return [_match(pair, pair.scored(day, words=True)) for pair in ranked]


def like(engine: Engine, need: Compared, query: Query) -> Alike:
    """The achievements most like a need."""
    return engine.alike(query, texts_of(need))


def texts_of(one: Compared) -> tuple[Text, Text]:
    return Text(one.title, 1.0), Text(f"{one.keywords}\n{one.body}", BODY)


def _achievements_for(session: Session, engine: Engine, need: Compared) -> list[_Pair]:
    found = like(engine, need, Query(audience=EVERYBODY, size=FIRST))
    candidates = {_record_id(candidate): candidate for candidate in found.candidates}
    sides = compared(session, "achievement", candidates)
    return [_Pair(need, sides[key], candidate, found) for key, candidate in candidates.items() if key in sides]


def _needs_for(session: Session, engine: Engine, achievement: Compared) -> list[_Pair]:
    """The needs most like an achievement, each asked in its turn how much of it the achievement has."""
    near = engine.alike(Query(audience=EVERYBODY, kind="need", size=NEEDS), texts_of(achievement))
    needs = compared(session, "need", [_record_id(candidate) for candidate in near.candidates])
    only = Query(audience=EVERYBODY, size=1, keys=(f"achievement:{achievement.id}:card",))
    asked = ((need, like(engine, need, only)) for need in needs.values())
    return [_Pair(need, achievement, found.candidates[0], found) for need, found in asked if found.candidates]


def _record_id(candidate: Candidate) -> int:
    return int(candidate.key.split(":")[1])


def _match(pair: _Pair, scored: Score) -> Match:
    return Match(
        need_id=pair.need.id,
        achievement_id=pair.achievement.id,
        score=scored.value,
        reasons=[reason.plain() for reason in scored.reasons],
        missing=[reason.plain() for reason in scored.missing],
    )
