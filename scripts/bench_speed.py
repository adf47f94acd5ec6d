"""Speed at many documents: asking with facets beside the raw query of the engine, matching, building, memory."""

import random
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from models.queries.facts import Compared
from models.rules.scoring import NeedFacts
from scripts import bench_meaning
from scripts.bench_findable import findable
from scripts.bench_index import EVERYBODY, PUBLISHED, Place, asked, document, load
from scripts.bench_metrics import Metrics, latencies
from scripts.bench_raw import raw_load, raw_question
from search.documents import Document
from search.engine import Engine
from search.likeness import words_in_common
from search.matching import FIRST, like
from search.query import Query
from search.vectors import Meaning, Model

SEED = 3
QUESTIONS = 300  # of each kind, after WARM
WARM = 50
KINDS = ("kw2", "kw3", "paragraph", "title")
CODES = {"field": 8, "industry": 20, "stage": 5, "trl": 9, "mode": 6, "owner": 400, "circle": 12, "roadshow": 30}
CHANGED = 0.15  # of a repeated document's sentences, taken from another one: no two are the same


def documents(docs: Sequence[Mapping[str, Any]], size: int) -> Iterator[Document]:
    """The given ones, then changed copies of them, with codes; `size` in all."""
    chance = random.Random(SEED)
    for number in range(size):
        row = docs[number % len(docs)]
        abstract = row["abstract"]
        if number >= len(docs):
            other = chance.choice(docs)["abstract"].split("。")
            said = [chance.choice(other) if chance.random() < CHANGED else part for part in abstract.split("。")]
            abstract = "。".join(said)
        codes = {name: [f"{name}-{chance.randrange(count)}"] for name, count in CODES.items()}
        yield document(
            number, f"{row['id']}#{number}", title=row["title"], summary=abstract, facets=codes, trl=chance.randint(1, 9),
            published_at=PUBLISHED - chance.randrange(700) * 86_400,
        )  # fmt: skip


def speed(
    place: Place,
    docs: Sequence[Mapping[str, Any]],
    queries: Sequence[Mapping[str, Any]],
    size: int,
    model: Model | None = None,
) -> dict[str, Metrics]:
    """All measurements at `size` documents; without `queries` the documents' own titles are asked."""
    queries = queries or docs
    made = list(documents(docs, size))
    began = time.perf_counter()
    engine = place.engine()
    load(engine, made)
    took = time.perf_counter() - began
    place.merge()
    found: dict[str, Metrics] = {"memory": _memory(place), "rebuild": {"seconds": took}}
    raw = raw_question(engine)
    for kind in KINDS:
        texts = [row[kind] for row in queries if row.get(kind)][: WARM + QUESTIONS]
        if texts:
            found[f"find_{kind}"] = _beside(engine, texts, raw)
    if {"find_kw2", "find_paragraph"} <= found.keys():
        found["find_paragraph"]["ratio_to_kw2"] = found["find_paragraph"]["p50_ms"] / found["find_kw2"]["p50_ms"]
    some = enumerate(docs[: WARM + QUESTIONS])
    needs = [Compared(at, 0, row["title"], "", row["abstract"], NeedFacts()) for at, row in some]
    found["match_need"] = latencies(_times(needs, partial(_match, engine)))
    typed = [row["title"][:length] for row in docs[: WARM + QUESTIONS] for length in (2, 4)]
    found["suggest"] = latencies(_times([asked(text) for text in typed], engine.suggest))
    if model is not None:
        meaning = Meaning(model, engine.vectors(model))
        found["vectors"] = {"seconds": _timed(partial(bench_meaning.fill, meaning, made))}
        for name in ("match_need_semantic", "match_need_kept"):  # the second time the need's vector is there
            found[name] = latencies(_times(needs, partial(bench_meaning.match, engine, meaning, made)))
        found["memory_semantic"] = _memory(place)
    found["publish_to_findable"] = findable(engine, place.kind)
    found["rebuild"] |= _raw(place, made, took)
    return found


def _beside(engine: Engine, texts: Sequence[str], raw: Callable[[str], object]) -> Metrics:
    """Each question by `find` and by the raw query, so that both meet the same machine; who is asked second finds what
    the first has read in the caches, so they take turns."""
    taken: dict[str, list[float]] = {"find": [], "raw": []}
    acts: dict[str, Callable[[str], object]] = {"find": lambda text: engine.search(asked(text)), "raw": raw}
    for at, text in enumerate(texts):
        for name in sorted(acts, reverse=bool(at % 2)):
            took = _timed(partial(acts[name], text))
            if at >= _warm(texts):
                taken[name].append(took)
    own, bare = latencies(taken["find"]), latencies(taken["raw"])
    return own | {
        "raw_p50_ms": bare["p50_ms"],
        "raw_p95_ms": bare["p95_ms"],
        "ratio_to_raw": own["p50_ms"] / bare["p50_ms"],
        "ratio_to_raw_p95": own["p95_ms"] / bare["p95_ms"],
    }


def _match(engine: Engine, need: Compared) -> None:
    """What a suggestion costs the engine and the words of its reasons; the codes are read from the database."""
    found = like(engine, need, Query(audience=EVERYBODY, size=FIRST))
    for candidate in found.candidates[:50]:
        words_in_common(need.title, need.body, candidate.text, found.asked, 6)


def _times(some: Sequence[Any], act: Callable[[Any], object]) -> list[float]:
    return [_timed(partial(act, one)) for one in some][_warm(some) :]


def _warm(some: Sequence[object]) -> int:
    """How many of them are not counted."""
    return min(WARM, len(some) // 2)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _raw(place: Place, made: Sequence[Document], took: float) -> Metrics:
    bare = _timed(raw_load(place.engine(), place.server, made))
    return {"raw_seconds": bare, "ratio_to_raw": took / bare}


def _memory(place: Place) -> Metrics:
    """Megabytes: of this process at its most, and of a server's heap and index."""
    told = {"process_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    return told | place.memory()
