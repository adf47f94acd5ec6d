"""The analysis chain: one for both engines, so that the same question gets the same answer from either.

Chinese (and kana, hangul) runs become single characters and bigrams; words of letters and digits stay whole and are
also cut into their parts (LiFePO4 -> lifepo4, lifepo, 4). No dictionary: characters + bigrams found more than any
segmenter we measured, and never go stale. Engines get the tokens joined by blanks and only split them again.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from opencc import OpenCC

LONGEST_WORD = 64  # characters; Elasticsearch would split a token above 255, Tantivy drop it

# What changes nothing but its neighbour: combining marks, variation selectors, zero-width and soft characters.
_MARK = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f\uff9e\uff9f"
    "\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
)
_MARKS = re.compile(f"[{_MARK}]")
# Clusters that folding may change; everything else (most of a Chinese text) is passed by at the speed of the regex.
_UNSETTLED = re.compile(f"(?s:.)[{_MARK}]+|[^\\u4e00-\\u9fffa-z0-9 \\n，。、；：]")
_DASHES = str.maketrans("‐‑‒–−", "-----")

_IDEOGRAPHS = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = f"[^\\W_{_IDEOGRAPHS}]"
IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_RUN = re.compile(f"(?P<ideographs>[{_IDEOGRAPHS}]+)|{_LETTERS}+(?:[-._/]{_LETTERS}+)*")
_PIECE = re.compile(r"(?:\d+\.)*\d+[^\W_]*|[^\W_]+")
_PART = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")


Run = tuple[str, int, bool]  # ideographs or a word, its place, whether it is of ideographs


class Token(NamedTuple):
    """A token and the place in the original text it came from; strong ones decide what matches and what is marked."""

    text: str
    start: int
    end: int
    strong: bool


def analyse(text: str) -> list[str]:
    """Return the tokens of a text, repeated as often as they occur. Never raises; tokens hold no blank."""
    return analyse_runs(runs(fold(text)))


def analyse_runs(cut: Iterable[Run]) -> list[str]:
    """Return the tokens of a folded text that was cut into `runs`."""
    tokens: list[str] = []
    for run, _, ideographs in cut:
        if ideographs:
            tokens.extend(run)
            tokens.extend(map(str.__add__, run, run[1:]))
        else:
            tokens.extend(part for part, _, _ in parts(run))
    return tokens


def locate(text: str) -> list[Token]:
    """Return the same tokens as `analyse` with their offsets in `text`, in the order of their places."""
    starts, ends = offsets(text)
    tokens = []
    for run, at, ideographs in runs(fold(text)):
        for part, offset, strong in _ideograph_parts(run) if ideographs else parts(run):
            first = at + offset
            tokens.append(Token(part, starts[first], ends[first + len(part) - 1], strong))
    return sorted(tokens, key=lambda token: (token.start, -token.end))


def runs(folded: str) -> Iterator[Run]:
    """Cut folded text."""
    for found in _RUN.finditer(folded):
        yield found[0], found.start(), found["ideographs"] is not None


def _ideograph_parts(run: str) -> list[tuple[str, int, bool]]:
    alone = len(run) == 1
    bigrams = map(str.__add__, run, run[1:])
    return [*((char, at, alone) for at, char in enumerate(run)), *((two, at, True) for at, two in enumerate(bigrams))]


@lru_cache(maxsize=50_000)
def parts(word: str) -> tuple[tuple[str, int, bool], ...]:
    """Cut a word: 2byf-6 -> 2byf-6, 2byf, 2, byf, 6. The word itself and parts of two or more characters are strong."""
    found = {(word[:LONGEST_WORD], 0)}
    for pattern in (_PIECE, _PART):
        found |= {(part[0][:LONGEST_WORD], part.start()) for part in pattern.finditer(word)}
    whole = word[:LONGEST_WORD]
    return tuple(
        (part, at, part == whole or len(part) > 1) for part, at in sorted(found, key=lambda f: (f[1], -len(f[0])))
    )


@lru_cache(maxsize=50_000)
def _fold(cluster: str) -> str:
    """One character and its marks in compatibility form, without case and width."""
    folded = normalize("NFKC", normalize("NFKC", cluster).casefold())
    return _MARKS.sub("", folded).translate(_DASHES)


def fold(text: str) -> str:
    """Return the text in compatibility form, small letters, no marks, traditional characters as simplified ones."""
    return _UNSETTLED.sub(lambda found: _fold(found[0]), text).translate(_simplified())


@cache
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character, so that places in a text stay what they are (OpenCC, t2s)."""
    ranges = (range(0x3400, 0xA000), range(0xF900, 0xFB00))
    every = "".join(normalize("NFKC", chr(code)) for codes in ranges for code in codes)
    changed = map(OpenCC("t2s").convert, every)
    return {ord(one): other for one, other in zip(every, changed, strict=True) if one != other}


def offsets(text: str) -> tuple[Sequence[int], Sequence[int]]:
    """For each character of the folded text, where its original starts and ends."""
    clusters = [(found.start(), found.end(), len(_fold(found[0]))) for found in _UNSETTLED.finditer(text)]
    if all(end - start == folded == 1 for start, end, folded in clusters):
        return range(len(text)), range(1, len(text) + 1)
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, folded in [*clusters, (len(text), len(text), 0)]:
        starts += [*range(at, start), *[start] * folded]
        ends += [*range(at + 1, start + 1), *[end] * folded]
        at = end
    return starts, ends
