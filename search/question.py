"""What a text asks of an engine: which tokens, how much each counts, and how many of them a document must hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, log

from search.text import IDEOGRAPH, fold, locate, runs

LONGEST_QUESTION = 500  # characters of a question that are asked; the rest of a very long one is not
LONG = 50  # strong tokens; what has more is weighted as a long question
CHARACTER_WEIGHT = 1.5  # of single characters of a short question, beside 1 for bigrams and words
RARITY = 1.5  # a long question's tokens count idf ** RARITY more than BM25 has them count
FREQUENT = 0.1  # of all documents: a long question leaves out tokens that more of them hold
FEW = 100  # documents; a token that no more of them hold is never frequent

Term = tuple[str, ...]  # what stands between two blanks: its runs of ideographs and its words


@dataclass(frozen=True, slots=True)
class Question:
    """Documents that hold `needed` of the `strong` tokens match, `weights` rank them, `terms` rank the first anew.

    Single characters of a longer run rank but do not match: with them every question would find nearly everything.
    """

    weights: dict[str, float]
    strong: tuple[str, ...]
    needed: int = 0
    long: bool = False  # weighed by what the index knows of its tokens (`weigh`)
    terms: tuple[Term, ...] = ()


def question(text: str) -> Question:
    """Return what `text` asks for; a text without any token asks nothing (no weights)."""
    text = text[:LONGEST_QUESTION]
    tokens = locate(text)
    strong = tuple(dict.fromkeys(token.text for token in tokens if token.strong))
    times = Counter(token.text for token in tokens)
    alone = {token for token in times if len(token) == 1 and IDEOGRAPH.match(token)}
    long = len(strong) > LONG
    return Question(
        weights={token: count * CHARACTER_WEIGHT if token in alone else float(count) for token, count in times.items()},
        strong=strong,
        # One in five, at most three: at the same rank of the right document a sixth of the hits that one would give.
        # Of a paragraph one: three of its hundred exclude nearly nothing and take twice the time.
        needed=1 if long else min(3, ceil(len(strong) / 5)),
        long=long,
        terms=tuple(term for part in fold(text).split() if (term := tuple(run for run, _, _ in runs(part)))),
    )


def weigh(asked: Question, frequencies: Mapping[str, int], documents: int) -> Question:
    """Return a long question with what tells documents apart: no single characters, no frequent and no unknown tokens.

    `frequencies` tells in how many of all `documents` a token stands. Rare tokens count far more than BM25 alone has
    them count: a paragraph says much besides what it is about. If nothing were left, everything is kept.
    """
    limit = max(FREQUENT * documents, FEW)
    kept = {token: count for token in asked.strong if 0 < (count := frequencies.get(token, 0)) <= limit}
    if not kept:
        return asked
    weights = {
        token: round(asked.weights[token] * log(1 + (documents - count + 0.5) / (count + 0.5)) ** RARITY, 4)
        for token, count in kept.items()
    }
    return replace(asked, weights=weights, strong=tuple(kept))
