"""The mapping: strict in names and types, versioned, with a digest of what is said."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from search.documents import MAPPING_VERSION, TEXT_FIELDS, Document, MappingError, check, digest, prepare, seal
from search.elastic import _MAPPING
from search.embedded import EmbeddedEngine
from search.query import FACETS
from tests.search.corpus import corpus, document


def test_the_version_changes_with_what_it_stands_for(tmp_path: Path) -> None:
    """Names, counts, analysis or an engine's fields changed: raise MAPPING_VERSION, then write the new pair here."""
    sample = prepare(document(title="LiFePO4正极 2BYF-6型 ３．５㎜ Al₂O₃ PLA/PBAT Straße ｶﾞ 鋰\u200b電"))
    EmbeddedEngine(tmp_path).new_generation()
    (meta,) = tmp_path.glob("*/meta.json")
    fields = [list(Document.__annotations__), _MAPPING, json.loads(meta.read_text())["schema"]]
    stands_for = json.dumps([FACETS, TEXT_FIELDS, sample, fields], sort_keys=True)
    assert (MAPPING_VERSION, sha256(stands_for.encode()).hexdigest()[:12]) == (3, "1050ce1b59ba")


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"key": ""},
        {"key": None},
        {"key": "a\ud800"},
        {"kind": "poem"},
        {"audience": "public"},
        {"audience": [""]},
        {"superseded_for": [1]},
        {"text": {"title": "锂"}},
        {"text": dict.fromkeys((*TEXT_FIELDS, "colour"), "")},
        {"text": dict.fromkeys(TEXT_FIELDS)},
        {"text": None},
        {"facets": dict.fromkeys(FACETS, "x")},
        {"facets": {name: [] for name in (*FACETS, "colour")}},
        {"facets": {name: [6] for name in FACETS}},
        {"published_at": -1},
        {"published_at": 1.5},
        {"published_at": 2**53},
        {"trl": 0},
        {"trl": 10},
        {"trl": True},
        {"version": None},
        {"version": True},
        {"digest": ""},
    ],
    ids=repr,
)
def test_what_is_not_of_the_mapping_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MappingError, match=next(iter(changes)) if "text" not in changes else "text"):
        check({**document(), **changes})


@pytest.mark.parametrize("name", Document.__annotations__)
def test_nothing_may_be_missing(name: str) -> None:
    content = {given: value for given, value in document().items() if given != name}
    with pytest.raises(MappingError, match=name):
        check(content)
    if name != "digest":
        with pytest.raises(MappingError):
            seal(content)


def test_a_document_of_the_mapping_passes_unchanged() -> None:
    for made in corpus(20):
        assert check(made) == made
        assert made["digest"] == digest(made)


def test_the_digest_tells_content_apart_and_nothing_else() -> None:
    plain = document(1, title="锂", audience=["a", "b"], facets={"mode": ["x", "y"]})
    same = document(1, title="锂", audience=["b", "a", "a"], facets={"mode": ["y", "x", "y"]}, version=9)
    assert plain["digest"] == same["digest"]
    others = [
        document(1, title="锂", audience=["a"], facets={"mode": ["x", "y"]}),
        document(1, title="锂", audience=["a", "b"], superseded_for=["a"], facets={"mode": ["x", "y"]}),
        document(1, title="锂", audience=["a", "b"], facets={"stage": ["x", "y"]}),
        document(1, summary="锂", audience=["a", "b"], facets={"mode": ["x", "y"]}),
        document(1, title="锂", audience=["a", "b"], facets={"mode": ["x", "y"]}, published_at=5),
        document(1, title="锂", audience=["a", "b"], facets={"mode": ["x", "y"]}, trl=5),
    ]
    assert len({made["digest"] for made in [plain, *others]}) == 7


def test_title_and_keywords_count_twice() -> None:
    assert prepare(document(title="a", keywords="b", summary="c", owner="d", details="e")).tokens.split() == list(
        "aabbdce"
    )
