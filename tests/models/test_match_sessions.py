"""Planning, publishing, postponing and cancelling matchmaking sessions; what hangs on them moves or closes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import bookings, sessions
from models.actions.session_plan import Plan
from models.base import Database, utcnow
from models.enums import BookingState, EventState, SessionKind
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.tables import Achievement, AgendaItem, AuditEntry, Booking, MatchSession, Occupancy, SessionTable, Slot
from tests.counting import counted
from tests.factories import make_event, make_session
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
    slot_of,
)

SOON = (utcnow() + timedelta(days=20)).replace(hour=1, minute=0, second=0, microsecond=0)
PLAN = Plan(
    title="页岩油对接会",
    kind=SessionKind.ONE_TO_ONE,
    venue="示例会议中心",
    starts_at=SOON,
    ends_at=SOON + timedelta(hours=2),
    slot_minutes=25,
    tables=3,
)
GROUP = replace(PLAN, kind=SessionKind.GROUP, capacity=12)


def the(session: Session, fair: Fair) -> MatchSession:
    return session.get_one(MatchSession, fair.session_id)


def postpone(session: Session, fair: Fair, shift: timedelta, **values: Any) -> sessions.Moved:
    return sessions.postpone(
        session, the(session, fair), by=fair.organizer, shift=shift, reason=values.pop("reason", "场地检修"), **values
    )


def test_a_session_is_planned_with_tables_and_slots(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        made = sessions.create(session, by=fair.organizer, plan=PLAN)
        assert made.state is EventState.DRAFT
        assert [table.number for table in made.tables] == [1, 2, 3]
        begins = [slot.starts_at for slot in made.slots]
        assert begins == [SOON + timedelta(minutes=25 * number) for number in range(4)]  # the last 20 minutes are none
        assert made.created_by_id == fair.organizer.person_id
        sessions.publish(session, made, by=fair.organizer)
        assert (made.state, made.published_once) == (EventState.PUBLISHED, True)


def test_a_draft_can_become_something_else(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        made = sessions.create(session, by=fair.organizer, plan=PLAN)
        later = replace(PLAN, starts_at=SOON + timedelta(minutes=25), ends_at=SOON + timedelta(hours=3), tables=2)
        sessions.edit(session, made, by=fair.organizer, revision=made.revision, plan=later)
        session.expire_all()
        assert [slot.starts_at for slot in made.slots][:2] == [
            SOON + timedelta(minutes=25), SOON + timedelta(minutes=50)
        ]  # fmt: skip
        assert len(made.tables) == 2
        sessions.edit(session, made, by=fair.organizer, revision=made.revision, plan=GROUP)
        session.expire_all()
        assert (made.kind, made.capacity, made.tables, made.slots) == (SessionKind.GROUP, 12, [], [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"venue": ""}, "venue"),
        ({"starts_at": utcnow() - timedelta(minutes=5)}, "starts_at"),
        ({"ends_at": SOON}, "ends_at"),
        ({"ends_at": SOON + timedelta(days=2, minutes=5)}, "ends_at"),
        ({"starts_at": SOON + timedelta(minutes=1)}, "starts_at"),
        ({"ends_at": SOON + timedelta(minutes=61, seconds=1)}, "ends_at"),
        ({"tables": 0}, "tables"),
        ({"tables": 101}, "tables"),
        ({"slot_minutes": 0}, "slot_minutes"),
        ({"slot_minutes": 12}, "slot_minutes"),
        ({"slot_minutes": 125}, "slot_minutes"),  # longer than the session
        ({"slot_minutes": 5, "ends_at": SOON + timedelta(hours=20)}, "slot_minutes"),  # 240 slots
        ({"kind": SessionKind.GROUP, "capacity": 0}, "capacity"),
        ({"kind": SessionKind.GROUP, "capacity": 1001}, "capacity"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(session: Session, changes: dict[str, Any], field: str) -> None:
    from models.rules.policy import Actor

    with pytest.raises(Invalid) as refused:
        sessions.create(session, by=Actor(), plan=replace(PLAN, **changes))
    assert refused.value.field == field


def test_the_same_session_twice_is_refused(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        made = sessions.create(session, by=fair.organizer, plan=PLAN)
        with pytest.raises(Invalid) as refused:
            sessions.create(session, by=fair.organizer, plan=PLAN)
        assert refused.value.field == "title"
        sessions.cancel(session, made, by=fair.organizer, reason="重新安排")
        sessions.create(session, by=fair.organizer, plan=PLAN)


def test_a_draft_whose_time_has_passed_is_not_published(each_database: Database) -> None:
    fair = make_fair(each_database, state=EventState.DRAFT, starts_at=utcnow() - timedelta(hours=1))
    with each_database.write() as session, pytest.raises(NotNow):
        sessions.publish(session, the(session, fair), by=fair.organizer)


def test_two_editors_at_once_are_told(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        shown = the(session, fair).revision
        plan = replace(PLAN, title="新标题")
        sessions.edit(session, the(session, fair), by=fair.organizer, revision=shown, plan=plan)
        with pytest.raises(Conflict):
            sessions.edit(session, the(session, fair), by=fair.organizer, revision=shown, plan=PLAN)
        with pytest.raises(Conflict):
            postpone(session, fair, timedelta(days=1), revision=shown)
        with pytest.raises(Conflict):
            sessions.cancel(session, the(session, fair), by=fair.organizer, reason="x", revision=shown)


def test_a_published_session_keeps_its_times_and_tells_a_new_place(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        confirm(session, fair, booking)
        match_session, before = the(session, fair), booking.sequence
        starts_at = match_session.starts_at
        plan = replace(PLAN, venue="新馆三楼", tables=2)
        sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=plan)
        assert (match_session.starts_at, match_session.slot_minutes) == (starts_at, 30)
        assert len(match_session.tables) == 2
        assert match_session.sequence == 1
        assert booking.sequence == before + 1
        moved = [
            job.payload for job in jobs_named(session, "booking_mail") if job.payload["template"] == "booking_moved"
        ]
        assert {(one["calendar"], one["values"]["venue"], one["values"]["was"]) for one in moved} == {
            ("REQUEST", "新馆三楼", "")
        }


def test_more_tables_let_in_who_waits(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        book(session, fair, 0)
        match_session = the(session, fair)
        waiting = bookings.wait(
            session,
            match_session,
            by=fair.seekers[1].actor,
            seeker_id=fair.seekers[1].organisation_id,
            attendees=[fair.seekers[1].person],
            achievement=session.get_one(Achievement, fair.achievement_id),
            slot=slot_of(session, fair),
        )
        plan = replace(PLAN, venue=match_session.venue, tables=2)
        sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=plan)
        assert waiting.state is BookingState.PENDING
        assert waiting.table is not None
        assert waiting.table.number == 2
        check_invariants(session)


def test_tables_with_bookings_are_not_taken_away(each_database: Database) -> None:
    fair = make_fair(each_database, tables=3)
    with each_database.write() as session:
        first, second = book(session, fair, 0), book(session, fair, 1)
        match_session = the(session, fair)
        fewer = replace(PLAN, venue=match_session.venue, tables=1)
        with pytest.raises(Invalid) as refused:
            sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=fewer)
        assert refused.value.field == "tables"
        bookings.cancel(session, second, by=fair.organizer)
        sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=fewer)
        session.expire_all()
        numbers = session.scalars(select(SessionTable.number).where(SessionTable.match_session_id == match_session.id))
        assert numbers.all() == [1]
        assert first.table is not None
        assert first.table.number == 1
        check_invariants(session)


def test_seats_can_become_fewer_only_as_far_as_they_are_free(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, kind=SessionKind.GROUP, capacity=3)
    with each_database.write() as session:
        match_session = the(session, fair)
        seated = [
            bookings.take_seat(
                session, match_session, by=who.actor, seeker_id=who.organisation_id, attendees=[who.person]
            )
            for who in fair.seekers
        ]
        bookings.cancel(session, seated[0], by=fair.seekers[0].actor)
        for capacity, fits in ((1, False), (2, True)):
            plan = replace(GROUP, venue=match_session.venue, capacity=capacity)
            if fits:
                sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=plan)
                continue
            with pytest.raises(Invalid):
                sessions.edit(session, match_session, by=fair.organizer, revision=match_session.revision, plan=plan)
        assert sorted(one.seat or 0 for one in seated[1:]) == [1, 2]
        check_invariants(session)


@pytest.mark.parametrize("minutes", [-30, 30, 60, 24 * 60, -45, 7 * 24 * 60 + 5])
def test_postponing_moves_all_that_hangs_on_it(each_database: Database, minutes: int) -> None:
    """Also by the length of a slot, where each slot's new time is another's old one."""
    fair = make_fair(each_database, seekers=3, tables=2)
    shift = timedelta(minutes=minutes)
    with each_database.write() as session:
        made = [book(session, fair, 0, slot=0), book(session, fair, 1, slot=0), book(session, fair, 0, slot=1)]
        confirm(session, fair, made[0])
        times: list[datetime] = [one.slot.starts_at for one in made if one.slot]
        sequences = [one.sequence for one in made]
        match_session = the(session, fair)
        begin, end = match_session.starts_at, match_session.ends_at
        done = postpone(session, fair, shift)
        assert done == sessions.Moved(3, 0)
        session.expire_all()
        assert [one.slot.starts_at for one in made if one.slot] == [time + shift for time in times]
        assert (match_session.starts_at, match_session.ends_at) == (begin + shift, end + shift)
        assert match_session.sequence == 1
        assert all(one.sequence > before for one, before in zip(made, sequences, strict=True))
        assert match_session.state_reason == "场地检修"
        told = [
            job.payload for job in jobs_named(session, "booking_mail") if job.payload["template"] == "booking_moved"
        ]
        assert {one["to"] for one in told} == {
            address(session, person or 0)
            for person in (fair.seekers[0].person, fair.seekers[1].person, fair.owner.person_id)
        }
        of_the_first = next(one["values"] for one in told if one["values"]["public_id"] == made[0].public_id)
        assert datetime.fromisoformat(of_the_first["was"]) == times[0]
        assert datetime.fromisoformat(of_the_first["starts_at"]) == times[0] + shift
        check_invariants(session)


def test_a_meeting_whose_people_are_elsewhere_then_is_closed(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, tables=2)
    with each_database.write() as session:
        stays, goes = book(session, fair, 0), book(session, fair, 1)
        begin = the(session, fair).starts_at
        other = make_session(session, starts_at=begin + timedelta(days=1))
        book(session, fair, 1, session_id=other.id, at=other.slots[0])
        assert postpone(session, fair, timedelta(days=1)) == sessions.Moved(1, 1)
        assert (stays.state, goes.state) == (BookingState.PENDING, BookingState.CANCELLED)
        assert goes.state_reason == sessions.ELSEWHERE
        assert ("booking_cancelled", address(session, fair.seekers[1].person)) in mails(session)
        check_invariants(session)


def test_a_meeting_that_would_fall_into_a_pitch_is_closed(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair, asked_for=fair.professor)
        begin = the(session, fair).starts_at
        make_event(
            session, session.get_one(Achievement, fair.achievement_id), starts_at=begin + timedelta(hours=3, minutes=10)
        )
        session.scalars(select(AgendaItem)).one().speaker_id = fair.professor
        session.flush()
        assert postpone(session, fair, timedelta(hours=3)) == sessions.Moved(0, 1)
        assert booking.state is BookingState.CANCELLED
        check_invariants(session)


def test_what_is_freed_by_postponing_goes_to_who_waits(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        goes = book(session, fair, 0)
        match_session = the(session, fair)
        waits = bookings.wait(
            session,
            match_session,
            by=fair.seekers[1].actor,
            seeker_id=fair.seekers[1].organisation_id,
            attendees=[fair.seekers[1].person],
            achievement=session.get_one(Achievement, fair.achievement_id),
            slot=slot_of(session, fair),
        )
        other = make_session(session, starts_at=match_session.starts_at + timedelta(days=1))
        book(session, fair, 0, session_id=other.id, at=other.slots[0])
        postpone(session, fair, timedelta(days=1))
        assert (goes.state, waits.state) == (BookingState.CANCELLED, BookingState.PENDING)
        check_invariants(session)


def test_a_hold_is_shortened_when_the_meeting_comes_earlier(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        booking = book(session, fair)
        begin = the(session, fair).starts_at
        tomorrow = begin - timedelta(days=9, hours=1)
        postpone(session, fair, tomorrow - begin)
        assert booking.hold_until == tomorrow
        assert jobs_named(session, "booking_expiry")[-1].run_after == tomorrow
        check_invariants(session)


@pytest.mark.parametrize(
    ("shift", "reason", "field"),
    [
        (timedelta(), "改期", "starts_at"),
        (timedelta(minutes=3), "改期", "starts_at"),
        (timedelta(days=-400), "改期", "starts_at"),
        (timedelta(days=1), "  ", "reason"),
        (timedelta(days=1), "长" * 501, "reason"),
    ],
)
def test_impossible_postponements_are_refused(
    each_database: Database, shift: timedelta, reason: str, field: str
) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        book(session, fair)
        with pytest.raises(Invalid) as refused:
            postpone(session, fair, shift, reason=reason)
        assert refused.value.field == field
        check_invariants(session)


def test_what_has_begun_or_is_over_does_not_move(each_database: Database) -> None:
    for starts_at in (utcnow() - timedelta(minutes=30), utcnow() - timedelta(days=1)):
        fair = make_fair(each_database, starts_at=starts_at)
        with each_database.write() as session, pytest.raises(NotNow):
            postpone(session, fair, timedelta(days=2))


def test_cancelling_closes_all_bookings_with_the_reason(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3)
    with each_database.write() as session:
        first, second = book(session, fair, 0), book(session, fair, 1, slot=1)
        confirm(session, fair, first)
        assert sessions.cancel(session, the(session, fair), by=fair.organizer, reason="大雪封路") == 2
        assert the(session, fair).state is EventState.CANCELLED
        assert {one.state for one in (first, second)} == {BookingState.CANCELLED}
        assert {one.state_reason for one in (first, second)} == {"大雪封路"}
        told = [
            job.payload for job in jobs_named(session, "booking_mail") if job.payload["template"] == "session_cancelled"
        ]
        assert {(one["to"], one["calendar"]) for one in told} == {
            (address(session, fair.seekers[0].person), "CANCEL"),
            (address(session, fair.owner.person_id or 0), "CANCEL"),
            (address(session, fair.seekers[1].person), ""),
            (address(session, fair.owner.person_id or 0), ""),
        }
        assert not session.scalars(select(Occupancy)).all()
        for again in (lambda: sessions.cancel(session, the(session, fair), by=fair.organizer, reason="x"),
                      lambda: book(session, fair, 2)):  # fmt: skip
            with pytest.raises(DomainError):
                again()
        check_invariants(session)


def test_cancelling_asks_the_same_of_the_database_for_one_meeting_and_for_three(database: Database) -> None:
    asked = []
    for many in (1, 3):
        fair = make_fair(database, seekers=many)
        with database.write() as session:
            for number in range(many):
                confirm(session, fair, book(session, fair, number, slot=number))
        with database.write() as session:
            match_session = the(session, fair)
            with counted(session) as statements:
                assert sessions.cancel(session, match_session, by=fair.organizer, reason="大雪封路") == many
            asked.append(len(statements))
    assert asked[0] == asked[1]


def test_a_meeting_that_took_place_stays_when_the_rest_is_cancelled(each_database: Database) -> None:
    now = utcnow().replace(second=0, microsecond=0)
    begun = now - timedelta(minutes=now.minute % 5 + 40)
    fair = make_fair(each_database, seekers=2, starts_at=begun)
    with each_database.write() as session:
        coming = book(session, fair, 0, slot=3)
        slot = slot_of(session, fair, 0)
        past = Booking(
            match_session_id=fair.session_id,
            slot_id=slot.id,
            table_id=the(session, fair).tables[0].id,
            seeker_id=fair.seekers[1].organisation_id,
            provider_id=fair.provider_id,
            achievement_id=fair.achievement_id,
            state=BookingState.CONFIRMED,
        )
        session.add(past)
        session.flush()
        sessions.cancel(session, the(session, fair), by=fair.organizer, reason="停电")
        assert (past.state, coming.state) == (BookingState.CONFIRMED, BookingState.CANCELLED)


def test_booking_and_cancelling_the_session_at_once(each_database: Database) -> None:
    """No booking is left in a cancelled session, whoever was faster."""
    fair = make_fair(each_database, seekers=12, tables=12)

    def work(number: int) -> None:
        with each_database.write() as session:
            if number == 6:
                sessions.cancel(session, the(session, fair), by=fair.organizer, reason="停电")
            else:
                book(session, fair, number if number < 6 else number - 1)

    at_once(13, work)
    with each_database.read() as session:
        assert count(session, BookingState.PENDING) == 0
        check_invariants(session)


def test_booking_and_postponing_at_once(each_database: Database) -> None:
    """Sessions change places while their people book: nobody ends in two meetings at once, nothing is half moved."""
    fair = make_fair(each_database, seekers=6, tables=6)
    with each_database.write() as session:
        other = make_session(session, starts_at=the(session, fair).starts_at + timedelta(hours=1), tables=6)
        for number in range(3):
            book(session, fair, number, slot=number)
        ids = (fair.session_id, other.id)

    def work(number: int) -> None:
        with each_database.write() as session:
            if number < 2:
                shift = timedelta(minutes=30 if number else -30)
                sessions.postpone(
                    session, session.get_one(MatchSession, ids[number]), by=fair.organizer, shift=shift, reason="调整"
                )
                return
            at = session.scalars(
                select(Slot).where(Slot.match_session_id == ids[number % 2]).order_by(Slot.starts_at)
            ).all()[number % 4]
            book(session, fair, number % 6, session_id=ids[number % 2], at=at)

    at_once(14, work)
    with each_database.read() as session:
        check_invariants(session)


def test_what_was_done_is_in_the_audit_log(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        made = sessions.create(session, by=fair.organizer, plan=PLAN)
        sessions.publish(session, made, by=fair.organizer)
        sessions.postpone(session, made, by=fair.organizer, shift=timedelta(days=1), reason="改期")
        sessions.cancel(session, made, by=fair.organizer, reason="取消")
        rows = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "match_session")).all()
        assert [row.action for row in rows] == [
            "session.create", "session.publish", "session.postpone", "session.cancel"
        ]  # fmt: skip
        assert rows[2].detail["was"] == SOON.isoformat()
        assert {row.person_id for row in rows} == {fair.organizer.person_id}
