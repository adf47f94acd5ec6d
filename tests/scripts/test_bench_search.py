"""The measurements themselves: right figures on a corpus that can be checked by hand, noise that repeats."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest

from scripts import bench_findable, bench_search, make_noise
from scripts.bench_known import agreement
from scripts.bench_metrics import known_item, latencies, ndcg
from scripts.bench_speed import documents

DOCS = [
    {"id": "battery", "title": "固态电池电解质", "abstract": "硫化物固态电解质薄膜的制备与界面改性，用于锂电池。"},
    {"id": "maize", "title": "玉米免耕播种机", "abstract": "秸秆还田条件下的免耕播种，深松整地。"},
    {"id": "radar", "title": "LiDAR 标定方法", "abstract": "激光雷达与相机联合标定，用于自动驾驶的神经网络感知。"},
]
QUERIES = [
    {
        "doc_id": "battery",
        "kw2": "固态电解质 界面改性",
        "paragraph": "锂电池里的硫化物固态电解质薄膜怎样制备，界面怎样改性",
    },
    {"doc_id": "maize", "kw2": "免耕播种 秸秆还田"},
    {"doc_id": "radar", "kw2": "LiDAR 神经网络"},
]
NEEDS = [
    {"id": "n1", "title": "固态电解质薄膜", "body": "想买能量密度高的锂电池电解质。"},
    {"id": "n2", "title": "没有人判断过的需求", "body": ""},
]
QRELS = "need_id\tachievement_id\tlevel\nn1\tbattery\t4\nn1\tmaize\t1\nn2\tradar\t2\n"


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    achievements = [{"id": row["id"], "title_tokens": " ".join(row["title"])} for row in DOCS]
    (tmp_path / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return {
        "docs": str(write(tmp_path / "docs.jsonl", DOCS)),
        "queries": str(write(tmp_path / "queries.jsonl", QUERIES)),
        "achievements": str(write(tmp_path / "achievements.jsonl", achievements)),
        "needs": str(write(tmp_path / "needs.jsonl", NEEDS)),
        "qrels": str(tmp_path / "qrels.tsv"),
        "json": str(tmp_path / "figures.json"),
    }


def figures(files: dict[str, str], *arguments: str) -> dict[str, Any]:
    assert bench_search.main([*arguments, "--json", files["json"]]) == 0
    found: dict[str, Any] = json.loads(Path(files["json"]).read_text(encoding="utf-8"))
    return found


def test_metrics() -> None:
    found = known_item([1, 2, None, 11])
    assert found["mrr@10"] == pytest.approx(1.5 / 4)
    assert (found["recall@1"], found["recall@10"], found["recall@50"]) == (0.25, 0.5, 0.75)
    assert ndcg([4, 1], [4, 1]) == 1
    assert ndcg([1, 4], [4, 1]) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg([1, 1], [1, 1]) is None
    assert latencies([0.001] * 99 + [0.5]) == {"p50_ms": 1.0, "p95_ms": 1.0, "p99_ms": 500.0}


def test_every_task_on_the_embedded_engine(files: dict[str, str]) -> None:
    found = figures(
        files, "--engine", "embedded", "--docs", files["docs"], "--known-items", files["queries"],
        "--achievements", files["achievements"], "--needs", files["needs"], "--qrels", files["qrels"],
    )["embedded"]  # fmt: skip
    assert set(found["known_items"]) == {"kw2", "paragraph", "title_to_abstract"}
    assert found["known_items"]["kw2"]["queries"] == 3
    assert found["known_items"]["paragraph"]["queries"] == 1
    assert found["known_items"]["kw2"]["mrr@10"] == 1
    matching = found["matching"]["need_to_achievement"]
    assert (matching["queries"], matching["ndcg@10"], matching["recall@50"]) == (1, 1, 1)


def test_noise_is_measured_against_the_clean_question(files: dict[str, str], tmp_path: Path) -> None:
    rows = [{"doc_id": "radar", "kind": "pinyin", "clean": "神经网络", "text": "shenjingwangluo"}]
    noise = str(write(tmp_path / "noise.jsonl", rows))
    found = figures(files, "--engine", "embedded", "--docs", files["docs"], "--noise-queries", noise)
    assert found["embedded"]["noise"]["pinyin"]["share_of_clean"] == 1


def test_speed_tells_everything_at_a_size(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_findable, "WRITES", 6)
    arguments = ("--engine", "embedded", "--docs", files["docs"], "--known-items", files["queries"], "--speed", "40")
    found = figures(files, *arguments)["embedded"]["speed_40"]
    assert {"rebuild", "match_need", "memory", "find_kw2"} <= set(found)
    assert found["publish_to_findable"]["published"] == 3
    assert found["rebuild"]["ratio_to_raw"] > 0


class Letters:
    """A model to which a text is its characters."""

    name, size, scale = "letters", 16, (0.2, 0.9)

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        counted = [numpy.bincount([ord(letter) % 16 for letter in text], minlength=16) for text in texts]
        return [row / numpy.linalg.norm(row) for row in counted]

    def query(self, text: str) -> Any:
        return self.passages([text])[0]


def test_speed_with_a_language_model(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_search, "load", lambda _name: Letters())
    arguments = ("--engine", "embedded", "--docs", files["docs"], "--known-items", files["queries"], "--speed", "40")
    found = figures(files, *arguments, "--semantic")["embedded"]["speed_40"]
    assert {"match_need", "match_need_semantic"} <= set(found)
    assert found["memory_semantic"]["vectors_mb"] > found["memory"]["vectors_mb"] == 0
    assert found["memory_semantic"]["index_mb"] == found["memory"]["index_mb"] > 0


@pytest.mark.elasticsearch
def test_engines_agree_on_meaning(
    files: dict[str, str], elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCH_URL", elasticsearch_url)
    monkeypatch.setattr(bench_search, "load", lambda _name: Letters())
    told = figures(
        files, "--achievements", files["achievements"], "--needs", files["needs"], "--qrels", files["qrels"], "--semantic",
        "--docs", files["docs"], "--known-items", files["queries"], "--speed", "9",
    )  # fmt: skip
    one, other = (told[engine]["matching"]["need_to_achievement"] for engine in ("embedded", "elasticsearch"))
    assert (one["queries"], one["ndcg@10"], one["recall@50"]) == (1, other["ndcg@10"], 1)
    assert other["recall@50"] == 1
    assert told["elasticsearch"]["speed_9"]["memory_semantic"]["vectors_mb"] > 0


@pytest.mark.elasticsearch
def test_engines_agree(files: dict[str, str], elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCH_URL", elasticsearch_url)
    found = figures(files, "--docs", files["docs"], "--known-items", files["queries"])
    assert found["embedded"] == found["elasticsearch"]
    assert found["both"]["agreement"]["kw2"]["same_first_ten"] == 1


def test_agreement_counts_first_tens_in_their_order() -> None:
    one, other = {"kw2": [("a", "b"), ("c",)]}, {"kw2": [("b", "a"), ("c",)]}
    assert agreement(one, other)["kw2"]["same_first_ten"] == 0.5


def test_repeated_documents_differ() -> None:
    made = list(documents(DOCS, 9))
    assert len({document["public_id"] for document in made}) == 9
    assert len({document["digest"] for document in made}) == 9


def test_noise_repeats_and_spoils_in_every_way(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_noise, "COMMON", 1)
    monkeypatch.setattr("sys.argv", ["make_noise", files["queries"], "--docs", files["docs"], "--kind", "kw2"])
    printed = []
    for _ in range(2):
        make_noise.main()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    rows = [json.loads(line) for line in printed[0].splitlines()]
    assert {"pinyin", "traditional", "latin", "synonym"} <= {row["kind"] for row in rows}
    assert all(row["text"] != row["clean"] for row in rows)


@pytest.mark.parametrize("arguments", [(), ("--known-items", "x"), ("--speed", "9"), ("--needs", "x")])
def test_what_cannot_be_measured_is_said(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench_search.main([*arguments])
    assert ended.value.code == 2
