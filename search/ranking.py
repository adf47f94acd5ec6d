"""The order of the first hits: what no engine computes, done here for all of them the same way.

An engine ranks by BM25. Of the first `FIRST` hits each score is multiplied by

    1 + COVERAGE * coverage + DENSITY * density + LEAST * least + HEAD * head + FRESH * freshness + WHOLE * completeness

coverage: how much of the question stands in the document in pieces as long as can be, the mean over its terms
density:  the same squared per piece, so that one long piece counts more than two short ones (phrase and proximity)
least:    the coverage of the term that is covered least, so that what has something of each term comes first
head:     the share of the terms that stand in the title as typed
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

FIRST = 40  # hits: two pages
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
    reading = Reading(text)
    title = text[: text.index("\n")] if "\n" in text else text
    count = len(asked.terms)
    coverage = density = head = 0.0
    least = 1.0
    for either in asked.terms:
        share, squared = max([_cover(asked, term, reading) for term in either])
        coverage += share
        density += squared
        least = min(least, share)
        head += share == 1.0 and any(_stands(term, title) for term in either)
    return Cover(coverage / count, density / count, least, head / count)


def _stands(term: Term, text: str) -> bool:
    return all(run in text if IDEOGRAPH.match(run) else f" {run} " in text for run in term)


def _cover(asked: Question, term: Term, reading: Reading) -> tuple[float, float]:
    length, share, squared = 0, 0.0, 0.0
    for run in term:
        length += len(run)
        for piece in _pieces(asked, run, reading):
            share += piece
            squared += piece * piece
    return share / length, squared / length**2


def _pieces(asked: Question, run: str, reading: Reading) -> list[float]:
    """The pieces of a run or word that the document has as typed or, if that is more, as it may be meant."""
    written: list[float]
    if run in reading.text and (IDEOGRAPH.match(run) or reading.has(run)):
        return [len(run)]
    if IDEOGRAPH.match(run):
        written = _written(run, reading.text)
    else:
        written = [max((len(part) for part, _, _ in parts(run) if reading.has(part)), default=0)]
    if (meaning := asked.meant.get(run)) and sum(written) < len(run):
        return max(written, [MEANT * piece for piece in _heard(meaning, len(run), reading)], key=sum)
    return written


def _written(run: str, text: str) -> list[float]:
    """`_greedy` of a run of ideographs, for forty documents of every question: written out it takes half the time."""
    pieces: list[float] = []
    at, last = 0, len(run)
    if last == 1:
        return [1] if run in text else []
    while at < last - 1:
        end = at + 2
        if run[at:end] not in text:
            at += 1
            continue
        while end < last and run[at : end + 1] in text:
            end += 1
        pieces.append(end - at)
        at = end
    return pieces


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
