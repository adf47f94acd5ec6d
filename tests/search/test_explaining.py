"""Words by which a text was found, as it spells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import Engine, Upsert
from search.explaining import Word, matched
from search.query import Query
from search.question import question
from tests.search.corpus import PUBLIC, document

TEXT = "基于神经网络的 LiFePO4 电池 SOC 估计，Transformer 模型"


def understood(engine: Engine, text: str) -> list[Word]:
    """What the engine makes of a question, explained on TEXT."""
    engine.write([Upsert(document(1, title=TEXT)), Upsert(document(2, title="播种机排种器"))])
    page = engine.search(Query(text, audience=PUBLIC))
    assert [hit.public_id for hit in page.hits] == ["p1"]
    assert page.asked is not None
    return matched(TEXT, page.asked)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("神经网络", [Word("神经网络")]),
        ("電池 lifepo4", [Word("LiFePO4"), Word("电池")]),
        ("shenjingwangluo", [Word("神经网络", "shenjingwangluo")]),
        ("shen jing wang luo", [Word("神经网络", "shenjingwangluo")]),
        ("shenjing wangluo", [Word("神经", "shenjing"), Word("网络", "wangluo")]),
        ("sjwl", [Word("神经网络", "sjwl")]),
        ("神精网络", [Word("网络"), Word("神经网络", "神精网络")]),
        ("transfomer", [Word("Transformer", "transfomer")]),
    ],
)
def test_words_as_typed_and_as_meant(engine: Engine, text: str, words: list[Word]) -> None:
    assert understood(engine, text) == words


def test_particles_explain_nothing() -> None:
    assert matched("电池的热管理", question("的 电池")) == [Word("电池")]
    assert matched("新型的电解槽", question("用得久的电池")) == []
    assert matched("目的", question("的")) == []


def test_of_many_words_the_longest_are_kept_in_their_order() -> None:
    text = "甲乙 电池 丙丁 隔膜材料 戊己 庚辛 壬癸 子丑"
    words = matched(text, question("甲乙 丙丁 隔膜材料 戊己 庚辛 壬癸 子丑"))
    assert [word.text for word in words] == ["甲乙", "丙丁", "隔膜材料", "戊己", "庚辛", "壬癸"]


@given(text=st.text(), asked=st.text())
def test_words_are_pieces_of_the_text(text: str, asked: str) -> None:
    assert all(word.text in text for word in matched(text, question(asked)))
