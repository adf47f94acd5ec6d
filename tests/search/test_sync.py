"""The index kept true: whatever changes in the database reaches the index, by the job rows and by nothing else."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models.actions import jobs
from models.base import Database, utcnow
from models.changes import BypassesIndex
from models.enums import Disclosure, EventState, JobState, Lane, RecordState
from models.rules.policy import PUBLIC
from models.tables import Achievement, AchievementCircle, DisclosureGrant, Job
from search.embedded import EmbeddedEngine
from search.engine import EngineUnavailable
from search.query import Query
from search.sync import Drainer, rebuild, verify
from tests.factories import make_achievement, make_circle, make_event, make_person, make_provider, make_seeker


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


def found(engine: EmbeddedEngine, words: str, *tokens: str) -> set[str]:
    return {hit.public_id for hit in engine.search(Query(text=words, audience=frozenset(tokens or (PUBLIC,)))).hits}


def test_published_is_found_and_withdrawn_is_not(session: Session, engine, drain) -> None:
    achievement = make_achievement(session, make_provider(session), title="井场返排液回用撬装")
    session.commit()
    drain()
    assert found(engine, "返排液") == {achievement.public_id}
    achievement.state = RecordState.WITHDRAWN
    session.commit()
    drain()
    assert found(engine, "返排液") == set()


def test_a_rollback_takes_the_job_back(session: Session, database: Database) -> None:
    achievement = make_achievement(session, make_provider(session))
    session.commit()
    before = session.scalars(select(Job.id)).all()
    session.rollback()
    achievement.state = RecordState.WITHDRAWN
    session.flush()
    session.rollback()
    assert session.scalars(select(Job.id)).all() == before


def test_details_are_found_only_by_their_audience_and_each_record_once(session: Session, engine, drain) -> None:
    owner, seeker = make_provider(session), make_seeker(session)
    secret = make_achievement(session, owner, details="配方含有绝密铌酸锂", disclosure=Disclosure.CONSENT)
    session.commit()
    drain()
    assert found(engine, "铌酸锂") == set()
    assert found(engine, "铌酸锂", PUBLIC, f"org:{owner.id}") == {secret.public_id}
    assert found(engine, "铌酸锂", PUBLIC, f"org:{seeker.id}") == set()
    person = make_person(session, owner)
    grant = DisclosureGrant(
        achievement_id=secret.id, organisation_id=seeker.id, granted_by_id=person.id, granted_at=utcnow()
    )
    session.add(grant)
    session.commit()
    drain()
    assert found(engine, "铌酸锂", PUBLIC, f"org:{seeker.id}") == {secret.public_id}
    assert engine.search(Query(audience=frozenset({PUBLIC, f"org:{seeker.id}"}))).total == 1
    grant.withdrawn_at = utcnow()
    session.commit()
    drain()
    assert found(engine, "铌酸锂", PUBLIC, f"org:{seeker.id}") == set()


def test_tightened_disclosure_acts_at_once(session: Session, engine, drain) -> None:
    achievement = make_achievement(session, make_provider(session), details="参数一一二三")
    session.commit()
    drain()
    assert found(engine, "参数一一二三")
    achievement.tightened_to = Disclosure.VERIFIED
    session.commit()
    drain()
    page = engine.search(Query(text="参数一一二三", audience=frozenset({PUBLIC})))
    assert all(hit.key.endswith(":card") for hit in page.hits)
    assert verifies(engine, session)


def verifies(engine: EmbeddedEngine, session: Session) -> bool:
    database = Database(session.get_bind().url.render_as_string(hide_password=False))
    try:
        return verify(database, engine) == 0
    finally:
        database.dispose()


@pytest.mark.parametrize("change", ["organisation", "circle", "moved circle", "event", "agenda item", "deleted"])
def test_every_kind_of_change_reaches_the_index(session: Session, engine, drain, change: str) -> None:
    owner = make_provider(session)
    circle, other = make_circle(session), make_circle(session)
    achievement = make_achievement(session, owner, circle=circle)
    second = make_achievement(session, owner)
    event = make_event(session, achievement)
    session.commit()
    drain()
    link = session.scalars(select(AchievementCircle)).one()
    if change == "organisation":
        owner.name = "改名后的大学"
    elif change == "circle":
        link.circle_id = other.id
    elif change == "moved circle":
        link.achievement = second
    elif change == "event":
        event.state = EventState.CANCELLED
    elif change == "agenda item":
        event.agenda[0].achievement_id = second.id
    else:
        session.delete(link)
    session.commit()
    drain()
    assert verifies(engine, session)


def test_statements_that_would_bypass_the_index_are_refused(session: Session) -> None:
    make_achievement(session, make_provider(session))
    with pytest.raises(BypassesIndex):
        session.execute(update(Achievement).values(state=RecordState.WITHDRAWN))
    with pytest.raises(BypassesIndex):
        session.execute(text("UPDATE achievement SET state = 'withdrawn'"))


def test_verify_finds_and_mends_what_differs(session: Session, database: Database, engine, drain) -> None:
    achievement = make_achievement(session, make_provider(session))
    session.commit()
    session.execute(text("DELETE FROM job"))  # as if the job had been lost
    session.commit()
    assert verify(database, engine) == 1
    drain()
    assert verify(database, engine) == 0
    assert found(engine, "", PUBLIC) == {achievement.public_id}


def test_changes_during_a_rebuild_are_in_the_new_index(session: Session, database, engine, drain, tmp_path) -> None:
    owner = make_provider(session)
    first, second = make_achievement(session, owner), make_achievement(session, owner)
    session.commit()
    drain()

    def meanwhile(_done: int) -> None:
        first.state = RecordState.WITHDRAWN
        second.public_version.title = "重建期间改的标题"
        session.commit()
        drain()

    rebuild(database, engine, tmp_path, progress=meanwhile)
    assert found(engine, "重建期间") == {second.public_id}
    assert verify(database, engine) == 0


def test_an_engine_that_is_down_costs_no_job(session: Session, database, engine, tmp_path, monkeypatch) -> None:
    make_achievement(session, make_provider(session))
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


def test_what_a_dead_worker_had_claimed_is_done_by_the_next(session: Session, database, engine, drain) -> None:
    make_achievement(session, make_provider(session))
    session.commit()
    claimed = jobs.claim(session, Lane.INDEX, limit=10)
    session.commit()
    assert claimed
    drain()
    assert verify(database, engine) == 0


def test_a_rebuild_replays_what_was_done_under_the_number_of_another_lanes_job(
    session: Session, database, engine, tmp_path
) -> None:
    """On PostgreSQL two lanes that finish at one time may both take the next number."""
    achievement = make_achievement(session, make_provider(session))
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
        achievement.state = RecordState.WITHDRAWN
        session.commit()
        Drainer(database, engine, tmp_path)()
        with database.write() as other:
            last = other.scalars(select(Job).where(Job.lane == Lane.INDEX).order_by(Job.id.desc())).first()
            last.done_number = max(numbers) + 1

    rebuild(database, engine, tmp_path, progress=withdrawn_meanwhile)
    assert verify(database, engine) == 0
