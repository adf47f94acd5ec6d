"""The analysis chain: what tokens a text gives, what is marked, which stretch is shown."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.marking import mark, snippet
from search.question import FINDING, LONGEST_QUESTION, Known, question, weigh
from search.text import LONGEST_WORD, analyse, locate

# Texts of what people mix: Chinese, Latin, digits, widths, signs, marks that combine, and anything at all.
MIXED = st.text(st.sampled_from("锂电池材料性能，。 aBc059-./_１２Ａ℃㎏²éßİ́\u200bｶﾞカ한 \n")) | st.text()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("锂电池", "锂 电 池 锂电 电池"),
        ("锂", "锂"),
        ("LiFePO4正极", "lifepo4 lifepo 4 正 极 正极"),
        ("2BYF-6型", "2byf-6 2byf 2 byf 6 型"),
        ("TRL6", "trl6 trl 6"),
        ("3.5mm", "3.5mm 3.5 mm"),
        ("PLA/PBAT", "pla/pbat pla pbat"),
        ("１２Ｋｇ ㎏", "12kg 12 kg kg"),
        ("Al₂O₃、℃", "al2o3 al 2 o 3 c"),
        ("锂\u200b电", "锂 电 锂电"),
        ("e\u0301te\u0301 ÉTÉ", "été été"),
        ("T800–T1000", "t800-t1000 t800 t 800 t1000 t 1000"),
        ("锂，电", "锂 电"),
        ("", ""),
        ("……！？ \x00", ""),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    assert analyse(text) == tokens.split()


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＬｉＦｅＰＯ４", "lifepo4"), ("Ⅲ型", "iii型"), ("STRASSE", "straße"), ("ｶﾞｽ", "ガス"), ("ガス", "カ\u3099ス")],
)
def test_spellings_of_one_thing_give_the_same_tokens(one: str, other: str) -> None:
    assert analyse(one) == analyse(other)


@given(MIXED)
def test_tokens_are_what_engines_can_take(text: str) -> None:
    for token in analyse(text):
        assert token
        assert token.split() == [token]
        assert len(token) <= LONGEST_WORD
        assert token.encode().decode() == token


@given(MIXED)
def test_locating_gives_the_same_tokens_with_their_places(text: str) -> None:
    located = locate(text)
    assert sorted(token.text for token in located) == sorted(analyse(text))
    for token in located:
        assert 0 <= token.start < token.end <= len(text)
        assert token.text in analyse(text[token.start : token.end])


@given(MIXED)
def test_case_does_not_matter(text: str) -> None:
    assert analyse(text.casefold()) == analyse(text)


def test_a_question_counts_words_and_matches_by_the_strong_ones() -> None:
    asked = question("电池 电池 TRL6 锂")
    assert asked.weights == {"电": 3, "池": 3, "电池": 2, "trl6": 1, "trl": 1, "6": 1, "锂": 1.5}
    assert asked.strong == ("电池", "trl6", "trl", "锂")


@pytest.mark.parametrize(
    ("words", "needed"), [(0, 0), (1, 1), (5, 1), (6, 2), (10, 2), (11, 3), (50, 3), (51, 1), (400, 1)]
)
def test_how_many_words_a_document_must_hold(words: int, needed: int) -> None:
    assert question(" ".join(map(chr, range(0xAC00, 0xAC00 + words)))[:LONGEST_QUESTION]).needed == min(
        needed, 1 if words > 50 else 3
    )


def test_a_very_long_question_is_cut() -> None:
    assert question("锂" * 10_000) == question("锂" * LONGEST_QUESTION)


def pieces(marked: str) -> list[tuple[str, bool]]:
    """Write hits in brackets."""
    return [
        (part.strip("[]"), part.startswith("["))
        for part in marked.replace("[", "\n[").replace("]", "]\n").split("\n")
        if part
    ]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("新型锂电池材料", "锂电池", "新型[锂电池]材料"),
        ("水电站的电池，锂", "锂电池", "水电站的[电池]，锂"),
        ("锂与电", "锂", "[锂]与电"),
        ("用ＬｉＦｅＰＯ４做", "lifepo4", "用[ＬｉＦｅＰＯ４]做"),
        ("2BYF-6型播种机", "byf", "2[BYF]-6型播种机"),
        ("㎏级", "kg", "[㎏]级"),
        ("电池电池 电池", "电池", "[电池电池] [电池]"),
        ("<b>电池</b>", "<b>", "<[b]>电池</[b]>"),
        ("播种机", "锂", "播种机"),
        ("播种机", "", "播种机"),
        ("", "锂", ""),
    ],
)
def test_marks(text: str, query: str, marked: str) -> None:
    assert mark(text, query) == pieces(marked)


@given(MIXED, MIXED)
def test_marks_keep_the_text_and_merge_hits(text: str, query: str) -> None:
    marked = mark(text, query)
    assert "".join(piece for piece, _ in marked) == text
    assert all(piece for piece, _ in marked)
    assert all(one[1] != other[1] for one, other in pairwise(marked))


@given(MIXED)
def test_a_text_that_has_tokens_is_marked_by_itself(text: str) -> None:
    assert any(hit for _, hit in mark(text, text[:LONGEST_QUESTION])) == bool(analyse(text[:LONGEST_QUESTION]))


def test_a_snippet_shows_where_most_words_are() -> None:
    text = "电池很多。" + "无关的话，" * 40 + "固态电池用硫化物电解质。" + "无关的话，" * 40
    shown = snippet(text, "固态电池 电解质", width=40)
    assert shown[0] == shown[-1] == ("…", False)
    assert [piece for piece, hit in shown if hit] == ["固态电池", "电解质"]
    assert not shown[1][0].startswith("，")


def test_a_snippet_without_hits_is_the_beginning() -> None:
    assert snippet("无关的话" * 50, "电池", width=8) == [("无关的话无关的话", False), ("…", False)]
    assert snippet("短", "电池") == [("短", False)]


@given(MIXED, MIXED, st.integers(1, 200))
def test_a_snippet_is_a_stretch_of_the_text(text: str, query: str, width: int) -> None:
    shown = snippet(text, query, width)
    inner = [piece for piece in shown if piece != ("…", False)] if len(text) > width else shown
    joined = "".join(piece for piece, _ in inner)
    assert joined.replace("…", "") in text.replace("…", "")
    assert len(joined) <= width or joined == text


@given(st.text(st.sampled_from("电池材料，a "), min_size=1, max_size=300), st.integers(10, 60))
def test_a_snippet_shows_a_hit_if_there_is_one(text: str, width: int) -> None:
    assert any(hit for _, hit in snippet(text, "电池", width)) == ("电池" in text)


def test_traditional_characters_are_simplified_in_their_places() -> None:
    assert analyse("鋰離子電池 GRAPHENE") == analyse("锂离子电池 graphene")
    assert mark("鋰離子電池材料", "电池") == [("鋰離子", False), ("電池", True), ("材料", False)]
    assert mark("锂离子电池", "電池") == [("锂离子", False), ("电池", True)]


def test_a_long_question_keeps_what_tells_documents_apart() -> None:
    asked = question("".join(map(chr, range(0xAC00, 0xAC00 + 60))))
    common, usual, unknown = asked.strong[:3]
    counts = dict.fromkeys(asked.strong, 3) | {common: 900, usual: 100, unknown: 0}
    weighed = weigh(asked, Known(counts, 1000))
    assert set(weighed.weights) == set(asked.strong) - {common, unknown}
    assert len(weighed.strong) == FINDING
    assert usual not in weighed.strong  # the lightest rank only
    assert weighed.weights[asked.strong[5]] > 2 * weighed.weights[usual] > 0
    assert weighed.needed == 1
    assert weigh(asked, Known({}, 1000)) == asked
