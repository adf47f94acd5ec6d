"""The text of a document as the index keeps it for ranking: folded, cut into runs, short enough to be read at once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from search.sounds import syllables
from search.text import IDEOGRAPH, Run, parts

LONGEST = 2_000  # characters; titles, keywords and owners come first and are always within
HEAD = 3  # fields whose first letters are indexed, the first ones


def reading(fields: Iterable[Iterable[Run]]) -> str:
    """Make it of the fields' runs: ideographs and words with their parts between blanks, a line for each field."""
    lines = " \n ".join(" ".join(_spread(field)) for field in fields)
    return f" {lines} "[:LONGEST]


def heads(text: str) -> list[str]:
    """Title, keywords and owner of a reading."""
    return text.split("\n", HEAD)[:HEAD]


def _spread(field: Iterable[Run]) -> Iterator[str]:
    for run, _, ideographs in field:
        if ideographs:
            yield run
        else:
            yield from dict.fromkeys(part for part, _, _ in parts(run))


class Reading:
    """A kept text with what it sounds like; nothing is made before it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    def has(self, word: str) -> bool:
        """Whether the word, or part of a word, is in it."""
        return f" {word} " in self.text

    def nearly(self, word: str) -> str | None:
        """A word of it that is one slip of the finger away."""
        return next((other for other in self._words if one_slip_apart(word, other)), None)

    @cached_property
    def spoken(self) -> str:
        """Its runs as syllables, each between apostrophes."""
        return " ".join(as_spoken(syllables(run)) for run in self.text.split() if IDEOGRAPH.match(run))

    @cached_property
    def letters(self) -> str:
        """The first letters of its first fields' syllables."""
        head = "\n".join(heads(self.text))
        return " ".join(
            "".join(each[:1] or " " for each in syllables(run)) for run in head.split() if IDEOGRAPH.match(run)
        )

    @cached_property
    def _words(self) -> list[str]:
        return [word for word in dict.fromkeys(self.text.split()) if not IDEOGRAPH.match(word)]


def as_spoken(spoken: Sequence[str]) -> str:
    """Syllables as `Reading.spoken` has them."""
    return "'" + "'".join(spoken) + "'"


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours are swapped; not if they are equal."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[1::-1] == other[:2] and one[2:] == other[2:])
    )


def slips_of(word: str) -> str:
    """A regular expression of the words that are `one_slip_apart`, and of the word itself."""
    letters = [re.escape(letter) for letter in word]
    found = ["".join(letters) + "."]
    for at, letter in enumerate(letters):
        before, after = "".join(letters[:at]), "".join(letters[at + 1 :])
        found += [f"{before}.?{after}", f"{before}.{letter}{after}"]
        if at:
            found.append(f"{''.join(letters[: at - 1])}{letter}{letters[at - 1]}{after}")
    return "|".join(found)
