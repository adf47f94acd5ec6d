"""The engine inside the process: Tantivy in a folder of its own, no server.

    <folder>/current        the name of the generation that answers (search/generations.py)
    <folder>/v1-<number>/   a generation, named after its mapping's version

Readers are opened per process and reload by looking at the two files that change (GROUND.md: 0.7 ms after a commit,
nothing lost over 100 SIGKILLs). The writer is opened by the first write and keeps others out until `close`.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, cast

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from search.after import After, Places, follow
from search.documents import MAPPING_VERSION, Document, check, prepare
from search.engine import (
    SCORE_DIGITS,
    Change,
    Engine,
    EngineUnavailable,
    Found,
    Generation,
    Health,
    IndexStale,
    Stamp,
    Upsert,
    settle,
)
from search.generations import CURRENT, current_of, names_in, next_number, take_over
from search.query import FACETS, WINDOW, Facet, Query, Sort, make_facet
from search.question import SLIP_WEIGHT, Known, Question
from search.ranking import Candidate
from search.reading import slips_of
from search.vectors import Model, Vectors

WRITER_MEMORY = 64_000_000  # bytes, of one thread: a commit every 250 ms makes small segments anyway
FEW = 32  # values that a filter may hold to be looked up one by one
ALL_VALUES = 60_000  # buckets asked of a facet: every one, so that the counts are exact (Tantivy stops at 65,000)
_PREFIX = f"v{MAPPING_VERSION}-"
_LEFT_BEHIND: list[object] = []  # writers of the process this one was forked from: freeing one waits for its threads

_Clauses = list[tuple[Occur, Clause]]
_Mark = tuple[int, int]


class EmbeddedEngine(Engine):
    """Tantivy in `folder` (made when missing), vectors beside it. Engines of several processes may share them; one writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reader: _Reader | None = None
        self._writer: EmbeddedGeneration | None = None

    def write(self, changes: Iterable[Change]) -> list[str]:
        name = self._current()
        if self._writer is not None and self._writer.pid != os.getpid():
            _LEFT_BEHIND.append(self._writer)
            self._writer = None
        if self._writer is None or self._writer.name != name:
            self.close()
            with _unavailable():
                self._writer = EmbeddedGeneration(self._folder, name)
        return self._writer.write(changes)

    def all_keys(self) -> dict[str, Stamp]:
        with _unavailable():
            return _stamps(self._searcher())

    def new_generation(self) -> "EmbeddedGeneration":
        with _unavailable():
            name = f"{_PREFIX}{next_number(names_in(self._folder))}"
            (self._folder / name).mkdir(parents=True)
            tantivy.Index(_schema(), path=str(self._folder / name))
        return EmbeddedGeneration(self._folder, name)

    def vectors(self, model: Model) -> Vectors:
        from search.vector_file import FileVectors

        return FileVectors(self._folder.with_name("vectors"), model)

    def health(self) -> Health:
        try:
            return Health(True, self._searcher().num_docs, f"Tantivy, {self._folder / self._current()}")
        except EngineUnavailable as error:
            return Health(False, 0, str(error))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    def _find(self, query: Query, asked: Question, low: int, high: int, read: int) -> Found:
        searcher = self._searcher()
        clauses = _clauses(query, asked)
        matching = Clause.boolean_query(clauses)
        by: Sort | None = Sort.TRL if query.sort is Sort.TRL else Sort.NEWEST
        ordered = matching
        if query.sort is Sort.RELEVANCE and asked.weights:
            by, ordered = None, Clause.boolean_query([*clauses, *_scores(asked)])
        total = 0

        def fetch(low: int, high: int) -> list[tuple[float, tantivy.DocAddress]]:
            nonlocal total
            found = searcher.search(ordered, limit=high - low, offset=low, order_by_field=by)
            total = found.count  # type: ignore[attr-defined]
            return found.hits if by else [(round(score, SCORE_DIGITS), address) for score, address in found.hits]

        with _unavailable():
            places = _places(searcher)
            if query.after:
                found = follow(fetch, places, query.after, high, searcher.num_docs)
            else:
                found = settle(fetch, places, low, high, sys.maxsize)
            published: list[Any] = searcher.fast_field_values(Sort.NEWEST, [address for _, address in found[:read]])
            published += [0] * (len(found) - len(published))
            candidates = [
                _candidate(searcher.doc(address), 0.0 if by else score, moment)
                for (score, address), moment in zip(found, published, strict=True)
            ]
            last = None
            if found and (query.after or high == WINDOW):
                moment: list[Any] = searcher.fast_field_values(Sort.NEWEST, [found[-1][1]])
                place = query.after.place + len(found) if query.after else high
                last = After(query.sort, found[-1][0], moment[0], candidates[-1].key, place)
            return Found(candidates, total, _facets(searcher, query, asked, matching), last)

    def _count(self, name: str, terms: Sequence[str]) -> Known:
        searcher = self._searcher()
        return Known({term: searcher.doc_freq(name, term) for term in terms}, searcher.num_docs)

    def _searcher(self) -> tantivy.Searcher:
        for patience in (True, True, False):
            try:
                pointer = _mark(self._folder / CURRENT)
                reader = self._reader
                if reader is None or reader.pid != os.getpid() or reader.pointer != pointer:
                    reader = self._reader = _Reader(self._folder / self._current(), pointer)
                return reader.searcher()
            except (OSError, ValueError) as error:
                self._reader = None  # a swap may have dropped the folder between reading its name and opening it
                if not patience:
                    raise EngineUnavailable(f"Tantivy: {error}") from error
        raise AssertionError

    def _current(self) -> str:
        """The name of the generation that answers."""
        name = current_of(self._folder)
        if not name.startswith(_PREFIX):
            raise IndexStale(f"The index is {name}, wanted is {_PREFIX}*: run python -m scripts.reindex")
        return name


