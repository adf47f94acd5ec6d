"""The order of the first hits: what no engine computes, done here for all of them the same way.

An engine ranks by BM25. Of the first `FIRST` hits each score is multiplied by

    1 + COVERAGE * coverage + DENSITY * density + LEAST * least + HEAD * head + FRESH * freshness + WHOLE * completeness

coverage: how much of the question stands in the document in pieces as long as can be, the mean over its terms
density:  the same squared per piece, so that one long piece counts more than two short ones (phrase and proximity)
least:    the coverage of the term that is covered least, so that what has something of each term comes first
head:     the coverage by the title alone
freshness: halves every `HALF_LIFE` days since publication
completeness: the share of a document's parts that are filled in

Ties among them are drawn anew every day (the same for everybody on that day), so that nobody is always the first of
equals. Beyond `FIRST` the engine's order stands, ties by newest.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from search.question import Meaning, Question, Term
from search.reading import Reading, as_spoken
from search.sounds import Syllables
from search.text import IDEOGRAPH, parts

FIRST = 60  # hits: three pages
COVERAGE = 0.5
DENSITY = 1.0
LEAST = 0.3
HEAD = 0.1
FRESH = 0.04
WHOLE = 0.04
HALF_LIFE = 180  # days
DAY = 86_400  # seconds
MEANT = 0.9  # what a document has in another spelling counts so much of what it has as typed


class Candidate(NamedTuple):
    """A hit with what ranks it anew: publication (epoch seconds), completeness (percent), `reading` of its text."""

    key: str
    public_id: str
    score: float
    published_at: int = 0
    whole: int = 0
    text: str = ""


class Ranked(NamedTuple):
    """A hit in its final place; `coverage` and `freshness` from 0 to 1."""

    candidate: Candidate
    score: float
    coverage: float
    freshness: float = 0.0


def rank(candidates: Sequence[Candidate], asked: Question, day: int, digits: int) -> list[Ranked]:
    """Return the first hits in their final order, scores rounded to `digits`; `day` is counted from the epoch."""
    ranked = []
    for candidate in candidates:
        covered = cover(asked, candidate.text)
        fresh = 0.5 ** (max(0.0, day - candidate.published_at / DAY) / HALF_LIFE)
        factor = 1 + covered.gain + FRESH * fresh + WHOLE * candidate.whole / 100
        ranked.append(Ranked(candidate, round(candidate.score * factor, digits), covered.coverage, fresh))
    return sorted(ranked, key=lambda each: (-each.score, draw(each.candidate.key, day)))


def draw(key: str, day: int) -> bytes:
    """The lot of a document on a day."""
    return blake2b(f"{day} {key}".encode(errors="surrogatepass"), digest_size=8).digest()


class Cover(NamedTuple):
    """How much of a question a document has, each from 0 to 1."""

    coverage: float = 0.0
    density: float = 0.0
    least: float = 0.0
    head: float = 0.0

    @property
    def gain(self) -> float:
        return COVERAGE * self.coverage + DENSITY * self.density + LEAST * self.least + HEAD * self.head


def cover(asked: Question, text: str) -> Cover:
    """Return what a document's `reading` has of a question; nothing of a long one.

    A term is taken from its beginning in pieces as long as the document has them, of two characters or more.
    """
    if asked.long or not asked.terms:
        return Cover()
    reading, title = Reading(text), Reading(text.split("\n", 1)[0])
    count = len(asked.terms)
    found = [max(_cover(asked, term, reading) for term in either) for either in asked.terms]
    head = sum(max(_cover(asked, term, title) for term in either)[0] for either in asked.terms)
    return Cover(
        sum(share for share, _ in found) / count,
        sum(squared for _, squared in found) / count,
        min(share for share, _ in found),
        head / count,
    )


def _cover(asked: Question, term: Term, reading: Reading) -> tuple[float, float]:
    length = sum(map(len, term))
    pieces = [piece for run in term for piece in _pieces(asked, run, reading)]
    return sum(pieces) / length, sum(piece * piece for piece in pieces) / length**2


def _pieces(asked: Question, run: str, reading: Reading) -> list[float]:
    """The pieces of a run or word that the document has as typed or, if that is more, as it may be meant."""
    written: list[float]
    if IDEOGRAPH.match(run):
        written = [*_greedy(len(run), lambda start, end: run[start:end] in reading.text)]
    elif reading.has(run):
        written = [len(run)]
    else:
        written = [max((len(part) for part, _, _ in parts(run) if reading.has(part)), default=0)]
    if (meaning := asked.meant.get(run)) and sum(written) < len(run):
        return max(written, [MEANT * piece for piece in _heard(meaning, len(run), reading)], key=sum)
    return written


def _heard(meaning: Meaning, length: int, reading: Reading) -> list[float]:
    """The pieces of what a run may mean, as long together as the run where the document has all of it."""
    if (meaning.letters and meaning.letters in reading.letters) or (meaning.slip and reading.nearly(meaning.slip)):
        return [length]
    best: list[float] = []
    for spoken in meaning.spoken:

        def stands(start: int, end: int, spoken: Syllables = spoken) -> bool:
            return as_spoken(spoken[start:end]) in reading.spoken

        scale = length / len(spoken)
        best = max(best, [scale * piece for piece in _greedy(len(spoken), stands)], key=sum)
    return best


def _greedy(length: int, stands: Callable[[int, int], bool]) -> Iterator[int]:
    """Lengths of the pieces that stand, each as long as can be; single ones only of a single one."""
    least, at = min(2, length), 0
    while at < length:
        end = at
        while end < length and stands(at, end + 1):
            end += 1
        if end - at >= least:
            yield end - at
            at = end
        else:
            at += 1
