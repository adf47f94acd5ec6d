"""The day itself: what is missing, the new plan, applying it; and that nothing overlaps, whatever happens."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import bookings, disturbances, replanning, timetables
from models.actions.day_mails import CHANGED
from models.actions.occupancy import take_for_sessions
from models.base import Database, utcnow
from models.enums import BookingState, SessionKind, Side
from models.errors import Conflict, Invalid, NotNow
from models.queries.meeting_wishes import of_pair
from models.queries.news import news_of
from models.queries.replanning import rest_of
from models.rules.calendar import cells
from models.tables import (
    AuditEntry,
    Booking,
    Disturbance,
    Job,
    MatchSession,
    Organisation,
    Person,
    Replan,
    SessionTable,
    Transition,
)
from tests.counting import counted
from tests.factories import make_session
from tests.models.booking_cases import Fair, at_once, book, check_invariants, make_fair, slot_of
from tests.models.day_cases import (
    begin,
    check_nobody_missing_meets,
    computed,
    make_day,
    missing,
    proposed,
    replanned,
    standing,
    the,
    wish_all,
)


def tables_of(session: Session, fair: Fair) -> list[SessionTable]:
    return list(the(session, fair).tables)


def places(session: Session, fair: Fair) -> dict[int, tuple[Any, Any]]:
    return {one.id: (one.slot_id, one.table_id) for one in standing(session, fair)}


def test_nothing_happened_nothing_changes(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        before = places(session, fair)
        assert len(before) == 6
        assert replanned(session, fair) == replanning.Applied(0, 0, 0, 0)
        assert places(session, fair) == before


def test_who_is_late_meets_later(each_database: Database) -> None:
    fair = make_day(each_database, seekers=2, owners=1)
    with each_database.write() as session:
        first = standing(session, fair)[0]
        late = next(one for one in first.attendees if one.person_id in {each.person for each in fair.seekers})
        assert first.slot is not None
        missing(session, fair, session.get_one(Person, late.person_id), until_at=first.slot.ends_at)
        plan = proposed(session, fair)
        assert [(one["what"], one["why"], one["who"]) for one in plan.changes] == [("moved", "away", [late.person_id])]
        assert plan.kept == 1
        was, sequence = first.slot.starts_at, first.sequence
        done = replanning.apply(session, plan, by=fair.organizer)
        assert (done.moved, done.lost, done.added) == (1, 0, 0)
        session.expire_all()
        assert first.slot.starts_at > was
        assert first.sequence == sequence + 1
        check_invariants(session)
        check_nobody_missing_meets(session, fair)
        moved = select(func.count(Transition.id)).where(
            Transition.object_type == "booking", Transition.object_id == first.id, Transition.from_state == "confirmed"
        )
        assert session.scalar(moved) == 1
        assert session.scalar(select(AuditEntry.detail).where(AuditEntry.action == "replan.apply")) == {
            "moved": 1, "lost": 0, "added": 0,
        }  # fmt: skip


def test_everybody_concerned_gets_one_mail(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        before = session.scalar(select(func.count(Job.id)).where(Job.name == "booking_mail"))
        gone = session.get_one(Organisation, fair.provider_id)
        done = replanned_without(session, fair, gone)
        assert (done.moved, done.lost) == (0, 3)
        mails = day_mails(session)
        assert len(mails) == done.told == 4, "three enterprises, one owner"
        owner = [mail for mail in mails if len(mail["values"]["changes"]) == 3]
        assert len(owner) == 1
        assert {one["what"] for mail in mails for one in mail["values"]["changes"]} == {"lost"}
        assert session.scalar(select(func.count(Job.id)).where(Job.name == "booking_mail")) == before


def day_mails(session: Session) -> list[dict[str, Any]]:
    """What the mails about new plans say; the plan that was published before is told by others."""
    told = session.scalars(select(Job).where(Job.name == "day_mail").order_by(Job.id))
    return [job.payload for job in told if job.payload["template"] == CHANGED]


def replanned_without(session: Session, fair: Fair, subject: Any) -> replanning.Applied:
    missing(session, fair, subject)
    done = replanned(session, fair)
    check_invariants(session)
    check_nobody_missing_meets(session, fair)
    return done


def test_a_broken_table_moves_one_meeting_to_another_table(each_database: Database) -> None:
    fair = make_day(each_database, seekers=1, owners=1)
    with each_database.write() as session:
        (one,) = standing(session, fair)
        assert one.table is not None
        slot = one.slot_id
        done = replanned_without(session, fair, one.table)
        assert (done.moved, done.lost) == (1, 0)
        session.expire_all()
        assert one.slot_id == slot, "the same time at the other table"


def test_with_one_table_all_fall_out_and_the_reason_is_known(database: Database) -> None:
    fair = make_day(database, seekers=2, owners=1, tables=1)
    with database.write() as session:
        missing(session, fair, tables_of(session, fair)[0])
        plan = proposed(session, fair)
        assert {(one["what"], one["why"], one["then"]) for one in plan.changes} == {("lost", "table", "tables")}


def test_who_waits_for_an_answer_moves_too(each_database: Database) -> None:
    fair = make_day(each_database, seekers=2, owners=1)
    with each_database.write() as session:
        taken = {one.slot_id for one in standing(session, fair)}
        free = next(number for number in range(4) if slot_of(session, fair, number).id not in taken)
        pending = book(session, fair, slot=free)
        done = replanned_without(session, fair, session.get_one(SessionTable, pending.table_id))
        assert (done.lost, pending.state) == (0, BookingState.PENDING)
        assert done.moved >= 1
        gone = replanned_without(session, fair, session.get_one(Organisation, fair.seekers[0].organisation_id))
        assert (gone.lost, pending.state) == (2, BookingState.CANCELLED)


def test_a_called_off_meeting_falls_out_and_stays_out(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        one = standing(session, fair)[0]
        done = replanned_without(session, fair, one)
        assert (done.moved, done.lost, done.added) == (0, 1, 0)
        assert one.state is BookingState.CANCELLED
        assert replanned(session, fair) == replanning.Applied(0, 0, 0, 0), "the wish is not placed again"


def test_what_a_side_cancels_stays_out_and_what_the_organizer_cancels_is_planned_anew(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        first, second = standing(session, fair)[:2]
        seeker = next(one for one in fair.seekers if one.organisation_id == first.seeker_id)
        bookings.cancel(session, first, by=seeker.actor, reason="要出差")
        bookings.cancel(session, second, by=fair.organizer)
        kept = of_pair(session, fair.session_id, first.seeker_id, first.achievement_id or 0)
        assert kept is not None
        assert (kept.declined_side, kept.seeker_strength) == (Side.SEEKER, None)
        replanned(session, fair)
        pairs = {(one.seeker_id, one.achievement_id) for one in standing(session, fair)}
        assert (first.seeker_id, first.achievement_id) not in pairs
        assert (second.seeker_id, second.achievement_id) in pairs


def test_who_was_without_gets_the_free_place(each_database: Database) -> None:
    """One owner, more enterprises than slots: whoever cannot come makes room for somebody else."""
    fair = make_day(each_database, seekers=5, owners=1)  # four slots
    with each_database.write() as session:
        assert len(standing(session, fair)) == 4
        gone = session.get_one(Organisation, standing(session, fair)[0].seeker_id)
        done = replanned_without(session, fair, gone)
        assert (done.lost, done.added) == (1, 1)
        assert len(standing(session, fair)) == 4


def test_what_runs_or_is_over_stays(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        begin(session, fair, slots=2)
        past = {one.id: one.slot_id for one in standing(session, fair) if one.slot and one.slot.starts_at <= utcnow()}
        assert past
        for seeker in fair.seekers:
            missing(session, fair, session.get_one(Organisation, seeker.organisation_id))
        replanned(session, fair)
        assert {one.id: one.slot_id for one in standing(session, fair)} == past


def test_what_changed_meanwhile_asks_for_a_new_plan(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        missing(session, fair, tables_of(session, fair)[1])
        plan_id = proposed(session, fair).id
        bookings.cancel(session, standing(session, fair)[-1], by=fair.organizer, reason="改期")
        before = places(session, fair)
    with each_database.write() as session:
        with pytest.raises(Conflict):
            replanning.apply(session, session.get_one(Replan, plan_id), by=fair.organizer)
        assert places(session, fair) == before


def test_time_that_passes_asks_for_a_new_plan(database: Database) -> None:
    fair = make_day(database)
    with database.write() as session:
        missing(session, fair, tables_of(session, fair)[1])
        plan = proposed(session, fair)
        begin(session, fair, slots=3)
        with pytest.raises(Conflict):
            replanning.apply(session, plan, by=fair.organizer)


def test_two_organizers_apply_at_once(each_database: Database) -> None:
    fair = make_day(each_database)
    with each_database.write() as session:
        missing(session, fair, session.get_one(Organisation, fair.provider_id))
        plans = [proposed(session, fair).id, proposed(session, fair).id]

    def apply(number: int) -> replanning.Applied:
        with each_database.write() as session:
            return replanning.apply(session, session.get_one(Replan, plans[number % 2]), by=fair.organizer)

    done, refused = at_once(4, apply)
    assert [one.lost for one in done] == [3]
    assert {type(one) for one in refused} <= {Conflict, NotNow}
    with each_database.write() as session:
        check_invariants(session)
        assert len(day_mails(session)) == 4


def test_said_twice_it_is_one_and_withdrawn_it_is_none(database: Database) -> None:
    fair = make_day(database)
    with database.write() as session:
        table = tables_of(session, fair)[0]
        one = missing(session, fair, table)
        assert missing(session, fair, table).id == one.id
        assert session.scalar(select(func.count(Disturbance.id))) == 1
        disturbances.withdraw(session, one, by=fair.organizer)
        with pytest.raises(NotNow):
            disturbances.withdraw(session, one, by=fair.organizer)
        assert replanned(session, fair).moved == 0


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"from_at": 1, "until_at": 0}, "until_at"),
        ({"until_at": -1}, "until_at"),
        ({"from_at": 3}, "from_at"),
    ],
)
def test_times_that_cannot_be_are_refused(database: Database, times: dict[str, int], field: str) -> None:
    fair = make_day(database)
    with database.write() as session:
        begins = the(session, fair).starts_at
        given = {name: begins + timedelta(hours=hours) for name, hours in times.items()}
        with pytest.raises(Invalid) as refused:
            missing(session, fair, tables_of(session, fair)[0], **given)
        assert refused.value.field == field


def test_booking_respects_it(database: Database) -> None:
    """A broken table is booked by nobody, and who is not there is not asked for."""
    fair = make_day(database, seekers=1, owners=1, tables=1)
    with database.write() as session:
        taken = standing(session, fair)[0].slot_id
        free = next(number for number in range(4) if slot_of(session, fair, number).id != taken)
        person = missing(session, fair, session.get_one(Person, fair.seekers[0].person))
        with pytest.raises(Conflict) as refused:
            book(session, fair, slot=free)
        assert "is not there" in str(refused.value)
        disturbances.withdraw(session, person, by=fair.organizer)
        missing(session, fair, tables_of(session, fair)[0])
        with pytest.raises(Conflict):
            book(session, fair, slot=free)


def test_an_own_session_is_not_planned_anew(database: Database) -> None:
    """Its tables are people who receive: nobody is moved to somebody else."""
    fair = make_fair(database)
    with database.write() as session:
        the(session, fair).owner_id = fair.provider_id
        session.flush()
        with pytest.raises(NotNow, match="times are booked directly"):
            proposed(session, fair)


def test_who_receives_a_group_elsewhere_is_not_free(each_database: Database) -> None:
    """What a group session holds has no booking; leaving out the meetings that may move does not leave that out."""
    fair = make_day(each_database)
    with each_database.write() as session:
        person = standing(session, fair)[0].attendees[0].person_id
        slot = the(session, fair).slots[-1]
        group = make_session(session, kind=SessionKind.GROUP, starts_at=slot.starts_at, hours=1, capacity=2)
        take_for_sessions(session, [(group.id, person, cells(slot.starts_at, slot.ends_at))])
        found = rest_of(session, the(session, fair), now=utcnow()).found
        assert found.hindrance([person], slot.starts_at, slot.ends_at) is not None


def test_every_change_of_the_meetings_is_news(each_database: Database) -> None:
    fair = make_day(each_database)
    numbers = []
    with each_database.write() as session:
        numbers.append(news_of(session, fair.session_id))
        bookings.cancel(session, standing(session, fair)[0], by=fair.organizer)
        numbers.append(news_of(session, fair.session_id))
        missing(session, fair, tables_of(session, fair)[0])
        numbers.append(news_of(session, fair.session_id))
        replanned(session, fair)
        numbers.append(news_of(session, fair.session_id))
    assert numbers[0] > 0
    assert sorted(set(numbers)) == numbers


def test_a_rest_costs_the_same_with_one_and_six_meetings(database: Database) -> None:
    costs = []
    for values in ({"seekers": 1, "owners": 1}, {"seekers": 3, "owners": 2}):
        fair = make_day(database, **values)
        with database.read() as session:
            match_session = session.get_one(MatchSession, fair.session_id)
            with counted(session) as asked:
                rest_of(session, match_session, now=utcnow())
            costs.append(len(asked))
    assert costs[0] == costs[1]


HAPPENS = st.tuples(
    st.sampled_from(["person", "organisation", "table", "meeting"]), st.integers(0, 9), st.integers(0, 5)
)


@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(days=st.lists(st.lists(HAPPENS, min_size=1, max_size=3), min_size=1, max_size=3), begun=st.integers(0, 2))
def test_whatever_happens(database: Database, days: list[list[tuple[str, int, int]]], begun: int) -> None:
    """After any disturbances and new plans nobody is in two places or where they are missing, and the past stays."""
    fair = make_day(database, seekers=3, owners=2)
    with database.write() as session:
        if begun:
            begin(session, fair, slots=begun)
        past = {one.id: one.slot_id for one in standing(session, fair) if one.slot and one.slot.starts_at <= utcnow()}
        for happened in days:
            for kind, which, when in happened:
                _happen(session, fair, kind, which, when)
            plan = proposed(session, fair)
            done = replanning.apply(session, plan, by=fair.organizer)
            assert plan.kept + done.moved + done.added == sum(
                one.slot is not None and one.slot.starts_at > utcnow() for one in standing(session, fair)
            )
            check_invariants(session)
            check_nobody_missing_meets(session, fair)
        now = {one.id: one.slot_id for one in session.scalars(select(Booking).where(Booking.id.in_(past)))}
        assert now == past
        session.rollback()


def _happen(session: Session, fair: Fair, kind: str, which: int, when: int) -> None:
    slots = the(session, fair).slots
    to_come = [one for one in standing(session, fair) if one.slot and one.slot.starts_at > utcnow()]
    if not to_come:
        return
    booking = to_come[which % len(to_come)]
    times: dict[str, Any] = {}
    if when in (1, 2):
        times["until_at"] = max(slots[when].ends_at, slots[-2].starts_at)
    elif when in (3, 4):
        times["from_at"] = slots[when - 2].starts_at
    subject: Any = booking
    if kind == "person":
        subject = session.get_one(Person, booking.attendees[which % len(booking.attendees)].person_id)
    elif kind == "organisation":
        subject = booking.seeker if which % 2 else booking.provider
    elif kind == "table":
        subject = booking.table
    else:
        times = {}
    missing(session, fair, subject, **times)


def test_a_new_plan_keeps_to_venues_and_the_way_between(database: Database) -> None:
    """Two halls half an hour apart: a meeting whose table breaks stays in its hall, and nobody is in both without the walk."""
    fair = make_fair(database, seekers=3, tables=4, walking_minutes=30)
    with database.write() as session:
        match_session = the(session, fair)
        for table in match_session.tables[2:]:
            table.venue = "二号厅"
        wish_all(session, fair, owners=2)
        timetables.publish(session, computed(session, fair), by=fair.organizer)
        before = {one.id: one.table.venue for one in standing(session, fair) if one.table}
        assert set(before.values()) == {"", "二号厅"}
        missing(session, fair, match_session.tables[2])
        replanned(session, fair)
        check_invariants(session)
        check_nobody_missing_meets(session, fair)
        now = {one.id: one.table.venue for one in standing(session, fair) if one.table}
        assert {one: now[one] for one in before if one in now} == {one: before[one] for one in before if one in now}
        days: dict[int, list[Booking]] = {}
        for one in standing(session, fair):
            for each in one.attendees:
                days.setdefault(each.person_id, []).append(one)
        for meetings in days.values():
            for one, other in pairwise(meetings):
                assert one.slot is not None
                assert other.slot is not None
                assert one.table is not None
                assert other.table is not None
                gap = other.slot.starts_at - one.slot.ends_at
                assert one.table.venue == other.table.venue or gap >= timedelta(minutes=30)


def test_applying_costs_the_same_but_for_writing_each_booking(database: Database) -> None:
    costs = []
    for seekers in (1, 3):
        fair = make_day(database, seekers=seekers, owners=2)
        with database.write() as session:
            missing(session, fair, session.get_one(Organisation, fair.provider_id))
            plan = proposed(session, fair)
            with counted(session, writes=True) as asked:
                assert replanning.apply(session, plan, by=fair.organizer).lost == seekers
            costs.append([one for one in asked if not one.startswith("UPDATE booking ")])
            assert len(asked) - len(costs[-1]) == seekers
    assert [one[:40] for one in costs[0]] == [one[:40] for one in costs[1]]
