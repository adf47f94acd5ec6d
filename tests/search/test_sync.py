"""The index kept true: whatever changes in the database reaches the index, by the job rows and by nothing else.

What is said of records holds for either kind: a test that takes `kind` or `make` runs with achievements and with needs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.actions import jobs
from models.base import Database, utcnow
from models.changes import BypassesIndex
from models.enums import Disclosure, EventState, JobState, Lane, Origin, RecordState
from models.rules.policy import PUBLIC
from models.tables import Achievement, DisclosureGrant, Engagement, Job, Need, Organisation
from search.embedded import EmbeddedEngine
from search.engine import EngineUnavailable
from search.query import Query
from search.sync import REBUILD, Drainer, LaneLock, RebuildUnderway, rebuild, verify
from tests.factories import (
    make_achievement,
    make_circle,
    make_event,
    make_need,
    make_person,
    make_provider,
    make_seeker,
)

MODELS: dict[str, Any] = {"achievement": Achievement, "need": Need}
Make = Callable[..., Any]


@pytest.fixture(params=MODELS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def make(session: Session, kind: str) -> Make:
    """Make a published record with an owner of its own, unless one is given; ``details``: what disclosure governs."""

    def made(owner: Organisation | None = None, *, details: str = "", **values: Any) -> Any:
        if kind == "need":
            return make_need(session, owner or make_seeker(session), tried=details, **values)
        return make_achievement(session, owner or make_provider(session), details=details, **values)

    return made


@pytest.fixture
def engine(tmp_path: Path, database: Database):
    made = EmbeddedEngine(tmp_path / "index")
    rebuild(database, made, tmp_path)
    yield made
    made.close()


@pytest.fixture
def drain(database: Database, engine: EmbeddedEngine, tmp_path: Path):
    drainer = Drainer(database, engine, tmp_path)

    def run() -> None:
        while drainer():
            pass

    return run


@pytest.fixture
def found(engine: EmbeddedEngine, kind: str) -> Callable[..., set[str]]:
    """Public ids of what the kind's search finds; for everybody, unless audience tokens are named."""

    def find(words: str, *tokens: str) -> set[str]:
        query = Query(text=words, kind=kind, audience=frozenset(tokens or (PUBLIC,)))
        return {hit.public_id for hit in engine.search(query).hits}

    return find


def test_published_is_found_and_withdrawn_is_not(session: Session, make: Make, found, drain) -> None:
    record = make(title="井场返排液回用撬装")
    session.commit()
    drain()
    assert found("返排液") == {record.public_id}
    record.state = RecordState.WITHDRAWN
    session.commit()
    drain()
    assert found("返排液") == set()


def test_a_rollback_takes_the_job_back(session: Session, make: Make) -> None:
    record = make()
    session.commit()
    before = session.scalars(select(Job.id)).all()
    session.rollback()
    record.state = RecordState.WITHDRAWN
    session.flush()
    assert len(session.scalars(select(Job.id)).all()) == len(before) + 1
    session.rollback()
    assert session.scalars(select(Job.id)).all() == before


def open_details(session: Session, record: Any, to: Organisation) -> Any:
    """The row by which an organisation may read what is disclosed after consent."""
    if isinstance(record, Achievement):
        person = make_person(session, record.organisation)
        row: Any = DisclosureGrant(
            achievement_id=record.id, organisation_id=to.id, granted_by_id=person.id, granted_at=utcnow()
        )
    else:
        row = Engagement(need_id=record.id, seeker_id=record.organisation_id, provider_id=to.id, origin=Origin.SEARCH)
    session.add(row)
    return row


def test_details_are_found_only_by_their_audience_and_each_record_once(
    session: Session, make: Make, kind: str, engine, found, drain
) -> None:
    reader = make_seeker(session) if kind == "achievement" else make_provider(session)
    secret = make(details="配方含有绝密铌酸锂", disclosure=Disclosure.CONSENT)
    session.commit()
    drain()
    assert found("铌酸锂") == set()
    assert found("铌酸锂", PUBLIC, f"org:{secret.organisation_id}") == {secret.public_id}
    assert found("铌酸锂", PUBLIC, f"org:{reader.id}") == set()
    consent = open_details(session, secret, reader)
    session.commit()
    drain()
    assert found("铌酸锂", PUBLIC, f"org:{reader.id}") == {secret.public_id}
    assert engine.search(Query(kind=kind, audience=frozenset({PUBLIC, f"org:{reader.id}"}))).total == 1
    session.delete(consent)
    session.commit()
    drain()
    assert found("铌酸锂", PUBLIC, f"org:{reader.id}") == set()


def test_a_grant_that_is_withdrawn_closes_the_details(session: Session, engine, drain) -> None:
    """Of achievements only: what the owner of a need has said yes to stays."""
    secret, seeker = (
        make_achievement(session, make_provider(session), disclosure=Disclosure.CONSENT),
        make_seeker(session),
    )
    grant = open_details(session, secret, seeker)
    session.commit()
    drain()
    query = Query(text="催化剂配比", audience=frozenset({PUBLIC, f"org:{seeker.id}"}))
    assert engine.search(query).total == 1
    grant.withdrawn_at = utcnow()
    session.commit()
    drain()
    assert engine.search(query).total == 0


