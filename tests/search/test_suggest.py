"""Suggestions while typing: by letters, pinyin and first letters, of what the reader may see, on both engines."""

import pytest

from search.engine import Engine, Upsert
from search.query import Query
from search.suggesting import fits
from tests.search.corpus import PUBLIC, document


@pytest.fixture
def engine(engine: Engine) -> Engine:
    engine.write(
        [
            Upsert(document(1, title="神经网络控制器", keywords="智能控制", owner="示例理工大学")),
            Upsert(document(2, title="LiFePO4 正极材料", keywords="磷酸铁锂 电池")),
            Upsert(document(3, title="固态电池电解质", summary="神经网络优化配方")),
            Upsert(document(4, title="机密神经元芯片", audience=["org:3"])),
            Upsert(document(5, title="神经修复导管", superseded_for=["org:3"])),
            Upsert(document(6, title="神经网络的需求", kind="need", key="need:6:card")),
        ]
    )
    return engine


def offered(engine: Engine, text: str, audience: frozenset[str] = PUBLIC, kind: str = "achievement") -> set[str]:
    return set(engine.suggest(Query(text, audience=audience, kind=kind)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("神经", {"p1", "p5"}),
        ("神", {"p1", "p5"}),
        ("shenj", {"p1", "p5"}),
        ("shenjing", {"p1", "p5"}),
        ("shenjingw", {"p1"}),
        ("sjwl", {"p1"}),
        ("life", {"p2"}),
        ("LiFePO4", {"p2"}),
        ("linsuantie", {"p2"}),
        ("电池 dianj", {"p3"}),
        ("理工", {"p1"}),
        ("神經", {"p1", "p5"}),
    ],
)
def test_the_beginning_finds(engine: Engine, text: str, wanted: set[str]) -> None:
    assert offered(engine, text) == wanted


def test_nobody_is_offered_what_others_may_see(engine: Engine) -> None:
    assert "p4" not in offered(engine, "神经")
    assert offered(engine, "机密") == set()
    assert offered(engine, "神经", frozenset({"public", "org:3"})) == {"p1", "p4"}
    assert offered(engine, "神经", frozenset()) == set()


def test_needs_are_offered_among_needs(engine: Engine) -> None:
    assert offered(engine, "神经", kind="need") == {"p6"}


@pytest.mark.parametrize(
    "text", ["", " ", "a", "\x00\x01", "。，", "*:* OR (", "的" * 41, "a" * 10_000, ".*", "[a", "\\"]
)
def test_what_suggests_nothing(engine: Engine, text: str) -> None:
    assert offered(engine, text) == set()


def test_what_fits() -> None:
    assert fits("面向寒潮的神经网络控制", "shenj")
    assert fits("面向寒潮的神经网络控制", "sjwl")
    assert fits("LiFePO4 正极", "life")
    assert fits("固态电池", "态电")
    assert not fits("固态电池", "dianci")
    assert not fits("固态电池", "ifepo")
    assert not fits("", "a")
    assert not fits("电池", "")
