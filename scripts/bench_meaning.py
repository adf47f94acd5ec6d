"""Matching by meaning at many documents: as many vectors, and what one match costs with them."""

import random
from collections.abc import Sequence

from models.queries.facts import Compared
from models.rules.scoring import AchievementFacts, said
from scripts.bench_index import EVERYBODY
from search.documents import Document
from search.engine import Engine
from search.likeness import words_in_common
from search.matching import FIRST, fused, remember, texts_of
from search.query import Query
from search.vectors import Meaning, digest

SEED = 4
READ = 1_000  # titles that are encoded; each further vector is one of theirs with some of another
OTHER = 0.3
STEP = 500


def fill(meaning: Meaning, documents: Sequence[Document]) -> None:
    """Keep a vector for each document, as if its title had been read."""
    import numpy

    chance = random.Random(SEED)
    read = [numpy.asarray(row) for row in meaning.model.passages([each["text"]["title"] for each in documents[:READ]])]
    for first in range(0, len(documents), STEP):
        rows = []
        for number in range(first, min(first + STEP, len(documents))):
            vector = read[number % len(read)]
            if number >= len(read):
                vector = vector + OTHER * chance.choice(read)
            one = compared(documents[number])
            rows.append((f"achievement:{number}", digest(one.title, one.body), vector / numpy.linalg.norm(vector)))
        meaning.vectors.put(rows)


def match(engine: Engine, meaning: Meaning, documents: Sequence[Document], need: Compared) -> None:
    """What a suggestion costs with them: the need is encoded, candidates are fused, all their meanings and texts compared."""
    key = f"need:{need.id}"
    remember(meaning, "need", [need])
    found = fused(engine, Query(audience=EVERYBODY, size=FIRST), texts_of(need), meaning, key, "achievement")
    ids = [int(each.key.split(":")[1]) for each in found.candidates]
    remember(meaning, "achievement", [compared(documents[id_]) for id_ in ids])
    meanings = meaning.meanings(key, [f"achievement:{id_}" for id_ in ids])
    assert len(meanings) == len(ids)
    for id_, candidate in zip(ids, found.candidates, strict=True):
        said(candidate.score / found.whole, meanings[f"achievement:{id_}"])
    for candidate in found.candidates[:50]:
        words_in_common(need.title, need.body, candidate.text, found.asked, 6)


def compared(document: Document) -> Compared:
    """Only its title counts, which is what was read."""
    id_ = int(document["key"].split(":")[1])
    return Compared(id_, 0, document["text"]["title"], "", "", AchievementFacts())
