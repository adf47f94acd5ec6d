"""`python -m scripts.make_noise QUERIES.jsonl --docs FILE.jsonl ... [--kind kw3] [--seed 1] > NOISE.jsonl`: questions with one fault.

Each question of one kind is spoilt in every way that it can be: doc_id, kind, clean, text. The same seed gives the
same file.

homophone    one character by another that sounds the same
latin        one letter of a word wrong, missing, too many, or two swapped
pinyin       one keyword in full pinyin without tones
traditional  in traditional characters
synonym      one word by another of its group in scripts/data/synonyms.json
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from opencc import OpenCC

from scripts.bench_index import corpus, lines
from scripts.dictionaries import synonyms
from search.sounds import syllables
from search.synonyms import Synonyms
from search.text import IDEOGRAPH, fold

COMMON = 30  # times that a character must stand in the documents: nobody's input method offers a rare one first
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile("[A-Za-z]{4,}")


class Noise:
    """Faults drawn from a seed; `texts` tell which characters are common."""

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        self._chance = random.Random(seed)
        self._traditional = OpenCC("s2t").convert
        self._synonyms = Synonyms(synonyms())
        self._alike: dict[str, list[str]] = defaultdict(list)
        counted = Counter(character for text in texts for character in text if IDEOGRAPH.match(character))
        for character in sorted(character for character, times in counted.items() if times >= COMMON):
            self._alike[syllables(character)[0]].append(character)

    def of(self, clean: str) -> Iterator[tuple[str, str]]:
        """Kind and text of each fault that this question can have."""
        for kind in ("homophone", "latin", "pinyin", "traditional", "synonym"):
            text = getattr(self, kind)(clean)
            if text and text != clean:
                yield kind, text

    def homophone(self, clean: str) -> str:
        places = [at for at, character in enumerate(clean) if len(self._others(character)) > 0]
        if not places:
            return ""
        at = self._chance.choice(places)
        return clean[:at] + self._chance.choice(self._others(clean[at])) + clean[at + 1 :]

    def latin(self, clean: str) -> str:
        words = [*_WORD.finditer(clean)]
        if not words:
            return ""
        word = self._chance.choice(words)
        at = self._chance.randrange(word.start() + 1, word.end())  # nobody mistypes the first letter and goes on
        letter = self._chance.choice(LETTERS)
        faults = (
            clean[:at] + letter + clean[at + 1 :],
            clean[:at] + clean[at + 1 :],
            clean[:at] + letter + clean[at:],
            clean[: at - 1] + clean[at] + clean[at - 1] + clean[at + 1 :],
        )
        return self._chance.choice(faults)

    def pinyin(self, clean: str) -> str:
        keywords = clean.split(" ")
        spoken = [
            at
            for at, keyword in enumerate(keywords)
            if all(map(IDEOGRAPH.match, keyword)) and "" not in syllables(keyword)
        ]
        if not spoken:
            return ""
        at = self._chance.choice(spoken)
        return " ".join((*keywords[:at], "".join(syllables(keywords[at])), *keywords[at + 1 :]))

    def traditional(self, clean: str) -> str:
        return str(self._traditional(clean))

    def synonym(self, clean: str) -> str:
        said = self._synonyms.of(fold(clean))
        return self._chance.choice(said)[1] if said else ""

    def _others(self, character: str) -> list[str]:
        if not IDEOGRAPH.match(character):
            return []
        return [other for other in self._alike.get(syllables(character)[0], ()) if other != character]


def noisy(queries: Sequence[Mapping[str, Any]], kind: str, noise: Noise) -> Iterator[dict[str, str]]:
    for row in queries:
        if clean := row.get(kind):
            for fault, text in noise.of(clean):
                yield {"doc_id": row["doc_id"], "kind": fault, "clean": clean, "text": text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--docs", type=Path, nargs="+", required=True)
    parser.add_argument("--kind", default="kw3", help="of question")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    noise = Noise([row["title"] + row["abstract"] for row in corpus(arguments.docs)], arguments.seed)
    for row in noisy(lines(arguments.queries), arguments.kind, noise):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
