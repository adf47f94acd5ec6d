"""The contract of an engine, and what every engine does the same way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import NamedTuple

from search.after import After, Hand, Places, arrange
from search.breaker import State
from search.documents import Document
from search.likeness import Text, likeness, tokens_of
from search.query import WINDOW, Facet, Hit, Page, Query, Sort, Standing
from search.question import Known, Question, question, weigh
from search.ranking import FIRST, Candidate, Ranked, rank
from search.reading import Reading, heads
from search.repair import repair
from search.suggesting import LOOKED, asked_by, fits
from search.synonyms import NONE
from search.trouble import Trouble
from search.vectors import Model, Vectors

SCORE_DIGITS = 3  # beyond them engines differ by the order in which they add; what is equal up to here is a tie


class EngineUnavailable(Exception):
    """The engine cannot answer now (the cause is chained); pages say so and offer the newest from the database."""

    def __init__(self, message: str, trouble: Trouble | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble


class IndexStale(EngineUnavailable):
    """There is no index of this mapping: run `python -m scripts.reindex`."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """Put a document in the place of the one of its key."""

    document: Document

    @property
    def key(self) -> str:
        return self.document["key"]

    @property
    def version(self) -> int:
        return self.document["version"]


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a document out; with a version only if what is indexed is no newer."""

    key: str
    version: int | None = None


Change = Upsert | Delete


class Stamp(NamedTuple):
    """What `verify` compares."""

    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Searches:
    """How the searches of this process fare with an engine that may fail."""

    state: State
    failing_since: datetime | None
    error: str  # the last one, "" if there was none
    error_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether searches can be answered, how many documents there are, and a sentence for administrators."""

    ready: bool
    documents: int
    detail: str
    trouble: Trouble | None = None
    searches: Searches | None = None  # None where an engine cannot be away


class Found(NamedTuple):
    """A stretch of a result as an engine has it; `last` is its end."""

    candidates: list[Candidate]
    total: int
    facets: tuple[Facet, ...]
    last: After | None = None


class Alike(NamedTuple):
    """Documents like some texts, best first; what was asked; the score of one that has all of it."""

    candidates: list[Candidate]
    asked: Question
    whole: float


class Index(ABC):
    """Documents that can be written and listed. One writer at a time: the drainer, or who rebuilds."""

    @abstractmethod
    def write(self, changes: Iterable[Change]) -> list[str]:
        """Apply changes in their order; when it returns they are durable, and found once the index is the current one.

        Returns the keys refused because a newer version is indexed. The same version again is applied. Memory of
        versions ends with a deletion, so the order of changes to one key is the caller's to keep.

        Raises:
            MappingError: a document is not of the mapping; nothing was written.
            EngineUnavailable: nothing, or a part, was written; the batch may be repeated as it is.
        """

    @abstractmethod
    def all_keys(self) -> dict[str, Stamp]:
        """Return version and digest of every document.

        Raises:
            EngineUnavailable: as the name says.
        """


class Generation(Index):
    """An index being built beside the current one, which goes on answering."""

    @abstractmethod
    def swap(self) -> None:
        """Make this the current index in one step and drop those before it. No search fails or sees half of both.

        Raises:
            Overtaken: the current one was begun after this one (search/generations.py).
            EngineUnavailable: as the name says.
        """

    @abstractmethod
    def discard(self) -> None:
        """Drop it unused. Never raises: what is left over goes with the next swap."""


class Engine(Index):
    """Answers questions. Safe for threads; usable after a fork (readers are opened anew, writers stay behind)."""

    @abstractmethod
    def new_generation(self) -> Generation:
        """Begin an empty index of the present mapping.

        Raises:
            EngineUnavailable: as the name says.
        """

    @abstractmethod
    def vectors(self, model: Model) -> Vectors:
        """The store of a model's vectors, kept where the index is but apart from it; nothing is contacted yet."""

    @abstractmethod
    def health(self) -> Health:
        """Ask how the engine is. Never raises."""

    @abstractmethod
    def close(self) -> None:
        """Release writer and connections; the next call opens them again."""

    def search(self, query: Query) -> Page:
        """Return a page of what the reader may see. No text, value or page number raises.

        A document matches if it holds enough of the question's strong tokens; if none does, one of them is enough.
        What no document found has is asked for once more by its sound (`search/repair.py`). Of some `query.keys` it is
        told which of them the same question without keys has among its hits.

        Raises:
            EngineUnavailable: as the name says.
        """
        if not query.audience:
            return Page()
        began = perf_counter()
        asked = question(query.text, NONE if query.exact else query.synonyms)
        if asked.long:
            asked = weigh(asked, self._count("tokens", asked.strong))
        answer = self._understood(replace(query, keys=(), size=1) if query.keys else query, asked)
        if query.keys:
            answer = self._answer(query, answer.asked)
        took = (perf_counter() - began) * 1000
        start, stop = (query.start, query.stop) if answer.ranked else (0, query.size)
        hits = tuple(map(_hit, answer.hits[start:stop]))
        more = hits and answer.found.last and answer.found.total > answer.found.last.place
        following = answer.found.last if more and (query.after or query.stop == WINDOW) else None
        return Page(hits, answer.found.total, answer.found.facets, took, following, answer.asked)

    def alike(self, query: Query, texts: Sequence[Text]) -> Alike:
        """Return the first `query.size` documents most like some texts, of what the reader may see; its text is not asked.

        Raises:
            EngineUnavailable: as the name says.
        """
        if not query.audience:
            return Alike([], Question({}, ()), 0.0)
        asked, whole = likeness(texts, self._count("tokens", tokens_of(texts)))
        if not asked.weights:
            return Alike([], asked, 0.0)
        found = self._find(query.first, asked, 0, query.size, query.size)
        return Alike(found.candidates, asked, whole)

    def suggest(self, query: Query) -> list[str]:
        """Return public ids of documents that the reader may see whose title, keywords or owner have what the text begins.

        Raises:
            EngineUnavailable: as the name says.
        """
        asked = asked_by(query.text) if query.audience else None
        if asked is None:
            return []
        found = self._find(query.first, asked, 0, LOOKED, LOOKED)
        having = (
            each.public_id for each in found.candidates if any(fits(head, query.text) for head in heads(each.text))
        )
        return list(dict.fromkeys(having))

    def _understood(self, query: Query, asked: Question) -> "_Answer":
        """Ask, and for what no document found has once more with what else it may mean."""
        answer = self._answer_with_less(query, asked)
        if asked.weights and not asked.long and not query.exact:
            first = answer if answer.ranked else self._answer(query.first, answer.asked)
            if (mended := self._repair(asked, first)) and (other := self._answer_with_less(query, mended)).found.total:
                return other
        return answer

    def _answer_with_less(self, query: Query, asked: Question) -> "_Answer":
        """Ask; where nothing is found, once more for documents that hold less of it."""
        answer = self._answer(query, asked)
        less = _with_less(asked) if answer.found.total == 0 else None
        return answer if less is None else self._answer(query, less)

    def _answer(self, query: Query, asked: Question) -> "_Answer":
        """Ask; of the first hits by relevance more than the page is read, for they are ranked anew together."""
        ranked = bool(asked.weights) and query.sort is Sort.RELEVANCE and query.start < FIRST and not query.after
        low, high = (0, max(FIRST, query.stop)) if ranked else (query.start, query.stop)
        if query.after:
            low, high = 0, query.size
        found = self._find(query, asked, low, high, FIRST if ranked else 0)
        hits = rank(found.candidates[:FIRST], asked, query.day, SCORE_DIGITS) if ranked else []
        rest = found.candidates[len(hits) :]
        return _Answer(asked, found, [*hits, *(Ranked(each, each.score, 0.0) for each in rest)], ranked)

    def _repair(self, asked: Question, first: "_Answer") -> Question | None:
        if any(hit.coverage == 1 for hit in first.hits):
            return None
        return repair(
            asked, [Reading(hit.candidate.text) for hit in first.hits[:FIRST]], lambda some: self._count("sounds", some)
        )

    @abstractmethod
    def _find(self, query: Query, asked: Question, low: int, high: int, read: int) -> Found:
        """Return what is found, and of its declared order the hits from `low` to `high`; no weights match all.

        Places are counted after `query.after` if it is given.

        Of the first `read` candidates publication, completeness and reading are filled in.
        """

    @abstractmethod
    def _count(self, name: str, terms: Sequence[str]) -> Known:
        """Tell in how many documents each term of a field stands."""


