"""Seats of group sessions and the waiting list: nothing is sold twice, nothing stays empty while somebody waits."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import bookings
from models.base import Database, utcnow
from models.enums import BookingState, SessionKind, Verification
from models.errors import Conflict, Invalid, NotNow
from models.queries.bookings import waiting_positions
from models.tables import Achievement, Booking, MatchSession, Organisation
from tests.factories import make_session
from tests.models.booking_cases import (
    Fair,
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

SEATS = 7
THREADS = 50


def group(database: Database, *, seekers: int, capacity: int) -> Fair:
    return make_fair(database, seekers=seekers, kind=SessionKind.GROUP, capacity=capacity)


def take(session: Session, fair: Fair, number: int, **values: Any) -> Booking:
    who = fair.seekers[number]
    return bookings.take_seat(
        session,
        session.get_one(MatchSession, fair.session_id),
        by=who.actor,
        seeker_id=who.organisation_id,
        attendees=values.pop("attendees", [who.person]),
        **values,
    )


def wait(session: Session, fair: Fair, number: int, *, slot: int | None = None, **values: Any) -> Booking:
    who = fair.seekers[number]
    match_session = session.get_one(MatchSession, fair.session_id)
    one_to_one = match_session.kind is SessionKind.ONE_TO_ONE
    return bookings.wait(
        session,
        match_session,
        by=who.actor,
        seeker_id=who.organisation_id,
        attendees=values.pop("attendees", [who.person]),
        achievement=session.get_one(Achievement, fair.achievement_id) if one_to_one else None,
        slot=None if slot is None else slot_of(session, fair, slot),
        **values,
    )


def test_fifty_threads_want_seven_seats(each_database: Database) -> None:
    fair = group(each_database, seekers=THREADS, capacity=SEATS)

    def work(number: int) -> int | None:
        with each_database.write() as session:
            return take(session, fair, number).seat

    seats, refused = at_once(THREADS, work)
    assert sorted(seats) == list(range(1, SEATS + 1))
    assert {error.message for error in refused} == {"All seats are taken. You can join the waiting list."}
    with each_database.read() as session:
        assert count(session, BookingState.CONFIRMED) == SEATS
        check_invariants(session)


def test_seats_are_not_sold_twice_from_the_waiting_list(each_database: Database) -> None:
    """Thirty wait, seven who have a seat leave at once, and newcomers try their luck: each seat has one holder."""
    fair = group(each_database, seekers=THREADS, capacity=SEATS)
    with each_database.write() as session:
        seated = [take(session, fair, number).id for number in range(SEATS)]
        waiting = [wait(session, fair, number).id for number in range(SEATS, 37)]

    def work(number: int) -> None:
        with each_database.write() as session:
            if number < SEATS:
                booking = session.get_one(Booking, seated[number])
                bookings.cancel(session, booking, by=fair.seekers[number].actor)
            else:
                take(session, fair, 30 + number)

    _won, refused = at_once(SEATS + 13, work)
    assert len(refused) == 13, "who waits comes before who comes later"
    with each_database.read() as session:
        states = {one.id: one.state for one in session.scalars(select(Booking))}
        assert [states[one] for one in waiting[:SEATS]] == [BookingState.CONFIRMED] * SEATS
        assert {states[one] for one in waiting[SEATS:]} == {BookingState.WAITING}
        check_invariants(session)


def test_a_seat_is_for_one_person_and_confirmed_at_once(each_database: Database) -> None:
    fair = group(each_database, seekers=1, capacity=2)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        booking = take(session, fair, 0)
        assert (booking.state, booking.seat, booking.provider_id) == (BookingState.CONFIRMED, 1, None)
        assert mails(session) == [("booking_confirmed", address(session, seeker.person))]
        assert take(session, fair, 0) is booking
        with pytest.raises(Invalid):
            take(session, fair, 0, attendees=[seeker.person, seeker.colleague])
        assert take(session, fair, 0, attendees=[seeker.colleague]).seat == 2
        check_invariants(session)


def test_a_seat_holds_its_person_during_the_session(each_database: Database) -> None:
    meetings = make_fair(each_database, seekers=1)
    with each_database.read() as session:
        starts_at = session.get_one(MatchSession, meetings.session_id).starts_at
    fair = make_fair(each_database, seekers=0, kind=SessionKind.GROUP, capacity=5, starts_at=starts_at)
    seeker = meetings.seekers[0]
    with each_database.write() as session:
        book(session, meetings, slot=1)
        room = session.get_one(MatchSession, fair.session_id)
        with pytest.raises(Conflict) as lost:
            bookings.take_seat(
                session, room, by=seeker.actor, seeker_id=seeker.organisation_id, attendees=[seeker.person]
            )
        assert lost.value.field == "attendees"
        bookings.take_seat(
            session, room, by=seeker.actor, seeker_id=seeker.organisation_id, attendees=[seeker.colleague]
        )
        check_invariants(session)


def test_the_first_who_waits_for_the_slot_gets_it(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=4)
    with each_database.write() as session:
        holder = book(session, fair, 0)
        first, second = wait(session, fair, 1, slot=0), wait(session, fair, 2, slot=0)
        assert waiting_positions(session, fair.session_id) == {first.id: 1, second.id: 2}
        bookings.decline(session, holder, by=fair.owner, reason="other", note="改约")
        assert (first.state, second.state) == (BookingState.PENDING, BookingState.WAITING)
        assert first.slot is not None
        assert first.slot.id == slot_of(session, fair).id
        assert first.hold_until is not None
        assert waiting_positions(session, fair.session_id) == {second.id: 1}
        assert mails(session)[-2:] == [
            ("booking_promoted", address(session, fair.seekers[1].person)),
            ("booking_requested", address(session, fair.owner.person_id or 0)),
        ]
        confirm(session, fair, first)
        bookings.cancel(session, first, by=fair.owner)
        assert second.state is BookingState.PENDING
        check_invariants(session)


def test_waiting_for_any_slot_takes_what_becomes_free(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, hours=1)
    with each_database.write() as session:
        book(session, fair, 0, slot=0)
        second = book(session, fair, 1, slot=1)
        anyone = wait(session, fair, 2)
        bookings.cancel(session, second, by=fair.seekers[1].actor)
        assert anyone.state is BookingState.PENDING
        assert anyone.slot is not None
        assert anyone.slot.id == slot_of(session, fair, 1).id
        check_invariants(session)


def test_who_cannot_come_is_passed_over(each_database: Database) -> None:
    """The first in the list is in another meeting meanwhile, the second suspended; the third gets the slot."""
    fair = make_fair(each_database, seekers=5, hours=1)
    with each_database.write() as session:
        holder = book(session, fair, 0, slot=0)
        other = book(session, fair, 4, slot=1)
        first, second, third = (wait(session, fair, number, slot=0) for number in (1, 2, 3))
        elsewhere = make_session(session, starts_at=slot_of(session, fair).starts_at)
        book(session, fair, 1, session_id=elsewhere.id, at=elsewhere.slots[0])
        session.get_one(Organisation, fair.seekers[2].organisation_id).verification = Verification.SUSPENDED
        session.flush()
        bookings.cancel(session, holder, by=fair.seekers[0].actor)
        assert (first.state, second.state, third.state) == (
            BookingState.WAITING, BookingState.WAITING, BookingState.PENDING
        )  # fmt: skip
        assert other.state is BookingState.PENDING
        check_invariants(session)


def test_an_expired_hold_goes_to_who_waits_not_to_the_next_booker(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3)
    with each_database.write() as session:
        holder = book(session, fair, 0)
        waiting = wait(session, fair, 1, slot=0)
        overdue(session, holder)
        with pytest.raises(Conflict):
            book(session, fair, 2)
        assert holder.state is BookingState.EXPIRED
        assert waiting.state is BookingState.PENDING
        check_invariants(session)


def test_nobody_waits_for_what_is_free(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, hours=1)
    with each_database.write() as session:
        with pytest.raises(Conflict) as free:
            wait(session, fair, 0, slot=0)
        assert free.value.params["free"] == [slot_of(session, fair).starts_at]
        book(session, fair, 1, slot=0)
        with pytest.raises(Conflict):
            wait(session, fair, 0)
        wait(session, fair, 0, slot=0)
        check_invariants(session)


def test_no_waiting_for_a_slot_while_one_is_in_another_meeting(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=1, tables=2)
    with each_database.write() as session:
        book(session, fair, 0, slot=0)
        seeker = fair.seekers[0]
        with pytest.raises(Conflict, match="another meeting"):
            wait(session, fair, 0, slot=0, attendees=[seeker.person, seeker.colleague])


def test_waiting_twice_is_one_place_in_the_list(each_database: Database) -> None:
    fair = group(each_database, seekers=2, capacity=1)
    with each_database.write() as session:
        take(session, fair, 0)
        assert wait(session, fair, 1) is wait(session, fair, 1)
        assert count(session, BookingState.WAITING) == 1


def test_waiting_ends_with_the_slot(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        book(session, fair, 0)
        waiting = wait(session, fair, 1, slot=0)
        assert jobs_named(session, "booking_expiry")[-1].run_after == slot_of(session, fair).starts_at
        assert bookings.expire(session, waiting) is False
        slot_of(session, fair).starts_at = utcnow()
        session.flush()
        assert bookings.expire(session, waiting) is True
        assert waiting.state is BookingState.EXPIRED
        assert waiting.slot_id is None


def test_who_waits_may_leave_the_list(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        book(session, fair, 0)
        waiting = wait(session, fair, 1, slot=0)
        bookings.cancel(session, waiting, by=fair.seekers[1].actor)
        assert waiting.state is BookingState.CANCELLED
        with pytest.raises(NotNow):
            bookings.cancel(session, waiting, by=fair.seekers[1].actor)
        assert ("booking_cancelled", address(session, fair.owner.person_id or 0)) not in mails(session)
        check_invariants(session)
