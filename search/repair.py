"""A question asked once more, for what it may mean: homophones, pinyin, first letters, mistyped words.

Whether something is in doubt is decided by the first hits, which the reader may see: what others may see tells nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import log

from search.question import PARTICLES, Known, Meaning, Question, Term, needed_of
from search.reading import Reading
from search.sounds import Syllables, initials_of, sound_pairs, spelled, syllables
from search.text import IDEOGRAPH

READINGS = 3  # of a spelled word, the likeliest ones
SLIP_LENGTH = 4  # letters; shorter words are one slip away from everything


def repair(asked: Question, found: Sequence[Reading], count: Callable[[list[str]], Known]) -> Question | None:
    """Return the question with other meanings of what none of the documents found has; None if nothing else is meant.

    `count` tells of sounds in how many documents they stand.
    """
    together = _spoken_together(asked)
    doubts = {run: doubt for run in dict.fromkeys(_runs(together)) if (doubt := _doubt(run, found)) is not None}
    known = count([sound for doubt in doubts.values() for sound in doubt]) if doubts else Known({}, 0)
    sounds: dict[str, float] = {}
    meant: dict[str, Meaning] = {}
    for run, doubt in doubts.items():
        meaning, heard = _ideographs(run, doubt, known) if IDEOGRAPH.match(run) else _word(run, known)
        if meaning:
            meant[run] = meaning
            sounds |= {sound: known.rarity(sound) for sound in heard}
    if not meant:
        return None
    slips = tuple(meaning.slip for meaning in meant.values() if meaning.slip)
    seen = sum(any(_has(each, token) for each in found) for token in asked.strong)
    return replace(together, sounds=sounds, slips=slips, meant=meant, needed=needed_of(seen + len(sounds) + len(slips)))


def _doubt(run: str, found: Sequence[Reading]) -> list[str] | None:
    """The sounds that it may stand for, None if some document has it; of ideographs only where one is left alone."""
    if not IDEOGRAPH.match(run):
        if any(each.has(run) for each in found):
            return None
        return [*(pair for spoken in spelled(run) for pair in sound_pairs(spoken)), *initials_of(run)]
    bare = [character not in PARTICLES for character in run]
    unknown = []
    for at in range(len(run) - 1):
        if any(run[at : at + 2] in each.text for each in found):
            bare[at] = bare[at + 1] = False
        else:
            unknown.append(at)
    spoken = syllables(run)
    return [pair for at in unknown if bare[at] or bare[at + 1] for pair in sound_pairs(spoken[at : at + 2])] or None


def _ideographs(run: str, doubt: list[str], known: Known) -> tuple[Meaning | None, list[str]]:
    """Characters may stand for others of the same sound."""
    heard = [pair for pair in doubt if known.counts.get(pair)]
    return (Meaning(spoken=(tuple(syllables(run)),)), heard) if heard else (None, [])


def _word(word: str, known: Known) -> tuple[Meaning | None, list[str]]:
    """A word may spell pinyin or be its first letters; if it is no whole pinyin, it may be mistyped."""
    readings = sorted(spelled(word), key=lambda spoken: _likelihood(spoken, known), reverse=True)[:READINGS]
    readings = [spoken for spoken in readings if any(map(known.counts.get, sound_pairs(spoken)))]
    heard = [pair for spoken in readings for pair in sound_pairs(spoken) if known.counts.get(pair)]
    if readings and all(map(known.counts.get, sound_pairs(readings[0]))):
        return Meaning(spoken=tuple(readings)), heard
    windows = [*initials_of(word)]
    letters = word if windows and all(map(known.counts.get, windows)) else ""
    slip = word if len(word) >= SLIP_LENGTH else ""
    if not readings and not letters and not slip:
        return None, []
    return Meaning(tuple(readings), letters, slip), heard + (windows if letters else [])


def _likelihood(spoken: Syllables, known: Known) -> tuple[int, float]:
    """By how few of its pairs are unknown, then by how usual they are."""
    counts = [known.counts.get(pair, 0) for pair in sound_pairs(spoken)]
    return -counts.count(0), sum(map(log, filter(None, counts)))


def _has(document: Reading, token: str) -> bool:
    return token in document.text if IDEOGRAPH.match(token) else document.has(token)


def _runs(asked: Question) -> Iterator[str]:
    return (run for either in asked.terms for run in either[0])


def _spoken_together(asked: Question) -> Question:
    """Join what was typed syllable by syllable: shen jing wang luo."""
    terms: list[tuple[Term, ...]] = []
    for together, group in groupby(asked.terms, key=_is_syllable):
        some = list(group)
        terms += [(("".join(either[0][0] for either in some),),)] if together and len(some) > 1 else some
    return replace(asked, terms=tuple(terms))


def _is_syllable(either: tuple[Term, ...]) -> bool:
    term = either[0]
    return len(term) == 1 and not IDEOGRAPH.match(term[0]) and any(len(spoken) == 1 for spoken in spelled(term[0]))
