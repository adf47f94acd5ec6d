"""Documents to search, and what a question must find among them, said in plain Python."""

import random
from collections import Counter
from typing import Any

from search.documents import Document, prepare, seal
from search.query import FACETS, Query
from search.question import question

PUBLIC = frozenset({"public"})
VALUES = {"field": 4, "industry": 9, "stage": 3, "trl": 9, "mode": 5, "owner": 30, "circle": 3, "roadshow": 6}
TOPICS = (
    "磷酸铁锂 LiFePO4 正极材料 低温放电 能量密度 循环寿命 储能电池",
    "玉米秸秆 秸秆还田 2BYF-6 免耕播种机 黑土地保护 深松整地",
    "汽车内饰 异味检测 气相色谱 挥发性有机物 VOC 车内空气",
    "遥感卫星 高分影像 图像识别 深度学习 神经网络 5G 基站",
    "人参皂苷 提取工艺 生物发酵 功能食品 临床前研究 CHO 细胞",
    "碳纤维 复合材料 T800 航空结构件 热压罐 固化成型",
    "激光雷达 自动驾驶 路径规划 3.5mm 毫米波 传感器 标定",
    "地热供暖 热泵机组 余热回收 节能改造 能源管理 COP",
)
GLUE = ["的", "与", "基于", "一种", "研究", "方法", "技术", "系统", "应用", "装置", "及其", "面向", "高效", "新型"]
_WORDS: dict[str, frozenset[str]] = {}  # by digest


def document(number: int = 1, **changes: Any) -> Document:
    """A document with `title` as its only text and no facet value, unless told otherwise."""
    text = dict.fromkeys(("title", "keywords", "summary", "problem", "advantage", "scenes", "owner", "details"), "")
    plain = {
        "key": f"achievement:{number}:card",
        "kind": "achievement",
        "public_id": f"p{number}",
        "audience": ["public"],
        "superseded_for": [],
        "text": text | {name: changes.pop(name) for name in tuple(changes) if name in text},
        "facets": {name: [] for name in FACETS} | changes.pop("facets", {}),
        "published_at": 1_700_000_000 + number,
        "trl": None,
        "version": 1,
    }
    return seal(plain | changes)


def newest_first(published_at: int, key: str) -> tuple[int, str]:
    """The declared order among equals, ascending."""
    return -published_at, key


def corpus(size: int = 240, seed: int = 4) -> list[Document]:
    """Generated Chinese documents; one in eight has a fuller twin for another audience, some share their dates."""
    chance = random.Random(seed)
    made = []
    for number in range(1, size + 1):
        words = chance.choice(TOPICS).split()

        def prose(least: int, most: int, words: list[str] = words) -> str:
            many = chance.choices(words + GLUE + chance.choice(TOPICS).split(), k=chance.randint(least, most))
            return "".join(word + chance.choice(("", "", "，", "。", " ")) for word in many)

        trl = chance.choice((None, *range(1, 10)))
        card = {
            "title": prose(3, 6),
            "keywords": " ".join(chance.sample(words, 3)),
            "summary": prose(20, 40),
            "advantage": prose(0, 10),
            "owner": f"示例大学{number % 30}",
            "published_at": 1_700_000_000 + chance.randrange(60) * 86_400,
            "trl": trl,
            "version": chance.randrange(1, 9),
            "facets": {
                name: sorted({f"{name}-{chance.randrange(count)}" for _ in range(chance.randint(0, 2))})
                for name, count in VALUES.items()
            },
        }
        secret = number % 8 == 0
        made.append(document(number, **card, superseded_for=[f"org:{number % 5}"] if secret else []))
        if secret:
            full = {
                "key": f"achievement:{number}:full",
                "audience": [f"org:{number % 5}"],
                "details": "机密参数" + prose(9, 9),
            }
            made.append(document(number, **card, **full))
    return made


def questions(count: int = 120, seed: int = 5) -> list[str]:
    """Texts such as people type: pieces of the corpus's words, alone and together."""
    chance = random.Random(seed)
    words = " ".join(TOPICS).split()
    made = ["锂", "5G", "LiFePO4", "2BYF", "电池 播种机", "研究方法", "不在其中的词语"]
    while len(made) < count:
        some = chance.sample(words, chance.randint(1, 4))
        cut = [word[chance.randint(0, 1) : chance.randint(2, 9)] for word in some]
        made.append(chance.choice((" ", "", "，")).join(cut))
    return made


def readable(documents: list[Document], query: Query) -> list[Document]:
    """What the reader may see."""
    reader = query.audience
    return [d for d in documents if reader & set(d["audience"]) and not reader & set(d["superseded_for"])]


def words(made: Document) -> frozenset[str]:
    """The tokens a document holds, analysed once."""
    if made["digest"] not in _WORDS:
        _WORDS[made["digest"]] = frozenset(prepare(made).tokens.split())
    return _WORDS[made["digest"]]


def matching(documents: list[Document], query: Query) -> list[Document]:
    """What the reader's question finds, selections left aside."""
    asked = question(query.text)
    return [d for d in readable(documents, query) if len(words(d).intersection(asked.strong)) >= asked.needed]


def selected(documents: list[Document], query: Query, without: str = "") -> list[Document]:
    """Those of them that the selections leave, but for the selection of one facet."""
    return [
        d
        for d in documents
        if all(set(values) & set(d["facets"][name]) for name, values in query.selected.items() if name != without)
    ]


def counts(documents: list[Document], query: Query) -> dict[str, dict[str, int]]:
    """Facet counts, without zeros."""
    return {
        name: dict(Counter(code for d in selected(documents, query, without=name) for code in d["facets"][name]))
        for name in query.facets
    }
