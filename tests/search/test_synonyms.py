"""Synonyms in questions: what else is asked, where it applies, and that both engines find it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import Engine, Upsert
from search.query import Page, Query
from search.question import LONG, question
from search.synonyms import MOST, NONE, Synonyms
from tests.search.corpus import PUBLIC, document

KNOWN = Synonyms(
    [("锂电池", "锂离子电池"), ("MOF", "金属有机框架", "金属有机骨架"), ("电池", "蓄电池"), ("CT", "断层扫描")]
)


def words(text: str) -> list[str]:
    return [word for word, _ in KNOWN.of(text)]


def test_each_word_of_a_group_stands_for_the_others() -> None:
    assert words("mof") == ["金属有机框架", "金属有机骨架"]
    assert words("金属有机骨架材料") == ["MOF", "金属有机框架"]
    assert words("二氧化碳") == []


def test_the_longest_word_counts() -> None:
    assert words("锂电池") == ["锂离子电池"]
    assert words("铅酸电池") == ["蓄电池"]


def test_a_word_of_letters_stands_alone_only() -> None:
    assert words("ct") == ["断层扫描"]
    assert words("ct影像") == ["断层扫描"]
    assert words("octane") == words("ct2") == []


def test_what_was_typed_decides_how_much_a_document_must_hold() -> None:
    typed, more = question("金属有机框架薄膜"), question("金属有机框架薄膜", KNOWN)
    assert set(typed.strong) < set(more.strong)
    assert more.needed <= typed.needed
    assert more.also == ("MOF", "金属有机骨架")
    assert all(more.weights[token] == weight for token, weight in typed.weights.items())


def test_a_word_with_blanks_is_one_when_it_is_typed_too() -> None:
    known = Synonyms([("锂电池", "lithium ion battery", "LIB")])
    assert question("cheap Lithium-free lithium  ion battery 回收", known).also == ("锂电池", "LIB")
    assert question("lithium ion", known).also == ()
    assert question("锂电池", known).also == ("lithium ion battery", "LIB")


def test_a_long_question_says_enough_itself() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + LONG + 10))) + "锂电池"
    assert question(text, KNOWN) == question(text)


@given(st.text(max_size=80))
def test_no_text_raises_and_the_list_stays_short(text: str) -> None:
    many = Synonyms([[f"词{number}" for number in range(30)], ["a-b", "。。"], ["", " "]])
    for synonyms in (KNOWN, many, NONE):
        asked = question(text, synonyms)
        assert len(asked.also) <= MOST * max(1, len(asked.terms))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    engine.write(
        [
            Upsert(document(1, title="金属有机框架吸附剂")),
            Upsert(document(2, title="MOF 薄膜")),
            Upsert(document(3, title="机械框架")),
        ]
    )
    return engine


def ask(engine: Engine, text: str, **more: object) -> Page:
    return engine.search(Query(text, audience=PUBLIC, synonyms=KNOWN, **more))  # type: ignore[arg-type]


def test_both_spellings_are_found_and_said(engine: Engine) -> None:
    for text in ("MOF", "金属有机框架"):
        page = ask(engine, text)
        assert {hit.public_id for hit in page.hits[:2]} == {"p1", "p2"}
        assert page.asked is not None
        assert page.asked.also


def test_exact_asks_for_what_was_typed_only(engine: Engine) -> None:
    page = ask(engine, "MOF", exact=True)
    assert [hit.public_id for hit in page.hits] == ["p2"]
    assert page.asked is not None
    assert page.asked.also == ()
    assert ask(engine, "jinshuyouji").total > 0
    assert ask(engine, "jinshuyouji", exact=True).total == 0
