"""Matching: needs judged by people against a corpus of achievements, by the code that makes the site's suggestions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from models.queries.facts import Compared
from models.rules.scoring import NeedFacts, said
from scripts.bench_index import EVERYBODY, Place, document
from scripts.bench_metrics import Metrics, latencies, mean, ndcg
from search.engine import Engine
from search.matching import FIRST, fused, like, remember, texts_of
from search.query import WINDOW, Query
from search.ranking import Candidate
from search.vectors import Meaning, Model

RELEVANT = 3  # level from which on a judged achievement is to be found
DEEP = 50
STEP = 500  # achievements whose vectors are made and kept at once

Levels = dict[str, dict[str, int]]  # need -> achievement -> level 1 to 4


def judgements(path: Path) -> Levels:
    """Read need_id, achievement_id, level, tab-separated below a head."""
    levels: Levels = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        need, achievement, level = line.split("\t")
        levels[need][achievement] = int(level)
    return levels


def title_of(row: Mapping[str, Any]) -> str:
    """Titles given as words are joined: people write none apart."""
    return str(row.get("title") or row["title_tokens"].replace(" ", ""))


def matching(
    place: Place,
    achievements: Sequence[Mapping[str, Any]],
    needs: Sequence[Mapping[str, Any]],
    levels: Levels,
    model: Model | None = None,
) -> dict[str, Metrics]:
    """Of needs with an achievement of level 3 or 4: nDCG@10 of the judged ones, recall@50 of those among all.

    The files tell no codes, so that a pair's score is its text's, in whose order the engine's candidates stand. Judged ones
    that are no candidates are scored too, as the site does with pairs it knows, but not counted as found.
    """
    known = {row["id"]: f"achievement:{at}" for at, row in enumerate(achievements)}
    engine = place.filled(document(at, row["id"], title=title_of(row)) for at, row in enumerate(achievements))
    meaning = Meaning(model, engine.vectors(model)) if model else None
    if meaning is not None:
        texts = [(f"achievement:{at}", title_of(row), "") for at, row in enumerate(achievements)]
        for first in range(0, len(texts), STEP):
            meaning.keep(texts[first : first + STEP])
    judged, found, took = [], [], []
    for number, row in enumerate(needs):
        wanted = {key: level for key, level in levels.get(row["id"], {}).items() if key in known}
        relevant = {key for key, level in wanted.items() if level >= RELEVANT}
        if not relevant:
            continue
        need = Compared(number, 0, title=row["title"], keywords="", body=row.get("body", ""), facts=NeedFacts())
        began = perf_counter()
        ids = _order(engine, need, meaning)
        took.append(perf_counter() - began)
        every = _order(engine, need, meaning, [known[key] for key in wanted]) if meaning else ids
        place_of = {key: at for at, key in enumerate(every)}
        ranked = sorted(wanted, key=lambda key: place_of.get(key, len(every)))
        judged.append(ndcg([wanted[key] for key in ranked], list(wanted.values())) or 0.0)
        found.append(len(relevant.intersection(ids[:DEEP])) / len(relevant))
    return {
        "need_to_achievement": {"queries": len(judged), "ndcg@10": mean(judged), "recall@50": mean(found)}
        | latencies(took)
    }


def _order(engine: Engine, need: Compared, meaning: Meaning | None, also: Collection[str] = ()) -> list[str]:
    if meaning is None:
        return [one.public_id for one in like(engine, need, Query(audience=EVERYBODY, size=WINDOW)).candidates]
    remember(meaning, "need", [need])
    key = f"need:{need.id}"
    found = fused(engine, Query(audience=EVERYBODY, size=FIRST), texts_of(need), meaning, key, "achievement", also)
    record_of = {one.key: one.key.rpartition(":")[0] for one in found.candidates}
    meanings = meaning.meanings(key, record_of.values())

    def near(one: Candidate) -> float:
        return said(one.score / found.whole, meanings.get(record_of[one.key]))

    return [one.public_id for one in sorted(found.candidates, key=near, reverse=True)]
