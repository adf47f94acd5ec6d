"""The people of an organisation: entering, inviting, roles, hand-over, mandates, leaving, being forgotten."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import handover, invitations, mandates, my_data, people
from models.base import Database, utcnow
from models.enums import (
    BookingState,
    Capacity,
    ConsentKind,
    Decision,
    GrantRole,
    OccupancyKind,
    OrgRole,
    RegistrationState,
    RequestState,
    Side,
    Verification,
)
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import my_data as export
from models.queries import people as queries
from models.queries.actors import load_actor
from models.rules.calendar import cells
from models.rules.policy import VISITOR, Actor
from models.tables import (
    Account,
    Booking,
    BookingAttendee,
    Consent,
    Grant,
    Invitation,
    Mandate,
    Membership,
    Occupancy,
    Organisation,
    Person,
    Registration,
)
from tests.counting import counted
from tests.factories import (
    make_account,
    make_achievement,
    make_event,
    make_mandate,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.test_accounts import BY, actions_of, mails, templates
from tests.models.test_organisations import ask_contact


class Place:
    """An organisation with a manager and a member, and another organisation that owns something."""

    def __init__(self, session: Session) -> None:
        self.organisation = make_seeker(session)
        self.manager = make_account(session, self.organisation, role=OrgRole.MANAGER)
        self.member = make_account(session, self.organisation)
        self.provider = make_provider(session)
        self.subject = make_achievement(session, self.provider)
        self.by = load_actor(session, self.manager.id)


@pytest.fixture
def place(session: Session) -> Place:
    return Place(session)


def membership(session: Session, account: Account) -> Membership:
    found = queries.present_membership(session, account.person_id)
    assert found is not None
    return found


def meeting(session: Session, place: Place, *attendees: Person, hour: int = 0) -> Booking:
    """A confirmed meeting that the seeker's people attend, with the cells they hold."""
    match_session = make_session(
        session, starts_at=(utcnow() + timedelta(days=2)).replace(hour=1 + hour, minute=0, second=0, microsecond=0)
    )
    slot, table = match_session.slots[0], match_session.tables[0]
    booking = Booking(
        match_session_id=match_session.id,
        slot_id=slot.id,
        table_id=table.id,
        seeker_id=place.organisation.id,
        provider_id=place.provider.id,
        state=BookingState.CONFIRMED,
    )
    session.add(booking)
    session.flush()
    for person in attendees:
        session.add(BookingAttendee(booking_id=booking.id, person_id=person.id, side=Side.SEEKER))
        for cell in cells(slot.starts_at, slot.ends_at):
            session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=person.id, cell=cell, booking_id=booking.id))
    session.flush()
    return booking


def held_by(session: Session, booking: Booking) -> set[int]:
    return set(session.scalars(select(Occupancy.holder_id).where(Occupancy.booking_id == booking.id)))


# --- people without a log-in --------------------------------------------------------------------------------------------


def add(session: Session, place: Place, **values: Any) -> Person:
    given = {
        "name": "郑教授",
        "title": "教授",
        "email": "Zheng@example.org",
        "phone": "000",
        "declared": True,
        **values,
    }
    return people.add(session, place.organisation, by=place.by, **given)


def test_entering_needs_the_declaration_and_tells_the_person(session: Session, place: Place) -> None:
    with pytest.raises(Invalid) as caught:
        add(session, place, declared=False)
    assert caught.value.field == "declared"
    with pytest.raises(Invalid) as caught:
        add(session, place, email="no address")
    assert caught.value.field == "email"
    person = add(session, place)
    assert (person.declared_by_id, person.email) == (place.manager.person_id, "zheng@example.org")
    assert person.declared_at is not None
    assert templates(session) == [("person_entered", "zheng@example.org")]
    assert "person.add" in actions_of(session)
    assert person.name in [row.name for row in queries.people(session, place.organisation.id)]
    assert templates(session) == [("person_entered", "zheng@example.org")]
    add(session, place, email="")
    assert len(mails(session)) == 1


