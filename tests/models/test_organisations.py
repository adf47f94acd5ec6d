"""Organisations: founding, verification, joining, merging."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import joining
from models.actions import organisations as actions
from models.actions.merging import merge
from models.actions.organisations import DoubtfulCode, Known, Particulars
from models.base import Database, utcnow
from models.enums import (
    BookingState,
    Decision,
    GrantRole,
    OrgRole,
    Origin,
    RecordState,
    RequestState,
    Stage,
    Verification,
)
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import organisations as queries
from models.queries import people as people_queries
from models.queries.actors import load_actor
from models.rules.identifiers import uscc_check_digit
from models.rules.policy import Actor
from models.tables import (
    Account,
    Achievement,
    AuditEntry,
    Booking,
    Circle,
    CircleMember,
    ContactRequest,
    DisclosureGrant,
    Engagement,
    Invitation,
    Job,
    JoinRequest,
    Mandate,
    Membership,
    Organisation,
    RegisterEntry,
    Transition,
)
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_mandate,
    make_person,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.test_accounts import actions_of, mails, templates

MONDAY = date(2026, 11, 23)
FIRST = "91230699MA0000001"
CODE = FIRST + uscc_check_digit(FIRST)
WRONG = FIRST + ("0" if CODE[-1] != "0" else "1")
EARLY = "91350100M0001TGQXM"  # a real code of the first years, which does not conform (FACTS 3.5)


def founder(session: Session) -> Actor:
    return load_actor(session, make_account(session).id)


def about(name: str = "北澜示例机械厂", **values: Any) -> Particulars:
    return Particulars(**{"name": name, "kind": "enterprise", "uscc": CODE, "is_seeker": True, **values})


# --- founding ---------------------------------------------------------------------------------------------------------


def test_founding_makes_a_manager_and_waits(session: Session) -> None:
    by = founder(session)
    organisation = actions.found(session, about(uscc=" 9123 0699-ma00000 01" + CODE[-1]), by=by)
    assert (organisation.uscc, organisation.uscc_conforms) == (CODE, True)
    assert organisation.verification is Verification.PENDING
    me = load_actor(session, by.account_id or 0)
    assert (me.organisation_id, me.role, me.verified, me.seeker) == (organisation.id, OrgRole.MANAGER, False, True)
    assert actions_of(session)[-1] == "organisation.found"
    assert [row.public_id for row in queries.listing(session, verification=Verification.PENDING)] == [
        organisation.public_id
    ]
    assert queries.waiting_for_verification(session) == 1


@pytest.mark.parametrize("code", [WRONG, EARLY])
def test_a_wrong_check_digit_warns_and_then_goes_to_review(session: Session, code: str) -> None:
    by = founder(session)
    with pytest.raises(DoubtfulCode) as caught:
        actions.found(session, about(uscc=code), by=by)
    assert caught.value.field == "uscc"
    organisation = actions.found(session, about(uscc=code, certain=True), by=by)
    assert (organisation.uscc, organisation.uscc_conforms) == (code, False)
    assert queries.listing(session)[0].uscc_conforms is False


@pytest.mark.parametrize("code", ["", "123", CODE + "1", "９１２３" + "x" * 13])
def test_a_code_that_cannot_be_one_is_refused(session: Session, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        actions.found(session, about(uscc=code, certain=True), by=founder(session))
    assert caught.value.field == "uscc"
    assert not isinstance(caught.value, DoubtfulCode)


@pytest.mark.parametrize("kind", ["team", "overseas"])
def test_who_has_no_code_may_leave_it_out(session: Session, kind: str) -> None:
    for number in (1, 2):  # two without a code do not collide
        organisation = actions.found(session, about(f"无码{number}", kind=kind, uscc=""), by=founder(session))
        assert organisation.uscc is None


def test_a_known_code_or_name_leads_to_joining(session: Session) -> None:
    known = make_seeker(session, name="已有的单位", uscc=CODE)
    for particulars, field in ((about("别的名字"), "uscc"), (about("已有的单位", uscc=EARLY, certain=True), "name")):
        with pytest.raises(Known) as caught:
            actions.found(session, particulars, by=founder(session))
        assert (caught.value.field, caught.value.public_id) == (field, known.public_id)
        assert caught.value.params == {"name": "已有的单位"}


def test_a_merged_code_leads_to_the_successor(session: Session) -> None:
    known = make_seeker(session)
    make_seeker(session, uscc=CODE, verification=Verification.MERGED, merged_into_id=known.id)
    with pytest.raises(Known) as caught:
        actions.found(session, about(), by=founder(session))
    assert caught.value.public_id == known.public_id


def test_who_is_in_an_organisation_founds_none(session: Session) -> None:
    account = make_account(session, make_seeker(session))
    with pytest.raises(Conflict):
        actions.found(session, about(), by=load_actor(session, account.id))


def test_founding_withdraws_an_open_request_to_join(session: Session) -> None:
    organisation = make_seeker(session)
    make_account(session, organisation, role=OrgRole.MANAGER)
    by = founder(session)
    request = joining.ask(session, organisation, today=MONDAY, by=by)
    actions.found(session, about(), by=by)
    assert request.state is Decision.DECLINED


def test_of_two_founders_of_one_code_one_wins(each_database: Database) -> None:
    with each_database.write() as session:
        people = [founder(session) for _ in range(8)]
    outcomes: list[str] = []
    start = threading.Barrier(len(people))

    def found(number: int, by: Actor) -> None:
        start.wait()
        try:
            with each_database.write() as session:
                actions.found(session, about(f"同码单位{number}"), by=by)
            outcomes.append("founded")
        except Known as error:
            outcomes.append(error.field)

    threads = [threading.Thread(target=found, args=(number, by)) for number, by in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["founded"] + ["uscc"] * 7
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 1
        assert session.scalar(select(func.count()).select_from(Membership)) == 1


def test_one_person_is_in_one_organisation_whatever_happens_at_once(each_database: Database) -> None:
    with each_database.write() as session:
        by = founder(session)
        places = [make_seeker(session) for _ in range(6)]
        asked = []
        for place in places:
            make_account(session, place, role=OrgRole.MANAGER)
        session.add_all(
            JoinRequest(person_id=by.person_id, organisation_id=place.id, due_at=utcnow(), state=state)
            for place, state in zip(places, [Decision.PENDING] + [Decision.DECLINED] * 5, strict=True)
        )
        session.flush()
        asked = [place.id for place in places]
    outcomes: list[str] = []
    start = threading.Barrier(len(asked))

    def enter(organisation_id: int) -> None:
        start.wait()
        try:
            with each_database.write() as session:
                place = session.get(Organisation, organisation_id)
                assert place is not None
                joining.enter(session, place, person_id=by.person_id, role=OrgRole.MEMBER, by=by)
            outcomes.append("in")
        except DomainError:
            outcomes.append("refused")

    threads = [threading.Thread(target=enter, args=(one,)) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 5


# --- editing ----------------------------------------------------------------------------------------------------------


def edit(session: Session, organisation: Organisation, by: Actor, **values: Any) -> None:
    revision = values.pop("revision", organisation.revision)
    reviews_first = values.pop("reviews_first", organisation.reviews_first)
    present = {
        "name": organisation.name,
        "kind": organisation.kind,
        "uscc": organisation.uscc or "",
        "region": organisation.region,
        "industries": tuple(organisation.industries),
        "introduction": organisation.introduction,
        "is_provider": organisation.is_provider,
        "is_seeker": organisation.is_seeker,
    }
    particulars = Particulars(**{**present, **values})
    actions.edit(session, organisation, particulars, reviews_first=reviews_first, revision=revision, by=by)


def verified(session: Session) -> tuple[Organisation, Actor]:
    organisation = make_provider(session, uscc=CODE, uscc_conforms=True)
    return organisation, load_actor(session, make_account(session, organisation, role=OrgRole.MANAGER).id)


def test_editing_leaves_an_audit_row_with_what_changed(session: Session) -> None:
    organisation, by = verified(session)
    edit(session, organisation, by, region="北澜市高新区", reviews_first=True)
    assert (organisation.region, organisation.reviews_first, organisation.revision) == ("北澜市高新区", True, 2)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "organisation.edit")).one()
    assert entry.detail == {"changed": ["region", "reviews_first"]}
    assert organisation.verification is Verification.VERIFIED
    edit(session, organisation, by)  # nothing changed: no row
    assert actions_of(session).count("organisation.edit") == 1


def test_another_region_is_matched_anew(session: Session) -> None:
    organisation, by = verified(session)
    mine = make_achievement(session, organisation)
    make_achievement(session, organisation, state=RecordState.WITHDRAWN)

    def asked() -> list[dict[str, Any]]:
        return [job.payload for job in session.scalars(select(Job).where(Job.name == "match_record"))]

    edit(session, organisation, by, introduction="别的介绍")
    assert asked() == []
    edit(session, organisation, by, region="北澜市高新区")
    assert asked() == [{"kind": "achievement", "record_id": mine.id}]


def test_one_that_seeks_may_review_its_needs_first_too(session: Session) -> None:
    organisation, by = verified(session)
    edit(session, organisation, by, is_provider=False, is_seeker=True, reviews_first=True)
    assert organisation.reviews_first is True


@pytest.mark.parametrize("values", [{"name": "改了名字"}, {"kind": "institute"}, {"uscc": EARLY, "certain": True}])
def test_another_identity_is_verified_again(session: Session, values: dict[str, Any]) -> None:
    organisation, by = verified(session)
    edit(session, organisation, by, **values)
    assert organisation.verification is Verification.PENDING
    assert organisation.uscc_conforms is ("uscc" not in values)


def test_a_renamed_owner_is_told_to_the_index(session: Session) -> None:
    organisation, by = verified(session)
    edit(session, organisation, by, name="改了名字")
    keys = [job.payload["key"] for job in session.scalars(select(Job).where(Job.name == "index"))]
    assert f"organisation:{organisation.id}" in keys


def test_a_stale_form_is_refused(session: Session) -> None:
    organisation, by = verified(session)
    edit(session, organisation, by, region="甲")
    with pytest.raises(Conflict):
        edit(session, organisation, by, region="乙", revision=1)
    assert organisation.region == "甲"


def test_editing_into_another_ones_name_or_code_is_refused(session: Session) -> None:
    organisation, by = verified(session)
    make_seeker(session, name="别家", uscc=EARLY)
    with pytest.raises(Known):
        edit(session, organisation, by, name="别家")
    with pytest.raises(Known):
        edit(session, organisation, by, uscc=EARLY, certain=True)


# --- verification -----------------------------------------------------------------------------------------------------


def test_verification_and_back(session: Session) -> None:
    organizer = load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)
    account = founder(session)
    organisation = actions.found(session, about(), by=account)
    actions.verify(session, organisation, by=organizer)
    assert organisation.verified_at is not None
    assert load_actor(session, account.account_id or 0).verified
    with pytest.raises(NotNow):
        actions.verify(session, organisation, by=organizer)
    with pytest.raises(Invalid):
        actions.unverify(session, organisation, reason=" ", by=organizer)
    actions.unverify(session, organisation, reason="代码与名称不符", by=organizer)
    assert not load_actor(session, account.account_id or 0).verified
    assert queries.last_reason(session, organisation.id) == "代码与名称不符"
    assert mails(session)[-1]["values"]["outcome"] == "unverified"
    me = load_actor(session, account.account_id or 0)
    actions.ask_for_verification(session, organisation, by=me)
    assert organisation.verification is Verification.PENDING
    with pytest.raises(NotNow):
        actions.ask_for_verification(session, organisation, by=me)
    history = session.scalars(select(Transition.to_state).where(Transition.object_type == "organisation")).all()
    assert history == ["pending", "verified", "unverified", "pending"]


def test_suspension_shuts_its_people_out_and_ends(session: Session) -> None:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    organisation, by = verified(session)
    organisation.verified_at = utcnow()
    with pytest.raises(Invalid):
        actions.suspend(session, organisation, reason="", by=admin)
    with pytest.raises(NotNow):
        actions.resume(session, organisation, by=admin)
    actions.suspend(session, organisation, reason="被举报", by=admin)
    me = load_actor(session, by.account_id or 0)
    assert not me.member_of(organisation.id)
    assert me.tokens == {"public"}
    with pytest.raises(NotNow):
        joining.ask(session, organisation, today=MONDAY, by=founder(session))
    actions.resume(session, organisation, by=admin)
    assert load_actor(session, by.account_id or 0).verified
    assert [mail["values"]["outcome"] for mail in mails(session)] == ["suspended", "resumed"]


def test_resuming_one_that_was_never_verified_leads_to_review(session: Session) -> None:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    organisation = actions.found(session, about(), by=founder(session))
    actions.suspend(session, organisation, reason="待查", by=admin)
    actions.resume(session, organisation, by=admin)
    assert organisation.verification is Verification.PENDING


# --- finding one's own ------------------------------------------------------------------------------------------------


def test_search_by_part_of_the_name_and_by_code(session: Session) -> None:
    exact = make_seeker(session, name="石油大学", verification=Verification.PENDING)
    longer = make_seeker(session, name="北澜石油大学附属工厂", uscc=CODE)
    make_seeker(session, name="石油大学旧名", verification=Verification.MERGED, merged_into_id=longer.id)
    make_seeker(session, name="石油大学停用", verification=Verification.SUSPENDED)
    assert [row.id for row in queries.search(session, "石油大学")] == [exact.id, longer.id]
    assert [row.id for row in queries.search(session, "石油大学旧名")] == [longer.id]
    assert [row.id for row in queries.search(session, CODE[:8].lower())] == [longer.id]
    assert [row.id for row in queries.search(session, CODE)] == [longer.id]
    assert queries.search(session, "石") == []
    assert queries.search(session, "%_") == []
    assert len(queries.search(session, "大学", limit=1)) == 1


# --- joining ----------------------------------------------------------------------------------------------------------


def test_a_manager_decides(session: Session) -> None:
    organisation = make_seeker(session)
    manager = make_account(session, organisation, role=OrgRole.MANAGER)
    make_account(session, organisation)
    by = founder(session)
    request = joining.ask(session, organisation, today=MONDAY, by=by)
    assert (request.due_at - utcnow()).days in (2, 3)
    assert templates(session) == [("join_requested", manager.email)]
    job = session.scalars(select(Job).where(Job.name == "join_escalate")).one()
    assert (job.run_after, job.payload) == (request.due_at, {"request_id": request.id})
    with pytest.raises(Conflict):
        joining.ask(session, make_seeker(session), today=MONDAY, by=by)
    joining.decide(session, request, accept=True, by=load_actor(session, manager.id))
    me = load_actor(session, by.account_id or 0)
    assert (me.organisation_id, me.role) == (organisation.id, OrgRole.MEMBER)
    assert mails(session)[-1]["values"]["accepted"] is True
    with pytest.raises(NotNow):
        joining.decide(session, request, accept=False, by=load_actor(session, manager.id))


def test_three_working_days_leave_out_weekends_and_holidays(session: Session) -> None:
    from models.tables import Setting

    session.add(Setting(key="holidays", value=["2026-11-30"]))
    organisation = make_seeker(session)
    make_account(session, organisation, role=OrgRole.MANAGER)
    request = joining.ask(session, organisation, today=date(2026, 11, 26), by=founder(session))  # a Thursday
    assert round((request.due_at - utcnow()) / timedelta(days=1)) == 6  # Friday, Tuesday, Wednesday


def test_the_organizer_decides_only_after_the_due_date(session: Session) -> None:
    organisation = make_seeker(session)
    make_account(session, organisation, role=OrgRole.MANAGER)
    organizer_account = make_account(session, None, GrantRole.ORGANIZER)
    organizer = load_actor(session, organizer_account.id)
    request = joining.ask(session, organisation, today=MONDAY, by=founder(session))
    with pytest.raises(NotNow):
        joining.decide(session, request, accept=True, by=organizer)
    assert people_queries.overdue_join_requests(session) == []
    request.due_at = utcnow() - timedelta(minutes=1)
    joining.escalate(session, request.id)
    assert templates(session)[-1] == ("join_escalated", organizer_account.email)
    assert [row.name for row in people_queries.overdue_join_requests(session)] == [request.person.name]
    joining.decide(session, request, accept=True, by=organizer)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "organisation.decide_join")).one()
    assert entry.on_behalf_of_id == organisation.id
    before = len(mails(session))
    joining.escalate(session, request.id)  # run twice, or late: nothing
    joining.escalate(session, 4711)
    assert len(mails(session)) == before


def test_without_a_manager_the_organizer_decides_at_once(session: Session) -> None:
    request = joining.ask(session, make_seeker(session), today=MONDAY, by=founder(session))
    assert request.due_at <= utcnow()


def test_declined_and_withdrawn_requests_leave_the_person_free(session: Session) -> None:
    organisation = make_seeker(session)
    manager = load_actor(session, make_account(session, organisation, role=OrgRole.MANAGER).id)
    by = founder(session)
    joining.decide(session, joining.ask(session, organisation, today=MONDAY, by=by), accept=False, by=manager)
    assert mails(session)[-1]["values"]["accepted"] is False
    joining.withdraw(session, joining.ask(session, organisation, today=MONDAY, by=by), by=by)
    assert people_queries.own_join_request(session, by.person_id) is None
    assert load_actor(session, by.account_id or 0).organisation_id is None


# --- merging ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(session: Session) -> tuple[Organisation, Organisation, Actor]:
    admin = load_actor(session, make_account(session, None, GrantRole.ADMINISTRATOR).id)
    return make_seeker(session, name="重复录入", uscc=CODE), make_seeker(session, name="正式单位"), admin


def ask_contact(session: Session, sender: Organisation, subject: Achievement, asker: Account, **values: Any) -> Any:
    request = ContactRequest(
        sender_id=sender.id,
        receiver_id=subject.organisation_id,
        achievement_id=subject.id,
        asked_by_id=asker.person_id,
        purpose="想了解。",
        due_on=MONDAY,
        expires_at=utcnow() + timedelta(days=15),
        **values,
    )
    session.add(request)
    session.flush()
    return request


def test_all_rows_move(session: Session, pair: tuple[Organisation, Organisation, Actor]) -> None:
    old, new, admin = pair
    provider = make_provider(session)
    subject = make_achievement(session, provider)
    member, manager = make_account(session, old), make_account(session, new, role=OrgRole.MANAGER)
    broker = make_account(session, None, GrantRole.BROKER)
    own = make_achievement(session, old)
    old.is_provider = True
    request = ask_contact(session, old, subject, member)
    engagement = Engagement(provider_id=provider.id, seeker_id=old.id, achievement_id=subject.id, origin=Origin.SEARCH)
    match_session = make_session(session)
    booking = Booking(
        match_session_id=match_session.id, seeker_id=old.id, provider_id=provider.id, state=BookingState.WAITING
    )
    circle = make_circle(session, anchor_id=old.id)
    rows: list[Any] = [
        engagement,
        booking,
        DisclosureGrant(
            achievement_id=subject.id, organisation_id=old.id, granted_by_id=member.person_id, granted_at=utcnow()
        ),
        CircleMember(circle_id=circle.id, organisation_id=old.id, since=MONDAY),
        RegisterEntry(
            kind="enterprise",
            subject="重复录入",
            subject_key=CODE,
            organisation_id=old.id,
            circle_id=circle.id,
            arrived_on=MONDAY,
        ),
        Invitation(organisation_id=old.id, email="x@example.org", invited_by_id=member.person_id, expires_at=utcnow()),
    ]
    session.add_all(rows)
    session.flush()
    mandate = make_mandate(session, old, broker, member)
    joiner = founder(session)
    asked = joining.ask(session, old, today=MONDAY, by=joiner)
    counts = merge(session, old, new, by=admin)
    session.flush()
    for table in (
        Membership,
        JoinRequest,
        Invitation,
        Mandate,
        Achievement,
        DisclosureGrant,
        CircleMember,
        RegisterEntry,
    ):
        assert session.scalar(select(func.count()).select_from(table).where(table.organisation_id == old.id)) == 0, (
            table
        )
    assert (request.sender_id, engagement.seeker_id, booking.seeker_id, circle.anchor_id) == (new.id,) * 4
    assert (own.organisation_id, mandate.organisation_id, asked.organisation_id) == (new.id,) * 3
    assert load_actor(session, member.id).organisation_id == new.id
    assert (old.verification, old.merged_into_id, old.uscc) == (Verification.MERGED, new.id, None)
    assert (new.uscc, new.is_provider, new.is_seeker) == (CODE, True, True)
    assert counts["membership"] == 1
    assert counts["contact_request"] == counts["engagement"] == counts["booking"] == 1
    merged = [mail for mail in mails(session) if mail["template"] == "organisation_decided"]
    assert [(mail["to"], mail["values"]["former"]) for mail in merged] == [(manager.email, "重复录入")]
    assert queries.merged_into(session, old) == new.public_id
    keys = {job.payload["key"] for job in session.scalars(select(Job).where(Job.name == "index"))}
    assert {f"achievement:{own.id}", f"organisation:{old.id}"} <= keys


def test_what_both_have_becomes_one(session: Session, pair: tuple[Organisation, Organisation, Actor]) -> None:
    old, new, admin = pair
    provider = make_provider(session)
    subject = make_achievement(session, provider)
    one, other = make_account(session, old), make_account(session, new)
    theirs, kept = ask_contact(session, old, subject, one), ask_contact(session, new, subject, other)
    for place in (old, new):
        session.add(
            DisclosureGrant(
                achievement_id=subject.id, organisation_id=place.id, granted_by_id=one.person_id, granted_at=utcnow()
            )
        )
    further = Engagement(
        provider_id=provider.id,
        seeker_id=old.id,
        achievement_id=subject.id,
        origin=Origin.SEARCH,
        stage=Stage.S6,
        note="旧",
    )
    twin = Engagement(
        provider_id=provider.id,
        seeker_id=new.id,
        achievement_id=subject.id,
        origin=Origin.SEARCH,
        stage=Stage.S3,
        note="新",
    )
    session.add_all([further, twin])
    session.flush()
    theirs.engagement_id = further.id
    session.add(Transition(object_type="engagement", object_id=further.id, to_state="S6", at=utcnow()))
    broker = make_account(session, None, GrantRole.BROKER)
    ended, stays = make_mandate(session, old, broker, one), make_mandate(session, new, broker, other)
    circle = make_circle(session)
    for place, since in ((old, date(2026, 1, 1)), (new, date(2026, 3, 1))):
        session.add(CircleMember(circle_id=circle.id, organisation_id=place.id, since=since))
        session.add(
            RegisterEntry(
                kind="enterprise",
                subject=place.name,
                subject_key=place.name,
                organisation_id=place.id,
                circle_id=circle.id,
                arrived_on=since,
            )
        )
    session.flush()
    merge(session, old, new, by=admin)
    assert (theirs.state, kept.state) == (RequestState.CLOSED, RequestState.PENDING)
    remaining = session.scalars(select(Engagement)).all()
    assert [(one.id, one.stage, one.note) for one in remaining] == [(twin.id, Stage.S6, "新\n旧")]
    assert theirs.engagement_id == twin.id
    assert session.scalars(select(Transition.object_id).where(Transition.object_type == "engagement")).all() == [
        twin.id
    ]
    current = select(func.count()).select_from(DisclosureGrant).where(DisclosureGrant.withdrawn_at.is_(None))
    assert session.scalar(current) == 1
    assert (ended.ended_at is not None, stays.ended_at) == (True, None)
    members = session.scalars(select(CircleMember)).all()
    assert [(member.organisation_id, member.since, member.until) for member in members] == [
        (new.id, date(2026, 1, 1), None)
    ]
    assert set(session.scalars(select(RegisterEntry.subject_key))) == {"正式单位"}


def test_impossible_merges(session: Session, pair: tuple[Organisation, Organisation, Actor]) -> None:
    old, new, admin = pair
    with pytest.raises(Invalid) as caught:
        merge(session, old, old, by=admin)
    assert caught.value.field == "into"
    ask_contact(session, old, make_achievement(session, new), make_account(session, old))
    with pytest.raises(NotNow):
        merge(session, old, new, by=admin)
    third = make_seeker(session)
    merge(session, third, new, by=admin)
    with pytest.raises(NotNow):
        merge(session, third, old, by=admin)
    with pytest.raises(NotNow):
        merge(session, old, third, by=admin)


def test_who_was_merged_earlier_follows(session: Session, pair: tuple[Organisation, Organisation, Actor]) -> None:
    old, new, admin = pair
    first = make_seeker(session)
    merge(session, first, old, by=admin)
    merge(session, old, new, by=admin)
    assert first.merged_into_id == new.id
    assert actions.successor(session, first).id == new.id
    assert session.scalar(select(func.count()).select_from(Circle)) == 0


def test_a_person_kept_by_the_merged_one_is_found_in_the_other(
    session: Session, pair: tuple[Organisation, Organisation, Actor]
) -> None:
    old, new, admin = pair
    person = make_person(session, old)
    merge(session, old, new, by=admin)
    assert [row.name for row in people_queries.people(session, new.id)] == [person.name]
