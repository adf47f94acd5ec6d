"""A waiting list moves when a place becomes free because of something that happens elsewhere."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.actions import agenda, bookings, events, organisations, presence, session_tables, sessions
from models.actions.agenda_publication import publish_changes
from models.actions.agenda_settings import set_rules
from models.actions.session_tables import Table
from models.base import Database
from models.enums import BookingState, RuleLevel, SessionKind, Told
from models.rules.agenda_clashes import Trouble
from models.tables import Achievement, AgendaItem, Booking, Event, MatchSession, Organisation, Slot
from tests.factories import make_event, make_provider, make_session
from tests.models.booking_cases import (
    Fair,
    book,
    check_invariants,
    confirm,
    jobs_named,
    make_fair,
    overdue,
    serve_all,
    slot_of,
)
from tests.models.test_open_sessions import House, make_house, opened
from tests.models.test_open_sessions import book as book_own
from tests.models.test_waiting_list import take, wait


def wait_for_host(session: Session, house: House, slot: Slot) -> Booking:
    who = house.seekers[1]
    return bookings.wait(
        session, slot.match_session, by=who.actor, seeker_id=who.organisation_id, attendees=[who.person], slot=slot,
        achievement=session.get_one(Achievement, house.achievement),
    )  # fmt: skip


def busy_elsewhere(session: Session, fair: Fair) -> tuple[Booking, Booking]:
    """Seeker 1 is in a meeting elsewhere, and waits for a slot at that time which nobody holds any more."""
    holder = book(session, fair, 0)
    waits = wait(session, fair, 1, slot=0)
    elsewhere = make_session(session, starts_at=slot_of(session, fair).starts_at)
    other = book(session, fair, 1, session_id=elsewhere.id, at=elsewhere.slots[0])
    bookings.cancel(session, holder, by=fair.organizer)
    assert waits.state is BookingState.WAITING
    assert serve_all(session) == []
    return other, waits


def test_a_host_whose_booking_elsewhere_expires(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        (twin,) = opened(session, house, hosts=(house.professor,), title="同时的另一场")
        held = book_own(session, house, one)
        waits = wait_for_host(session, house, twin.slots[0])
        overdue(session, held)
        assert bookings.expire(session, held) is True
        assert serve_all(session) == [waits]
        assert waits.state is BookingState.PENDING
        check_invariants(session)


def test_a_host_whose_group_is_called_off(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        (group,) = opened(
            session, house, kind=SessionKind.GROUP, capacity=2, hosts=(house.professor,), title="团组",
            starts_at=one.slots[1].starts_at, ends_at=one.slots[1].ends_at,
        )  # fmt: skip
        waits = wait_for_host(session, house, one.slots[1])
        sessions.cancel(session, group, by=house.manager, reason="出差")
        assert serve_all(session) == [waits]
        check_invariants(session)


@pytest.mark.parametrize("freed", ["moved", "cancelled", "taken out", "only warned of"])
def test_a_host_who_does_not_speak_then_any_more(database: Database, freed: str) -> None:
    house = make_house(database)
    with database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        event = make_event(session, starts_at=one.starts_at)
        talk = AgendaItem(
            event_id=event.id, position=0, title="路演", speaker_id=house.professor, starts_at=one.starts_at,
            ends_at=one.slots[0].ends_at, room="一号厅",
        )  # fmt: skip
        session.add(talk)
        session.flush()
        waits = wait_for_host(session, house, one.slots[0])
        if freed == "moved":
            events.postpone(
                session, event, by=house.organizer, revision=event.revision, reason="场地",
                starts_at=event.starts_at + timedelta(days=1),
            )  # fmt: skip
        elif freed == "cancelled":
            events.cancel(session, event, by=house.organizer, reason="场地")
        elif freed == "only warned of":
            set_rules(
                session, event, by=house.organizer, revision=event.revision, rooms={}, walking_minutes=0,
                levels={Trouble.IN_MEETING: RuleLevel.WARN},
            )  # fmt: skip
        else:
            _take_out(session, house, event, talk)
        assert serve_all(session) == [waits]


def _take_out(session: Session, house: House, event: Event, talk: AgendaItem) -> None:
    agenda.remove(session, event, talk.public_id, by=house.organizer)
    publish_changes(session, event, by=house.organizer, revision=event.revision, tell=Told.NOBODY)


def test_who_waits_was_in_a_meeting_elsewhere(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        other, waits = busy_elsewhere(session, fair)
        bookings.cancel(session, other, by=fair.organizer)
        assert serve_all(session) == [waits]
        check_invariants(session)


def test_who_waits_is_replaced_at_the_meeting_elsewhere(each_database: Database) -> None:
    """The owner of the other meeting names somebody else: who was asked for is free, and receives in an own session."""
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        elsewhere = make_session(session, starts_at=one.starts_at)
        held = book_own(session, house, elsewhere, asked_for=house.professor)
        waits = wait_for_host(session, house, one.slots[0])
        bookings.confirm(session, held, by=house.manager, attendees=[house.assistant])
        assert serve_all(session) == [waits]
        check_invariants(session)


def test_a_seat_for_who_was_in_a_meeting_elsewhere(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, kind=SessionKind.GROUP, capacity=1)
    with each_database.write() as session:
        seated, waits = take(session, fair, 0), wait(session, fair, 1)
        elsewhere = make_session(session, starts_at=seated.match_session.starts_at)
        other = book(session, fair, 1, session_id=elsewhere.id, at=elsewhere.slots[0])
        bookings.cancel(session, seated, by=fair.organizer)
        assert waits.state is BookingState.WAITING
        bookings.cancel(session, other, by=fair.organizer)
        assert serve_all(session) == [waits]
        assert waits.state is BookingState.CONFIRMED
        check_invariants(session)


@pytest.mark.parametrize("of", ["person", "organisation"])
def test_a_limit_that_is_raised(each_database: Database, of: str) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        match_session, who = session.get_one(MatchSession, fair.session_id), fair.seekers[1]
        organisation = session.get_one(Organisation, who.organisation_id)

        def say(most: int) -> None:
            limits = (most, None) if of == "person" else (None, most)
            presence.say(
                session, match_session, by=who.actor, organisation=organisation, absent={who.person: ()},
                most={who.person: limits[0]}, most_of_organisation=limits[1],
            )  # fmt: skip

        say(1)
        held, _own = book(session, fair, 0), book(session, fair, 1, slot=1)
        waits = wait(session, fair, 1, slot=0)
        bookings.cancel(session, held, by=fair.organizer)
        assert waits.state is BookingState.WAITING
        say(2)
        assert waits.state is BookingState.PENDING
        check_invariants(session)


def test_an_absence_that_is_taken_back(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        match_session, who = session.get_one(MatchSession, fair.session_id), fair.seekers[1]

        def say(*away: int) -> None:
            presence.say(
                session, match_session, by=who.actor, organisation=session.get_one(Organisation, who.organisation_id),
                absent={who.person: away}, most={}, most_of_organisation=None,
            )  # fmt: skip

        held, waits = book(session, fair, 0), wait(session, fair, 1, slot=0)
        say(slot_of(session, fair).id)
        bookings.cancel(session, held, by=fair.organizer)
        assert waits.state is BookingState.WAITING
        say()
        assert waits.state is BookingState.PENDING


def test_a_table_that_is_for_everybody_again(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, tables=2)
    with each_database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        match_session.tables[1].provider_id = make_provider(session).id
        session.flush()
        book(session, fair, 0)
        waits = wait(session, fair, 1, slot=0)
        session_tables.arrange(session, match_session, by=fair.organizer, tables={2: Table()})
        assert waits.state is BookingState.PENDING
        check_invariants(session)


def test_who_is_verified_again(each_database: Database) -> None:
    """Neither side is given a meeting while it may not have one; its turn comes when it is verified again."""
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        held, waits = book(session, fair, 0), wait(session, fair, 1, slot=0)
        provider = session.get_one(Organisation, fair.provider_id)
        organisations.suspend(session, provider, reason="核实中", by=fair.organizer)
        bookings.cancel(session, held, by=fair.organizer)
        assert waits.state is BookingState.WAITING
        provider.verified_at = waits.created_at
        organisations.resume(session, provider, by=fair.organizer)
        assert serve_all(session) == [waits]
        check_invariants(session)


def test_no_job_where_nobody_waits(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        held = book(session, fair, 0)
        wait(session, fair, 1, slot=0)
        confirm(session, fair, held)
        bookings.cancel(session, held, by=fair.organizer)
        assert jobs_named(session, "waiting_list") == []  # its own list moved at once
