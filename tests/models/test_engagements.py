"""Engagements: one per pair and subject under races, stages by the rules, details opened and closed again."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import engagements, requests
from models.base import Database
from models.enums import Disclosure, Origin, RecordState, Stage, Verification
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import engagements as queries
from models.queries.actors import load_actor
from models.rules.policy import may
from models.rules.stages import NOTE_LENGTH, choices, needs_note
from models.tables import ContactRequest, DisclosureGrant, Engagement, Job, Transition
from tests.factories import make_achievement, make_seeker
from tests.models.thread_cases import CONTRACT, IMPLEMENTATION, TODAY, World, ask, audited, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def begun(session: Session, world: World, *, open_details: bool = False) -> Engagement:
    return requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=open_details)


def advance(session: Session, engagement: Engagement, world: World, name: str, stage: Stage, **values: Any) -> None:
    said = {"today": TODAY, "contract": CONTRACT, "implementation": IMPLEMENTATION, **values}
    engagements.advance(
        session, engagement, by=world.by(session, name), stage=stage, revision=engagement.revision, **said
    )


def moves(session: Session, engagement: Engagement) -> list[tuple[str, str]]:
    session.flush()
    found = session.execute(
        select(Transition.from_state, Transition.to_state)
        .where(Transition.object_type == "engagement", Transition.object_id == engagement.id)
        .order_by(Transition.id)
    )
    return [tuple(row) for row in found]


# --- one per pair and subject -----------------------------------------------------------------------------------------


def test_later_requests_join_the_engagement(session: Session, world: World) -> None:
    first = begun(session, world)
    again = begun(session, world)
    assert again.id == first.id
    assert len(queries.requests_of(session, first.id)) == 2
    assert moves(session, first) == [("", "S2")]


def test_another_subject_or_another_pair_is_another_engagement(session: Session, world: World) -> None:
    first = begun(session, world)
    values = {"provider_id": world.university.id, "origin": Origin.ONE_TO_ONE, "by": None}
    other = make_achievement(session, world.university)
    second = engagements.open_or_join(session, seeker_id=world.enterprise.id, achievement_id=other.id, **values)
    third = engagements.open_or_join(
        session, seeker_id=make_seeker(session).id, achievement_id=world.achievement.id, **values
    )
    assert len({first.id, second.id, third.id}) == 3


def test_what_had_ended_is_taken_up_again(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.X, reason="price")
    assert begun(session, world).id == engagement.id
    assert (engagement.stage, engagement.stop_reason) == (Stage.S2, "")
    assert moves(session, engagement) == [("", "S2"), ("S2", "X"), ("X", "S2")]


def test_what_goes_on_keeps_its_stage_when_joined(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S4)
    assert begun(session, world).stage is Stage.S4


def test_many_at_once_open_one(each_database: Database) -> None:
    with each_database.write() as session:
        world = make_world(session)
        pair = {
            "provider_id": world.university.id,
            "seeker_id": world.enterprise.id,
            "achievement_id": world.achievement.id,
            "origin": Origin.ONE_TO_ONE,
        }
        account_id = world.professor.id
    start, found, errors = threading.Barrier(12), [], []

    def open_one() -> None:
        start.wait()
        try:
            with each_database.write() as session:
                actor = load_actor(session, account_id)
                found.append(engagements.open_or_join(session, by=actor, **pair).id)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(found) == 12
    assert len(set(found)) == 1
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Engagement)) == 1
        opened = select(func.count()).select_from(Transition).where(Transition.object_type == "engagement")
        assert session.scalar(opened) == 1


def test_many_at_once_answer_one_request_once(each_database: Database) -> None:
    with each_database.write() as session:
        world = make_world(session)
        request_id, account_id = ask(session, world).id, world.professor.id
    start, won, refused = threading.Barrier(8), [], []

    def accept_one() -> None:
        start.wait()
        try:
            with each_database.write() as session:
                request = session.get_one(ContactRequest, request_id)
                requests.accept(session, request, by=load_actor(session, account_id), open_details=True)
            won.append(1)
        except Exception as error:
            refused.append(error)

    threads = [threading.Thread(target=accept_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    # A loser reads a sentence: the state went on, or somebody else changed the row meanwhile.
    assert {type(error).__name__ for error in refused} <= {"NotNow", "StaleDataError"}
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Engagement)) == 1
        assert session.scalar(select(func.count()).select_from(DisclosureGrant)) == 1
        told = [
            job
            for job in session.scalars(select(Job).where(Job.name == "mail"))
            if job.payload["template"] == "request_answered"
        ]
        assert len(told) == 1


def test_many_at_once_ask_once(each_database: Database) -> None:
    with each_database.write() as session:
        world = make_world(session)
        achievement_id, sender_id, account_id = world.achievement.id, world.enterprise.id, world.buyer.id
    start, won, refused = threading.Barrier(8), [], []

    def ask_one() -> None:
        start.wait()
        try:
            with each_database.write() as session:
                achievement = session.get_one(type(world.achievement), achievement_id)
                actor = load_actor(session, account_id)
                requests.ask(session, achievement, by=actor, sender_id=sender_id, purpose="同一时刻的申请。")
            won.append(1)
        except DomainError as error:
            refused.append(error)

    threads = [threading.Thread(target=ask_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 7)
    assert all(isinstance(error, Conflict) for error in refused)
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(ContactRequest)) == 1


# --- stages -----------------------------------------------------------------------------------------------------------


def test_both_sides_and_the_organizer_advance(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S3)
    advance(session, engagement, world, "dean", Stage.S5, note="已签意向。")
    advance(session, engagement, world, "organizer", Stage.S6, note="合同金额 80 万元。")
    assert engagement.note == "合同金额 80 万元。"
    assert [(step.stage, step.text) for step in queries.history(session, engagement.id)] == [
        (Stage.S2, ""),
        (Stage.S3, ""),
        (Stage.S5, "已签意向。"),
        (Stage.S6, "合同金额 80 万元。"),
    ]


def test_ending_needs_a_reason_of_the_dictionary(session: Session, world: World) -> None:
    engagement = begun(session, world)
    for reason in ("", "invented"):
        with pytest.raises(Invalid) as error:
            advance(session, engagement, world, "buyer", Stage.X, reason=reason)
        assert error.value.field == "reason"
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "buyer", Stage.X, reason="other")
    assert error.value.field == "note"
    advance(session, engagement, world, "buyer", Stage.X, reason="price")
    assert (engagement.stage, engagement.stop_reason) == (Stage.X, "price")


def test_a_reason_belongs_to_the_end_only(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S3, reason="price")
    assert engagement.stop_reason == ""


@pytest.mark.parametrize("stage", [Stage.S6, Stage.S7, Stage.S8, Stage.S9])
def test_from_the_contract_on_a_note_is_needed(session: Session, world: World, stage: Stage) -> None:
    engagement = begun(session, world)
    with pytest.raises(Invalid) as error:
        advance(session, engagement, world, "organizer", stage, note="  ")
    assert error.value.field == "note"
    advance(session, engagement, world, "organizer", stage, note="见证明材料。")
    assert engagement.stage is stage


def test_going_back_needs_a_note(session: Session, world: World) -> None:
    engagement = begun(session, world)
    advance(session, engagement, world, "buyer", Stage.S5)
    with pytest.raises(Invalid):
        advance(session, engagement, world, "buyer", Stage.S4)
    advance(session, engagement, world, "buyer", Stage.S4, note="意向书到期，重新商谈。")
    assert engagement.stage is Stage.S4


def test_only_the_organizer_closes_with_success_and_that_is_the_end(session: Session, world: World) -> None:
    engagement = begun(session, world)
    for name in ("buyer", "dean"):
        with pytest.raises(NotNow, match="organizer closes"):
            advance(session, engagement, world, name, Stage.S9, note="已见效。")
    advance(session, engagement, world, "organizer", Stage.S9, note="核销。")
    for stage in (Stage.S8, Stage.X):
        with pytest.raises(NotNow, match="does not change any more"):
            advance(session, engagement, world, "organizer", stage, note="再改。", reason="price")


def test_the_same_stage_and_the_first_one_are_refused(session: Session, world: World) -> None:
    engagement = begun(session, world)
    with pytest.raises(NotNow, match="already"):
        advance(session, engagement, world, "buyer", Stage.S2)
    with pytest.raises(NotNow, match="cannot go"):
        advance(session, engagement, world, "buyer", Stage.S1, note="退回。")


def test_an_outdated_form_is_refused(session: Session, world: World) -> None:
    engagement = begun(session, world)
    seen = engagement.revision
    advance(session, engagement, world, "buyer", Stage.S3)
    with pytest.raises(Conflict, match="First contact"):
        engagements.advance(
            session, engagement, by=world.by(session, "dean"), stage=Stage.S4, revision=seen, today=TODAY
        )
    assert engagement.stage is Stage.S3


def test_choices_and_notes_agree_with_the_check() -> None:
    assert choices(Stage.S2, organizer=False) == (
        Stage.S3, Stage.S4, Stage.S5, Stage.S6, Stage.S7, Stage.S8, Stage.X
    )  # fmt: skip
    assert Stage.S9 in choices(Stage.S8, organizer=True)
    assert choices(Stage.S9, organizer=True) == ()
    assert Stage.X not in choices(Stage.X, organizer=True)
    assert not needs_note(Stage.S2, Stage.S5)
    assert needs_note(Stage.X, Stage.S3)
    assert not needs_note(Stage.S7, Stage.X)


def test_a_note_is_kept_and_is_no_arrival_at_a_stage(session: Session, world: World) -> None:
    engagement = begun(session, world)
    engagements.add_note(session, engagement, by=world.by(session, "dean"), note="已电话回访。")
    [_opened, noted] = queries.history(session, engagement.id)
    assert (noted.stage, noted.text, noted.who) == (None, "已电话回访。", world.dean.person.name)
    assert moves(session, engagement)[1] == ("S2", "note")
    for note in (" ", "很" * (NOTE_LENGTH + 1)):
        with pytest.raises(Invalid):
            engagements.add_note(session, engagement, by=world.by(session, "dean"), note=note)


def test_a_broker_is_marked_and_an_ended_mandate_ends_it(session: Session, world: World) -> None:
    from models.actions import mandates
    from models.tables import Mandate

    engagement = begun(session, world)
    advance(session, engagement, world, "broker", Stage.S3)
    assert queries.history(session, engagement.id)[-1].on_behalf == world.enterprise.name
    assert audited(session, "engagement.advance")[0].on_behalf_of_id == world.enterprise.id
    assert may(world.by(session, "broker"), "engagement.advance", engagement)
    mandates.end(session, session.scalars(select(Mandate)).one(), by=world.by(session, "boss"))
    session.flush()
    for permission in ("engagement.read", "engagement.advance", "engagement.disclose"):
        assert not may(world.by(session, "broker"), permission, engagement)


# --- details after consent --------------------------------------------------------------------------------------------


def reads_details(session: Session, world: World, name: str) -> bool:
    """Whether the record page shows the details to somebody."""
    from models.queries.achievements import page

    shown = page(session, world.achievement, world.by(session, name).tokens)
    return "保密细节" in shown.content.details


def test_a_grant_opens_the_details_and_withdrawn_they_are_closed(session: Session, world: World) -> None:
    engagement = begun(session, world)
    assert not reads_details(session, world, "buyer")
    engagements.open_details(session, engagement, by=world.by(session, "professor"))
    engagements.open_details(session, engagement, by=world.by(session, "dean"))  # twice is once
    assert reads_details(session, world, "buyer")
    assert not reads_details(session, world, "outsider")
    engagements.withdraw_details(session, engagement, by=world.by(session, "dean"))
    assert not reads_details(session, world, "buyer")
    grant = session.scalars(select(DisclosureGrant)).one()
    assert grant.withdrawn_by_id == world.dean.person_id
    with pytest.raises(NotNow, match="not open"):
        engagements.withdraw_details(session, engagement, by=world.by(session, "dean"))
    engagements.open_details(session, engagement, by=world.by(session, "dean"))
    assert reads_details(session, world, "buyer")
    assert [len(audited(session, f"disclosure.{act}")) for act in ("grant", "withdraw")] == [2, 1]


def test_opening_and_closing_reach_the_index(session: Session, world: World) -> None:
    engagement = begun(session, world)
    session.execute(select(1))

    def index_jobs() -> int:
        session.flush()
        keys = [job.payload["key"] for job in session.scalars(select(Job).where(Job.name == "index"))]
        return keys.count(f"achievement:{world.achievement.id}")

    before = index_jobs()
    engagements.open_details(session, engagement, by=world.by(session, "professor"))
    opened = index_jobs()
    engagements.withdraw_details(session, engagement, by=world.by(session, "professor"))
    assert before < opened < index_jobs()


def test_details_do_not_open_to_an_unverified_organisation_nor_where_there_are_none(
    session: Session, world: World
) -> None:
    engagement = begun(session, world)
    world.enterprise.verification = Verification.UNVERIFIED
    with pytest.raises(NotNow, match="nothing to open"):
        engagements.open_details(session, engagement, by=world.by(session, "professor"))
    world.enterprise.verification = Verification.VERIFIED
    assert world.achievement.public_version is not None
    world.achievement.public_version.disclosure = Disclosure.VERIFIED
    with pytest.raises(NotNow, match="nothing to open"):
        engagements.open_details(session, engagement, by=world.by(session, "professor"))


# --- lists ------------------------------------------------------------------------------------------------------------


def test_lists_hold_own_engagements_and_filter_by_stage(session: Session, world: World) -> None:
    engagement = begun(session, world)
    foreign = engagements.open_or_join(
        session,
        provider_id=world.university.id,
        seeker_id=make_seeker(session).id,
        achievement_id=world.achievement.id,
        origin=Origin.LINK,
        by=None,
    )
    advance(session, engagement, world, "buyer", Stage.S4)

    def ids(organisations: list[int] | None, stage: Stage | None = None) -> list[str]:
        return [row.public_id for row in queries.engagements(session, queries.of(organisations), stage=stage).rows]

    assert ids([world.enterprise.id]) == [engagement.public_id]
    assert ids([world.university.id]) == [foreign.public_id, engagement.public_id]
    assert ids(None, Stage.S4) == [engagement.public_id]
    assert ids([]) == []
    assert queries.by_stage(session, queries.of(None)) == {Stage.S2: 1, Stage.S4: 1}


def test_an_engagement_outlives_its_subject(session: Session, world: World) -> None:
    engagement = begun(session, world)
    world.achievement.state = RecordState.TAKEN_DOWN
    session.flush()
    head = queries.head(session, engagement.id)
    assert head.title
    assert head.achievement_state is RecordState.TAKEN_DOWN
