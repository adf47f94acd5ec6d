"""Synonyms in a question: what else stands for a word that was typed."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from search.text import IDEOGRAPH, fold, runs

MOST = 8  # other ways of saying a term that are asked


class Synonyms:
    """Groups of words of which each may stand for another. Made once, asked by many questions."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._others: dict[str, list[str]] = {}
        for group in groups:
            for word in group:
                self._others[fold(word)] = [other for other in group if fold(other) != fold(word)]

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._others), default=0)

    @cached_property
    def _most_parts(self) -> int:
        return max((word.count(" ") + 1 for word in self._others), default=1)

    def of(self, part: str) -> list[tuple[str, str]]:
        """For a folded stretch that `cut` left whole: the words that are asked too, and the stretch said with each.

        Of overlapping words the longest counts; a word of letters only where it stands alone.
        """
        if not self._others:
            return []
        found = []
        for start, end in self._places(part):
            for other in self._others[part[start:end]]:
                found.append((other, f"{part[:start]} {fold(other)} {part[end:]}"))
        return found[:MOST]

    def cut(self, parts: Sequence[str]) -> Iterator[slice]:
        """Of folded stretches between blanks those that belong together: a word may have blanks of its own."""
        at = 0
        while at < len(parts):
            ends = range(min(len(parts), at + self._most_parts), at + 1, -1)
            end = next((end for end in ends if " ".join(parts[at:end]) in self._others), at + 1)
            yield slice(at, end)
            at = end

    def _places(self, part: str) -> Iterator[tuple[int, int]]:
        edges = {edge for run, at, ideographs in runs(part) if not ideographs for edge in (at, at + len(run))}
        at = 0
        while at < len(part):
            for end in range(min(len(part), at + self._longest), at + 1, -1):
                word = part[at:end]
                if word in self._others and _whole(word, at, end, edges):
                    yield at, end
                    at = end
                    break
            else:
                at += 1


NONE = Synonyms()


def _whole(word: str, start: int, end: int, edges: set[int]) -> bool:
    """Whether a word's ends that are letters are ends of what was typed too: cell is not in cellulose."""
    return (IDEOGRAPH.match(word[0]) is not None or start in edges) and (
        IDEOGRAPH.match(word[-1]) is not None or end in edges
    )
