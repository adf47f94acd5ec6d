"""Vectors: kept, replaced, dropped, found again; matching with them finds what words do not, and leaks nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import RecordState
from models.queries.facts import compared
from search.matching import match, remember
from search.sync import rebuild
from search.vectors import Meaning, NoModel, Vectors, load
from tests.factories import make_achievement, make_need, make_provider, make_seeker
from tests.search.conftest import Place


class Topics:
    """A model that knows three topics, and what it was given to read."""

    name, size = "topics", 4
    scale: tuple[float, float] | None = (0.89, 0.95)
    topics = (("铁锈", "腐蚀"), ("牛", "畜"), ("叶片", "风机"))

    def __init__(self) -> None:
        self.read: list[str] = []

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        self.read += texts
        found = [[float(any(word in text for word in words)) for words in self.topics] + [0.1] for text in texts]
        return [numpy.array(one) / numpy.linalg.norm(one) for one in found]

    def query(self, text: str) -> Any:
        return self.passages([text])[0]


def test_the_store_keeps_replaces_drops_and_finds(tmp_path: Path) -> None:
    one = Vectors(tmp_path, 2)
    one.put([("need:1", "a", [1, 0]), ("achievement:1", "b", [0.6, 0.8]), ("achievement:2", "c", [1, 0])])
    again = Vectors(tmp_path, 2)
    assert again.digests(["need:1", "need:9"]) == {"need:1": "a"}
    assert again.nearest([1, 0], "achievement", 5) == [("achievement:2", 1.0), ("achievement:1", pytest.approx(0.6))]
    assert again.cosines("achievement:1", ["need:1"]) == {"need:1": pytest.approx(0.6)}
    again.put([("achievement:1", "d", [0, 1])])
    again.drop(["achievement:2"])
    assert one.nearest([0, 1], "achievement", 5) == [("achievement:1", 1.0)]
    assert one.digests(["achievement:1", "achievement:2"]) == {"achievement:1": "d"}
    assert one.cosines("achievement:2", ["need:1"]) == {}
    assert Vectors(tmp_path / "new", 2).nearest([1, 0], "need", 5) == []


def test_matching_by_meaning(session: Session, place: Place, database: Database, tmp_path: Path) -> None:
    provider = make_provider(session)
    right = make_achievement(session, provider, title="铁锈清除剂", summary="桥梁用", details="只给登录者看的秘密")
    make_achievement(session, provider, title="风机叶片除冰", summary="桥梁用")
    need = make_need(session, make_seeker(session), title="桥梁腐蚀", description="桥梁")
    session.commit()
    engine = place.open()
    rebuild(database, engine, tmp_path)
    model = Topics()
    meaning = Meaning(model, tmp_path / "vectors")
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


def test_a_model_of_unknown_scale_is_measured_by_what_is_kept(tmp_path: Path) -> None:
    model = Topics()
    model.scale = None
    meaning = Meaning(model, tmp_path)
    meaning.keep([("need:1", "铁锈", ""), ("achievement:1", "腐蚀", "")])
    meaning.measure()
    assert meaning.meanings("need:1", ["achievement:1"]) == {}  # two say nothing of a scale: words decide alone
    for number in range(2, 30):
        meaning.keep([(f"need:{number}", "铁锈" if number < 5 else "牛", ""), (f"achievement:{number}", "叶片", "")])
    meaning.measure()
    again = Meaning(model, tmp_path)
    assert again.scale == meaning.scale
    found = again.meanings("need:1", ["achievement:1", "achievement:2"])
    assert found["achievement:1"] == pytest.approx(1.0)
    assert found["achievement:2"] == pytest.approx(0.0, abs=1e-3)


def test_a_missing_model_is_named() -> None:
    with pytest.raises(NoModel, match="requirements-semantic"):
        load("nobody/has-this-model")
