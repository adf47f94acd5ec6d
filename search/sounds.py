"""How Chinese sounds: toneless syllables of characters, and what a person means who types pinyin or its initials."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, pairwise, product
from unicodedata import normalize

from pypinyin.pinyin_dict import pinyin_dict

Syllables = tuple[str, ...]

LONGEST_SPELLING = 60  # letters of one word that are read as pinyin
MOST_WAYS = 8  # to cut one word into syllables; those of fewest first
MOST_PAIRS = 300_000  # bigrams whose sound a process keeps
MOST_READINGS = 64  # of one word, all ways together
INITIALS = (3, 4)  # characters of which first letters are indexed; fewer mean everything
# A character is indexed by its most usual reading. Who types another one means it too: printed by counting the readings
# of the phrases in pypinyin's phrases_dict, those of one in sixteen or more.
_OTHER_READINGS = (
    "行hang 长chang 重chong 血xie 乐yue 恶wu 度duo 调tiao 角jue 传zhuan 朝zhao 折she 露lou 着zhuo 着zhao 没mo 差chai "
    "弹tan 藏zang 称chen 薄bo 还huan 了liao 系ji 参shen 便pian 塞se 阿e 率shuai 校jiao 降xiang 脉mo 劲jing 省xing 的di "
    "宿xiu 被pi 属shu 给ji 都du 著zhuo 臭xiu 模mu 圈juan 削xiao 朴piao 屏bing 爪zhua 畜xu 卡qia 否pi 剥bao 贾gu 椎zhui "
    "卜bu 藉jie 辟bi 什shi 曾zeng 扒pa 刨bao 呱gua 佛fo 似si 嚼jiao 攒cuan"
)
_VOWEL = re.compile("[aeiouv]")
_TONES = re.compile("[\u0300-\u0307\u0309-\u036f]")


def syllables(run: str) -> list[str]:
    """Return one toneless syllable for each character, "" where it has none; ü is written v."""
    readings = _readings()
    return [readings.get(character, "") for character in run]


def sound_pairs(spoken: Sequence[str]) -> Iterator[str]:
    """What the index holds of syllables: each two neighbours, "shen'jing"."""
    return (f"{one}'{other}" for one, other in pairwise(spoken) if one and other)


class _Pairs(dict[str, str]):
    """Bigram -> its pair, looked up once; "" where a character has no syllable."""

    def __missing__(self, bigram: str) -> str:
        if len(self) > MOST_PAIRS:
            self.clear()
        pair = self[bigram] = next(sound_pairs(syllables(bigram)), "")
        return pair


_PAIRS = _Pairs()


def pairs_of(bigrams: Iterable[str]) -> set[str]:
    """What the index holds of a text with these bigrams."""
    return set(map(_PAIRS.__getitem__, bigrams)) - {""}


def initials(spoken: Sequence[str]) -> Iterator[str]:
    """What the index holds of first letters: windows of three and four, "=sjw"."""
    letters = "".join(syllable[:1] or " " for syllable in spoken)
    for width in INITIALS:
        yield from _windows(letters, width)


def initials_of(word: str) -> Iterator[str]:
    """What the index must hold if the word is made of initials; nothing of a word that cannot be."""
    if len(word) >= min(INITIALS) and word.isascii() and word.isalpha():
        yield from _windows(word, min(len(word), max(INITIALS)))


def _windows(letters: str, width: int) -> Iterator[str]:
    windows = (letters[at : at + width] for at in range(len(letters) - width + 1))
    return (f"={window}" for window in windows if " " not in window)


@lru_cache(maxsize=10_000)
def spelled(word: str) -> tuple[Syllables, ...]:
    """Return what a word of Latin letters may spell in pinyin, as the index writes syllables; () if nothing.

    Those of fewest syllables come first: xian before xi'an.
    """
    word = word.replace("'", "").replace("ü", "v")[:LONGEST_SPELLING]
    cut = sorted(_segmentations(word), key=len)[:MOST_WAYS]
    meant = _meant()
    found = (reading for spelling in cut for reading in product(*(meant[syllable] for syllable in spelling)))
    return tuple(islice(found, MOST_READINGS))


def beginnings(word: str) -> Iterator[tuple[Syllables, str]]:
    """What letters may be the beginning of in pinyin: whole syllables and the rest, which begins another or is empty.

    The most whole syllables first, and none that leaves a rest no syllable begins with.
    """
    word = word[:LONGEST_SPELLING]
    if not (word.isascii() and word.isalpha()):
        return
    starts = _starts()
    for end in range(len(word), 0, -1):
        rest = word[end:]
        if not rest or rest in starts:
            yield from ((spoken, rest) for spoken in spelled(word[:end]))


@cache
def _starts() -> frozenset[str]:
    """Every beginning of a syllable."""
    return frozenset(syllable[:end] for syllable in _meant() for end in range(1, len(syllable)))


def _segmentations(word: str) -> list[Syllables]:
    """Every way to cut a word into syllables, but never more than a few at any place."""
    meant = _meant()
    ways: list[list[Syllables]] = [[()]]
    for end in range(1, len(word) + 1):
        here = [
            (*before, syllable)
            for length in range(1, min(6, end) + 1)
            if (syllable := word[end - length : end]) in meant
            for before in ways[end - length]
        ]
        ways.append(sorted(here, key=len)[:MOST_WAYS])
    return ways[-1] if word else []


@cache
def _readings() -> dict[str, str]:
    """Character -> its most usual syllable."""
    return {chr(code): _bare(readings.partition(",")[0]) for code, readings in pinyin_dict.items() if code < 0x20000}


@cache
def _meant() -> dict[str, tuple[str, ...]]:
    """Syllable as typed -> syllables as indexed: itself, and those of characters that may be read so."""
    readings = _readings()
    meant = {
        syllable: {syllable: None} for syllable in readings.values() if _VOWEL.search(syllable) and syllable.isascii()
    }
    for entry in _OTHER_READINGS.split():
        meant.setdefault(entry[1:], {})[readings[entry[0]]] = None
    for typed, written in (("lue", "lve"), ("nue", "nve")):
        meant.setdefault(typed, {})[written] = None
    return {typed: tuple(written) for typed, written in meant.items()}


def _bare(reading: str) -> str:
    return _TONES.sub("", normalize("NFD", reading)).replace("u\u0308", "v")
