"""Known items: whether a question finds the document that it was made of; and what noise in it costs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scripts.bench_index import Place, asked, document
from scripts.bench_metrics import Metrics, known_item
from scripts.dictionaries import synonyms
from search.engine import Engine
from search.synonyms import Synonyms

DEEP = 50  # hits that are looked at
TITLES = "title_to_abstract"  # the title asked where the abstract alone is indexed
IDENTITY = ("doc_id", "id")

Firsts = dict[str, list[tuple[str, ...]]]  # kind -> for each question the ids of its first ten


def known_items(
    place: Place, docs: Sequence[Mapping[str, Any]], queries: Sequence[Mapping[str, Any]], firsts: Firsts
) -> dict[str, Metrics]:
    """Each kind of question in the file, and the titles of its documents asked against abstracts alone."""
    whole = place.filled(
        document(at, row["id"], title=row["title"], summary=row["abstract"]) for at, row in enumerate(docs)
    )
    kinds = dict.fromkeys(name for row in queries for name in row if name not in IDENTITY)
    found = {}
    for kind in kinds:
        pairs = [(row[kind], row["doc_id"]) for row in queries if row.get(kind)]
        found[kind] = _measured(whole, pairs, firsts.setdefault(kind, []))
    titles = {row["id"]: row["title"] for row in docs}
    abstracts = place.filled(document(at, row["id"], summary=row["abstract"]) for at, row in enumerate(docs))
    pairs = [(titles[row["doc_id"]], row["doc_id"]) for row in queries if row["doc_id"] in titles]
    if pairs:
        found[TITLES] = _measured(abstracts, pairs, firsts.setdefault(TITLES, []))
    return found


def noise(
    place: Place, docs: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], firsts: Firsts
) -> dict[str, Metrics]:
    """By kind of noise: recall@10 as asked cleanly and with the noise, and the one as a share of the other."""
    engine = place.filled(
        document(at, row["id"], title=row["title"], summary=row["abstract"]) for at, row in enumerate(docs)
    )
    by_kind: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    found: dict[str, Metrics] = {}
    for kind, some in by_kind.items():
        clean = _measured(engine, [(row["clean"], row["doc_id"]) for row in some], [])
        noisy = _measured(
            engine, [(row["text"], row["doc_id"]) for row in some], firsts.setdefault(f"noise:{kind}", [])
        )
        share = noisy["recall@10"] / clean["recall@10"] if clean["recall@10"] else 0.0
        found[kind] = noisy | {"clean_recall@10": clean["recall@10"], "share_of_clean": share}
    return found


def agreement(one: Firsts, other: Firsts) -> dict[str, Metrics]:
    """By kind of question: the share whose first ten are the same in the same order."""
    return {
        kind: {
            "queries": len(firsts),
            "same_first_ten": sum(a == b for a, b in zip(firsts, other[kind], strict=True)) / len(firsts),
        }
        for kind, firsts in one.items()
        if kind in other
    }


def _measured(engine: Engine, pairs: Iterable[tuple[str, str]], firsts: list[tuple[str, ...]]) -> Metrics:
    known = Synonyms(synonyms())  # as a new installation has them
    ranks: list[int | None] = []
    for text, wanted in pairs:
        ids = [hit.public_id for hit in engine.search(asked(text, size=DEEP, facets=(), synonyms=known)).hits]
        firsts.append(tuple(ids[:10]))
        ranks.append(ids.index(wanted) + 1 if wanted in ids else None)
    return known_item(ranks)
