"""Matching: the right pairs, the same from either side and either engine, and nothing that only some may read."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import Capability, Disclosure, ReasonCode, RecordState
from models.tables import Achievement, Need, Organisation
from search.engine import Engine
from search.matching import Match, match
from search.sync import rebuild
from tests.factories import make_achievement, make_need, make_org, make_provider, make_seeker
from tests.search.conftest import Place


@pytest.fixture
def institute(session: Session) -> Organisation:
    return make_provider(session, region="北澜市高新区")


@pytest.fixture
def enterprise(session: Session) -> Organisation:
    return make_seeker(session, name="松嫩油服测试有限公司", region="北澜市高新区")


@pytest.fixture
def need(session: Session, enterprise: Organisation, institute: Organisation) -> Need:
    """A need, the achievement that fits it, and three that do not."""
    for title, summary in (
        ("压裂返排液不落地处理与复配回用撬装装置", "返排液在井场上除铁除悬浮物后直接配液，不用罐车拉运"),
        ("大豆分离蛋白速溶粉", "用酶解改善溶解性，无豆腥味"),
        ("风电叶片覆冰在线检测", "在塔上看叶片结冰并除冰"),
        ("牛场液粪酸化贮存减氨", "降低氨排放并保氮"),
    ):
        make_achievement(
            session, institute, title=title, summary=summary, problem="", advantage="", scenes="", details=""
        )
    return make_need(
        session,
        enterprise,
        title="页岩油返排液不落地处理",
        description="返排液靠罐车拉运，希望在井场上除铁和悬浮物，直接复配压裂液。",
        fields=["environment"],
        industries=["energy_industry"],
    )


@pytest.fixture
def engine(session: Session, place: Place, database: Database, tmp_path: Path, need: Need) -> Engine:
    session.commit()
    made = place.open()
    rebuild(database, made, tmp_path)
    return made


def title_of(session: Session, found: Match) -> str:
    achievement = session.get(Achievement, found.achievement_id)
    assert achievement is not None
    assert achievement.public_version is not None
    return achievement.public_version.title


def codes(reasons: list[dict[str, object]]) -> set[object]:
    return {reason["code"] for reason in reasons}


def test_a_need_finds_what_fits_it_with_reasons(session: Session, engine: Engine, need: Need) -> None:
    best, *others = match(session, engine, "need", need.id)
    assert title_of(session, best) == "压裂返排液不落地处理与复配回用撬装装置"
    assert all(other.score < best.score / 2 for other in others)
    words = next(reason["values"] for reason in best.reasons if reason["code"] == ReasonCode.WORDS)
    assert "返排液不落地处理" in words
    assert {ReasonCode.REGION} <= codes(best.reasons)


def test_a_pair_is_the_same_from_either_side(session: Session, engine: Engine, need: Need) -> None:
    best = match(session, engine, "need", need.id)[0]
    assert match(session, engine, "achievement", best.achievement_id) == [best]


def test_it_is_the_same_every_time_and_no_worse_than_asked(session: Session, engine: Engine, need: Need) -> None:
    found = match(session, engine, "need", need.id)
    assert found == match(session, engine, "need", need.id)
    assert match(session, engine, "need", need.id, least=found[0].score) == found[:1]
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)


def test_what_is_known_is_scored_even_where_it_is_no_candidate(
    session: Session, engine: Engine, need: Need, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = match(session, engine, "need", need.id)
    assert len(found) > 1
    monkeypatch.setattr("search.matching.FIRST", 1)
    assert match(session, engine, "need", need.id, known=[one.achievement_id for one in found]) == found
    monkeypatch.setattr("search.matching._record_id", lambda candidate: 987_654)  # as if others were nearer
    last = found[-1]
    assert match(session, engine, "achievement", last.achievement_id, known=[need.id]) == [last]


def test_nobody_is_matched_with_themselves(session: Session, place: Place, database: Database, tmp_path: Path) -> None:
    both = make_org(session, Capability.PROVIDER, Capability.SEEKER)
    make_achievement(session, both, title="返排液不落地处理")
    need = make_need(session, both, title="返排液不落地处理")
    session.commit()
    engine = place.open()
    rebuild(database, engine, tmp_path)
    assert match(session, engine, "need", need.id) == []


def test_what_is_not_published_has_no_matches(session: Session, engine: Engine, need: Need) -> None:
    best = match(session, engine, "need", need.id)[0]
    need.state = RecordState.WITHDRAWN
    session.flush()  # the index does not know it yet
    assert match(session, engine, "need", need.id) == []
    assert match(session, engine, "achievement", best.achievement_id) == []
    assert match(session, engine, "need", 987_654) == []


def test_details_that_only_some_may_read_match_nothing(
    session: Session,
    place: Place,
    database: Database,
    tmp_path: Path,
    institute: Organisation,
    enterprise: Organisation,
) -> None:
    secret = "氟硅橡胶过氧化物硫化配方"
    texts = dict.fromkeys(("summary", "problem", "advantage", "scenes"), "")
    make_achievement(
        session, institute, title="密封圈", details=secret, disclosure=Disclosure.CONSENT, keywords=[], **texts
    )
    need = make_need(session, enterprise, title="橡胶硫化", description="", tried=secret, disclosure=Disclosure.CONSENT)
    session.commit()
    engine = place.open()
    rebuild(database, engine, tmp_path)
    for found in match(session, engine, "need", need.id):
        assert ReasonCode.WORDS not in codes(found.reasons)


def test_a_masked_need_tells_neither_region_nor_a_budget_that_is_not_for_all(
    session: Session, place: Place, database: Database, tmp_path: Path, need: Need
) -> None:
    need.masked = True
    need.public_version.budget_min, need.public_version.budget_max = 100, 200
    need.tightened_to = Disclosure.VERIFIED
    session.commit()
    engine = place.open()
    rebuild(database, engine, tmp_path)
    found = match(session, engine, "need", need.id)
    assert found
    for one in found:
        assert not codes(one.reasons) & {ReasonCode.REGION, ReasonCode.BUDGET}
        assert ReasonCode.ABOVE_BUDGET not in codes(one.missing)
        assert "松嫩" not in str(one)


@pytest.mark.elasticsearch
def test_engines_agree(session: Session, place_of, database: Database, tmp_path: Path, need: Need) -> None:
    session.commit()
    found = []
    for kind in ("embedded", "elasticsearch"):
        engine = place_of(kind).open()
        rebuild(database, engine, tmp_path)
        found.append(match(session, engine, "need", need.id))
    assert found[0] == found[1]
