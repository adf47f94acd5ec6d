"""The analysis chain: one for both engines, so that the same question gets the same answer from either.

Chinese (and kana, hangul) runs become single characters and bigrams; words of letters and digits stay whole and are
also cut into their parts (LiFePO4 -> lifepo4, lifepo, 4). No dictionary: characters + bigrams found more than any
segmenter we measured, and never go stale. Engines get the tokens joined by blanks and only split them again.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from math import ceil
from typing import NamedTuple
from unicodedata import normalize

LONGEST_WORD = 64  # characters; Elasticsearch would split a token above 255, Tantivy drop it
LONGEST_QUESTION = 500  # characters of a question that are asked; the rest of a very long one is not

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
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_RUN = re.compile(f"(?P<ideographs>[{_IDEOGRAPHS}]+)|{_LETTERS}+(?:[-._/]{_LETTERS}+)*")
_PIECE = re.compile(r"(?:\d+\.)*\d+[^\W_]*|[^\W_]+")
_STOP = re.compile(r"[\s，。、；：！？,;:!?]")
_PART = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")


class Token(NamedTuple):
    """A token and the place in the original text it came from; strong ones decide what matches and what is marked."""

    text: str
    start: int
    end: int
    strong: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What a text asks of an engine: documents that hold `needed` of the `strong` tokens match, `weights` rank them.

    Single characters of a longer run rank but do not match: with them every question would find nearly everything.
    """

    weights: dict[str, float]
    strong: tuple[str, ...]

    @property
    def needed(self) -> int:
        """One in five, at most three: at the same rank of the right document a sixth of the hits that one would give.

        Of a paragraph one: three of its hundred exclude nearly nothing and take twice the time.
        """
        return min(3, ceil(len(self.strong) / 5)) if len(self.strong) <= 50 else 1


def analyse(text: str) -> list[str]:
    """Return the tokens of a text, repeated as often as they occur. Never raises; tokens hold no blank."""
    tokens: list[str] = []
    for run, _, ideographs in _runs(_fold_all(text)):
        if ideographs:
            tokens.extend(run)
            tokens.extend(map(str.__add__, run, run[1:]))
        else:
            tokens.extend(part for part, _, _ in _parts(run))
    return tokens


def locate(text: str) -> list[Token]:
    """Return the same tokens as `analyse` with their offsets in `text`, in the order of their places."""
    starts, ends = _offsets(text)
    tokens = []
    for run, at, ideographs in _runs(_fold_all(text)):
        for part, offset, strong in _ideograph_parts(run) if ideographs else _parts(run):
            first = at + offset
            tokens.append(Token(part, starts[first], ends[first + len(part) - 1], strong))
    return sorted(tokens, key=_place)


def question(text: str) -> Question:
    """Return what `text` asks for; a text without any token asks nothing (no weights)."""
    tokens = locate(text[:LONGEST_QUESTION])
    return Question(
        weights={token: float(times) for token, times in Counter(token.text for token in tokens).items()},
        strong=tuple(dict.fromkeys(token.text for token in tokens if token.strong)),
    )


def mark(text: str, query: str) -> list[tuple[str, bool]]:
    """Cut `text` into (piece, is a hit) in its own spelling, adjacent hits merged; the pieces joined are `text`."""
    return _cut(text, 0, len(text), _hits(text, query))


def snippet(text: str, query: str, width: int = 120) -> list[tuple[str, bool]]:
    """Return `mark`'s pieces for the stretch of about `width` characters that holds most different hits.

    An ellipsis stands where text was left out. Without a hit it is the beginning of the text.
    """
    hits = _hits(text, query)
    start = _best_start(text, hits, width) if len(text) > width else 0
    end = min(len(text), start + width)
    pieces = _cut(text, start, end, hits)
    return [("…", False)] * (start > 0) + pieces + [("…", False)] * (end < len(text))


def _runs(folded: str) -> Iterator[tuple[str, int, bool]]:
    for found in _RUN.finditer(folded):
        yield found[0], found.start(), found["ideographs"] is not None


def _ideograph_parts(run: str) -> list[tuple[str, int, bool]]:
    alone = len(run) == 1
    bigrams = map(str.__add__, run, run[1:])
    return [*((char, at, alone) for at, char in enumerate(run)), *((two, at, True) for at, two in enumerate(bigrams))]


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[tuple[str, int, bool], ...]:
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


def _fold_all(text: str) -> str:
    return _UNSETTLED.sub(lambda found: _fold(found[0]), text)


def _offsets(text: str) -> tuple[Sequence[int], Sequence[int]]:
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


def _hits(text: str, query: str) -> list[Token]:
    """The question's strong tokens where `locate` finds them in `text`.

    It does not make the others: twenty cards hold some ten thousand tokens, of which a question wants a few.
    """
    folded = _fold_all(text)
    present = [token for token in _strong(query) if token in folded]
    if not present:
        return []
    words = {token for token in present if not _IDEOGRAPH.match(token)}
    places = [(token, at) for token in present if token not in words for at in _occurrences(token, folded)]
    if words:
        parts = (
            (part, at + offset) for run, at, other in _runs(folded) if not other for part, offset, _ in _parts(run)
        )
        places += (place for place in parts if place[0] in words)
    starts, ends = _offsets(text)
    return sorted((Token(token, starts[at], ends[at + len(token) - 1], True) for token, at in places), key=_place)


def _occurrences(token: str, folded: str) -> Iterator[int]:
    """Where it begins, overlapping ones too."""
    at = folded.find(token)
    while at >= 0:
        yield at
        at = folded.find(token, at + 1)


def _place(token: Token) -> tuple[int, int]:
    return token.start, -token.end


@lru_cache(maxsize=256)
def _strong(query: str) -> frozenset[str]:
    """A page marks some eighty texts for the same question."""
    return frozenset(question(query).strong)


def _cut(text: str, start: int, end: int, hits: Sequence[Token]) -> list[tuple[str, bool]]:
    """Cut the stretch at the edges of the hits within it; hits come in the order of their starts."""
    pieces: list[tuple[str, bool]] = []
    at = start  # all before it is cut
    for hit in hits:
        low, high = max(hit.start, at), min(hit.end, end)
        if low >= high:
            continue
        if low > at:
            pieces.append((text[at:low], False))
        if low == at and pieces and pieces[-1][1]:
            pieces[-1] = (pieces[-1][0] + text[low:high], True)
        else:
            pieces.append((text[low:high], True))
        at = high
    return [*pieces, (text[at:end], False)] if at < end else pieces


def _best_start(text: str, hits: Sequence[Token], width: int) -> int:
    """Where to begin: at the window with most different hits, a little before it, after a stop if one is near."""

    def different(first: int) -> int:
        limit = hits[first].start + width
        return len({hit.text for hit in takewhile(lambda hit: hit.end <= limit, islice(hits, first, None))})

    best = max(range(len(hits)), key=different, default=None)
    if best is None:
        return 0
    start = min(hits[best].start, len(text) - width)
    lead = max(0, start - width // 6)
    stops = [found.end() for found in _STOP.finditer(text, lead, start)]
    return stops[0] if stops else lead
