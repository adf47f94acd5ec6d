"""The sample data: loaded once, marked, relative to the first loading, and each record written for itself."""

from collections import Counter
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.base import utcnow
from models.enums import BookingState, Disclosure, EventState, RecordState, RequestState, Stage, VersionState
from models.queries.gaps import missing
from models.queries.result_parts import Scope
from models.queries.results import counted
from models.rules.identifiers import normal_code, patent_conforms, uscc_conforms
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Booking,
    Circle,
    ContactRequest,
    Engagement,
    Event,
    IntellectualProperty,
    MeetingWish,
    Need,
    NextStep,
    Organisation,
    Person,
    RegisterEntry,
)
from scripts import migrate, seed
from scripts.dictionaries import load as load_dictionaries
from scripts.sample import lines
from scripts.sample.achievements import STEMS, records
from tests.factories import make_provider
from web.backends import Backends, connect
from web.config import Settings

EIGHT = 8


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory):
    backends = connect(Settings(var_dir=tmp_path_factory.mktemp("var")))
    migrate.migrate(backends.database)
    with backends.database.write() as session:
        load_dictionaries(session)
    seed.load(backends, say=lambda text: None)
    yield backends
    backends.close()


def counts(backends: Backends) -> Counter[str]:
    with backends.database.read() as session:
        return Counter(
            {
                table.__tablename__: session.scalar(select(func.count(table.id)))
                for table in (
                    Organisation,
                    Person,
                    Achievement,
                    Event,
                    AgendaItem,
                    Booking,
                    ContactRequest,
                    RegisterEntry,
                )
            }
        )


def test_a_second_loading_changes_nothing(loaded: Backends) -> None:
    before = counts(loaded)
    seed.load(loaded, say=lambda text: None)
    assert counts(loaded) == before


def test_what_is_missing_is_loaded_and_what_is_there_stays(loaded: Backends) -> None:
    with loaded.database.write() as session:
        circle = session.scalars(select(Circle).where(Circle.key == "petro")).one()
        circle.introduction = "有人改过的介绍"
        gone = session.scalars(select(RegisterEntry).limit(1)).one()
        session.delete(gone)
        organisation = session.scalars(select(Organisation).where(Organisation.name == "北澜石油大学")).one()
        organisation.region = "有人改过的地区"
    before = counts(loaded)
    with loaded.database.write() as session:
        from scripts.sample import circles

        circles.load(session)
    assert counts(loaded)["register_entry"] == before["register_entry"] + 1
    with loaded.database.read() as session:
        assert session.scalars(select(Circle.introduction).where(Circle.key == "petro")).one() == "有人改过的介绍"


def test_real_data_is_never_mixed_with_samples(tmp_path: Path) -> None:
    backends = connect(Settings(var_dir=tmp_path))
    migrate.migrate(backends.database)
    with backends.database.write() as session:
        make_provider(session, name="真实单位")
    with pytest.raises(seed.RealData):
        seed.load(backends, say=lambda text: None)
    with backends.database.read() as session:
        assert session.scalar(select(func.count(Organisation.id))) == 1
    backends.close()


def test_169_achievements_are_pitched_at_14_roadshows(loaded: Backends) -> None:
    with loaded.database.read() as session:
        pitched = session.scalars(
            select(AgendaItem.achievement_id).where(AgendaItem.achievement_id.is_not(None)).distinct()
        ).all()
        states = Counter(session.scalars(select(Achievement.state)))
        versions = Counter(session.scalars(select(AchievementVersion.state)))
        levels = set(session.scalars(select(AchievementVersion.disclosure)))
    assert len(pitched) == 169
    assert len(STEMS) == 14
    assert set(states) == set(RecordState)
    assert set(versions) == set(VersionState) - {VersionState.SUPERSEDED, VersionState.DISCARDED}
    assert levels == set(Disclosure)


def test_enough_organisations_of_each_kind(loaded: Backends) -> None:
    with loaded.database.read() as session:
        kinds = Counter(session.scalars(select(Organisation.kind)))
        providers = session.scalar(select(func.count(Organisation.id)).where(Organisation.is_provider))
        seekers = session.scalar(select(func.count(Organisation.id)).where(Organisation.is_seeker))
    assert providers >= 12
    assert seekers >= 40
    assert kinds["bank"] >= 1
    assert kinds["vc"] >= 2
    assert len(list(lines("needs.jsonl"))) == 24


