"""My desk: each kind of row for whom it is meant and for nobody else; one query; the count is the list's length."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import engagements, requests
from models.base import Database, utcnow
from models.enums import (
    BookingState,
    Decision,
    GrantRole,
    JobState,
    Lane,
    OrgRole,
    RecordState,
    Side,
    Stage,
    Verification,
    VersionState,
)
from models.queries import desk
from models.queries.actors import load_actor
from models.rules.policy import VISITOR
from models.rules.threads import MANAGER, ORGANIZER
from models.tables import (
    Account,
    Booking,
    BookingAttendee,
    Job,
    JoinRequest,
    Mandate,
    Membership,
    RegisterEntry,
    Report,
)
from tests.counting import counted
from tests.factories import make_account, make_achievement, make_circle, make_mandate, make_org, make_session
from tests.models.thread_cases import World, ask, make_world

PEOPLE = ("professor", "dean", "buyer", "boss", "broker", "organizer", "outsider")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def kinds(session: Session, world: World, name: str) -> list[str]:
    """What waits for somebody; the count must say the same."""
    session.flush()
    actor = world.by(session, name)
    found = [item.kind for item in desk.waiting(session, actor)]
    assert desk.waiting_count(session, actor) == len(found)
    return found


def whose(session: Session, world: World, kind: str) -> set[str]:
    return {name for name in PEOPLE if kind in kinds(session, world, name)}


def booked(session: Session, world: World, state: BookingState, *attendees: Account) -> Booking:
    meeting = make_session(session)
    booking = Booking(
        match_session_id=meeting.id,
        slot_id=meeting.slots[0].id,
        table_id=meeting.tables[0].id,
        achievement_id=world.achievement.id,
        seeker_id=world.enterprise.id,
        provider_id=world.university.id,
        state=state,
        hold_until=utcnow() + timedelta(hours=48) if state is BookingState.PENDING else None,
        acted_by_id=world.buyer.person_id,
    )
    session.add(booking)
    session.flush()
    for account in attendees:
        side = Side.SEEKER if account in (world.buyer, world.boss) else Side.PROVIDER
        session.add(BookingAttendee(booking_id=booking.id, person_id=account.person_id, side=side))
    session.flush()
    return booking


# --- nothing, and nobody's ---------------------------------------------------------------------------------------------


def test_nothing_waits_at_first(session: Session, world: World) -> None:
    assert {name: kinds(session, world, name) for name in PEOPLE} == {name: [] for name in PEOPLE}


def test_who_has_nothing_to_do_costs_one_query(session: Session, world: World) -> None:
    """Anybody with an account may have been asked to score; visitors cost nothing."""
    ask(session, world)
    nobody = load_actor(session, make_account(session).id)
    for reader, cost in ((nobody, 2), (VISITOR, 0)):
        with counted(session) as statements:
            assert desk.waiting_count(session, reader) == 0
            assert desk.waiting(session, reader) == []
        assert len(statements) == cost


def test_a_member_of_a_suspended_organisation_has_an_empty_desk(session: Session, world: World) -> None:
    ask(session, world)
    world.university.verification = Verification.SUSPENDED
    assert kinds(session, world, "dean") == []


# --- contact requests ---------------------------------------------------------------------------------------------------


def test_an_unassigned_request_waits_for_everybody_of_the_receiver(session: Session, world: World) -> None:
    ask(session, world)
    assert whose(session, world, "answer") == {"professor", "dean"}


def test_an_assigned_request_waits_for_that_colleague_and_escalated_for_the_manager(
    session: Session, world: World
) -> None:
    second = make_account(session, world.university)
    request = ask(session, world)
    requests.assign(session, request, by=world.by(session, "dean"), person_id=second.person_id)
    assert whose(session, world, "answer") == set()
    request.escalation = MANAGER
    assert whose(session, world, "answer") == {"dean"}
    assert whose(session, world, "escalated") == set()
    request.escalation = ORGANIZER
    assert whose(session, world, "escalated") == {"organizer"}


def test_what_was_assigned_to_who_left_waits_for_everybody_again(session: Session, world: World) -> None:

    second = make_account(session, world.university)
    request = ask(session, world)
    requests.assign(session, request, by=world.by(session, "dean"), person_id=second.person_id)
    gone = select(Membership).where(Membership.person_id == second.person_id)
    session.scalars(gone).one().ended_at = utcnow()
    assert whose(session, world, "answer") == {"professor", "dean"}


def test_a_question_asked_back_waits_for_who_asked_and_their_manager(session: Session, world: World) -> None:
    make_account(session, world.enterprise)
    request = ask(session, world)
    requests.ask_back(session, request, by=world.by(session, "dean"), text="？")
    assert whose(session, world, "reply") == {"buyer", "boss"}
    assert whose(session, world, "answer") == set()


def test_a_broker_sees_what_it_asked_and_for_whom(session: Session, world: World) -> None:
    request = ask(session, world, "broker", asked_by_id=world.buyer.person_id)
    requests.ask_back(session, request, by=world.by(session, "dean"), text="？")
    session.flush()
    [item] = desk.waiting(session, world.by(session, "broker"))
    assert (item.kind, item.mine, item.mine_id) == ("reply", world.enterprise.name, world.enterprise.id)


def test_an_ended_mandate_empties_the_brokers_desk(session: Session, world: World) -> None:

    make_mandate(session, world.university, world.broker, world.dean)
    ask(session, world)
    assert kinds(session, world, "broker") == ["answer"]
    for mandate in session.scalars(select(Mandate)):
        mandate.ended_at = utcnow()
    assert kinds(session, world, "broker") == []


def test_accepted_it_waits_for_the_first_contact_of_who_asked(session: Session, world: World) -> None:
    engagement = requests.accept(session, ask(session, world), by=world.by(session, "dean"))
    assert whose(session, world, "contact") == {"buyer"}
    engagements.advance(
        session, engagement, by=world.by(session, "buyer"), stage=Stage.S3, revision=engagement.revision
    )
    assert whose(session, world, "contact") == set()


# --- bookings -----------------------------------------------------------------------------------------------------------


def test_a_pending_meeting_waits_for_who_attends_and_managers(session: Session, world: World) -> None:
    world.achievement.contact_id = world.dean.person_id
    other = make_account(session, world.university)
    booked(session, world, BookingState.PENDING, world.professor, world.buyer)
    assert whose(session, world, "booking") == {"professor", "dean"}
    session.flush()

    assert desk.waiting(session, load_actor(session, other.id)) == []


@pytest.mark.parametrize("state", [s for s in BookingState if s is not BookingState.PENDING])
def test_other_meetings_wait_for_nobody(session: Session, world: World, state: BookingState) -> None:
    booked(session, world, state, world.professor, world.buyer)
    assert whose(session, world, "booking") == set()


# --- achievements -------------------------------------------------------------------------------------------------------


def test_a_returned_version_waits_for_its_author_and_managers(session: Session, world: World) -> None:
    make_achievement(
        session,
        world.university,
        state=RecordState.DRAFT,
        version_state=VersionState.RETURNED,
        author_id=world.professor.person_id,
    )
    make_account(session, world.university)
    assert whose(session, world, "returned") == {"professor", "dean"}


def test_an_organisations_review_waits_for_another_manager_than_the_author(session: Session, world: World) -> None:
    make_achievement(
        session,
        world.university,
        state=RecordState.DRAFT,
        version_state=VersionState.ORG_REVIEW,
        author_id=world.dean.person_id,
    )
    assert whose(session, world, "org_review") == set()
    second = make_account(session, world.university, role=OrgRole.MANAGER)

    session.flush()
    assert [item.kind for item in desk.waiting(session, load_actor(session, second.id))] == ["org_review"]


def test_a_review_waits_for_organizers(session: Session, world: World) -> None:
    make_achievement(
        session, world.university, state=RecordState.DRAFT, version_state=VersionState.REVIEW, title="待审成果"
    )
    make_achievement(session, world.university, state=RecordState.DRAFT)
    assert whose(session, world, "review") == {"organizer"}
    [item] = desk.waiting(session, world.by(session, "organizer"))
    assert (item.title, item.who) == ("待审成果", world.university.name)


@pytest.mark.parametrize(
    ("state", "days", "waits"),
    [
        (RecordState.PUBLISHED, 10, True),
        (RecordState.PUBLISHED, 40, False),
        (RecordState.EXPIRED, -10, True),
        (RecordState.EXPIRED, -40, False),
        (RecordState.WITHDRAWN, 10, False),
    ],
)
def test_what_runs_out_waits_for_its_owner(
    session: Session, world: World, state: RecordState, days: int, waits: bool
) -> None:
    world.achievement.state = state
    world.achievement.valid_until = utcnow().date() + timedelta(days=days)
    world.achievement.contact_id = world.professor.person_id
    assert whose(session, world, "expiring") == ({"professor", "dean"} if waits else set())


# --- people, organisations, the site ------------------------------------------------------------------------------------


def test_who_wants_to_join_waits_for_the_manager_then_for_organizers(session: Session, world: World) -> None:
    newcomer = make_account(session)
    request = JoinRequest(
        person_id=newcomer.person_id, organisation_id=world.university.id, due_at=utcnow() + timedelta(days=3)
    )
    session.add(request)
    assert whose(session, world, "join") == {"dean"}
    assert whose(session, world, "overdue_join") == set()
    request.due_at = utcnow() - timedelta(minutes=1)
    assert whose(session, world, "overdue_join") == {"organizer"}
    request.state = Decision.DECLINED
    assert whose(session, world, "join") == whose(session, world, "overdue_join") == set()


def test_organisations_to_verify_wait_for_organizers_and_administrators(session: Session, world: World) -> None:
    make_org(session, name="待核验单位", verification=Verification.PENDING)
    make_org(session, verification=Verification.UNVERIFIED)  # has been refused and has not asked again
    administrator = make_account(session, None, GrantRole.ADMINISTRATOR)
    assert whose(session, world, "verify") == {"organizer"}

    [item] = desk.waiting(session, load_actor(session, administrator.id))
    assert (item.kind, item.title) == ("verify", "待核验单位")


def test_reports_and_unchecked_register_entries_wait_for_organizers(session: Session, world: World) -> None:
    session.add(Report(object_type="achievement", object_id=world.achievement.id, reason="联系不上"))
    circle = make_circle(session)
    for number in range(3):
        session.add(
            RegisterEntry(
                kind="enterprise",
                subject=f"企业{number}",
                subject_key=f"k{number}",
                circle_id=circle.id,
                arrived_on=utcnow().date(),
            )
        )
    assert whose(session, world, "report") == {"organizer"}
    assert whose(session, world, "register") == {"organizer"}
    [entry] = [item for item in desk.waiting(session, world.by(session, "organizer")) if item.kind == "register"]
    assert entry.number == 3


def test_failed_jobs_wait_for_administrators(session: Session, world: World) -> None:

    session.add_all(
        Job(lane=Lane.SHORT, name="mail", state=JobState.FAILED, run_after=utcnow()) for _number in range(2)
    )
    administrator = make_account(session, None, GrantRole.ADMINISTRATOR)
    assert whose(session, world, "failed_jobs") == set()
    [item] = desk.waiting(session, load_actor(session, administrator.id))
    assert (item.kind, item.number) == ("failed_jobs", 2)


# --- the other lists ----------------------------------------------------------------------------------------------------


def test_what_one_waits_for(session: Session, world: World) -> None:
    pending = ask(session, world)
    asked_back = ask(session, world, achievement=make_achievement(session, world.university))
    requests.ask_back(session, asked_back, by=world.by(session, "dean"), text="？")
    booked(session, world, BookingState.PENDING, world.professor)
    make_achievement(
        session,
        world.university,
        state=RecordState.DRAFT,
        version_state=VersionState.REVIEW,
        author_id=world.professor.person_id,
    )
    session.flush()

    def awaited(name: str) -> list[str]:
        return sorted(item.kind for item in desk.awaited(session, world.by(session, name)))

    assert awaited("buyer") == awaited("boss") == ["answer", "booking"]
    assert awaited("professor") == awaited("dean") == ["reply", "review"]
    assert awaited("outsider") == awaited("organizer") == []
    assert [item.key for item in desk.awaited(session, world.by(session, "buyer")) if item.kind == "answer"] == [
        pending.public_id
    ]


def test_news_are_answers_of_two_weeks(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.decline(session, request, by=world.by(session, "dean"), reason="price")
    withdrawn = ask(session, world, achievement=make_achievement(session, world.university))
    requests.withdraw(session, withdrawn, by=world.by(session, "buyer"))
    session.flush()
    buyer = world.by(session, "buyer")
    assert [(item.key, item.state) for item in desk.news(session, buyer)] == [(request.public_id, "declined")]
    assert desk.news(session, buyer, now=utcnow() + timedelta(days=15)) == []
    assert desk.news(session, world.by(session, "dean")) == []


def test_coming_meetings_stand_once_and_only_for_who_is_in_them(session: Session, world: World) -> None:
    both = make_account(session, world.enterprise)
    booking = booked(session, world, BookingState.CONFIRMED, world.professor, world.buyer, both)
    assert [item.key for item in desk.coming(session, world.by(session, "buyer"))] == [booking.public_id]
    assert [item.who for item in desk.coming(session, world.by(session, "professor"))] == [world.enterprise.name]
    assert desk.coming(session, world.by(session, "outsider")) == []
    assert desk.coming(session, world.by(session, "buyer"), now=utcnow() + timedelta(days=5)) == []


# --- order, bounds, both databases --------------------------------------------------------------------------------------


def test_the_oldest_due_comes_first(session: Session, world: World) -> None:
    late, soon, open_end = (
        ask(session, world, achievement=make_achievement(session, world.university)) for _number in range(3)
    )
    today = utcnow().date()
    late.due_on, soon.due_on = today - timedelta(days=2), today + timedelta(days=1)
    booked(session, world, BookingState.PENDING, world.dean)  # held for two days
    session.flush()
    order = [(item.kind, item.key) for item in desk.waiting(session, world.by(session, "dean"))]
    assert order[:2] == [("answer", late.public_id), ("answer", soon.public_id)]
    assert [kind for kind, _key in order] == ["answer", "answer", "booking", "answer"]
    assert order[3][1] == open_end.public_id


def test_a_desk_costs_one_query_however_much_waits(each_database: Database) -> None:
    counts = []
    with each_database.session(write=True) as session:
        world = make_world(session)
        everything = make_account(
            session,
            world.university,
            GrantRole.ORGANIZER,
            GrantRole.ADMINISTRATOR,
            GrantRole.BROKER,
            role=OrgRole.MANAGER,
        )

        actor = load_actor(session, everything.id)
        for rows in (1, 2):
            for _number in range(rows):
                one = make_achievement(session, world.university)
                request = ask(session, world, achievement=one)
                request.escalation = ORGANIZER
                booked(session, world, BookingState.PENDING)
                make_achievement(session, world.university, state=RecordState.DRAFT, version_state=VersionState.REVIEW)
                session.add(Report(object_type="achievement", object_id=one.id, reason="理由"))
                session.add(Job(lane=Lane.SHORT, name="mail", state=JobState.FAILED, run_after=utcnow()))
            session.flush()
            with counted(session) as statements:
                found = desk.waiting(session, actor)
                desk.awaited(session, actor)
                desk.news(session, actor)
                desk.coming(session, actor)
                assert desk.waiting_count(session, actor) == len(found)
            counts.append(len(statements))
            assert {item.kind for item in found} >= {
                "answer",
                "escalated",
                "booking",
                "review",
                "report",
                "failed_jobs",
            }
        session.rollback()
    assert counts == [5, 5]


def test_a_source_is_bounded_and_the_count_is_not(session: Session, world: World) -> None:
    for _number in range(desk.MOST + 3):
        session.add(Report(object_type="achievement", object_id=world.achievement.id, reason="理由"))
    session.flush()
    organizer = world.by(session, "organizer")
    assert len(desk.waiting(session, organizer)) == desk.MOST
    assert desk.waiting_count(session, organizer) == desk.MOST + 3