def test_tightened_disclosure_acts_at_once(session: Session, make: Make, kind: str, engine, found, drain) -> None:
    record = make(details="参数一一二三")
    session.commit()
    drain()
    assert found("参数一一二三")
    record.tightened_to = Disclosure.VERIFIED
    session.commit()
    drain()
    page = engine.search(Query(text="参数一一二三", kind=kind, audience=frozenset({PUBLIC})))
    assert all(hit.key.endswith(":card") for hit in page.hits)
    assert verifies(engine, session)


def verifies(engine: EmbeddedEngine, session: Session) -> bool:
    database = Database(session.get_bind().url.render_as_string(hide_password=False))
    try:
        return verify(database, engine) == 0
    finally:
        database.dispose()


@pytest.mark.parametrize("change", ["organisation", "text", "circle", "moved circle", "moved by key", "deleted"])
def test_every_kind_of_change_reaches_the_index(session: Session, make: Make, engine, drain, change: str) -> None:
    circle, other = make_circle(session), make_circle(session)
    record = make(circle=circle)
    second = make(record.organisation)
    session.commit()
    drain()
    before = engine.all_keys()
    (link,) = record.circles
    if change == "organisation":
        record.organisation.name = "改名后的单位"
    elif change == "text":
        record.public_version.keywords = ["换了的词"]
    elif change == "circle":
        link.circle_id = other.id
    elif change == "moved circle":
        setattr(link, record.kind, second)
    elif change == "moved by key":  # now only the link itself tells where it was
        setattr(link, f"{record.kind}_id", second.id)
    else:
        session.delete(link)
    session.commit()
    drain()
    assert engine.all_keys() != before
    assert verifies(engine, session)


@pytest.mark.parametrize("change", ["event", "agenda item"])
def test_a_change_of_a_roadshow_reaches_its_achievements(session: Session, engine, drain, change: str) -> None:
    owner = make_provider(session)
    achievement, second = make_achievement(session, owner), make_achievement(session, owner)
    event = make_event(session, achievement)
    session.commit()
    drain()
    before = engine.all_keys()
    if change == "event":
        event.state = EventState.CANCELLED
    else:
        event.agenda[0].achievement_id = second.id
    session.commit()
    drain()
    assert engine.all_keys() != before
    assert verifies(engine, session)


def test_a_need_that_is_masked_loses_its_owner_in_the_index(session: Session, engine, drain) -> None:
    need = make_need(session, make_seeker(session, name="隐去名称的轴承厂"))
    session.commit()
    drain()
    query = Query(text="隐去名称的轴承厂", kind="need", audience=frozenset({PUBLIC}))
    assert engine.search(query).total == 1
    need.masked = True
    session.commit()
    drain()
    assert engine.search(query).total == 0
    assert verifies(engine, session)


def test_statements_that_would_bypass_the_index_are_refused(session: Session, make: Make, kind: str) -> None:
    make()
    with pytest.raises(BypassesIndex):
        session.execute(update(MODELS[kind]).values(state=RecordState.WITHDRAWN))
    with pytest.raises(BypassesIndex):
        session.execute(text(f"UPDATE {kind} SET state = 'withdrawn'"))  # noqa: S608 - one of two words above


def test_verify_finds_and_mends_what_differs(
    session: Session, database: Database, make: Make, engine, found, drain
) -> None:
    record = make()
    session.commit()
    session.execute(text("DELETE FROM job"))  # as if the job had been lost
    session.commit()
    assert verify(database, engine) == 1
    drain()
    assert verify(database, engine) == 0
    assert found("", PUBLIC) == {record.public_id}


def test_verify_finds_what_should_not_be_there_and_what_is_old(
    session: Session, database: Database, make: Make, engine, found, drain
) -> None:
    gone, renamed = make(), make(title="从前的标题")
    session.commit()
    drain()
    gone.state = RecordState.WITHDRAWN
    renamed.public_version.title = "如今的标题"
    session.flush()
    session.execute(text("DELETE FROM job"))
    session.commit()
    assert verify(database, engine) == 2
    drain()
    assert verify(database, engine) == 0
    assert found("如今") == {renamed.public_id}


def test_a_rebuild_takes_both_kinds(session: Session, database: Database, engine, tmp_path: Path) -> None:
    make_achievement(session, make_provider(session))
    need = make_need(session, make_seeker(session))
    make_need(session, make_seeker(session), state=RecordState.DRAFT)
    session.commit()
    assert rebuild(database, engine, tmp_path) == 2
    assert verify(database, engine) == 0
    page = engine.search(Query(kind="need", audience=frozenset({PUBLIC})))
    assert [hit.public_id for hit in page.hits] == [need.public_id]


