"""Vectors: one contract, both stores; matching with them finds what words do not, and leaks nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest
from elasticsearch import Elasticsearch
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import RecordState
from models.queries.facts import compared
from scripts.faults import Fault, Relay
from search import vector_index
from search.elastic import ElasticEngine
from search.engine import EngineUnavailable
from search.matching import match, remember
from search.sync import rebuild, verify
from search.trouble import Trouble
from search.vectors import Meaning, NoModel, cosines, load
from tests.factories import make_achievement, make_need, make_provider, make_seeker
from tests.search.conftest import Place, PlaceOf


class Topics:
    """A model that knows three topics, and what it was given to read."""

    scale: tuple[float, float] | None = (0.89, 0.95)
    topics = (("铁锈", "腐蚀"), ("牛", "畜"), ("叶片", "风机"))

    def __init__(self, name: str = "topics", size: int = 4) -> None:
        self.name, self.size = name, size
        self.read: list[str] = []

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        self.read += texts
        found = [[float(any(word in text for word in words)) for words in self.topics] + [0.1] for text in texts]
        return [numpy.array(one) / numpy.linalg.norm(one) for one in found]

    def query(self, text: str) -> Any:
        return self.passages([text])[0]


def drawn(count: int, size: int) -> Any:
    """Vectors of length one, the same each time."""
    rows = numpy.random.default_rng(7).normal(size=(count, size)).astype("float32")
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


# The contract --------------------------------------------------------------------------------------------------------


def test_what_is_put_is_kept_replaced_and_dropped(place: Place) -> None:
    one, other = place.open().vectors(Topics(size=2)), place.open().vectors(Topics(size=2))
    assert (other.get(["need:1"]), other.digests(["need:1"]), other.nearest([1, 0], "need", 5)) == ({}, {}, [])
    other.drop(["need:1"])
    one.put([("need:1", "a", [1, 0]), ("achievement:1", "b", [0.6, 0.8]), ("achievement:2", "c", [1, 0])])
    assert other.digests(["need:1", "need:9", "achievement:2"]) == {"need:1": "a", "achievement:2": "c"}
    assert other.nearest([1, 0], "achievement", 5) == ["achievement:2", "achievement:1"]
    assert other.nearest([1, 0], "need", 5) == ["need:1"]
    one.put([("achievement:1", "d", [0, 1])])
    one.drop(["achievement:2", "achievement:9"])
    assert other.nearest([1, 0], "achievement", 5) == ["achievement:1"]
    assert other.digests(["achievement:1", "achievement:2"]) == {"achievement:1": "d"}
    assert list(other.get(["achievement:1", "achievement:2"])) == ["achievement:1"]


def test_vectors_come_back_number_for_number(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "BATCH", 7)  # so that these take several requests
    store = place.open().vectors(Topics(size=8))
    rows = {f"need:{number}": row for number, row in enumerate(drawn(40, 8))}
    store.put((key, key, row) for key, row in rows.items())
    found = store.get([*rows, "need:99"])
    assert set(found) == set(rows)
    for key, row in rows.items():
        assert numpy.array_equal(found[key], row)


def test_the_nearest_are_those_of_the_greatest_cosines(place: Place) -> None:
    store = place.open().vectors(Topics(size=8))
    rows = {f"{('need', 'achievement')[number % 2]}:{number}": row for number, row in enumerate(drawn(300, 8))}
    store.put((key, key, row) for key, row in rows.items())
    asked = drawn(301, 8)[300]
    wanted = [key for key in cosines(asked, rows) if key.startswith("need:")]
    assert store.nearest(asked, "need", 20) == wanted[:20]
    store.drop(wanted[:50])
    assert store.nearest(asked, "need", 20) == wanted[50:70]
    assert store.nearest(asked, "need", 200) == wanted[50:]


def test_a_sample_is_drawn_by_digest(place: Place) -> None:
    store = place.open().vectors(Topics(size=2))
    store.put(
        [("need:1", "c", [1, 0]), ("need:2", "a", [0, 1]), ("need:3", "b", [0.6, 0.8]), ("achievement:4", "a", [1, 0])]
    )
    assert [row.tolist() for row in store.sample("need", 2)] == [[0, 1], [pytest.approx(0.6), pytest.approx(0.8)]]
    assert len(store.sample("need", 9)) == 3
    assert store.sample("person", 9) == []


def test_a_scale_is_kept_with_the_vectors(place: Place) -> None:
    one, other = (place.open().vectors(Topics(size=2)) for _ in range(2))
    assert other.scale() is None
    one.put([("need:1", "a", [1, 0])])
    assert other.scale() is None
    one.keep_scale(0.25, 0.75)
    one.put([("need:2", "a", [1, 0])])
    assert other.scale() == (0.25, 0.75)


def test_another_model_begins_with_nothing(place: Place) -> None:
    engine = place.open()
    one, other = engine.vectors(Topics("one", 2)), engine.vectors(Topics("other", 3))
    one.put([("need:1", "a", [1, 0])])
    assert other.digests(["need:1"]) == {}
    other.put([("need:1", "b", [1, 0, 0])])
    assert one.digests(["need:1"]) == {"need:1": "a"}


def test_a_rebuild_leaves_them_alone(place: Place, database: Database, tmp_path: Path) -> None:
    engine = place.open()
    store = engine.vectors(Topics(size=2))
    store.put([("need:1", "a", [1, 0])])
    for _ in range(2):
        rebuild(database, engine, tmp_path)
    engine.new_generation().discard()
    assert not verify(database, engine)
    assert engine.all_keys() == {}
    assert store.digests(["need:1"]) == {"need:1": "a"}


@pytest.mark.elasticsearch
def test_a_pair_means_as_much_in_either_store(place_of: PlaceOf) -> None:
    told = []
    for kind in ("embedded", "elasticsearch"):
        model = Topics(size=32)
        model.scale = None
        store = place_of(kind).open().vectors(model)
        kinds = [f"{kind}:{number}" for number in range(40) for kind in ("need", "achievement")]
        store.put((key, f"{row[0]}", row) for key, row in zip(kinds, drawn(80, 32), strict=True))
        meaning = Meaning(model, store)
        meaning.measure()
        told.append((meaning.scale, meaning.meanings("need:1", kinds), meaning.meanings("achievement:2", kinds)))
        assert meaning.meanings("achievement:2", ["need:1"])["need:1"] == told[-1][1]["achievement:2"]
    assert told[0] == told[1]
    assert len(told[0][1]) == 79


# Elasticsearch's own -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.GONE, Fault.UNWELL, Fault.FORBIDDEN])
def test_a_server_that_is_away_is_told_as_the_engines_is(fault: Fault) -> None:
    trouble = {Fault.GONE: Trouble.UNREACHABLE, Fault.UNWELL: Trouble.UNWELL, Fault.FORBIDDEN: Trouble.FORBIDDEN}[fault]
    with Relay() as relay:
        relay.fault = fault
        engine = ElasticEngine(f"{relay.url}/site")
        store = engine.vectors(Topics(size=2))
        for attempt in (
            lambda: store.put([("need:1", "a", [1, 0])]),
            lambda: store.get(["need:1"]),
            lambda: store.digests(["need:1"]),
            lambda: store.drop(["need:1"]),
            lambda: store.nearest([1, 0], "need", 1),
            lambda: store.sample("need", 1),
            lambda: store.keep_scale(0, 1),
            store.scale,
        ):
            with pytest.raises(EngineUnavailable) as caught:
                attempt()
            assert caught.value.trouble is trouble
        engine.close()


@pytest.mark.elasticsearch
def test_a_wiped_server_is_filled_again(place_of: PlaceOf, elasticsearch_url: str) -> None:
    place = place_of("elasticsearch")
    meaning = Meaning(model := Topics(), place.open().vectors(model))
    meaning.keep([("need:1", "铁锈", "")])
    with Elasticsearch(elasticsearch_url) as client:
        name = meaning.vectors.name
        client.indices.delete(index=name)
        assert meaning.near("need:1", "need", 5) == []
        assert meaning.meanings("need:1", ["need:1"]) == {}
        meaning.keep([("need:1", "铁锈", "")])
        mapping = client.indices.get_mapping(index=name)[name]["mappings"]
    assert meaning.near("need:1", "need", 5) == ["need:1"]
    assert (mapping["dynamic"], mapping["_meta"]["model"]) == ("strict", "topics")
    assert (mapping["properties"]["vector"]["type"], mapping["properties"]["vector"]["dims"]) == ("dense_vector", 4)


@pytest.mark.elasticsearch
def test_a_vector_of_another_length_is_refused(place_of: PlaceOf) -> None:
    store = place_of("elasticsearch").open().vectors(Topics(size=2))
    with pytest.raises(EngineUnavailable) as caught:
        store.put([("need:1", "a", [1, 0, 0])])
    assert caught.value.trouble is Trouble.REFUSED
    assert store.digests(["need:1"]) == {}


# What they are for ---------------------------------------------------------------------------------------------------


def test_matching_by_meaning(session: Session, place: Place, database: Database, tmp_path: Path) -> None:
    provider = make_provider(session)
    right = make_achievement(session, provider, title="铁锈清除剂", summary="桥梁用", details="只给登录者看的秘密")
    make_achievement(session, provider, title="风机叶片除冰", summary="桥梁用")
    need = make_need(session, make_seeker(session), title="桥梁腐蚀", description="桥梁")
    session.commit()
    engine = place.open()
    rebuild(database, engine, tmp_path)
    model = Topics()
    meaning = Meaning(model, engine.vectors(model))
    remember(meaning, "achievement", compared(session, "achievement", [right.id]).values())
    best, *others = match(session, engine, "need", need.id, meaning=meaning)
    assert [one.achievement_id for one in others] == [right.id + 1]
    assert meaning.vectors.digests([f"achievement:{right.id + 1}"])  # made for the list, where all have one or none
    assert best.achievement_id == right.id
    assert "meaning" in [reason["code"] for reason in best.reasons]
    assert match(session, engine, "achievement", right.id, meaning=meaning) == [best]
    assert not any("秘密" in text for text in model.read)

    read = len(model.read)
    match(session, engine, "need", need.id, meaning=meaning)
    assert len(model.read) == read  # what has not changed is not encoded again

    need.state = RecordState.WITHDRAWN
    session.flush()
    assert match(session, engine, "need", need.id, meaning=meaning) == []
    assert meaning.vectors.digests([f"need:{need.id}"]) == {}


def test_a_model_of_unknown_scale_is_measured_by_what_is_kept(place: Place) -> None:
    model = Topics()
    model.scale = None
    meaning = Meaning(model, place.open().vectors(model))
    meaning.keep([("need:1", "铁锈", ""), ("achievement:1", "腐蚀", "")])
    meaning.measure()
    assert meaning.meanings("need:1", ["achievement:1"]) == {}  # two say nothing of a scale: words decide alone
    for number in range(2, 30):
        meaning.keep([(f"need:{number}", "铁锈" if number < 5 else "牛", ""), (f"achievement:{number}", "叶片", "")])
    meaning.measure()
    again = Meaning(model, place.open().vectors(model))
    assert again.scale == meaning.scale
    found = again.meanings("need:1", ["achievement:1", "achievement:2"])
    assert found["achievement:1"] == pytest.approx(1.0)
    assert found["achievement:2"] == pytest.approx(0.0, abs=1e-3)


def test_a_missing_model_is_named() -> None:
    with pytest.raises(NoModel, match="requirements-semantic"):
        load("nobody/has-this-model")
