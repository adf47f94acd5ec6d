"""What a group of synonyms may be."""

import re
from collections.abc import Sequence
from unicodedata import normalize

from models.errors import N_, Invalid

SHORTEST, LONGEST = 2, 40  # characters of a word; one alone stands in too much
MOST = 12  # words of a group: each is searched for
_SEPARATORS = re.compile(r"[=＝,，、;；\t\n]+")


def folded(word: str) -> str:
    """Two spellings of one word are the same here: case and width do not count."""
    return normalize("NFKC", word).casefold().strip()


def words_of(line: str) -> list[str]:
    """The words of a line, between =, commas or tabs; each spelling once, in their order."""
    spelled: dict[str, str] = {}
    for part in _SEPARATORS.split(line):
        if word := " ".join(part.split()):
            spelled.setdefault(folded(word), word)
    return list(spelled.values())


def checked(words: Sequence[str], *, field: str = "words") -> Sequence[str]:
    """Return the words if they can be a group.

    Raises Invalid at the field.
    """
    if len(words) < 2:
        raise Invalid(
            N_("“%(word)s” stands alone: a group needs two words at least."), field=field, word="".join(words)
        )
    if len(words) > MOST:
        raise Invalid(
            N_("A group holds %(most)s words at most; this one has %(count)s."),
            field=field,
            most=MOST,
            count=len(words),
        )
    for word in words:
        if not SHORTEST <= len(word) <= LONGEST:
            raise Invalid(
                N_("“%(word)s”: a word has from %(low)s to %(high)s characters."),
                field=field,
                word=word,
                low=SHORTEST,
                high=LONGEST,
            )
    return words
