"""Contact requests: every verb and every refusal; contact data is shown to nobody it was not meant for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import consents, requests
from models.base import utcnow
from models.enums import (
    Capability,
    ConsentKind,
    Disclosure,
    Origin,
    RecordState,
    RequestState,
    Stage,
    Verification,
)
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import requests as queries
from models.rules.policy import Actor, may
from models.rules.threads import MESSAGE_LENGTH, PURPOSE_LENGTH
from models.tables import Consent, ContactRequest, DisclosureGrant, Engagement, Membership, Transition
from tests.factories import make_achievement, make_org, make_person, make_provider, make_seeker
from tests.models.thread_cases import (
    ANSWER_EMAIL,
    ANSWER_PHONE,
    PURPOSE,
    SECRET_EMAIL,
    SECRET_PHONE,
    World,
    ask,
    audited,
    mails,
    make_world,
    receivers,
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def states(session: Session, request: ContactRequest) -> list[str]:
    session.flush()
    found = select(Transition.to_state).where(
        Transition.object_type == "contact_request", Transition.object_id == request.id
    )
    return list(session.scalars(found.order_by(Transition.id)))


def grants(session: Session) -> list[DisclosureGrant]:
    session.flush()
    return list(session.scalars(select(DisclosureGrant).where(DisclosureGrant.withdrawn_at.is_(None))))


# --- asking -----------------------------------------------------------------------------------------------------------


def test_asking_tells_the_managers_and_waits(session: Session, world: World) -> None:
    request = ask(session, world, meet_when="  12月上旬 ", origin=Origin.SEARCH)
    assert request.state is RequestState.PENDING
    assert (request.sender_id, request.receiver_id) == (world.enterprise.id, world.university.id)
    assert (request.asked_by_id, request.acted_by_id) == (world.buyer.person_id, world.buyer.person_id)
    assert (request.meet_when, request.origin) == ("12月上旬", Origin.SEARCH)
    assert not request.shares_sender_contact
    assert states(session, request) == ["pending"]
    assert receivers(session, "request_received") == {world.dean.email}  # nobody is in charge yet
    [entry] = audited(session, "request.create")
    assert (entry.person_id, entry.on_behalf_of_id, entry.ip) == (world.buyer.person_id, None, "192.0.2.7")


def test_the_achievements_contact_is_in_charge_where_they_can_log_in(session: Session, world: World) -> None:
    world.achievement.contact_id = world.professor.person_id
    request = ask(session, world)
    assert request.assigned_to_id == world.professor.person_id
    assert receivers(session, "request_received") == {world.professor.email}


def test_a_contact_without_log_in_leaves_it_to_the_managers(session: Session, world: World) -> None:
    world.achievement.contact_id = make_person(session, world.university).id
    request = ask(session, world)
    assert request.assigned_to_id is None
    assert receivers(session, "request_received") == {world.dean.email}


def test_a_second_open_request_of_the_pair_reads_that_the_first_still_waits(session: Session, world: World) -> None:
    first = ask(session, world)
    with pytest.raises(Conflict, match="still waits for an answer"):
        ask(session, world, "boss")
    assert session.scalars(select(ContactRequest)).all() == [first]
    requests.withdraw(session, first, by=world.by(session, "buyer"))
    assert ask(session, world, "boss").id != first.id


def test_a_question_asked_back_is_still_open(session: Session, world: World) -> None:
    requests.ask_back(session, ask(session, world), by=world.by(session, "professor"), text="多大规模？")
    with pytest.raises(Conflict, match="still waits for an answer"):
        ask(session, world)


def test_a_colleague_without_log_in_can_be_the_one_who_asks(session: Session, world: World) -> None:
    engineer = make_person(session, world.enterprise)
    request = ask(session, world, asked_by_id=engineer.id)
    assert (request.asked_by_id, request.acted_by_id) == (engineer.id, world.buyer.person_id)


def test_a_broker_asks_on_behalf(session: Session, world: World) -> None:
    request = ask(session, world, "broker", asked_by_id=world.buyer.person_id, origin=Origin.SEARCH)
    assert (request.asked_by_id, request.acted_by_id) == (world.buyer.person_id, world.broker.person_id)
    assert request.origin is Origin.BROKER
    [entry] = audited(session, "request.create")
    assert entry.on_behalf_of_id == world.enterprise.id
    [first] = queries.timeline(session, request)
    assert (first.who, first.on_behalf) == (world.broker.person.name, world.enterprise.name)


def test_a_roadshow_stays_the_origin_of_what_a_broker_asks(session: Session, world: World) -> None:
    request = ask(session, world, "broker", asked_by_id=world.buyer.person_id, origin=Origin.ROADSHOW)
    assert request.origin is Origin.ROADSHOW


def test_an_organizer_asks_on_behalf_and_names_who_asks(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as error:
        ask(session, world, "organizer")
    assert error.value.field == "asked_by"
    request = ask(session, world, "organizer", asked_by_id=world.buyer.person_id)
    assert audited(session, "request.create")[0].on_behalf_of_id == world.enterprise.id
    assert request.acted_by_id == world.organizer.person_id


def test_a_broker_whose_mandate_ended_asks_for_nobody(session: Session, world: World) -> None:
    from models.actions import mandates
    from models.tables import Mandate

    mandates.end(session, session.scalars(select(Mandate)).one(), by=world.by(session, "boss"))
    with pytest.raises(NotNow) as error:
        ask(session, world, "broker", asked_by_id=world.buyer.person_id)
    assert error.value.field == "sender"


def test_who_asks_must_be_of_the_organisation(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as error:
        ask(session, world, asked_by_id=world.outsider.person_id)
    assert error.value.field == "asked_by"


def test_nobody_asks_for_another_organisation(session: Session, world: World) -> None:
    for name in ("outsider", "professor"):
        with pytest.raises(NotNow) as error:
            ask(session, world, name, asked_by_id=world.buyer.person_id)
        assert error.value.field == "sender"


def test_an_organisation_that_only_provides_cannot_ask(session: Session, world: World) -> None:
    other = make_achievement(session, make_provider(session))
    with pytest.raises(NotNow):
        ask(session, world, "professor", achievement=other, sender_id=world.university.id)


def test_nobody_asks_their_own_organisation(session: Session, world: World) -> None:
    both = make_org(session, Capability.PROVIDER, Capability.SEEKER)
    person = make_person(session, both)
    with pytest.raises(NotNow, match="belongs to the organisation that asks"):
        ask(
            session,
            world,
            "organizer",
            achievement=make_achievement(session, both),
            sender_id=both.id,
            asked_by_id=person.id,
        )


@pytest.mark.parametrize(
    "state", [RecordState.DRAFT, RecordState.EXPIRED, RecordState.WITHDRAWN, RecordState.TAKEN_DOWN]
)
def test_only_what_is_published_can_be_asked_about(session: Session, world: World, state: RecordState) -> None:
    other = make_achievement(session, world.university, state=state)
    with pytest.raises(NotNow, match="not published any more"):
        ask(session, world, achievement=other)


def test_nobody_asks_a_suspended_owner(session: Session, world: World) -> None:
    world.university.verification = Verification.SUSPENDED
    with pytest.raises(NotNow, match="not published any more"):
        ask(session, world)


def test_a_suspended_organisation_does_not_ask(session: Session, world: World) -> None:
    world.enterprise.verification = Verification.SUSPENDED
    session.flush()
    with pytest.raises(NotNow):
        ask(session, world)
    with pytest.raises(NotNow, match="cannot ask at present"):  # nor does an organizer for it
        ask(session, world, "organizer", asked_by_id=world.buyer.person_id)


def test_an_unverified_organisation_asks_and_the_mail_marks_it(session: Session, world: World) -> None:
    world.enterprise.verification = Verification.UNVERIFIED
    ask(session, world)
    assert [mail["values"]["sender_verified"] for mail in mails(session, "request_received")] == [False]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("purpose", {"purpose": "  "}),
        ("purpose", {"purpose": "很" * (PURPOSE_LENGTH + 1)}),
        ("meet_when", {"meet_when": "很" * 201}),
    ],
)
def test_texts_are_bounded(session: Session, world: World, field: str, values: dict[str, str]) -> None:
    with pytest.raises(Invalid) as error:
        ask(session, world, **values)
    assert error.value.field == field
    assert session.scalars(select(ContactRequest)).all() == []


# --- answering --------------------------------------------------------------------------------------------------------


def test_accepting_opens_an_engagement_and_tells_who_asked(session: Session, world: World) -> None:
    request = ask(session, world)
    engagement = requests.accept(session, request, by=world.by(session, "professor"))
    assert request.state is RequestState.ACCEPTED
    assert request.answered_by_id == world.professor.person_id
    assert request.answered_at is not None
    assert request.engagement_id == engagement.id
    assert (engagement.provider_id, engagement.seeker_id) == (world.university.id, world.enterprise.id)
    assert engagement.stage is Stage.S2
    assert receivers(session, "request_answered") == {world.buyer.email}
    assert not request.shares_receiver_contact
    assert grants(session) == []  # not ticked, not opened
    assert states(session, request) == ["pending", "accepted"]


def test_accepting_with_the_tick_opens_details_after_consent(session: Session, world: World) -> None:
    requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=True)
    [grant] = grants(session)
    assert (grant.organisation_id, grant.achievement_id) == (world.enterprise.id, world.achievement.id)
    assert grant.granted_by_id == world.professor.person_id
    [entry] = audited(session, "disclosure.grant")
    assert entry.detail == {"organisation": world.enterprise.public_id}


@pytest.mark.parametrize("disclosure", [Disclosure.PUBLIC, Disclosure.VERIFIED])
def test_no_grant_where_nothing_is_disclosed_after_consent(session: Session, disclosure: Disclosure) -> None:
    world = make_world(session, disclosure=disclosure)
    requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=True)
    assert grants(session) == []


def test_what_was_tightened_to_consent_opens(session: Session) -> None:
    world = make_world(session, disclosure=Disclosure.PUBLIC)
    world.achievement.tightened_to = Disclosure.CONSENT
    requests.accept(session, ask(session, world), by=world.by(session, "professor"), open_details=True)
    assert len(grants(session)) == 1


def test_details_wait_for_the_verification_of_who_asks(session: Session, world: World) -> None:
    world.enterprise.verification = Verification.UNVERIFIED
    request = ask(session, world)
    requests.accept(session, request, by=world.by(session, "professor"), open_details=True)
    assert request.state is RequestState.ACCEPTED
    assert grants(session) == []


def test_an_accepted_request_is_answered_once(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.accept(session, request, by=world.by(session, "professor"))
    dean = world.by(session, "dean")
    refused = [
        lambda: requests.accept(session, request, by=dean),
        lambda: requests.decline(session, request, by=dean, reason="price"),
        lambda: requests.ask_back(session, request, by=dean, text="？"),
        lambda: requests.withdraw(session, request, by=world.by(session, "buyer")),
    ]
    for verb in refused:
        with pytest.raises(NotNow, match="Accepted"):
            verb()
    assert states(session, request) == ["pending", "accepted"]
    assert len(mails(session, "request_answered")) == 1


def test_declining_needs_a_reason_of_the_dictionary(session: Session, world: World) -> None:
    request, dean = ask(session, world), world.by(session, "dean")
    for reason in ("", "invented"):
        with pytest.raises(Invalid) as error:
            requests.decline(session, request, by=dean, reason=reason)
        assert error.value.field == "reason"
    with pytest.raises(Invalid) as error:
        requests.decline(session, request, by=dean, reason="other", note=" ")
    assert error.value.field == "note"
    with pytest.raises(Invalid) as error:
        requests.decline(session, request, by=dean, reason="price", note="很" * (MESSAGE_LENGTH + 1))
    assert error.value.field == "note"
    assert request.state is RequestState.PENDING
    requests.decline(session, request, by=dean, reason="price", note="目前只按许可合作。")
    assert (request.state, request.decline_reason) == (RequestState.DECLINED, "price")
    [mail] = mails(session, "request_answered")
    assert (mail["to"], mail["values"]["answer"], mail["values"]["reason"]) == (world.buyer.email, "declined", "price")
    assert session.scalars(select(Engagement)).all() == []


def test_asking_back_turns_the_thread_and_the_answer_turns_it_back(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.ask_back(session, request, by=world.by(session, "professor"), text="每天多少方？")
    assert request.state is RequestState.ASKED_BACK
    assert receivers(session, "request_answered") == {world.buyer.email}
    requests.write(session, request, by=world.by(session, "buyer"), text="每天200方。")
    assert request.state is RequestState.PENDING
    entries = queries.timeline(session, request)
    assert [(entry.state, entry.text) for entry in entries] == [
        (RequestState.PENDING, ""),
        (RequestState.ASKED_BACK, "每天多少方？"),
        (RequestState.PENDING, "每天200方。"),
    ]
    assert states(session, request) == ["pending", "asked_back", "pending"]


def test_what_was_asked_back_can_still_be_accepted(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.ask_back(session, request, by=world.by(session, "professor"), text="每天多少方？")
    requests.accept(session, request, by=world.by(session, "dean"))
    assert request.state is RequestState.ACCEPTED


def test_asking_back_needs_words(session: Session, world: World) -> None:
    request = ask(session, world)
    with pytest.raises(Invalid) as error:
        requests.ask_back(session, request, by=world.by(session, "professor"), text="\n ")
    assert error.value.field == "text"
    assert request.state is RequestState.PENDING


def test_withdrawing_tells_who_handled_it(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.withdraw(session, request, by=world.by(session, "buyer"))
    assert request.state is RequestState.WITHDRAWN
    assert receivers(session, "request_closed") == {world.dean.email}


# --- messages ---------------------------------------------------------------------------------------------------------


def test_messages_go_to_the_other_side(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.accept(session, request, by=world.by(session, "professor"))
    requests.write(session, request, by=world.by(session, "buyer"), text="下周二可以吗？")
    requests.write(session, request, by=world.by(session, "dean"), text="可以。")
    assert [(mail["to"], mail["values"]["text"]) for mail in mails(session, "request_message")] == [
        (world.professor.email, "下周二可以吗？"),  # who answered is in charge
        (world.buyer.email, "可以。"),
    ]
    sides = [(message.person_id, message.organisation_id) for message in request.messages]
    assert sides == [
        (world.buyer.person_id, world.enterprise.id),
        (world.dean.person_id, world.university.id),
    ]


def test_a_message_of_the_receiver_does_not_answer_its_own_question(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.ask_back(session, request, by=world.by(session, "professor"), text="每天多少方？")
    requests.write(session, request, by=world.by(session, "dean"), text="还有温度。")
    assert request.state is RequestState.ASKED_BACK
    assert [entry.text for entry in queries.timeline(session, request)] == ["", "每天多少方？", "还有温度。"]


@pytest.mark.parametrize("text", ["", "   ", "很" * (MESSAGE_LENGTH + 1)])
def test_messages_are_bounded(session: Session, world: World, text: str) -> None:
    request = ask(session, world)
    with pytest.raises(Invalid) as error:
        requests.write(session, request, by=world.by(session, "buyer"), text=text)
    assert error.value.field == "text"


def test_a_closed_thread_takes_no_messages(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.decline(session, request, by=world.by(session, "dean"), reason="price")
    with pytest.raises(NotNow, match="Declined"):
        requests.write(session, request, by=world.by(session, "buyer"), text="再谈谈？")
    assert request.messages == []


def test_who_acts_for_neither_side_does_not_write(session: Session, world: World) -> None:
    request = ask(session, world)
    for name in ("outsider", "organizer"):
        with pytest.raises(NotNow, match="any side"):
            requests.write(session, request, by=world.by(session, name), text="我也想看看。")
    assert request.messages == []


def test_who_acts_for_both_says_for_which(session: Session, world: World) -> None:
    from tests.factories import make_mandate

    make_mandate(session, world.university, world.broker, world.dean)
    request, both = ask(session, world), world.by(session, "broker")
    requests.write(session, request, by=both, text="代学校说一句。", side_id=world.university.id)
    requests.write(session, request, by=both, text="代企业说一句。", side_id=world.enterprise.id)
    assert [message.organisation_id for message in request.messages] == [world.university.id, world.enterprise.id]
    assert [entry.on_behalf for entry in queries.timeline(session, request)[1:]] == [
        world.university.name,
        world.enterprise.name,
    ]


# --- who is in charge -------------------------------------------------------------------------------------------------


def test_assigning_tells_the_colleague(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.assign(session, request, by=world.by(session, "dean"), person_id=world.professor.person_id)
    assert request.assigned_to_id == world.professor.person_id
    assert [mail["values"].get("assigned_by") for mail in mails(session, "request_received")] == [
        None,
        world.dean.person.name,
    ]
    requests.assign(session, request, by=world.by(session, "dean"), person_id=world.professor.person_id)
    assert len(audited(session, "request.assign")) == 1  # twice is once


def test_only_a_colleague_who_can_log_in_is_put_in_charge(session: Session, world: World) -> None:
    request = ask(session, world)
    for person_id in (world.buyer.person_id, make_person(session, world.university).id):
        with pytest.raises(Invalid) as error:
            requests.assign(session, request, by=world.by(session, "dean"), person_id=person_id)
        assert error.value.field == "person"
    assert request.assigned_to_id is None
    requests.withdraw(session, request, by=world.by(session, "buyer"))
    with pytest.raises(NotNow):
        requests.assign(session, request, by=world.by(session, "dean"), person_id=world.professor.person_id)


# --- contact data -----------------------------------------------------------------------------------------------------


def shown(session: Session, request: ContactRequest) -> str:
    session.flush()
    return " ".join(f"{c.phone} {c.email}" for c in queries.contacts(session, request))


def accepted(session: Session, world: World, *, asker: bool = True, answerer: bool = True) -> ContactRequest:
    request = ask(session, world, share_contact=asker)
    requests.accept(session, request, by=world.by(session, "professor"), share_contact=answerer)
    return request


def test_both_agreed_and_both_are_shown(session: Session, world: World) -> None:
    text = shown(session, accepted(session, world))
    assert all(secret in text for secret in (SECRET_PHONE, SECRET_EMAIL, ANSWER_PHONE, ANSWER_EMAIL))


def test_agreeing_is_a_consent_of_ones_own(session: Session, world: World) -> None:
    accepted(session, world)
    given = select(Consent.person_id).where(Consent.kind == ConsentKind.CONTACT)
    assert set(session.scalars(given)) == {world.buyer.person_id, world.professor.person_id}


@pytest.mark.parametrize("state", [s for s in RequestState if s is not RequestState.ACCEPTED])
def test_nothing_is_shown_in_any_other_state(session: Session, world: World, state: RequestState) -> None:
    request = accepted(session, world)
    request.state = state  # everybody agreed: what could leak is there
    assert queries.contacts(session, request) == []
    with pytest.raises(NotNow, match="after the request has been accepted"):
        requests.look_at_contact(session, request, by=world.by(session, "buyer"))


def test_only_of_those_who_agreed(session: Session, world: World) -> None:
    text = shown(session, accepted(session, world, asker=False))
    assert SECRET_PHONE not in text
    assert SECRET_EMAIL not in text
    assert ANSWER_PHONE in text


def test_a_withdrawn_consent_hides_at_once(session: Session, world: World) -> None:
    request = accepted(session, world)
    consents.withdraw(session, ConsentKind.CONTACT, by=world.by(session, "buyer"))
    text = shown(session, request)
    assert SECRET_PHONE not in text
    assert ANSWER_PHONE in text
    # Agreeing again elsewhere does not open this thread again.
    consents.give(session, ConsentKind.CONTACT, person_id=world.buyer.person_id, by=world.by(session, "buyer"))
    assert SECRET_PHONE not in shown(session, request)


def test_a_flag_without_the_persons_consent_shows_nothing(session: Session, world: World) -> None:
    request = ask(session, world, "boss", asked_by_id=world.buyer.person_id, share_contact=True)
    requests.accept(session, request, by=world.by(session, "professor"))
    assert request.shares_sender_contact
    assert SECRET_PHONE not in shown(session, request)  # the boss ticked, the buyer never agreed


def test_who_has_no_log_in_is_shown_by_the_declared_consent(session: Session, world: World) -> None:
    declared = make_person(session, world.enterprise, phone="137-5555-6666")
    declared.declared_at, declared.declared_by_id = utcnow(), world.boss.person_id
    request = ask(session, world, asked_by_id=declared.id, share_contact=True)
    requests.accept(session, request, by=world.by(session, "professor"))
    assert "137-5555-6666" in shown(session, request)
    declared.declared_at = None
    assert "137-5555-6666" not in shown(session, request)


def test_who_left_is_not_shown(session: Session, world: World) -> None:
    request = accepted(session, world)
    found = select(Membership).where(Membership.person_id == world.buyer.person_id)
    session.scalars(found).one().ended_at = utcnow()
    assert SECRET_PHONE not in shown(session, request)


def test_a_broker_whose_mandate_ended_is_not_shown(session: Session, world: World) -> None:
    from models.actions import mandates
    from models.tables import Mandate
    from tests.factories import make_mandate

    make_mandate(session, world.university, world.broker, world.dean)
    world.broker.person.phone = "136-7777-8888"
    request = ask(session, world)
    requests.accept(session, request, by=world.by(session, "broker"), share_contact=True)
    assert "136-7777-8888" in shown(session, request)
    mandate = session.scalars(select(Mandate).where(Mandate.organisation_id == world.university.id)).one()
    mandates.end(session, mandate, by=world.by(session, "dean"))
    assert "136-7777-8888" not in shown(session, request)


def test_a_deidentified_person_is_not_shown(session: Session, world: World) -> None:
    request = accepted(session, world)
    world.buyer.person.deidentified_at = utcnow()
    assert SECRET_PHONE not in shown(session, request)


def test_each_side_takes_back_its_own(session: Session, world: World) -> None:
    request = accepted(session, world)
    requests.stop_sharing(session, request, by=world.by(session, "professor"))
    text = shown(session, request)
    assert ANSWER_PHONE not in text
    assert SECRET_PHONE in text
    requests.stop_sharing(session, request, by=world.by(session, "boss"))
    assert SECRET_PHONE not in shown(session, request)
    with pytest.raises(NotNow):
        requests.stop_sharing(session, request, by=world.by(session, "outsider"))


def test_every_look_leaves_a_row(session: Session, world: World) -> None:
    request = accepted(session, world)
    requests.look_at_contact(session, request, by=world.by(session, "buyer"))
    requests.look_at_contact(session, request, by=world.by(session, "buyer"))
    requests.look_at_contact(session, request, by=world.by(session, "broker"))
    rows = [(row.person_id, row.on_behalf_of_id, row.object_id) for row in audited(session, "request.look_at_contact")]
    assert rows == [
        (world.buyer.person_id, None, request.id),
        (world.buyer.person_id, None, request.id),
        (world.broker.person_id, world.enterprise.id, request.id),
    ]
    with pytest.raises(NotNow):
        requests.look_at_contact(session, request, by=world.by(session, "organizer"))


def test_no_mail_and_no_audit_row_carries_contact_data(session: Session, world: World) -> None:
    request = accepted(session, world)
    requests.write(session, request, by=world.by(session, "buyer"), text="您好")
    for mail in [
        *mails(session, "request_received"),
        *mails(session, "request_answered"),
        *mails(session, "request_message"),
    ]:
        text = str(mail["values"])
        assert SECRET_PHONE not in text
        assert ANSWER_PHONE not in text
        assert SECRET_EMAIL not in text
    for action in ("request.create", "request.accept", "request.write", "request.share_contact"):
        assert audited(session, action)
        assert all(SECRET_PHONE not in str(row.detail) for row in audited(session, action))


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_for_an_achievement_ends_what_is_open_and_tells_who_asked(session: Session, world: World) -> None:
    other = make_seeker(session)
    colleague = make_person(session, other)
    waiting = ask(session, world)
    second = ask(session, world, "organizer", sender_id=other.id, asked_by_id=colleague.id)
    requests.ask_back(session, second, by=world.by(session, "dean"), text="？")
    elsewhere = ask(session, world, achievement=make_achievement(session, world.university))
    closed = requests.close_for(session, world.achievement, by=world.by(session, "organizer"), reason="权属存疑")
    assert closed == 2
    assert [waiting.state, second.state, elsewhere.state] == [
        RequestState.CLOSED,
        RequestState.CLOSED,
        RequestState.PENDING,
    ]
    assert receivers(session, "record_gone") == {world.buyer.email, colleague.email}
    assert queries.timeline(session, waiting)[-1].text == "权属存疑"


# --- who may, and lists -----------------------------------------------------------------------------------------------


def test_permissions_of_the_two_sides(session: Session, world: World) -> None:
    request = ask(session, world)
    allowed = {
        name: {
            p for p in ("read", "answer", "withdraw", "write") if may(world.by(session, name), f"request.{p}", request)
        }
        for name in ("professor", "dean", "buyer", "broker", "organizer", "outsider")
    }
    assert allowed == {
        "professor": {"read", "answer", "write"},
        "dean": {"read", "answer", "write"},
        "buyer": {"read", "withdraw", "write"},
        "broker": {"read", "withdraw", "write"},
        "organizer": {"read"},
        "outsider": set(),
    }


def test_boxes_hold_an_organisations_own_threads(session: Session, world: World) -> None:
    mine = ask(session, world)
    foreign = ask(session, world, "outsider", sender_id=world.by(session, "outsider").organisation_id)
    session.flush()

    def ids(box: object) -> set[str]:
        return {row.public_id for row in queries.threads(session, box).rows}  # type: ignore[arg-type]

    assert ids(queries.sent([world.enterprise.id])) == {mine.public_id}
    assert ids(queries.received([world.university.id])) == {mine.public_id, foreign.public_id}
    assert ids(queries.received([world.enterprise.id])) == set()
    assert ids(queries.sent([])) == set()
    assert queries.boxes(session, [world.university.id]) == (2, 0)
    assert queries.by_state(session, queries.everything()) == {RequestState.PENDING: 2}


def test_lists_page_by_key_in_both_directions(session: Session, world: World) -> None:
    made = []
    for _number in range(5):
        made.append(ask(session, world, achievement=make_achievement(session, world.university)).public_id)
    made.reverse()
    box = queries.sent([world.enterprise.id])

    def page(**place: str) -> tuple[list[str], str, str]:
        found = queries.threads(session, box, limit=2, **place)  # type: ignore[arg-type]
        return [row.public_id for row in found.rows], found.previous, found.next

    assert page() == (made[:2], "", made[1])
    assert page(after=made[1]) == (made[2:4], made[2], made[3])
    assert page(after=made[3]) == (made[4:], made[4], "")
    assert page(before=made[4]) == (made[2:4], made[2], made[3])
    assert page(before=made[2]) == (made[:2], "", made[1])
    assert page(after="unknown") == (made[:2], "", made[1])


def test_times_are_kept_in_utc(session: Session, world: World) -> None:
    request = ask(session, world)
    session.commit()
    session.expire_all()
    assert request.expires_at.tzinfo is UTC
    assert request.expires_at - request.created_at == timedelta(days=15)
    assert isinstance(request.expires_at, datetime)


def test_an_actor_without_organisation_has_no_side(session: Session, world: World) -> None:
    request = ask(session, world)
    nobody = replace(Actor(), account_id=1, person_id=world.outsider.person_id, confirmed=True)
    for verb in (requests.look_at_contact, requests.stop_sharing):
        with pytest.raises(DomainError):
            verb(session, request, by=nobody)


def test_the_question_stands_in_the_thread(session: Session, world: World) -> None:
    request = ask(session, world)
    head = queries.head(session, request.id)
    assert (head.sender, head.receiver, head.asked_by) == (
        world.enterprise.name,
        world.university.name,
        world.buyer.person.name,
    )
    assert head.engagement is None
    assert request.purpose == PURPOSE
