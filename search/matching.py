"""Which achievements fit a need, and which needs an achievement: candidates of the engine, ranked with reasons.

Only what everybody may read is compared, so that a reason tells neither side more than the other's card does. A pair has
one score, whichever side asks: what of the need's words the achievement has.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
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
from search.vectors import Meaning

EVERYBODY = frozenset({PUBLIC})
FIRST = 200  # achievements that are scored for a need; what both say in codes only lowers what they say in words
FUSION = 60  # of reciprocal ranks: how little the first places count more than the next
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
    meaning: float | None  # None where no model is used

    def scored(self, day: int, *, words: bool) -> Score:
        need = self.need
        head = f"{need.title} {need.keywords}"
        return score(
            cast(NeedFacts, need.facts),
            cast(AchievementFacts, self.achievement.facts),
            text=self.candidate.score / self.found.whole,
            words=words_in_common(head, need.body, self.candidate.text, self.found.asked, SHOWN) if words else (),
            meaning=self.meaning,
            day=day,
        )


def match(
    session: Session,
    engine: Engine,
    kind: str,
    record_id: int,
    *,
    known: Collection[int] = (),
    least: int = 0,
    meaning: Meaning | None = None,
) -> list[Match]:
    """Return the matches of a published record that score at least `least`, best first; none of its own organisation.

    `known`: records of the other side that are scored even where they are no candidates, so that a list does not hang
    on whose turn it was. With `meaning` its vector is made where it is missing, and dropped where the record is not
    published. Two queries.

    Raises:
        EngineUnavailable: the engine cannot answer now.
    """
    one = compared(session, kind, [record_id]).get(record_id)
    if one is None:
        if meaning is not None:
            meaning.vectors.drop([f"{kind}:{record_id}"])
        return []
    if meaning is not None:
        remember(meaning, kind, [one])
    pairs = _achievements_for if kind == "need" else _needs_for
    day = int(time() // 86_400)
    scores = [
        (pair, pair.scored(day, words=False).value)
        for pair in pairs(session, engine, one, known, meaning)
        if pair.need.organisation_id != pair.achievement.organisation_id
    ]
    ranked = sorted((each for each in scores if each[1] >= least), key=lambda each: -each[1])
    return [_match(pair, pair.scored(day, words=True)) for pair, _ in ranked]


def remember(meaning: Meaning, kind: str, ones: Iterable[Compared]) -> None:
    """Make the vectors of records where they are missing."""
    meaning.keep((f"{kind}:{one.id}", one.title, one.body) for one in ones)


def like(engine: Engine, need: Compared, query: Query) -> Alike:
    """The achievements most like a need."""
    return engine.alike(query, texts_of(need))


def texts_of(one: Compared) -> tuple[Text, Text]:
    return Text(one.title, 1.0), Text(f"{one.keywords}\n{one.body}", BODY)


def fused(
    engine: Engine,
    query: Query,
    texts: Sequence[Text],
    meaning: Meaning | None,
    key: str,
    kind: str,
    also: Collection[str] = (),
) -> Alike:
    """The documents most like some texts in words and, with `meaning`, in what `key` means: by the sum of reciprocal ranks.

    The engine is asked for those that only the vectors or `also` (records such as "need:7") name: it knows what the
    reader may see.
    """
    found = engine.alike(query, texts)
    known = {_record(candidate): candidate for candidate in found.candidates}
    best = list(known)
    if meaning is not None:
        ranks: dict[str, float] = defaultdict(float)
        for order in (list(known), meaning.near(key, kind, query.size)):
            for place, name in enumerate(order, start=1):
                ranks[name] += 1 / (FUSION + place)
        best = sorted(ranks, key=lambda name: (-ranks[name], name))
    wanted = dict.fromkeys((*best[: query.size], *also))
    if added := tuple(f"{name}:card" for name in wanted if name not in known):
        more = engine.alike(replace(query, keys=added, size=len(added)), texts)
        known |= {_record(candidate): candidate for candidate in more.candidates}
    chosen = dict.fromkeys([*[name for name in best if name in known][: query.size], *filter(known.get, also)])
    return found._replace(candidates=[known[name] for name in chosen])


def _achievements_for(
    session: Session, engine: Engine, need: Compared, known: Collection[int], meaning: Meaning | None
) -> list[_Pair]:
    query = Query(audience=EVERYBODY, size=FIRST)
    also = [f"achievement:{id_}" for id_ in known]
    key = f"need:{need.id}"
    found = fused(engine, query, texts_of(need), meaning, key, "achievement", also)
    candidates = {_record_id(candidate): candidate for candidate in found.candidates}
    sides = compared(session, "achievement", candidates)
    meanings = _meanings(meaning, key, "achievement", sides.values())
    return [
        _Pair(need, sides[key], candidate, found, meanings.get(_record(candidate)))
        for key, candidate in candidates.items()
        if key in sides
    ]


def _needs_for(
    session: Session, engine: Engine, achievement: Compared, known: Collection[int], meaning: Meaning | None
) -> list[_Pair]:
    """The needs most like an achievement, each asked in its turn how much of it the achievement has."""
    query, key = Query(audience=EVERYBODY, kind="need", size=NEEDS), f"achievement:{achievement.id}"
    near = fused(engine, query, texts_of(achievement), meaning, key, "need")
    needs = compared(session, "need", {*map(_record_id, near.candidates), *known})
    meanings = _meanings(meaning, key, "need", needs.values())
    only = Query(audience=EVERYBODY, size=1, keys=(f"{key}:card",))
    asked = ((need, like(engine, need, only)) for need in needs.values())
    return [
        _Pair(need, achievement, found.candidates[0], found, meanings.get(f"need:{need.id}"))
        for need, found in asked
        if found.candidates
    ]


def _meanings(meaning: Meaning | None, key: str, kind: str, ones: Collection[Compared]) -> dict[str, float | None]:
    """How much each means the same. Missing vectors are made: without one a pair's words would count more than others'."""
    if meaning is None:
        return {}
    remember(meaning, kind, ones)
    return dict(meaning.meanings(key, [f"{kind}:{one.id}" for one in ones]))


def _record(candidate: Candidate) -> str:
    return candidate.key.rpartition(":")[0]


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