class _Answer(NamedTuple):
    """What was asked and found, ranked; `ranked` if its first hit is the first of all and the first ones were ranked anew."""

    asked: Question
    found: Found
    hits: list[Ranked]
    ranked: bool


def _with_less(asked: Question) -> Question | None:
    """The same with one strong token enough, of a long question with any of its tokens; None if it is asked so already."""
    strong = tuple(asked.weights) if asked.long else asked.strong
    return replace(asked, strong=strong, needed=1) if asked.needed > 1 or len(strong) > len(asked.strong) else None


def _hit(each: Ranked) -> Hit:
    candidate = each.candidate
    standing = Standing(each.coverage, each.freshness, candidate.whole) if candidate.text else None
    return Hit(candidate.key, candidate.public_id, each.score, standing)


def settle(
    fetch: Callable[[int, int], list[tuple[float, Hand]]],
    places: Places[Hand],
    start: int,
    stop: int,
    end: int,
) -> list[tuple[float, Hand]]:
    """Return `start` to `stop` of what was found, with its rank, in the declared order that the engine does not know.

    `fetch(low, high)` returns that stretch by descending rank (a rounded score, a date). It is widened until no tie
    reaches over its ends, but never beyond `end`; `places` is asked only of what is tied.
    """
    slack = 20
    while True:
        low, high = max(start - slack, 0), min(stop + slack, end)
        found = fetch(low, high)
        page = found[start - low : stop - low]
        if not page:
            return []
        first, last = page[0][0], page[-1][0]
        tie_before = low > 0 and found[0][0] == first
        tie_after = len(found) == high - low and high < end and found[-1][0] == last
        if not tie_before and not tie_after:
            break
        slack *= 5
    skipped = sum(rank > first for rank, _ in found)
    found = [(rank, each) for rank, each in found if first >= rank >= last]
    return arrange(found, places, start - low - skipped, stop - low - skipped)
