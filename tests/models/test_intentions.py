"""Intentions: once a pair, a member's is a request at once, somebody's without account waits on their organisation's desk."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import intentions
from models.actions.intentions import Wanted
from models.base import Database, utcnow
from models.enums import EventState, IntentionKind, IntentionWay, OrgRole, Origin, RequestState, WantedWithin
from models.errors import DomainError, Invalid, NotNow
from models.queries import desk
from models.queries.actors import load_actor
from models.queries.my_data import everything
from models.rules.calendar import DEFAULT_ZONE
from models.rules.policy import VISITOR, Actor
from models.tables import Achievement, ContactRequest, Event, Intention, Registration
from tests.factories import make_account, make_achievement, make_event, make_provider, make_seeker
from tests.models.test_registrations import guest, organizer, register, rows
from tests.models.test_seats import together


class Case:
    """A roadshow with one pitch, a seeker with a manager, a visitor without account."""

    def __init__(self, session: Session, **values: Any) -> None:
        self.provider = make_provider(session)
        owner = make_account(session, self.provider, role=OrgRole.MANAGER)
        self.achievement = make_achievement(session, self.provider, contact_id=owner.person_id)
        self.event = make_event(session, self.achievement, **values)
        self.seeker = make_seeker(session, name="某单位")
        account = make_account(session, self.seeker, role=OrgRole.MANAGER)
        self.member: Actor = load_actor(session, account.id)
        register(session, self.event, guest())
        self.visitor: Registration = rows(session)[0]
        session.flush()


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def by_member(session: Session, case: Case, **values: Any) -> tuple[Intention, bool]:
    said = {"kind": IntentionKind.LICENCE, "purpose": "在路演现场登记意向", "by": case.member, **values}
    sender = said.pop("sender_id", case.seeker.id)
    return intentions.by_member(session, case.event, case.achievement, sender_id=sender, zone=DEFAULT_ZONE, **said)


def by_visitor(session: Session, case: Case, **values: Any) -> tuple[Intention, bool]:
    said = {"kind": IntentionKind.VISIT, "way": IntentionWay.CODE, "by": VISITOR, **values}
    return intentions.by_registration(session, case.visitor, case.achievement, **said)


def requests(session: Session) -> list[ContactRequest]:
    return list(session.scalars(select(ContactRequest).order_by(ContactRequest.id)))


def test_a_members_intention_is_a_request_at_once_and_only_once(session: Session, case: Case) -> None:
    made, new = by_member(session, case, shares_contact=True)
    [asked] = requests(session)
    assert (new, made.contact_request_id, made.organisation_id) == (True, asked.id, case.seeker.id)
    assert (asked.origin, asked.origin_event_id, asked.state) == (Origin.ROADSHOW, case.event.id, RequestState.PENDING)
    assert asked.shares_sender_contact
    again, new = by_member(session, case, kind=IntentionKind.LOAN)
    assert (again.id, again.kind, new, len(requests(session))) == (made.id, IntentionKind.LICENCE, False, 1)


def test_without_consent_no_contact_is_shared(session: Session, case: Case) -> None:
    by_member(session, case)
    assert not requests(session)[0].shares_sender_contact


def test_a_request_that_waits_already_is_joined(session: Session, case: Case) -> None:
    from models.actions.requests import ask

    asked = ask(session, case.achievement, by=case.member, sender_id=case.seeker.id, purpose="早先问过")
    made, new = by_member(session, case)
    assert (new, made.contact_request_id, len(requests(session))) == (True, asked.id, 1)


def test_a_visitors_intention_waits_on_the_desk_of_their_organisation(session: Session, case: Case) -> None:
    made, new = by_visitor(session, case, note="想看样机", shares_contact=True)
    assert (new, made.organisation_id, made.contact_request_id) == (True, case.seeker.id, None)
    assert by_visitor(session, case)[1] is False
    [item] = [item for item in desk.waiting(session, case.member) if item.kind == "intention"]
    assert (item.key, item.who) == (made.public_id, "来宾1")
    asked = intentions.send(
        session, made, by=case.member, sender_id=case.seeker.id, asked_by_id=case.member.person_id, purpose="代来宾登记",
        zone=DEFAULT_ZONE,
    )  # fmt: skip
    assert (asked.origin, made.contact_request_id) == (Origin.ROADSHOW, asked.id)
    assert not [item for item in desk.waiting(session, case.member) if item.kind == "intention"]
    with pytest.raises(NotNow):
        intentions.drop(session, made, by=case.member)


def test_of_an_organisation_that_is_not_here_the_organizer_takes_care(session: Session, case: Case) -> None:
    by = organizer(session)
    case.visitor.organisation_name = "不在本站的公司"
    made, _new = by_visitor(session, case)
    assert made.organisation_id is None
    assert [(item.kind, item.number) for item in desk.waiting(session, by) if item.kind == "intentions"] == [
        ("intentions", 1)
    ]
    intentions.send(
        session, made, by=by, sender_id=case.seeker.id, asked_by_id=case.member.person_id, purpose="代登记",
        zone=DEFAULT_ZONE,
    )  # fmt: skip
    assert made.organisation_id == case.seeker.id


def test_the_desk_enters_for_a_visitor(session: Session, case: Case) -> None:
    by = organizer(session)
    made, _new = by_visitor(session, case, by=by, way=IntentionWay.DESK)
    assert (made.way, made.entered_by_id) == (IntentionWay.DESK, by.person_id)
    intentions.drop(session, made, by=by)
    assert made.dropped_at is not None


def test_where_it_cannot_be(session: Session, case: Case) -> None:
    other = make_achievement(session, case.provider)
    with pytest.raises(NotNow):
        intentions.by_registration(
            session, case.visitor, other, by=VISITOR, kind=IntentionKind.VISIT, way=IntentionWay.CODE
        )
    with pytest.raises(Invalid):
        by_visitor(session, case, note="长" * 201)
    stranger = load_actor(session, make_account(session, make_seeker(session)).id)
    with pytest.raises(NotNow):
        by_member(session, case, by=stranger)
    session.expire_all()
    owner = load_actor(session, make_account(session, case.provider, role=OrgRole.MANAGER).id)
    with pytest.raises(DomainError):
        by_member(session, case, by=owner, sender_id=case.provider.id)


@pytest.mark.parametrize("why", ["cancelled", "over"])
def test_not_when_the_roadshow_was_called_off_or_is_long_over(session: Session, case: Case, why: str) -> None:
    if why == "cancelled":
        case.event.state = EventState.CANCELLED
    else:
        case.event.starts_at, case.event.ends_at = utcnow() - timedelta(days=16), utcnow() - timedelta(days=15)
    session.flush()
    with pytest.raises(NotNow):
        by_visitor(session, case)


def test_ten_taps_at_once_are_one_intention(each_database: Database) -> None:
    with each_database.write() as session:
        case = Case(session)
        keys = (case.event.id, case.achievement.id, case.seeker.id, case.visitor.id)
        member = case.member

    def member_taps() -> None:
        with each_database.write() as session:
            intentions.by_member(
                session, session.get_one(Event, keys[0]), session.get_one(Achievement, keys[1]), by=member,
                sender_id=keys[2], kind=IntentionKind.LOAN, purpose="意向", zone=DEFAULT_ZONE,
            )  # fmt: skip

    def visitor_taps() -> None:
        with each_database.write() as session:
            intentions.by_registration(
                session, session.get_one(Registration, keys[3]), session.get_one(Achievement, keys[1]), by=VISITOR,
                kind=IntentionKind.LOAN, way=IntentionWay.CODE,
            )  # fmt: skip

    assert together([member_taps] * 8 + [visitor_taps] * 8) == {"ok": 16}
    with each_database.read() as session:
        assert len(requests(session)) == 1
        assert len(session.scalars(select(Intention)).all()) == 2


def test_a_budget_with_exchanged_ends_is_refused_and_one_end_is_enough(session: Session, case: Case) -> None:
    with pytest.raises(Invalid) as error:
        by_visitor(session, case, wanted=Wanted(5, 4))
    assert error.value.field == "budget_max"
    made, _new = by_visitor(session, case, wanted=Wanted(budget_max=5, wanted_within=WantedWithin.YEAR))
    assert (made.budget_min, made.budget_max, made.wanted_within) == (None, 5, WantedWithin.YEAR)
    assert case.visitor.person_id is None
    case.visitor.person_id = case.member.person_id
    session.flush()
    [told] = everything(session, case.member.person_id or 0)["intentions"]
    assert (told["budget_max"], told["wanted_within"]) == (5, "year")
