"""Booking, answering and cancelling 1:1 meetings: nobody and no table is ever in two of them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from models.actions import bookings
from models.base import Database, utcnow
from models.enums import (
    BookingState,
    EventState,
    GrantRole,
    OrgRole,
    Origin,
    RecordState,
    Side,
    Verification,
)
from models.errors import Conflict, Invalid, NotNow
from models.queries.actors import load_actor
from models.tables import (
    Achievement,
    AgendaItem,
    AuditEntry,
    Booking,
    Engagement,
    MatchSession,
    Occupancy,
    Organisation,
    Person,
    Slot,
    Transition,
)
from tests.factories import make_account, make_achievement, make_event, make_mandate, make_person, make_session
from tests.models.booking_cases import (
    address,
    at_once,
    book,
    check_invariants,
    confirm,
    count,
    jobs_named,
    mails,
    make_fair,
    overdue,
    slot_of,
)

THREADS = 50


def test_fifty_threads_book_and_confirm_one_slot(each_database: Database) -> None:
    """The promise of the whole part: one slot, one table, fifty enterprises that book and are confirmed at once."""
    fair = make_fair(each_database, seekers=THREADS)

    def work(number: int) -> int:
        with each_database.write() as session:
            booking_id = book(session, fair, number).id
        with each_database.write() as session:
            confirm(session, fair, session.get_one(Booking, booking_id))
        return booking_id

    won, refused = at_once(THREADS, work)
    assert len(won) == 1
    assert len(refused) == THREADS - 1
    for error in refused:
        assert isinstance(error, Conflict)
        assert error.message.startswith("This slot has just been taken. Still free:")
        with each_database.read() as session:
            assert error.params["free"] == [slot_of(session, fair, number).starts_at for number in (1, 2, 3)]
    with each_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1
        assert count(session, BookingState.CONFIRMED) == 1
        assert session.scalar(select(func.count()).select_from(Engagement)) == 1
        check_invariants(session)


def test_fifty_threads_confirm_with_one_professor(each_database: Database) -> None:
    """Fifty meetings in one slot at fifty tables, all confirmed with the same professor: one of them gets them."""
    fair = make_fair(each_database, seekers=THREADS, tables=THREADS)
    with each_database.write() as session:
        made = [book(session, fair, number).id for number in range(THREADS)]

    def work(number: int) -> None:
        with each_database.write() as session:
            confirm(session, fair, session.get_one(Booking, made[number]), attendees=[fair.professor])

    won, refused = at_once(THREADS, work)
    assert len(won) == 1
    assert {error.message for error in refused} == {
        "%(name)s is in another meeting at this time. Please name somebody else."
    }
    with each_database.read() as session:
        assert count(session, BookingState.CONFIRMED) == 1
        assert count(session, BookingState.PENDING) == THREADS - 1
        check_invariants(session)


def test_fifty_threads_book_one_person_in_many_sessions(each_database: Database) -> None:
    """The sessions do not share a lock, so here the unique key alone decides."""
    fair = make_fair(each_database, seekers=1)
    with each_database.write() as session:
        starts_at = session.get_one(MatchSession, fair.session_id).starts_at
        others = [make_session(session, starts_at=starts_at).id for _number in range(THREADS)]

    def work(number: int) -> None:
        with each_database.write() as session:
            at = session.scalars(
                select(Slot).where(Slot.match_session_id == others[number]).order_by(Slot.starts_at)
            ).first()
            book(session, fair, 0, session_id=others[number], at=at)

    won, refused = at_once(THREADS, work)
    assert len(won) == 1
    assert {error.field for error in refused} == {"attendees"}
    with each_database.read() as session:
        assert count(session, BookingState.PENDING) == 1
        check_invariants(session)


def test_the_key_refuses_a_cell_that_is_held(each_database: Database) -> None:
    """Code above it only makes the sentence kind: written past the actions, a second holder is refused as well."""
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        held = session.execute(select(Occupancy.kind, Occupancy.holder_id, Occupancy.cell)).first()
        assert held is not None
        row = {"kind": held.kind, "holder_id": held.holder_id, "cell": held.cell, "booking_id": booking.id}
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(Occupancy).values([row]))


def test_a_booking_says_who_attends_and_who_acted(each_database: Database) -> None:
    fair = make_fair(each_database)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        booking = book(session, fair, attendees=[seeker.colleague], note=" 带样品来 ")
        assert booking.state is BookingState.PENDING
        assert [(one.person_id, one.side) for one in booking.attendees] == [(seeker.colleague, Side.SEEKER)]
        assert booking.acted_by_id == seeker.person
        assert booking.note == "带样品来"
        assert booking.provider_id == fair.provider_id
        assert booking.hold_until is not None
        assert timedelta(hours=47) < booking.hold_until - utcnow() <= timedelta(hours=48)
        assert mails(session) == [("booking_requested", address(session, fair.owner.person_id or 0))]
        assert [job.payload for job in jobs_named(session, "booking_expiry")] == [{"booking_id": booking.id}]
        assert jobs_named(session, "booking_expiry")[0].run_after == booking.hold_until
        check_invariants(session)


def test_the_same_again_is_the_booking_that_is_there(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        first = book(session, fair)
        again = book(session, fair)
        assert again is first
        assert session.scalar(select(func.count()).select_from(Booking)) == 1
        assert len(mails(session)) == 1


def test_each_table_takes_one_and_the_next_is_told_what_is_free(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, tables=2)
    with each_database.write() as session:
        tables = {book(session, fair, number).table.number for number in (0, 1)}  # type: ignore[union-attr]
        assert tables == {1, 2}
        with pytest.raises(Conflict) as lost:
            book(session, fair, 2)
        assert lost.value.field == "slot"
        assert lost.value.params["free"] == [slot_of(session, fair, number).starts_at for number in (1, 2, 3)]
        check_invariants(session)


def test_when_nothing_is_free_the_sentence_offers_the_waiting_list(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, hours=1, slot_minutes=60)
    with each_database.write() as session:
        book(session, fair, 0)
        with pytest.raises(Conflict, match="waiting list"):
            book(session, fair, 1)


def test_free_slots_are_free_for_the_people_who_come(each_database: Database) -> None:
    """Who is in a meeting from 30 past is not offered that slot."""
    fair = make_fair(each_database, seekers=2, tables=2)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        book(session, fair, 0, slot=0)
        book(session, fair, 0, slot=1, attendees=[seeker.colleague])
        with pytest.raises(Conflict) as lost:
            book(session, fair, 0, slot=0, attendees=[seeker.person, seeker.colleague])
        assert lost.value.field == "attendees"
        assert lost.value.params["name"] == session.get_one(Person, seeker.person).name
        assert lost.value.params["free"] == [slot_of(session, fair, number).starts_at for number in (2, 3)]


def test_nobody_is_in_two_sessions_at_once(each_database: Database) -> None:
    """Slots of different lengths and beginnings, one person: what overlaps by five minutes is refused."""
    fair = make_fair(each_database)
    with each_database.write() as session:
        book(session, fair, slot=1)  # 30 to 60 minutes after the hour
        begin = session.get_one(MatchSession, fair.session_id).starts_at
        other = make_session(session, starts_at=begin + timedelta(minutes=5), slot_minutes=30)
        first, second = session.scalars(
            select(Slot).where(Slot.match_session_id == other.id).order_by(Slot.starts_at).limit(2)
        )
        for slot in (first, second):
            with pytest.raises(Conflict):
                book(session, fair, session_id=other.id, at=slot)
        later = session.scalars(
            select(Slot).where(Slot.match_session_id == other.id, Slot.starts_at >= begin + timedelta(hours=1))
        ).first()
        book(session, fair, session_id=other.id, at=later)
        check_invariants(session)


def test_meetings_that_touch_do_not_collide(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        for number in range(3):
            confirm(session, fair, book(session, fair, slot=number))
        check_invariants(session)


def test_confirming_names_who_comes_and_opens_the_engagement(each_database: Database) -> None:
    fair = make_fair(each_database)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        booking = book(session, fair)
        confirm(session, fair, booking, attendees=[fair.professor])
        assert booking.state is BookingState.CONFIRMED
        assert {(one.person_id, one.side) for one in booking.attendees} == {
            (seeker.person, Side.SEEKER),
            (fair.professor, Side.PROVIDER),
        }
        engagement = booking.engagement
        assert engagement is not None
        assert (engagement.provider_id, engagement.seeker_id) == (fair.provider_id, seeker.organisation_id)
        assert engagement.origin is Origin.ONE_TO_ONE
        assert booking.answered_by_id == fair.owner.person_id
        second = book(session, fair, slot=1)
        confirm(session, fair, second)
        assert second.engagement is engagement
        check_invariants(session)


def test_whom_the_seeker_asked_for_holds_the_time_at_once(each_database: Database) -> None:
    fair = make_fair(each_database, tables=3)
    with each_database.write() as session:
        booking = book(session, fair, 0, asked_for=fair.professor)
        with pytest.raises(Conflict) as lost:
            book(session, fair, 1, asked_for=fair.professor)
        assert lost.value.params["name"] == session.get_one(Person, fair.professor).name
        other = book(session, fair, 1)  # whoever the owner names
        with pytest.raises(Conflict):
            confirm(session, fair, other, attendees=[fair.professor])
        session.expire_all()
        confirm(session, fair, booking, attendees=[fair.owner.person_id or 0])  # the owner sends somebody else
        confirm(session, fair, other, attendees=[fair.professor])
        check_invariants(session)


def test_a_refused_confirmation_leaves_everything_as_it_was(each_database: Database) -> None:
    fair = make_fair(each_database, tables=2)
    with each_database.write() as session:
        first, second = book(session, fair, 0), book(session, fair, 1, asked_for=fair.professor)
        confirm(session, fair, first)
        with pytest.raises(Conflict):
            confirm(session, fair, second)
        assert second.state is BookingState.PENDING
        assert [one.person_id for one in second.attendees if one.side is Side.PROVIDER] == [fair.professor]
        check_invariants(session)


def test_declining_gives_the_slot_back(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair, 0)
        with pytest.raises(Invalid) as missing:
            bookings.decline(session, booking, by=fair.owner, reason="")
        assert missing.value.field == "reason"
        bookings.decline(session, booking, by=fair.owner, reason="no_capacity", note="本月排满了")
        assert (booking.state, booking.decline_reason, booking.state_reason) == (
            BookingState.DECLINED, "no_capacity", "本月排满了"
        )  # fmt: skip
        assert mails(session)[-1] == ("booking_declined", address(session, fair.seekers[0].person))
        book(session, fair, 1)
        check_invariants(session)
        with pytest.raises(NotNow):
            confirm(session, fair, booking)


@pytest.mark.parametrize("who", ["seeker", "provider", "organizer"])
def test_either_side_or_an_organizer_cancels(each_database: Database, who: str) -> None:
    fair = make_fair(each_database)
    by = {"seeker": fair.seekers[0].actor, "provider": fair.owner, "organizer": fair.organizer}[who]
    with each_database.write() as session:
        booking = book(session, fair)
        confirm(session, fair, booking)
        before = booking.sequence
        bookings.cancel(session, booking, by=by, reason="临时出差")
        assert (booking.state, booking.state_reason) == (BookingState.CANCELLED, "临时出差")
        assert booking.sequence > before
        told = {to for template, to in mails(session) if template == "booking_cancelled"}
        people = {fair.seekers[0].person, fair.owner.person_id} - {by.person_id}
        assert told == {address(session, person or 0) for person in people}
        assert {job.payload["calendar"] for job in jobs_named(session, "booking_mail")[-len(told) :]} == {"CANCEL"}
        check_invariants(session)


def test_a_stale_form_is_refused(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        shown = booking.revision
        confirm(session, fair, booking)
        with pytest.raises(Conflict, match="changed since you opened it"):
            bookings.cancel(session, booking, by=fair.seekers[0].actor, revision=shown)


def test_a_hold_that_is_over_is_ended_by_the_job_only_when_due(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        assert bookings.expire(session, booking) is False
        overdue(session, booking)
        with pytest.raises(NotNow, match="expired"):
            confirm(session, fair, booking)
        assert bookings.expire(session, booking) is True
        assert booking.state is BookingState.EXPIRED
        assert {template for template, _to in mails(session)} == {"booking_requested", "booking_expired"}
        assert bookings.expire(session, booking) is False
        check_invariants(session)


def test_the_next_booker_of_the_cell_ends_a_hold_that_is_over(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        first = book(session, fair, 0)
        overdue(session, first)
        second = book(session, fair, 1)
        assert (first.state, second.state) == (BookingState.EXPIRED, BookingState.PENDING)
        check_invariants(session)


def test_a_hold_that_is_over_in_another_session_does_not_keep_a_person(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        first = book(session, fair, 0)
        overdue(session, first)
        begin = session.get_one(MatchSession, fair.session_id).starts_at
        other = make_session(session, starts_at=begin)
        at = session.scalars(select(Slot).where(Slot.match_session_id == other.id).order_by(Slot.starts_at)).first()
        second = book(session, fair, 0, session_id=other.id, at=at)
        assert (first.state, second.state) == (BookingState.EXPIRED, BookingState.PENDING)
        check_invariants(session)


def test_a_hold_never_outlives_the_beginning(each_database: Database) -> None:
    """Booked an hour before: the answer is due when the meeting begins, not two days later."""
    soon = (utcnow() + timedelta(hours=1)).replace(second=0, microsecond=0)
    soon -= timedelta(minutes=soon.minute % 5)
    fair = make_fair(each_database, starts_at=soon)
    with each_database.write() as session:
        assert book(session, fair).hold_until == soon


def test_a_slot_that_has_begun_cannot_be_booked(each_database: Database) -> None:
    now = utcnow().replace(second=0, microsecond=0)
    begun = now - timedelta(minutes=now.minute % 5 + 5)
    fair = make_fair(each_database, starts_at=begun)
    with each_database.write() as session:
        with pytest.raises(NotNow) as late:
            book(session, fair, slot=0)
        assert late.value.field == "slot"
        book(session, fair, slot=1)


def test_a_pending_one_cannot_be_confirmed_after_its_beginning(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        slot = slot_of(session, fair)
        slot.starts_at = utcnow() - timedelta(minutes=1)
        session.flush()
        with pytest.raises(NotNow):
            confirm(session, fair, booking)


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED])
def test_only_published_sessions_take_bookings(each_database: Database, state: EventState) -> None:
    fair = make_fair(each_database, state=state)
    with each_database.write() as session, pytest.raises(NotNow):
        book(session, fair)


@pytest.mark.parametrize("verification", [v for v in Verification if v is not Verification.VERIFIED])
def test_an_organisation_that_is_not_verified_waits(each_database: Database, verification: Verification) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        session.get_one(Organisation, fair.seekers[0].organisation_id).verification = verification
        session.flush()
        with pytest.raises(NotNow):
            book(session, fair)


def test_own_withdrawn_and_suspended_achievements_are_refused(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        own = session.get_one(Organisation, fair.seekers[0].organisation_id)
        own.is_provider = True
        mine = make_achievement(session, own)
        with pytest.raises(Invalid) as refused:
            book(session, fair, achievement_id=mine.id)
        assert refused.value.field == "achievement"
        achievement = session.get_one(Achievement, fair.achievement_id)
        achievement.state = RecordState.WITHDRAWN
        session.flush()
        with pytest.raises(NotNow):
            book(session, fair)
        achievement.state = RecordState.PUBLISHED
        session.get_one(Organisation, fair.provider_id).verification = Verification.SUSPENDED
        session.flush()
        with pytest.raises(NotNow):
            book(session, fair)


def test_only_people_of_the_organisations_attend(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        stranger = make_person(session)
        for attendees in ([], [stranger.id], [fair.professor], [fair.seekers[0].person, fair.seekers[1].person]):
            with pytest.raises(Invalid) as refused:
                book(session, fair, attendees=attendees)
            assert refused.value.field == "attendees"
        with pytest.raises(Invalid) as refused:
            book(session, fair, asked_for=stranger.id)
        assert refused.value.field == "asked_for"
        booking = book(session, fair)
        with pytest.raises(Invalid):
            confirm(session, fair, booking, attendees=[fair.seekers[0].colleague])


def test_nobody_books_for_an_organisation_without_a_mandate(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        broker = make_account(session, None, GrantRole.BROKER)
        with pytest.raises(NotNow):
            book(session, fair, by=load_actor(session, broker.id))
        with pytest.raises(NotNow):
            book(session, fair, 0, by=fair.seekers[1].actor)
        client = session.get_one(Organisation, fair.seekers[0].organisation_id)
        manager = make_account(session, client, role=OrgRole.MANAGER)
        make_mandate(session, client, broker, manager)
        booking = book(session, fair, by=load_actor(session, broker.id))
        assert booking.acted_by_id == broker.person_id
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.create")).one()
        assert (entry.person_id, entry.on_behalf_of_id) == (broker.person_id, client.id)
        transition = session.scalars(select(Transition).where(Transition.object_type == "booking")).one()
        assert (transition.from_state, transition.to_state) == ("", "pending")
        assert transition.on_behalf_of_id == client.id


def test_an_organizer_books_for_an_enterprise_marked_so(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair, by=fair.organizer)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.create")).one()
        assert (entry.person_id, entry.on_behalf_of_id) == (
            fair.organizer.person_id, fair.seekers[0].organisation_id
        )  # fmt: skip
        assert booking.acted_by_id == fair.organizer.person_id


def test_who_presents_at_a_roadshow_cannot_be_in_a_meeting(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        slot = slot_of(session, fair)
        achievement = session.get_one(Achievement, fair.achievement_id)
        event = make_event(session, achievement, starts_at=slot.starts_at - timedelta(minutes=5))
        item = session.scalars(select(AgendaItem)).one()
        item.speaker_id = fair.professor
        session.flush()
        with pytest.raises(Conflict) as refused:
            book(session, fair, asked_for=fair.professor)
        assert refused.value.params["title"] == event.title
        booking = book(session, fair)
        with pytest.raises(Conflict, match="presents at"):
            confirm(session, fair, booking, attendees=[fair.professor])
        event.state = EventState.DRAFT
        session.flush()
        confirm(session, fair, booking, attendees=[fair.professor])
        check_invariants(session)


def test_a_pitch_that_ends_as_the_meeting_begins_is_no_conflict(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        slot = slot_of(session, fair)
        achievement = session.get_one(Achievement, fair.achievement_id)
        make_event(session, achievement, starts_at=slot.starts_at - timedelta(minutes=15))
        session.scalars(select(AgendaItem)).one().speaker_id = fair.professor
        session.flush()
        book(session, fair, asked_for=fair.professor)


def test_booking_and_withdrawing_at_once_leave_no_open_booking(each_database: Database) -> None:
    """Whoever comes later sees what the earlier one wrote: no booking outlives its achievement."""
    fair = make_fair(each_database, seekers=8, tables=8)

    def work(number: int) -> None:
        with each_database.write() as session:
            if number < 8:
                book(session, fair, number)
                return
            achievement = session.get_one(Achievement, fair.achievement_id)
            achievement.state = RecordState.TAKEN_DOWN
            session.flush()
            bookings.cancel_for_achievement(session, achievement, by=fair.organizer, reason="下架")

    at_once(9, work)
    with each_database.read() as session:
        assert count(session, BookingState.PENDING) == 0
        check_invariants(session)


def test_closing_an_achievement_cancels_what_is_to_come_and_tells_everybody(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, tables=2)
    with each_database.write() as session:
        first, second = book(session, fair, 0), book(session, fair, 1)
        confirm(session, fair, first)
        third = bookings.wait(
            session,
            session.get_one(MatchSession, fair.session_id),
            by=fair.seekers[2].actor,
            seeker_id=fair.seekers[2].organisation_id,
            attendees=[fair.seekers[2].person],
            achievement=session.get_one(Achievement, fair.achievement_id),
            slot=slot_of(session, fair),
        )
        closed = bookings.cancel_for_achievement(
            session, session.get_one(Achievement, fair.achievement_id), by=fair.organizer, reason="撤回"
        )
        assert closed == 3
        assert {one.state for one in (first, second, third)} == {BookingState.CANCELLED}
        told = {to for template, to in mails(session) if template == "booking_cancelled"}
        assert told == {address(session, seeker.person) for seeker in fair.seekers} | {
            address(session, fair.owner.person_id or 0)
        }
        check_invariants(session)


def test_mails_reach_only_people_who_agreed(each_database: Database) -> None:
    """Somebody entered without declared consent gets nothing; with it, at the address the organisation keeps."""
    fair = make_fair(each_database)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        booking = book(session, fair, attendees=[seeker.colleague])
        session.get_one(Person, fair.professor).declared_at = utcnow()
        confirm(session, fair, booking, attendees=[fair.professor])
        told = {to for template, to in mails(session) if template == "booking_confirmed"}
        assert told == {
            address(session, seeker.person),
            address(session, fair.owner.person_id or 0),
            address(session, fair.professor),
        }
        assert session.get_one(Person, seeker.colleague).email not in told


def test_managers_are_asked_where_the_contact_cannot_log_in(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        session.get_one(Achievement, fair.achievement_id).contact_id = fair.professor
        session.get_one(Person, fair.professor).declared_at = utcnow()
        session.flush()
        book(session, fair)
        assert {to for _template, to in mails(session)} == {
            address(session, fair.professor),
            address(session, fair.owner.person_id or 0),
        }


def test_around_new_year_and_midnight_the_slots_go_on(each_database: Database) -> None:
    """23:30 of the last day of a year (in China) to 00:30 of the next: each slot once, none lost at midnight."""
    year = utcnow().year + 1
    begin = utcnow().replace(year=year, month=12, day=31, hour=15, minute=30, second=0, microsecond=0)
    fair = make_fair(each_database, starts_at=begin, hours=1)
    with each_database.write() as session:
        first, second = book(session, fair, slot=0), book(session, fair, slot=1)
        confirm(session, fair, first)
        confirm(session, fair, second)
        assert first.slot is not None
        assert second.slot is not None
        assert first.slot.ends_at == second.slot.starts_at
        check_invariants(session)