def test_data_of_others_are_corrected_only_without_a_log_in(session: Session, place: Place) -> None:
    person = add(session, place)
    people.edit(session, person, name="郑新名", title="", email="", phone="", by=place.by)
    assert (person.name, person.email) == ("郑新名", "")
    with pytest.raises(NotNow):
        people.edit(session, place.member.person, name="改名", title="", email="", phone="", by=place.by)


# --- roles --------------------------------------------------------------------------------------------------------------


def test_roles(session: Session, place: Place) -> None:
    with pytest.raises(NotNow):  # the last manager
        people.set_role(session, membership(session, place.manager), OrgRole.MEMBER, by=place.by)
    people.set_role(session, membership(session, place.member), OrgRole.MANAGER, by=place.by)
    assert load_actor(session, place.member.id).manages(place.organisation.id)
    assert templates(session) == [("membership_changed", place.member.email)]
    people.set_role(session, membership(session, place.manager), OrgRole.MEMBER, by=place.by)
    kept = queries.membership_of(session, place.organisation.id, add(session, place).public_id)
    assert kept is not None
    with pytest.raises(NotNow):
        people.set_role(session, kept, OrgRole.MANAGER, by=place.by)


def test_two_managers_who_step_down_at_once_leave_one(each_database: Database) -> None:
    with each_database.write() as session:
        place = Place(session)
        people.set_role(session, membership(session, place.member), OrgRole.MANAGER, by=place.by)
        both = [(load_actor(session, one.id), membership(session, one).id) for one in (place.manager, place.member)]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def step_down(by: Actor, membership_id: int) -> None:
        start.wait()
        try:
            with each_database.write() as session:
                own = session.get(Membership, membership_id)
                assert own is not None
                people.set_role(session, own, OrgRole.MEMBER, by=by)
            outcomes.append("member")
        except DomainError:
            outcomes.append("stays")

    threads = [threading.Thread(target=step_down, args=one) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["member", "stays"]


# --- invitations --------------------------------------------------------------------------------------------------------


def invite(session: Session, place: Place, email: str = "Colleague@example.org", **values: Any) -> Invitation:
    return invitations.invite(
        session, place.organisation, **{"email": email, "role": OrgRole.MEMBER, "by": place.by, **values}
    )


def test_an_invitation_is_sent_again_not_twice(session: Session, place: Place) -> None:
    first = invite(session, place)
    assert invite(session, place, role=OrgRole.MANAGER).id == first.id
    assert first.role is OrgRole.MANAGER
    assert templates(session) == [("invitation", "colleague@example.org")] * 2
    with pytest.raises(Invalid):
        invite(session, place, email="nobody")
    with pytest.raises(Conflict):
        invite(session, place, email=place.member.email.upper())


def test_signing_up_by_an_invitation(session: Session, place: Place) -> None:
    invitation = invite(session, place, role=OrgRole.MANAGER)
    account = invitations.sign_up(session, invitation, name="来了", password_hash="h", locale="en", by=BY)
    me = load_actor(session, account.id)
    assert (me.confirmed, me.organisation_id, me.role) == (True, place.organisation.id, OrgRole.MANAGER)
    assert session.scalars(select(Consent.kind).where(Consent.person_id == account.person_id)).all() == ["privacy"]
    with pytest.raises(NotNow):
        invitations.sign_up(session, invitation, name="再来", password_hash="h", locale="en", by=BY)


def test_an_invited_person_keeps_what_the_organisation_kept(session: Session, place: Place) -> None:
    person = add(session, place)
    booking = meeting(session, place, person)
    invitation = invite(session, place, email="zheng@example.org", person=person)
    account = invitations.sign_up(session, invitation, name="郑某", password_hash="h", locale="en", by=BY)
    assert account.person_id == person.id
    assert [row.name for row in queries.people(session, place.organisation.id)].count("郑某") == 1
    assert held_by(session, booking) == {person.id}
    with pytest.raises(NotNow):  # has a log-in now
        invite(session, place, email="other@example.org", person=person)


def test_an_account_of_the_same_human_being_takes_the_place(session: Session, place: Place) -> None:
    person = add(session, place)
    booking = meeting(session, place, person)
    own = make_account(session, email="zheng@example.org", name="郑自己")
    invitation = invite(session, place, email=own.email, person=person)
    invitations.accept(session, invitation, by=load_actor(session, own.id))
    assert [row.name for row in queries.people(session, place.organisation.id)].count("郑自己") == 1
    assert held_by(session, booking) == {own.person_id}
    assert person.deidentified_at is not None
    assert "郑教授" not in [row.name for row in queries.people(session, place.organisation.id)]


def test_refused_acceptances(session: Session, place: Place) -> None:
    invitation = invite(session, place)
    stranger = make_account(session)
    with pytest.raises(NotNow):  # another address
        invitations.accept(session, invitation, by=load_actor(session, stranger.id))
    elsewhere = make_account(session, make_seeker(session), email="colleague@example.org")
    with pytest.raises(Conflict):  # in one organisation at a time
        invitations.accept(session, invitation, by=load_actor(session, elsewhere.id))
    session.rollback()


@pytest.mark.parametrize("change", ["expired", "withdrawn", "suspended"])
def test_dead_invitations(session: Session, place: Place, change: str) -> None:
    invitation = invite(session, place)
    if change == "expired":
        invitation.expires_at = utcnow()
    elif change == "withdrawn":
        invitations.withdraw(session, invitation, by=place.by)
    else:
        place.organisation.verification = Verification.SUSPENDED
    assert (queries.invitations_to(session, "colleague@example.org") == []) is (change != "suspended")
    with pytest.raises(NotNow):
        invitations.sign_up(session, invitation, name="晚到", password_hash="h", locale="en", by=BY)
    assert session.scalar(select(func.count()).select_from(Account).where(Account.email == invitation.email)) == 0


def test_declining(session: Session, place: Place) -> None:
    invitation = invite(session, place)
    invitations.decline(session, invitation, by=VISITOR)
    assert invitation.state is Decision.DECLINED
    assert queries.invitations(session, place.organisation.id) == []


# --- hand-over ----------------------------------------------------------------------------------------------------------


def test_work_goes_to_the_colleague(session: Session, place: Place) -> None:
    person = place.member.person
    asked = ask_contact(session, place.organisation, place.subject, place.member, shares_sender_contact=True)
    own = make_achievement(session, place.organisation, contact_id=person.id)
    third = make_seeker(session)
    received = ask_contact(session, third, own, make_account(session, third), assigned_to_id=person.id)
    going_on = ask_contact(
        session, make_seeker(session), own, place.manager, assigned_to_id=person.id, state=RequestState.ACCEPTED
    )
    finished = ask_contact(
        session, make_seeker(session), own, place.manager, assigned_to_id=person.id, state=RequestState.DECLINED
    )
    booking = meeting(session, place, person)
    work = queries.work_of(session, place.organisation.id, person.id)
    assert (work.requests, work.achievements, work.meetings) == (3, 1, 1)
    handover.hand_over(session, place.organisation, person, place.manager.person, by=place.by)
    to = place.manager.person_id
    assert (asked.asked_by_id, asked.shares_sender_contact) == (to, False)
    assert (received.assigned_to_id, going_on.assigned_to_id, finished.assigned_to_id) == (to, to, person.id)
    assert own.contact_id == to
    assert held_by(session, booking) == {to}
    assert [attendee.person_id for attendee in booking.attendees] == [to]
    assert not queries.work_of(session, place.organisation.id, person.id)
    assert "organisation.hand_over" in actions_of(session)
    assert mails(session) == []  # who hands over to themselves knows


def test_the_colleague_is_told(session: Session, place: Place) -> None:
    meeting(session, place, place.manager.person)
    handover.hand_over(session, place.organisation, place.manager.person, place.member.person, by=place.by)
    assert templates(session) == [("work_handed_over", place.member.email)]


def test_past_and_other_organisations_meetings_stay(session: Session, place: Place) -> None:
    past = meeting(session, place, place.member.person)
    slot = past.slot
    assert slot is not None
    slot.starts_at, slot.ends_at = utcnow() - timedelta(days=2, hours=1), utcnow() - timedelta(days=2)
    cancelled = meeting(session, place, place.member.person, hour=3)
    cancelled.state = BookingState.CANCELLED
    session.flush()
    assert queries.work_of(session, place.organisation.id, place.member.person_id).meetings == 0


def test_who_attends_already_takes_over_without_a_second_chair(session: Session, place: Place) -> None:
    booking = meeting(session, place, place.member.person, place.manager.person)
    handover.hand_over(session, place.organisation, place.member.person, place.manager.person, by=place.by)
    session.refresh(booking)
    assert [attendee.person_id for attendee in booking.attendees] == [place.manager.person_id]
    assert held_by(session, booking) == {place.manager.person_id}


def test_a_colleague_in_another_meeting_then_cannot_take_over(session: Session, place: Place) -> None:
    meeting(session, place, place.member.person)
    meeting(session, place, place.manager.person)
    with pytest.raises(Conflict) as caught:
        handover.hand_over(session, place.organisation, place.member.person, place.manager.person, by=place.by)
    assert caught.value.field == "successor"
    assert place.manager.person.name in str(caught.value)


def test_only_colleagues_with_a_log_in_take_over(session: Session, place: Place) -> None:
    for to in (make_account(session).person, add(session, place), place.member.person):
        with pytest.raises(Invalid) as caught:
            handover.hand_over(session, place.organisation, place.member.person, to, by=place.by)
        assert caught.value.field == "successor"


# --- leaving ------------------------------------------------------------------------------------------------------------


def test_leaving_with_open_work_needs_a_successor(session: Session, place: Place) -> None:
    meeting(session, place, place.member.person)
    with pytest.raises(Invalid) as caught:
        people.end_membership(session, membership(session, place.member), by=place.by)
    assert caught.value.field == "successor"
    people.end_membership(session, membership(session, place.member), by=place.by, successor=place.manager.person)
    me = load_actor(session, place.member.id)
    assert (me.signed_in, me.organisation_id) == (True, None)
    assert ("membership_changed", place.member.email) in templates(session)
    assert place.member.person.deidentified_at is None


def test_the_last_manager_stays_while_colleagues_are_there(session: Session, place: Place) -> None:
    with pytest.raises(NotNow):
        people.end_membership(session, membership(session, place.manager), by=place.by)
    people.end_membership(session, membership(session, place.member), by=load_actor(session, place.member.id))
    people.end_membership(session, membership(session, place.manager), by=place.by)
    assert queries.people(session, place.organisation.id) == []
    assert mails(session) == []  # both left by themselves


def test_without_a_colleague_meetings_come_first(session: Session, place: Place) -> None:
    people.end_membership(session, membership(session, place.member), by=place.by)
    own = make_achievement(session, place.organisation, contact_id=place.manager.person_id)
    booking = meeting(session, place, place.manager.person)
    with pytest.raises(NotNow):
        people.end_membership(session, membership(session, place.manager), by=place.by)
    booking.state = BookingState.CANCELLED
    people.end_membership(session, membership(session, place.manager), by=place.by)
    assert own.contact_id is None


def test_leaving_twice_is_told(session: Session, place: Place) -> None:
    ended = membership(session, place.member)
    people.end_membership(session, ended, by=place.by)
    with pytest.raises(NotNow):
        people.end_membership(session, ended, by=place.by)
    with pytest.raises(NotNow):
        people.set_role(session, ended, OrgRole.MANAGER, by=place.by)


def test_who_has_no_log_in_is_forgotten_with_the_membership(session: Session, place: Place) -> None:
    person = add(session, place)
    found = queries.membership_of(session, place.organisation.id, person.public_id)
    assert found is not None
    people.end_membership(session, found, by=place.by)
    assert person.deidentified_at is not None
    assert (person.email, person.phone, person.title) == ("", "", "")
    assert "郑教授" not in person.name


# --- mandates -----------------------------------------------------------------------------------------------------------


def test_a_mandate_is_given_once_and_ended(session: Session, place: Place) -> None:
    broker = make_account(session, None, GrantRole.BROKER)
    mandate = mandates.give(session, place.organisation, broker.person, by=place.by)
    assert load_actor(session, broker.id).acts_for(place.organisation.id)
    with pytest.raises(Conflict) as caught:
        mandates.give(session, place.organisation, broker.person, by=place.by)
    assert caught.value.field == "broker"
    with pytest.raises(NotNow):
        mandates.give(session, place.organisation, place.member.person, by=place.by)
    mandates.end(session, mandate, by=place.by)
    assert not load_actor(session, broker.id).acts_for(place.organisation.id)
    assert templates(session) == [("mandate_given", broker.email), ("mandate_ended", broker.email)]
    with pytest.raises(NotNow):
        mandates.end(session, mandate, by=place.by)
    again = mandates.give(session, place.organisation, broker.person, by=place.by)
    mandates.end(session, again, by=load_actor(session, broker.id))
    assert templates(session)[-1] == ("mandate_ended", place.manager.email)
    assert [row.ended_at is None for row in queries.mandates(session, organisation_id=place.organisation.id)] == [
        False,
        False,
    ]


def test_two_mandates_at_once_become_one(each_database: Database) -> None:
    with each_database.write() as session:
        place = Place(session)
        broker = make_account(session, None, GrantRole.BROKER)
        ids = place.organisation.id, broker.person_id
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def give() -> None:
        start.wait()
        try:
            with each_database.write() as session:
                organisation, person = session.get(Organisation, ids[0]), session.get(Person, ids[1])
                assert organisation is not None
                assert person is not None
                mandates.give(session, organisation, person, by=place.by)
            outcomes.append("given")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["given"] + ["refused"] * 3


# --- my data ------------------------------------------------------------------------------------------------------------


def test_correcting_leaves_an_audit_row_without_the_data(session: Session, place: Place) -> None:
    me = load_actor(session, place.member.id)
    my_data.correct(session, name="新名字", title="工程师", phone="123", by=me)
    assert load_actor(session, place.member.id).name == "新名字"
    my_data.correct(session, name="新名字", title="工程师", phone="123", by=me)
    assert actions_of(session) == ["person.edit"]
    with pytest.raises(Invalid):
        my_data.correct(session, name=" ", title="", phone="", by=me)


def test_the_export_holds_what_is_mine_and_no_secret(session: Session, place: Place) -> None:
    ask_contact(session, place.organisation, place.subject, place.member)
    ask_contact(session, make_seeker(session), place.subject, place.manager)
    meeting(session, place, place.member.person)
    found = export.everything(session, place.member.person_id)
    text = json.dumps(found, ensure_ascii=False)
    assert place.member.email in text
    assert place.member.password_hash not in text
    assert place.manager.email not in text
    assert place.manager.person.name not in text
    assert [len(found[name]) for name in ("person", "account", "memberships", "contact_requests", "meetings")] == [
        1
    ] * 5


def test_the_export_costs_the_same_with_one_and_three(database: Database) -> None:

    counts = []
    for number in (1, 3):
        with database.write() as session:
            place = Place(session)
            for _ in range(number):
                ask_contact(session, place.organisation, make_achievement(session, place.provider), place.member)
                meeting(session, place)
        with database.read() as session, counted(session) as statements:
            export.everything(session, place.member.person_id)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_deleting_leaves_contracts_without_a_name(session: Session, place: Place) -> None:
    account, person = place.member, place.member.person
    old_name, old_email = person.name, account.email
    asked = ask_contact(
        session, place.organisation, place.subject, account, shares_sender_contact=True, state=RequestState.ACCEPTED
    )
    coming, past = make_event(session), make_event(session, starts_at=utcnow() - timedelta(days=30))
    for event in (coming, past):
        session.add(
            Registration(
                event_id=event.id,
                person_id=person.id,
                name=old_name,
                capacity=Capacity.SEEKER,
                email=old_email,
                contact=old_email,
                mobile="13800000000",
                seat=1,
                consent_version="1",
                consent_at=utcnow(),
            )
        )
    session.add(Consent(person_id=person.id, kind=ConsentKind.CONTACT, version="1", given_at=utcnow()))
    session.add(Grant(person_id=person.id, role=GrantRole.BROKER, started_at=utcnow()))
    make_mandate(session, place.provider, account, place.manager)
    invitation = Invitation(
        organisation_id=place.provider.id,
        email=old_email,
        invited_by_id=place.manager.person_id,
        expires_at=utcnow() + timedelta(days=1),
    )
    session.add(invitation)
    session.flush()
    epoch = account.session_epoch
    my_data.delete(session, by=load_actor(session, account.id))
    session.expire_all()
    assert load_actor(session, account.id) is VISITOR
    assert account.session_epoch > epoch
    assert old_email not in (account.email, person.email)
    assert (person.phone, person.deidentified_at is None) == ("", False)
    assert asked.asked_by_id == person.id  # the thread stays, without contact data
    assert not asked.shares_sender_contact
    registrations = session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [(one.state, one.seat) for one in registrations] == [
        (RegistrationState.CANCELLED, None),
        (RegistrationState.REGISTERED, 1),
    ]
    assert all(old_name not in one.name and one.mobile == "" and old_email not in one.contact for one in registrations)
    assert session.scalar(select(func.count()).select_from(Consent).where(Consent.withdrawn_at.is_(None))) == 0
    assert session.scalar(select(func.count()).select_from(Grant).where(Grant.ended_at.is_(None))) == 0
    assert session.scalar(select(func.count()).select_from(Mandate).where(Mandate.ended_at.is_(None))) == 0
    assert (invitation.state, old_email in invitation.email) == (Decision.DECLINED, False)
    assert "person.deidentify" in actions_of(session)
    again = make_account(session, email=old_email)  # the address is free again
    assert again.id != account.id


def test_deleting_asks_for_a_successor_first(session: Session, place: Place) -> None:
    meeting(session, place, place.member.person)
    me = load_actor(session, place.member.id)
    with pytest.raises(Invalid):
        my_data.delete(session, by=me)
    assert place.member.person.deidentified_at is None
    my_data.delete(session, by=me, successor=place.manager.person)
    assert place.member.person.deidentified_at is not None


def test_withdrawing_the_contact_consent_hides_what_was_shared(session: Session, place: Place) -> None:
    from models.actions import consents

    asked = ask_contact(session, place.organisation, place.subject, place.member, shares_sender_contact=True)
    answered = ask_contact(
        session, make_seeker(session), place.subject, place.manager,
        answered_by_id=place.member.person_id, shares_receiver_contact=True, shares_sender_contact=True,
    )  # fmt: skip
    me = load_actor(session, place.member.id)
    consents.give(session, ConsentKind.CONTACT, person_id=place.member.person_id, by=me)
    consents.withdraw(session, ConsentKind.CONTACT, by=me)
    assert not asked.shares_sender_contact
    assert (answered.shares_receiver_contact, answered.shares_sender_contact) == (False, True)
    assert load_actor(session, place.member.id).epoch == me.epoch  # nobody is logged out for that
