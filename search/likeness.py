"""A question made of whole texts: which documents are most like them (matching, similar ones)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import hypot, sqrt
from typing import NamedTuple

from search.question import FEW, FREQUENT, PARTICLES, Known, Question
from search.reading import Reading
from search.text import IDEOGRAPH, analyse, fold, runs

RARITY = 1.5  # idf ** RARITY in all: what is rare says what a text is about
BODY = 0.8  # of a body beside its title, both taken as vectors of length one
CHARACTER = 2.0  # single characters beside 1 for bigrams and words: another's words for the same share their characters
LONGEST = 3_000  # characters of a text that are compared
MOST = 240  # tokens that are asked, the weightiest ones
SCALE = 10.0  # so that rounded scores tell hits apart
_BREAK = re.compile(f"[{''.join(sorted(PARTICLES))}]")


class Text(NamedTuple):
    """A text that likeness is asked to, and how much it counts."""

    text: str
    weight: float


def tokens_of(texts: Sequence[Text]) -> list[str]:
    """The tokens whose counts `likeness` wants to know."""
    return list(dict.fromkeys(token for text, _ in texts for token in analyse(text[:LONGEST])))


class Likeness(NamedTuple):
    """The question, and the score of a document of usual length that holds each of its tokens once."""

    asked: Question
    whole: float


def likeness(texts: Sequence[Text], known: Known) -> Likeness:
    """Weigh the tokens of the texts: repeated ones by the root of their number, each text as a vector of length one.

    Left out are what no document has, what many have (it costs most of the time and decides nothing) and the lightest.
    """
    limit = max(FREQUENT * known.documents, FEW)
    masses: dict[str, float] = defaultdict(float)
    for text, weight in texts:
        times = Counter(token for token in analyse(text[:LONGEST]) if 0 < known.counts.get(token, 0) <= limit)
        here = {token: sqrt(count) * _mass(token, known) for token, count in times.items()}
        length = hypot(*here.values()) or 1.0
        for token, mass in here.items():
            masses[token] += weight * mass / length
    heaviest = sorted(masses, key=lambda token: (-masses[token], token))[:MOST]
    weights = {token: round(SCALE * masses[token] / known.rarity(token), 4) for token in heaviest}
    asked = Question(weights=weights, strong=tuple(heaviest), needed=1 if heaviest else 0, long=True)
    return Likeness(asked, sum(weights[token] * known.rarity(token) for token in heaviest))


def _mass(token: str, known: Known) -> float:
    return float(known.rarity(token) ** RARITY * (CHARACTER if _is_character(token) else 1.0))


def _is_character(token: str) -> bool:
    return len(token) == 1 and IDEOGRAPH.match(token) is not None


def words_in_common(head: str, body: str, reading: str, asked: Question, most: int) -> tuple[str, ...]:
    """What stands in two texts and in a document's `reading`, in pieces as long as can be, the weightiest first.

    Pieces of two characters only of the `head`, a title and keywords: in a long text many are no words.
    """
    document = Reading(reading)
    pieces = [*_standing(head, document, 2), *_standing(body[:LONGEST], document, 3)]
    weights = {piece: sum(asked.weights.get(part, 0.0) for part in _parts(piece)) for piece in dict.fromkeys(pieces)}
    shown: list[str] = []
    for piece in sorted(filter(weights.get, weights), key=lambda piece: (-weights[piece], piece)):
        if not any(piece in other or other in piece for other in shown):
            shown.append(piece)
    return tuple(shown[:most])


def _parts(piece: str) -> Iterator[str]:
    return map(str.__add__, piece, piece[1:]) if IDEOGRAPH.match(piece) else iter((piece,))


def _standing(text: str, document: Reading, least: int) -> Iterator[str]:
    """Words of a text that a document has, and its runs of ideographs in pieces of `least` or more."""
    for run, _, ideographs in runs(fold(text)):
        if not ideographs:
            if len(run) > 1 and not run.isdecimal() and document.has(run):
                yield run
            continue
        for part in _BREAK.split(run):
            at = 0
            while at <= len(part) - least:
                end = at + least
                if part[at:end] not in document.text:
                    at += 1
                    continue
                while end < len(part) and part[at : end + 1] in document.text:
                    end += 1
                yield part[at:end]
                at = end