def test_changes_during_a_rebuild_are_in_the_new_index(
    session: Session, database: Database, make: Make, engine, found, drain, tmp_path: Path
) -> None:
    first, second = make(), make()
    session.commit()
    drain()

    def meanwhile(_done: int) -> None:
        first.state = RecordState.WITHDRAWN
        second.public_version.title = "重建期间改的标题"
        session.commit()
        drain()

    rebuild(database, engine, tmp_path, progress=meanwhile)
    assert found("重建期间") == {second.public_id}
    assert verify(database, engine) == 0


def test_a_change_just_before_the_swap_is_in_the_new_index(
    session: Session, database: Database, make: Make, engine, drain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make()
    session.commit()
    drain()
    hold = LaneLock.hold

    def late(lock: LaneLock, *, wait: bool) -> Any:
        if wait:  # the rebuild has replayed all there was and waits for the drainer
            record.state = RecordState.WITHDRAWN
            session.commit()
            drain()
        return hold(lock, wait=wait)

    monkeypatch.setattr(LaneLock, "hold", late)
    rebuild(database, engine, tmp_path)
    assert verify(database, engine) == 0


def test_of_two_rebuilds_at_once_the_second_is_refused(each_database: Database, tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    with each_database.write() as session:
        make_achievement(session, make_provider(session))
    refused: list[BaseException] = []

    def another(_done: int) -> None:
        try:
            rebuild(each_database, engine, tmp_path)
        except RebuildUnderway as error:
            refused.append(error)

    assert rebuild(each_database, engine, tmp_path, progress=another) == 1
    assert len(refused) == 1
    assert "already" in str(refused[0])
    assert rebuild(each_database, engine, tmp_path) == 1  # it has let go
    assert verify(each_database, engine) == 0
    engine.close()


def test_a_rebuild_that_fails_lets_the_next_one_begin(
    session: Session, database: Database, make: Make, engine, tmp_path: Path
) -> None:
    make()
    session.commit()

    def fails(_done: int) -> None:
        raise EngineUnavailable("the disk is full")

    with pytest.raises(EngineUnavailable):
        rebuild(database, engine, tmp_path, progress=fails)
    assert rebuild(database, engine, tmp_path) == 1


def test_a_rebuild_leaves_the_drainer_at_work(session: Session, database: Database, engine, drain, tmp_path) -> None:
    with LaneLock(database, tmp_path, REBUILD).hold(wait=True):
        make_achievement(session, make_provider(session))
        session.commit()
        drain()
        assert verify(database, engine) == 0


def test_an_engine_that_is_down_costs_no_job(
    session: Session, make: Make, database, engine, tmp_path, monkeypatch
) -> None:
    make()
    session.commit()

    def down(changes: object) -> None:
        raise EngineUnavailable("gone")

    monkeypatch.setattr(engine, "write", down)
    drainer = Drainer(database, engine, tmp_path)
    assert drainer() is False
    monkeypatch.undo()
    waiting = session.scalars(select(Job).where(Job.lane == Lane.INDEX)).all()
    assert waiting
    assert {job.state for job in waiting} == {JobState.QUEUED}
    assert "gone" in waiting[0].error
    for job in waiting:
        job.run_after = utcnow()
    session.commit()
    again = Drainer(database, engine, tmp_path)
    while again():
        pass
    assert verify(database, engine) == 0


def test_only_one_drainer_at_a_time(session: Session, database, engine, tmp_path) -> None:
    make_achievement(session, make_provider(session))
    session.commit()
    one, two = Drainer(database, engine, tmp_path), Drainer(database, engine, tmp_path)
    with one._lock.hold(wait=True):
        assert two() is False
    assert two() is True


def test_what_a_dead_worker_had_claimed_is_done_by_the_next(
    session: Session, make: Make, database, engine, drain
) -> None:
    make()
    session.commit()
    claimed = jobs.claim(session, Lane.INDEX, limit=10)
    session.commit()
    assert claimed
    drain()
    assert verify(database, engine) == 0


def test_a_rebuild_replays_what_was_done_under_the_number_of_another_lanes_job(
    session: Session, make: Make, database, engine, tmp_path
) -> None:
    """On PostgreSQL two lanes that finish at one time may both take the next number."""
    record = make()
    session.commit()
    Drainer(database, engine, tmp_path)()
    numbers = session.scalars(select(Job.done_number).where(Job.done_number.is_not(None))).all()
    session.add(
        Job(
            lane=Lane.SHORT,
            name="mail",
            payload={},
            state=JobState.DONE,
            run_after=utcnow(),
            done_number=max(numbers) + 1,
        )
    )
    session.commit()

    def withdrawn_meanwhile(count: int) -> None:
        record.state = RecordState.WITHDRAWN
        session.commit()
        Drainer(database, engine, tmp_path)()
        with database.write() as other:
            last = other.scalars(select(Job).where(Job.lane == Lane.INDEX).order_by(Job.id.desc())).first()
            last.done_number = max(numbers) + 1

    rebuild(database, engine, tmp_path, progress=withdrawn_meanwhile)
    assert verify(database, engine) == 0
