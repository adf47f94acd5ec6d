"""Why a document was found: the words of its texts that the question meant, as the document spells them."""

from collections.abc import Iterator
from typing import NamedTuple

from search.marking import mark_tokens
from search.question import PARTICLES, Meaning, Question
from search.reading import one_slip_apart
from search.sounds import syllables
from search.text import fold, offsets, parts, runs

MOST_WORDS = 6  # of one text, the longest ones
LEAST_HEARD = 2  # syllables; one alone sounds like a hundred characters
_BLANKS = "的了"  # at the edges of a word they are of its neighbour


class Word(NamedTuple):
    """A piece of a text; `typed` is what stood in the question where that is something else."""

    text: str
    typed: str = ""


def matched(text: str, asked: Question) -> list[Word]:
    """Return the different words of a text that the question asked for, the longest ones in the order they come."""
    found: dict[str, Word] = {}
    for piece, hit in mark_tokens(text, [token for token in asked.strong if token not in PARTICLES]):
        bare = piece.strip(_BLANKS)
        if hit and len(bare) >= min(2, len(piece)):
            found.setdefault(fold(bare), Word(bare))
    for run, meaning in asked.meant.items():
        for piece in sorted(_meant(text, meaning), key=len, reverse=True):
            if not any(fold(piece) in known for known in (run, *found)):
                found[fold(piece)] = Word(piece, run)
    longest = sorted(found, key=len, reverse=True)[:MOST_WORDS]
    return [word for folded, word in found.items() if folded in longest]


def _meant(text: str, meaning: Meaning) -> Iterator[str]:
    """Pieces of a text that sound like the meaning, begin with its letters, or are one slip from its word."""
    starts, ends = offsets(text)
    for run, at, ideographs in runs(fold(text)):
        places = _heard(run, meaning) if ideographs else _slipped(run, meaning)
        for start, end in places:
            yield text[starts[at + start] : ends[at + end - 1]]


def _heard(run: str, meaning: Meaning) -> Iterator[tuple[int, int]]:
    heard = syllables(run)
    for spoken in meaning.spoken:
        at = 0
        while at < len(run):
            length = max((_same(heard[at:], spoken[start:]) for start in range(len(spoken))), default=0)
            if length >= LEAST_HEARD:
                yield at, at + length
            at += max(length, 1)
    if meaning.letters:
        letters = "".join(each[:1] or " " for each in heard)
        at = letters.find(meaning.letters)
        if at >= 0:
            yield at, at + len(meaning.letters)


def _same(one: list[str], other: tuple[str, ...]) -> int:
    """How many syllables both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _slipped(run: str, meaning: Meaning) -> Iterator[tuple[int, int]]:
    if meaning.slip:
        yield from ((at, at + len(part)) for part, at, _ in parts(run) if one_slip_apart(meaning.slip, part))
