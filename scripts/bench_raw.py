"""What is compared with: the engines' own clients, the same clauses and rows, nothing of ours around them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import tantivy
from elasticsearch import Elasticsearch

from scripts.bench_index import asked
from search import elastic, embedded
from search.documents import Document
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Engine
from search.query import FACETS
from search.question import question
from search.ranking import FIRST


def raw_question(engine: Engine) -> Callable[[str], object]:
    """Ask by the same clauses for as many first hits as are ranked, with what is stored of them, the total, all facets."""
    if isinstance(engine, EmbeddedEngine):
        return partial(_ask_tantivy, engine)
    assert isinstance(engine, ElasticEngine)
    return partial(_ask_elasticsearch, engine)


def _ask_tantivy(engine: EmbeddedEngine, text: str) -> object:
    query, wanted = asked(text), question(text)
    searcher = engine._searcher()
    clauses = embedded._clauses(query, wanted)
    found = searcher.search(tantivy.Query.boolean_query([*clauses, *embedded._scores(wanted)]), limit=FIRST)
    rows = [searcher.doc(address) for _, address in found.hits]
    facets = {name: {"terms": {"field": f"facet_{name}", "size": embedded.ALL_VALUES}} for name in FACETS}
    return rows, searcher.aggregate(tantivy.Query.boolean_query(clauses), facets)


def _ask_elasticsearch(engine: ElasticEngine, text: str) -> object:
    body = elastic._body(asked(text), question(text))
    body |= {"stored_fields": ["reading"], "docvalue_fields": ["public_id", "whole"]}
    return engine._connect().search(index=engine._alias, from_=0, size=FIRST, **body)


def raw_load(engine: Engine, server: str, documents: Sequence[Document]) -> Callable[[], None]:
    """Prepare the rows now; the function returned loads them."""
    if isinstance(engine, EmbeddedEngine):
        # Tantivy's documents of Python are built by the binding, so that they cannot be kept ready for less.
        rows = [embedded._row(document) for document in documents]
        name = engine.new_generation().name
        return partial(_load_tantivy, str(engine._folder / name), rows)
    lines: list[dict[str, Any]] = []
    for document in documents:
        lines += [
            {"index": {"_id": document["key"], "version": 1, "version_type": "external_gte"}},
            elastic._row(document),
        ]
    return partial(_load_elasticsearch, server, lines)


def _load_tantivy(folder: str, rows: Sequence[tantivy.Document]) -> None:
    index = tantivy.Index.open(folder)
    writer = index.writer(embedded.WRITER_MEMORY, 1)
    for row in rows:
        writer.add_document(row)
    writer.commit()
    writer.wait_merging_threads()


def _load_elasticsearch(server: str, lines: Sequence[dict[str, Any]]) -> None:
    with Elasticsearch(server, request_timeout=120) as client:
        name = "raw"
        client.indices.create(index=name, mappings=elastic._MAPPING, settings=elastic._SETTINGS)
        for start in range(0, len(lines), 2 * elastic.BATCH):
            client.bulk(index=name, operations=lines[start : start + 2 * elastic.BATCH])
        client.indices.refresh(index=name)
        client.indices.delete(index=name)