class EmbeddedGeneration(Generation):
    """One folder of documents; it holds Tantivy's writer from the first write until `close`, `swap` or `discard`."""

    def __init__(self, parent: Path, name: str) -> None:
        self.name = name
        self.pid = os.getpid()
        self._parent = parent
        self._reader = _Reader(parent / name, None)
        self._writer: tantivy.IndexWriter | None = None

    def write(self, changes: Iterable[Change]) -> list[str]:
        changes = [Upsert(check(change.document)) if isinstance(change, Upsert) else change for change in changes]
        if not changes:
            return []
        with _unavailable():
            try:
                return self._write(changes)
            except BaseException:
                self.close()  # what is not committed is lost with the writer
                raise

    def all_keys(self) -> dict[str, Stamp]:
        with _unavailable():
            return _stamps(self._reader.searcher())

    def swap(self) -> None:
        with _unavailable():
            self.close()
            take_over(self._parent, self.name)

    def discard(self) -> None:
        self.close()
        shutil.rmtree(self._parent / self.name, ignore_errors=True)

    def close(self) -> None:
        """Release the writer once its merges are done."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(OSError, ValueError):  # of a folder that a swap has dropped
                writer.wait_merging_threads()

    def _write(self, changes: Sequence[Change]) -> list[str]:
        if self._writer is None:
            self._writer = self._reader.index.writer(WRITER_MEMORY, 1)
        refused = []
        versions = self._versions({change.key for change in changes})
        for change in changes:
            if change.version is not None and change.version < versions.get(change.key, 0):
                refused.append(change.key)
                continue
            self._writer.delete_documents_by_term("key", change.key)
            if isinstance(change, Upsert):
                self._writer.add_document(_row(change.document))
                versions[change.key] = change.version
            else:
                versions.pop(change.key, None)
        self._writer.commit()
        return refused

    def _versions(self, keys: set[str]) -> dict[str, int]:
        searcher = self._reader.searcher()
        found = searcher.search(Clause.term_set_query(_schema(), "key", list(keys)), limit=len(keys), count=False)
        rows = (searcher.doc(address) for _, address in found.hits)
        return {row["key"][0]: row["version"][0] for row in rows}


class _Reader:
    """A generation opened for reading by this process."""

    def __init__(self, folder: Path, pointer: _Mark | None) -> None:
        self.pid = os.getpid()
        self.pointer = pointer
        self._meta = folder / "meta.json"
        self._seen = _mark(self._meta)
        self.index = tantivy.Index.open(str(folder))
        self.index.config_reader("manual")

    def searcher(self) -> tantivy.Searcher:
        """What was committed last: a commit replaces meta.json."""
        now = _mark(self._meta)
        if now != self._seen:
            self.index.reload()
            self._seen = now
        return self.index.searcher()


@cache
def _schema() -> tantivy.Schema:
    build = tantivy.SchemaBuilder()
    build.add_text_field("tokens", tokenizer_name="whitespace", index_option="freq")
    build.add_text_field("sounds", tokenizer_name="whitespace", index_option="basic")
    build.add_bytes_field("reading", stored=True)
    build.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "audience", "superseded_for"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        build.add_text_field(f"facet_{name}", fast=True, tokenizer_name="raw", index_option="basic")
    for name in (Sort.NEWEST, Sort.TRL):  # one number each, for the binding orders by a single field
        build.add_integer_field(name, fast=True)
    for name in ("public_id", "digest"):
        build.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("version", "whole"):
        build.add_integer_field(name, stored=True)
    return build.build()


def _row(document: Document) -> tantivy.Document:
    published = document["published_at"]
    prepared = prepare(document)
    return tantivy.Document(
        tokens=prepared.tokens,
        sounds=prepared.sounds,
        reading=prepared.reading.encode(),
        whole=prepared.whole,
        key=document["key"],
        kind=document["kind"],
        audience=document["audience"],
        superseded_for=document["superseded_for"],
        newest=published,
        trl=(document["trl"] or 0) * 2**53 + published,
        public_id=document["public_id"],
        digest=document["digest"],
        version=document["version"],
        **{f"facet_{name}": sorted(set(codes)) for name, codes in document["facets"].items()},
    )


def _clauses(query: Query, asked: Question, without: str = "") -> _Clauses:
    """What a hit must be, scoring nothing; `without` names a facet whose selection is left aside."""
    reader = sorted(query.audience)
    must = [_any("audience", reader), _any("kind", [query.kind])]
    must += [_any(f"facet_{name}", values) for name, values in query.selected.items() if name != without]
    must += [_any("key", query.keys)] if query.keys else []
    if asked.begins:
        begins = [Clause.regex_query(_schema(), name, f"{re.escape(start)}.*") for name, start in asked.begins]
        must.append(Clause.boolean_query([(Occur.Should, one) for one in begins]))
    meant = list(_meant(asked))
    if asked.needed == 1 and not meant:
        must.append(_any("tokens", asked.strong))
    elif asked.needed:
        strong = [Clause.term_query(_schema(), "tokens", token, "basic") for token in asked.strong]
        must.append(Clause.boolean_query([(Occur.Should, one) for one in (*strong, *meant)], asked.needed))
    return [(Occur.Must, Clause.const_score_query(clause, 0.0)) for clause in must] + [
        (Occur.MustNot, _any("superseded_for", reader))
    ]


def _any(name: str, values: Sequence[str]) -> Clause:
    """Documents that hold one of the values: postings for a few (up to 7 times as fast), a set for many."""
    if len(values) > FEW:
        return Clause.term_set_query(_schema(), name, values)
    terms = [Clause.term_query(_schema(), name, value, "basic") for value in values]
    return terms[0] if len(terms) == 1 else Clause.boolean_query([(Occur.Should, term) for term in terms])


def _scores(asked: Question) -> _Clauses:
    tokens = (
        Clause.boost_query(Clause.term_query(_schema(), "tokens", token, "freq"), weight)
        for token, weight in asked.weights.items()
    )
    return [(Occur.Should, clause) for clause in (*tokens, *_meant(asked))]


def _meant(asked: Question) -> Iterator[Clause]:
    """What sounds so, and words one slip away."""
    for sound, weight in asked.sounds.items():
        yield Clause.const_score_query(Clause.term_query(_schema(), "sounds", sound, "basic"), weight)
    for word in asked.slips:
        yield Clause.const_score_query(_one_slip_from(word), SLIP_WEIGHT)


def _one_slip_from(word: str) -> Clause:
    """By an expression, since a fuzzy query takes eight times as long; of a long word that is too large for Tantivy."""
    try:
        return Clause.regex_query(_schema(), "tokens", slips_of(word))
    except ValueError:
        return Clause.fuzzy_term_query(_schema(), "tokens", word)


def _places(searcher: tantivy.Searcher) -> Places[tantivy.DocAddress]:
    return Places(
        moments=lambda addresses: cast(list[int], searcher.fast_field_values(Sort.NEWEST, addresses)),
        keys=lambda addresses: [searcher.doc(address)["key"][0] for address in addresses],
    )


def _candidate(row: tantivy.Document, score: float, published: int) -> Candidate:
    return Candidate(
        row["key"][0], row["public_id"][0], score, published, row["whole"][0], bytes(row["reading"][0]).decode()
    )


def _facets(searcher: tantivy.Searcher, query: Query, asked: Question, matching: Clause) -> tuple[Facet, ...]:
    """Counts of all facets in one pass, and one more pass for each facet with a selection."""
    selected = query.selected
    counts = _counts(searcher, matching, [name for name in query.facets if name not in selected])
    for name in set(query.facets) & set(selected):
        counts |= _counts(searcher, Clause.boolean_query(_clauses(query, asked, without=name)), [name])
    return tuple(make_facet(name, counts[name], selected.get(name, ())) for name in query.facets)


def _counts(searcher: tantivy.Searcher, matching: Clause, names: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    if not names:
        return {}
    wanted = {name: {"terms": {"field": f"facet_{name}", "size": ALL_VALUES}} for name in names}
    counted = searcher.aggregate(matching, wanted)
    return {name: [(b["key"], b["doc_count"]) for b in counted[name]["buckets"]] for name in names}


def _stamps(searcher: tantivy.Searcher) -> dict[str, Stamp]:
    found = searcher.search(Clause.all_query(), limit=max(searcher.num_docs, 1), count=False)
    rows = (searcher.doc(address) for _, address in found.hits)
    return {row["key"][0]: Stamp(row["version"][0], row["digest"][0]) for row in rows}


def _mark(file: Path) -> _Mark | None:
    """What differs once a file was replaced; None while there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"Tantivy: {error}") from error
