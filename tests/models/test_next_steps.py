"""The next step of an engagement: one at a time, on both desks, with its history."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import engagements, merging, next_steps, requests
from models.base import Database, utcnow
from models.enums import NextStepState, Side, Stage
from models.errors import Conflict, Invalid, NotNow
from models.queries import desk
from models.queries import next_steps as queries
from models.queries.actors import load_actor
from models.tables import Engagement, NextStep
from tests.factories import make_account, make_seeker
from tests.models.booking_cases import at_once
from tests.models.thread_cases import World, ask, audited, make_world

TODAY = date(2026, 11, 26)
WHEN = TODAY + timedelta(days=7)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def engagement(session: Session, world: World) -> Engagement:
    return requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=False)


def plan(session: Session, engagement: Engagement, world: World, name: str = "buyer", **values: Any) -> NextStep:
    person = values.pop("person", world.professor)
    return next_steps.plan(
        session, engagement, by=world.by(session, name),
        **{"text": "寄送检测报告", "person_id": person.person_id, "due_on": WHEN, "today": TODAY, **values},
    )  # fmt: skip


def on_desk(session: Session, world: World, name: str) -> tuple[list[str], list[str]]:
    """What of next steps waits for somebody, and what they wait for: texts."""
    session.flush()
    actor = world.by(session, name)
    waiting = desk.waiting(session, actor)
    assert desk.waiting_count(session, actor) == len(waiting)

    def texts(rows: list[desk.Item]) -> list[str]:
        return [one.title for one in rows if one.kind == "next_step"]

    return texts(waiting), texts(desk.awaited(session, actor))


def whats(session: Session, engagement: Engagement) -> list[str]:
    return [row.what for row in queries.history(session, engagement.id)]


def test_it_stands_on_both_desks(session: Session, world: World, engagement: Engagement) -> None:
    step = plan(session, engagement, world)
    assert step.side is Side.PROVIDER
    assert on_desk(session, world, "professor") == (["寄送检测报告"], [])
    assert on_desk(session, world, "dean") == (["寄送检测报告"], [])  # manages the one in charge
    for name in ("buyer", "boss", "broker"):
        assert on_desk(session, world, name) == ([], ["寄送检测报告"])
    for name in ("organizer", "outsider"):
        assert on_desk(session, world, name) == ([], [])
    [item] = [one for one in desk.waiting(session, world.by(session, "professor")) if one.kind == "next_step"]
    assert (item.due_on, item.who, item.second_key) == (WHEN, world.enterprise.name, world.professor.person.name)


def test_done_it_leaves_the_desks_and_stays_in_the_history(
    session: Session, world: World, engagement: Engagement
) -> None:
    step = plan(session, engagement, world)
    next_steps.done(session, step, by=world.by(session, "professor"), revision=step.revision)
    assert on_desk(session, world, "professor") == on_desk(session, world, "buyer") == ([], [])
    assert whats(session, engagement) == ["set", "done"]
    assert queries.current(session, engagement.id) is None
    with pytest.raises(Conflict):
        next_steps.done(session, step, by=world.by(session, "dean"))


def test_put_off_keeps_both_days(session: Session, world: World, engagement: Engagement) -> None:
    step = plan(session, engagement, world)
    by = world.by(session, "buyer")
    for day in (WHEN, TODAY - timedelta(days=1)):
        with pytest.raises(Invalid):
            next_steps.put_off(session, step, by=by, due_on=day, today=TODAY)
    later = WHEN + timedelta(days=14)
    next_steps.put_off(session, step, by=by, due_on=later, today=TODAY, revision=step.revision)
    assert [(row.what, row.day) for row in queries.history(session, engagement.id)] == [
        ("set", WHEN.isoformat()),
        ("postponed", later.isoformat()),
    ]
    assert len(audited(session, "engagement.step_put_off")) == 1


def test_another_one_replaces_what_the_form_showed(session: Session, world: World, engagement: Engagement) -> None:
    first = plan(session, engagement, world)
    with pytest.raises(Conflict):
        plan(session, engagement, world, text="参观中试线")  # the form showed no step
    seen = {"replaces": first.public_id, "revision": first.revision}
    second = plan(session, engagement, world, text="参观中试线", person=world.buyer, **seen)
    assert (first.state, second.state, second.side) == (NextStepState.REPLACED, NextStepState.OPEN, Side.SEEKER)
    assert on_desk(session, world, "professor") == ([], ["参观中试线"])
    with pytest.raises(Conflict):
        plan(session, engagement, world, text="又一个", **seen)
    assert whats(session, engagement) == ["set", "replaced", "set"]


def test_what_cannot_be_planned(session: Session, world: World, engagement: Engagement) -> None:
    for field, values in {
        "text": {"text": "  "},
        "due_on": {"due_on": TODAY - timedelta(days=1)},
        "person": {"person": world.outsider},
    }.items():
        with pytest.raises(Invalid) as error:
            plan(session, engagement, world, **values)
        assert error.value.field == field
    with pytest.raises(Invalid):
        plan(session, engagement, world, text="长" * 201)
    with pytest.raises(Invalid, match="year"):
        plan(session, engagement, world, due_on=date(2206, 11, 26))
    engagements.advance(
        session, engagement, by=world.by(session, "buyer"), stage=Stage.X, revision=engagement.revision, reason="price"
    )
    with pytest.raises(NotNow, match="ended"):
        plan(session, engagement, world)


def test_an_ended_engagement_asks_nobody(session: Session, world: World, engagement: Engagement) -> None:
    plan(session, engagement, world)
    engagements.advance(
        session, engagement, by=world.by(session, "buyer"), stage=Stage.X, revision=engagement.revision, reason="price"
    )
    assert on_desk(session, world, "professor") == on_desk(session, world, "buyer") == ([], [])


def test_of_the_other_side_only_known_people_are_offered(
    session: Session, world: World, engagement: Engagement
) -> None:
    def names(all_of: tuple[int, ...] | None, side: Side) -> set[int]:
        return {one.id for one in queries.candidates(session, engagement, all_of=all_of)[side]}

    hidden = make_account(session, world.university)
    mine = (world.enterprise.id,)
    assert names(mine, Side.PROVIDER) == {world.professor.person_id}  # who answered
    assert names(mine, Side.SEEKER) == {world.buyer.person_id, world.boss.person_id}
    assert hidden.person_id in names(None, Side.PROVIDER)  # an organizer sees all


def test_many_at_once_plan_one(each_database: Database) -> None:
    with each_database.write() as session:
        world = make_world(session)
        made = requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=False)
        engagement_id, person_id, accounts = made.id, world.professor.person_id, (world.buyer.id, world.dean.id)

    def one(number: int) -> None:
        with each_database.write() as session:
            next_steps.plan(
                session, session.get_one(Engagement, engagement_id), by=load_actor(session, accounts[number % 2]),
                text=f"第{number}步", person_id=person_id, due_on=WHEN, today=TODAY,
            )  # fmt: skip

    done, refused = at_once(6, one)
    assert (len(done), len(refused)) == (1, 5)
    assert all(isinstance(error, Conflict) for error in refused)
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(NextStep)) == 1


def test_a_broker_is_marked(session: Session, world: World, engagement: Engagement) -> None:
    plan(session, engagement, world, "broker")
    assert queries.history(session, engagement.id)[0].on_behalf == world.enterprise.name


def test_merged_engagements_keep_one_open_step(session: Session, world: World, engagement: Engagement) -> None:
    double = make_seeker(session)
    twin = engagements.open_or_join(
        session, provider_id=world.university.id, seeker_id=double.id, achievement_id=world.achievement.id,
        origin=engagement.origin, by=None,
    )  # fmt: skip
    plan(session, engagement, world)
    plan(session, twin, world, text="另一个")
    merging.merge(session, double, world.enterprise, by=world.by(session, "organizer"))
    steps = session.scalars(select(NextStep).order_by(NextStep.id)).all()
    assert {step.engagement_id for step in steps} == {engagement.id}
    assert [step.state for step in steps] == [NextStepState.OPEN, NextStepState.REPLACED]
    assert utcnow() >= (steps[1].closed_at or utcnow())
