"""What somebody may be about to type: titles, keywords and owners that have it, by letters, pinyin or first letters."""

from itertools import islice

from search.question import Question
from search.reading import Reading, as_spoken, reading
from search.sounds import beginnings, initials_of
from search.text import IDEOGRAPH, fold, locate, runs

LOOKED = 60  # documents that are looked at for one suggestion
LONGEST = 40  # characters; who types more has written a question
SHORTEST = 2  # letters; one ideograph is enough
WAYS = 3  # to read letters as pinyin


def asked_by(text: str) -> Question | None:
    """Return what finds documents with `text` so far; None where it is too short or too long to suggest anything.

    All of it must be there, the last word of letters as a beginning: of a word, of pinyin or of first letters.
    """
    folded = fold(text).strip()
    if not folded or len(folded) > LONGEST:
        return None
    cut = [run for run, _, _ in runs(folded)]
    if not cut:
        return None
    last = "" if IDEOGRAPH.match(cut[-1]) or folded[-1].isspace() else cut.pop()
    strong = tuple(dict.fromkeys(token.text for run in cut for token in locate(run) if token.strong))
    if (last and len(last) < SHORTEST) or (not strong and not last):
        return None
    begins = tuple(dict.fromkeys(_begins(last))) if last else ()
    weights = dict.fromkeys(strong, 1.0)
    return Question(weights=weights, strong=strong, needed=len(strong), begins=begins)


def _begins(word: str) -> list[tuple[str, str]]:
    """Fields and beginnings of their terms, of which a document has one."""
    found = [("tokens", word)]
    for spoken, rest in islice(beginnings(word), WAYS):
        *_, last = ("", *spoken)
        before = spoken[-2:-1]
        if rest and spoken:
            found.append(("sounds", f"{last}'{rest}"))
        elif len(spoken) > 1:
            found.append(("sounds", f"{before[0]}'{last}"))
    return [*found, *(("sounds", window) for window in islice(initials_of(word), 1))]


def fits(text: str, typed: str) -> bool:
    """Whether a title, a keyword or a name has what was typed: as written, or its last word of letters as it begins."""
    folded = fold(typed).strip()
    cut = [run for run, _, _ in runs(folded)]
    kept = Reading(reading([list(runs(fold(text)))]))
    return bool(cut) and all(
        run in kept.text if IDEOGRAPH.match(run) else _has(kept, run, last=run is cut[-1]) for run in cut
    )


def _has(kept: Reading, word: str, *, last: bool) -> bool:
    if f" {word}" in kept.text if last else kept.has(word):
        return True
    if not last:
        return False
    if word in kept.letters and len(word) > SHORTEST:
        return True
    return any(
        (as_spoken(spoken)[:-1] + f"'{rest}" if spoken else f"'{rest}") in kept.spoken
        for spoken, rest in islice(beginnings(word), WAYS)
        if spoken
    )
