"""What a text asks of an engine: which tokens, how much each counts, and how many of them a document must hold."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from math import ceil, log

from search.sounds import Syllables
from search.synonyms import NONE, Synonyms
from search.text import IDEOGRAPH, fold, locate, runs

LONGEST_QUESTION = 500  # characters of a question that are asked; the rest of a very long one is not
LONG = 50  # strong tokens; what has more is weighted as a long question
CHARACTER_WEIGHT = 1.5  # of single characters of a short question, beside 1 for bigrams and words
RARITY = 1.5  # a long question's tokens count idf ** RARITY more than BM25 has them count
FREQUENT = 0.1  # of all documents: a long question leaves out tokens that more of them hold
SYNONYM = 0.3  # of a synonym beside what was typed: with more, what has both words wins by that alone
MOST_SHARE = 4.0  # times that a synonym's token weighs more, being one of few
SLIP_WEIGHT = 6.0  # of a word that is nearly one of the question's
FINDING = 30  # tokens of a long question, the weightiest, of which a document must hold one; all of them rank
FEW = 100  # documents; a token that no more of them hold is never frequent

PARTICLES = frozenset("的了和与及或之在是等为对从以将并其")  # alone between blanks they ask for nothing
ENDINGS = frozenset("的了")  # nor does a bigram of one of these and a neighbour

Term = tuple[str, ...]  # runs of ideographs and words


@dataclass(frozen=True, slots=True)
class Known:
    """In how many of all `documents` each of some tokens or sounds stands; what is not listed stands in none."""

    counts: Mapping[str, int]
    documents: int

    def rarity(self, sound: str) -> float:
        """BM25's weight of it."""
        count = self.counts[sound]
        return round(log(1 + (self.documents - count + 0.5) / (count + 0.5)), 4)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a run of ideographs or a word may mean besides itself."""

    spoken: tuple[Syllables, ...] = ()  # how it sounds, or what it spells in pinyin
    letters: str = ""  # of which it is the first letters
    slip: str = ""  # a word mistyped by one letter


@dataclass(frozen=True, slots=True)
class Question:
    """Documents that hold `needed` of the `strong` tokens match, `weights` rank them, `terms` rank the first anew.

    A repaired question (`search/repair.py`) also takes `sounds` and words that are nearly `slips` for strong tokens.

    Single characters of a longer run rank but do not match: with them every question would find nearly everything.
    """

    weights: dict[str, float]
    strong: tuple[str, ...]
    needed: int = 0
    long: bool = False  # weighed by what the index knows of its tokens (`weigh`)
    terms: tuple[tuple[Term, ...], ...] = ()  # what stands between blanks: as typed, then with synonyms
    sounds: dict[str, float] = field(default_factory=dict)  # weights
    slips: tuple[str, ...] = ()
    meant: dict[str, Meaning] = field(default_factory=dict)
    begins: tuple[tuple[str, str], ...] = ()  # field, beginning: a document must have a term of one (suggestions)
    also: tuple[str, ...] = ()  # synonyms that are asked too, as organizers spell them


def question(text: str, synonyms: Synonyms = NONE) -> Question:
    """Return what `text` asks for; a text without any token asks nothing (no weights).

    Of a short one synonyms are asked too, at SYNONYM of the weight; how much a document must hold is told by what was
    typed.
    """
    text = text[:LONGEST_QUESTION]
    every = locate(text)
    tokens = [token for token in every if not (token.strong and token.text in PARTICLES)] or every
    strong = tuple(dict.fromkeys(token.text for token in tokens if token.strong))
    times = Counter(token.text for token in tokens)
    alone = {token for token in times if len(token) == 1 and IDEOGRAPH.match(token)}
    long = len(strong) > LONG
    if not long:  # of a paragraph every token is weighed, and one is enough
        strong = tuple(token for token in strong if len(token) == 1 or ENDINGS.isdisjoint(token)) or strong
    asked = Question(
        weights={token: count * CHARACTER_WEIGHT if token in alone else float(count) for token, count in times.items()},
        strong=strong,
        needed=1 if long else needed_of(len(strong)),
        long=long,
        terms=_terms(text, without=PARTICLES) or _terms(text),
    )
    return asked if long else _with_synonyms(asked, synonyms)


def _terms(text: str, without: Collection[str] = ()) -> tuple[tuple[Term, ...], ...]:
    cut = (tuple(run for run, _, _ in runs(part) if run not in without) for part in fold(text).split())
    return tuple((term,) for term in cut if term)


def _with_synonyms(asked: Question, synonyms: Synonyms) -> Question:
    """Ask for the synonyms too; a document must hold as much as if the shortest of them had been typed."""
    terms, also = [], dict[str, None]()
    weights, strong = dict(asked.weights), dict.fromkeys(asked.strong)
    least = 0
    typed_terms = [typed for (typed,) in asked.terms]
    for together in synonyms.cut([" ".join(typed) for typed in typed_terms]):
        typed = tuple(chain.from_iterable(typed_terms[together]))
        part = " ".join(typed)
        others = synonyms.of(part)
        for word, _ in others:
            also[word] = None
            tokens = locate(word)
            # An abbreviation is one token where its long form is ten: the whole of each weighs the same.
            share = min(len(locate(part)) / len(tokens), MOST_SHARE) if tokens else 0.0
            for token in tokens:
                weights.setdefault(token.text, round(SYNONYM * share * (1.0 if token.strong else CHARACTER_WEIGHT), 4))
                if token.strong:
                    strong[token.text] = None
        terms.append((typed, *(tuple(run for run, _, _ in runs(said)) for _, said in others)))
        least += min(
            len({token.text for token in locate(said) if token.strong}) for said in (part, *dict(others).values())
        )
    if not also:
        return asked
    needed = min(asked.needed, needed_of(max(least, 1)))
    return replace(asked, weights=weights, strong=tuple(strong), terms=tuple(terms), also=tuple(also), needed=needed)


def needed_of(strong: int) -> int:
    """One in five, at most three: at the same rank of the right document a sixth of the hits that one would give.

    Of a paragraph one is enough: three of its hundred exclude nearly nothing and take twice the time.
    """
    return min(3, ceil(strong / 5))


def weigh(asked: Question, known: Known) -> Question:
    """Return a long question with what tells documents apart: no single characters, no frequent and no unknown tokens.

    Rare tokens count far more than BM25 alone has them count: a paragraph says much besides what it is about. If
    nothing were left, everything is kept.
    """
    limit = max(FREQUENT * known.documents, FEW)
    kept = tuple(token for token in asked.strong if 0 < known.counts.get(token, 0) <= limit)
    weights = {token: round(asked.weights[token] * known.rarity(token) ** RARITY, 4) for token in kept}
    finding = sorted(kept, key=lambda token: (-weights[token] * known.rarity(token), token))[:FINDING]
    return replace(asked, weights=weights, strong=tuple(finding)) if kept else asked
