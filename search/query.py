"""What can be asked and what comes back: plain frozen values that know no engine."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import time

from search.after import After
from search.question import Question
from search.synonyms import NONE, Synonyms

FACETS = ("field", "industry", "stage", "trl", "mode", "owner", "circle", "roadshow")
FACET_SIZE = 100  # values shown of a facet, most frequent first; what is selected is always among them
WINDOW = 10_000  # hits that can be paged through by number; the total is exact beyond
LONGEST_VALUE = 200  # characters of a filter's value; codes are far shorter, what is longer matches nothing anyway


class UnknownFacet(ValueError):
    """A filter or facet of a name that documents do not have."""


class Sort(StrEnum):
    """The orders of a result. Ties: newest first, then by key."""

    RELEVANCE = "relevance"  # without a text, newest
    NEWEST = "newest"
    TRL = "trl"  # highest first, unknown last


@dataclass(frozen=True, slots=True)
class Filter:
    """One ticked value of a facet. Values of the same facet widen, different facets narrow."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if self.name not in FACETS:
            raise UnknownFacet(self.name)


@dataclass(frozen=True, slots=True)
class Query:
    """A question to an engine. `audience` holds the reader's tokens; an empty one sees nothing."""

    text: str = ""
    filters: tuple[Filter, ...] = ()
    audience: frozenset[str] = frozenset()
    sort: Sort = Sort.RELEVANCE
    page: int = 1  # from 1; smaller counts as 1, beyond the last is empty
    size: int = 20
    after: After | None = None  # instead of a page: what comes after a hit
    facets: tuple[str, ...] = FACETS
    kind: str = "achievement"
    keys: tuple[str, ...] = ()  # where given, of these documents only
    synonyms: Synonyms = field(default=NONE, compare=False, repr=False)
    exact: bool = False  # only what was typed: no synonyms, and no other spelling where nothing has it
    day: int = field(default_factory=lambda: int(time() // 86_400))  # since the epoch, of freshness and of the draw

    def __post_init__(self) -> None:
        if unknown := set(self.facets) - set(FACETS):
            raise UnknownFacet(", ".join(sorted(unknown)))
        if not 1 <= self.size <= WINDOW:
            raise ValueError(f"size {self.size} is not within 1 and {WINDOW}")

    @property
    def start(self) -> int:
        """The first hit of the page, counted from 0."""
        return min((max(self.page, 1) - 1) * self.size, WINDOW)

    @property
    def stop(self) -> int:
        """The hit after the last of the page."""
        return min(self.start + self.size, WINDOW)

    @property
    def first(self) -> "Query":
        """The same question's first hits by relevance, without facets."""
        return replace(self, sort=Sort.RELEVANCE, page=1, after=None, facets=())

    @property
    def selected(self) -> dict[str, tuple[str, ...]]:
        """The ticked values by facet, without repetition, in the order they were given."""
        values: dict[str, dict[str, None]] = {}
        for ticked in self.filters:
            values.setdefault(ticked.name, {})[ticked.value] = None
        return {name: tuple(ticked) for name, ticked in values.items()}


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A code and how many hits carry it, the facet's own selection left aside."""

    value: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet's values, most frequent first, then by code."""

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What ranked one of the first hits besides its words: shares from 0 to 1, completeness in percent."""

    coverage: float  # of the question
    freshness: float
    whole: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found. The score is comparable within one result only; 0 where the order is not relevance."""

    key: str
    public_id: str
    score: float
    standing: Standing | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a result: its hits, how many there are in all, facets as asked for, milliseconds taken.

    `asked` is the question as it was understood in the end; `next` is what the following page comes after, where no
    number reaches it.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: tuple[Facet, ...] = ()
    took_ms: float = field(default=0.0, compare=False)
    next: After | None = field(default=None, compare=False)
    asked: Question | None = field(default=None, compare=False)


def parse_filters(pairs: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    """Make filters of (name, value) pairs as they stand in an address; blank values and repetitions fall away.

    Raises:
        UnknownFacet: a name is no facet.
    """
    # An address may carry what is no Unicode text (lone surrogates); as "?" it finds nothing instead of raising.
    cleaned = ((name, value.strip()[:LONGEST_VALUE].encode(errors="replace").decode()) for name, value in pairs)
    return tuple(dict.fromkeys(Filter(name, value) for name, value in cleaned if value))


def make_facet(name: str, counts: Iterable[tuple[str, int]], selected: Iterable[str]) -> Facet:
    """Order and cut an engine's counts the same way for every engine; what is selected is listed, be it with 0."""
    ticked = set(selected)
    counted = dict.fromkeys(ticked, 0) | dict(counts)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    shown = [item for place, item in enumerate(ordered) if place < FACET_SIZE or item[0] in ticked]
    return Facet(name, tuple(FacetValue(value, count, value in ticked) for value, count in shown))