def test_meetings_were_held_missed_contradicted_and_left_open(loaded: Backends) -> None:
    with loaded.database.read() as session:
        scope = Scope(tuple(session.scalars(select(Event.id))), utcnow())
        numbers = counted(session, scope)
        steps = session.scalars(select(NextStep.due_on)).all()
    for name in ("held", "useful", "no_show", "contradictory", "unanswered", "seats_taken", "engagements", "signed"):
        assert numbers[name].each > 0, name
    assert min(steps) < utcnow().date() < max(steps)


def test_threads_and_bookings_occur_in_every_state(loaded: Backends) -> None:
    with loaded.database.read() as session:
        requests = set(session.scalars(select(ContactRequest.state)))
        bookings = set(session.scalars(select(Booking.state)))
        stages = set(session.scalars(select(Engagement.stage)))
    assert requests >= set(RequestState) - {RequestState.CLOSED}
    assert bookings >= set(BookingState) - {BookingState.WAITING}
    assert stages == set(Stage) - {Stage.S1} | (stages & {Stage.S1})


def test_wishes_to_meet_are_open_answered_and_declined(loaded: Backends) -> None:
    with loaded.database.read() as session:
        found = session.scalars(select(MeetingWish)).all()
    assert {(one.provider_strength is not None, one.declined_reason is not None) for one in found} == {
        (False, False),
        (True, False),
        (False, True),
    }


def test_events_lie_in_the_past_today_and_ahead(loaded: Backends) -> None:
    with loaded.database.read() as session:
        starts = session.scalars(select(Event.starts_at).where(Event.state == EventState.PUBLISHED)).all()
    now = utcnow()
    assert any(start < now - timedelta(days=2) for start in starts)
    assert any(abs(start - now) < timedelta(days=1) for start in starts)
    assert any(start > now + timedelta(days=2) for start in starts)


def test_identifiers_are_valid_in_form_and_impossible_in_fact(loaded: Backends) -> None:
    with loaded.database.read() as session:
        codes = session.scalars(select(Organisation.uscc)).all()
        numbers = session.scalars(select(IntellectualProperty.number).where(IntellectualProperty.number != "")).all()
    assert all(uscc_conforms(code) and code[2:8] == "230699" for code in codes)
    assert len(numbers) > 100
    assert all(patent_conforms(normal_code(number)) and number.removeprefix("ZL")[:3] == "209" for number in numbers)


def test_no_two_summaries_share_more_than_a_fifth() -> None:
    """Of their eight-character sequences, counted on the shorter one."""
    sequences = {
        row["key"]: {row["summary"][start : start + EIGHT] for start in range(len(row["summary"]) - EIGHT + 1)}
        for row in records()
    }
    worst = max(
        (len(one & other) / min(len(one), len(other)), a, b)
        for (a, one), (b, other) in combinations(sequences.items(), 2)
        if one and other
    )
    assert worst[0] <= 0.2, worst


def test_roadshow_records_are_whole() -> None:
    """150-300 characters of summary and every field filled."""
    for row in records():
        if row["key"].startswith("others-"):
            continue
        assert 150 <= len(row["summary"]) <= 300, row["key"]
        assert len(row["title"]) <= 60
        for name in ("problem", "advantage", "scenes", "details", "discipline", "stage", "price_mode", "team_note"):
            assert row[name], (row["key"], name)
        for name in ("fields", "industries", "modes", "keywords", "indicators", "ip", "team"):
            assert row[name], (row["key"], name)


def test_sample_needs_could_have_been_submitted(loaded: Backends) -> None:
    """They are what the rules ask for, a masked one does not name its owner, and every state is there."""
    with loaded.database.read() as session:
        found = session.scalars(select(Need)).all()
        assert len(found) == 29
        gaps = {need.public_id: missing(session, need, need.public_version or need.working_version) for need in found}
        assert not any(gaps.values()), gaps
        assert {need.state for need in found} == set(RecordState) - {RecordState.TAKEN_DOWN}
        assert sum(need.masked for need in found) == 3
