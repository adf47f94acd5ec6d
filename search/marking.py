"""Hits marked in texts as they are spelled."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile

from search.question import question
from search.text import IDEOGRAPH, Token, fold, offsets, parts, runs

_STOP = re.compile(r"[\s，。、；：！？,;:!?]")


def mark(text: str, query: str) -> list[tuple[str, bool]]:
    """Cut `text` into (piece, is a hit) in its own spelling, adjacent hits merged; the pieces joined are `text`."""
    return _cut(text, 0, len(text), _hits(text, _strong(query)))


def mark_tokens(text: str, tokens: Collection[str]) -> list[tuple[str, bool]]:
    """The same for tokens."""
    return _cut(text, 0, len(text), _hits(text, tokens))


def snippet(text: str, query: str, width: int = 120) -> list[tuple[str, bool]]:
    """Return `mark`'s pieces for the stretch of about `width` characters that holds most different hits.

    An ellipsis stands where text was left out. Without a hit it is the beginning of the text.
    """
    hits = _hits(text, _strong(query))
    start = _best_start(text, hits, width) if len(text) > width else 0
    end = min(len(text), start + width)
    pieces = _cut(text, start, end, hits)
    return [("…", False)] * (start > 0) + pieces + [("…", False)] * (end < len(text))


def _hits(text: str, tokens: Collection[str]) -> list[Token]:
    """Tokens where `locate` finds them in `text`.

    It does not make the others: twenty cards hold some ten thousand tokens, of which a question wants a few.
    """
    folded = fold(text)
    present = [token for token in tokens if token in folded]
    if not present:
        return []
    words = {token for token in present if not IDEOGRAPH.match(token)}
    places = [(token, at) for token in present if token not in words for at in _occurrences(token, folded)]
    if words:
        cut = ((part, at + offset) for run, at, other in runs(folded) if not other for part, offset, _ in parts(run))
        places += (place for place in cut if place[0] in words)
    starts, ends = offsets(text)
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
