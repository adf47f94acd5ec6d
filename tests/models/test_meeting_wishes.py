"""Wishes to meet, and the timetable computed from them: what is planned, what becomes of it, what two at once do."""

from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.actions import bookings, meeting_wishes, timetables
from models.base import Database, utcnow
from models.enums import BookingState, OccupancyKind, Side, TimetableState
from models.errors import Conflict, Invalid, NotNow
from models.queries.planning import Day, day_of
from models.rules.timetable import Effort, plan_day
from models.tables import (
    Achievement,
    Booking,
    Engagement,
    Job,
    MatchSession,
    MeetingWish,
    Occupancy,
    SessionTable,
    Timetable,
)
from tests.counting import counted
from tests.factories import make_achievement
from tests.models.booking_cases import Fair, at_once, book, make_fair
from tests.models.day_cases import computed, wish_all


def said(session: Session, fair: Fair, seeker: int = 0, **values: Any) -> MeetingWish:
    who = fair.seekers[seeker]
    return meeting_wishes.wish(
        session,
        session.get_one(MatchSession, fair.session_id),
        by=who.actor,
        seeker_id=who.organisation_id,
        achievement=session.get_one(Achievement, values.pop("achievement_id", fair.achievement_id)),
        **{"strength": 2, "attendees": [who.person], **values},
    )


def day(session: Session, fair: Fair, *, accepted_only: bool = False) -> Day:
    return day_of(session, session.get_one(MatchSession, fair.session_id), accepted_only=accepted_only, now=utcnow())


def test_from_wishes_to_confirmed_meetings(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        first = said(session, fair, 0, strength=3)
        said(session, fair, 1)
        meeting_wishes.accept(session, first, by=fair.owner, strength=3, person_id=fair.professor)
        timetable = computed(session, fair)
        assert (timetable.state, timetable.weight) == (TimetableState.READY, timetable.bound)
        assert (len(timetable.meetings), timetable.unplaced) == (2, [])
        made, left = timetables.publish(session, timetable, by=fair.organizer)
        assert (made, left) == (2, 0)
    with each_database.read() as session:
        found = session.scalars(select(Booking).order_by(Booking.seeker_id)).all()
        assert {one.state for one in found} == {BookingState.CONFIRMED}
        by_seeker = {one.seeker_id: one for one in found}
        placed = by_seeker[fair.seekers[0].organisation_id]
        assert {(one.person_id, one.side) for one in placed.attendees} == {
            (fair.seekers[0].person, Side.SEEKER),
            (fair.professor, Side.PROVIDER),
        }
        assert session.scalar(select(func.count(Engagement.id))) == 2
        assert all(one.engagement_id for one in found)
        held = select(func.count(Occupancy.id)).where(Occupancy.kind == OccupancyKind.TABLE)
        assert session.scalar(held) == 2 * session.scalars(select(MatchSession)).one().slot_minutes // 5
        mails = [job.payload for job in session.scalars(select(Job).where(Job.name == "booking_mail"))]
        assert {mail["template"] for mail in mails} == {"booking_confirmed"}


def test_one_person_is_never_placed_twice_at_a_time(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, tables=3)
    with each_database.write() as session:
        for number in range(3):
            said(session, fair, number)
        timetables.publish(session, computed(session, fair), by=fair.organizer)
        slots = session.scalars(select(Booking.slot_id)).all()
        assert len(slots) == len(set(slots)), "the owner's one contact sits at one table at a time"


def test_a_declined_wish_is_not_planned(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        one, other = said(session, fair, 0), said(session, fair, 1)
        meeting_wishes.decline(session, one, by=fair.owner, reason="immature")
        assert [party.wish.id for party in day(session, fair).parties] == [other.id]


def test_accepted_pairs_only(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        one = said(session, fair, 0)
        said(session, fair, 1)
        meeting_wishes.accept(session, one, by=fair.owner, strength=1, person_id=fair.owner.person_id or 0)
        assert [party.wish.id for party in day(session, fair, accepted_only=True).parties] == [one.id]
        assert len(day(session, fair).parties) == 2


def test_nobody_goes_without_where_that_is_possible(database: Database) -> None:
    """One wants the owner's every slot and very much, another a little: the other gets one only where that is asked for."""
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        owner = session.get_one(Achievement, fair.achievement_id).organisation
        for _slot in match_session.slots:
            more = make_achievement(session, owner, contact_id=fair.owner.person_id)
            session.flush()
            said(session, fair, 0, achievement_id=more.id, strength=3)
        weak = said(session, fair, 1, strength=1)
        placed = {}
        for everybody in (False, True):
            made = day_of(session, match_session, accepted_only=False, everybody=everybody, now=utcnow())
            plan = plan_day(made.problem, Effort(rounds=20)).plan
            placed[everybody] = {
                party.wish.id for party, slot in zip(made.parties, plan, strict=False) if slot is not None
            }
        assert weak.id not in placed[False]
        assert weak.id in placed[True]


def test_both_strengths_add(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        one = said(session, fair, 0, strength=1)
        said(session, fair, 1, strength=3)
        meeting_wishes.accept(session, one, by=fair.owner, strength=3, person_id=fair.owner.person_id or 0)
        assert [wish.weight for wish in day(session, fair).problem.wishes] == [60, 30]


def test_meetings_that_stand_keep_their_place(database: Database) -> None:
    """A booked slot is no more free for its people, nor its table for others; its pair is not planned again."""
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        booking = book(session, fair, 0, slot=0)
        bookings.confirm(session, booking, by=fair.owner, attendees=[fair.owner.person_id or 0])
        said(session, fair, 0)
        wish = said(session, fair, 1)
        timetable = computed(session, fair)
        assert [one["wish"] for one in timetable.meetings] == [wish.id]
        assert timetable.weight == timetable.bound, "who is busy elsewhere is not counted as there"
        assert timetable.meetings[0]["slot"] != booking.slot_id
        assert timetables.publish(session, timetable, by=fair.organizer) == (1, 0)


def test_why_a_wish_is_not_placed(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        slots = len(session.get_one(MatchSession, fair.session_id).slots)
        owner = session.get_one(Achievement, fair.achievement_id).organisation
        for _number in range(slots):
            more = make_achievement(session, owner, contact_id=fair.owner.person_id)
            session.flush()
            said(session, fair, 0, achievement_id=more.id, strength=3)
        weak = said(session, fair, 1, strength=1)
        nobody = make_achievement(session, owner)
        session.flush()
        unnamed = said(session, fair, 1, achievement_id=nobody.id)
        timetable = computed(session, fair)
        assert {one["wish"]: (one["why"], one["about"]) for one in timetable.unplaced} == {
            weak.id: ("full", ["provider"]),
            unnamed.id: ("unnamed", []),
        }


def test_what_changed_meanwhile_is_left_out(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=3, tables=2)
    with each_database.write() as session:
        gone, declined = said(session, fair, 0), said(session, fair, 1)
        said(session, fair, 2)
        timetable = computed(session, fair)
        meeting_wishes.withdraw(session, gone, by=fair.seekers[0].actor)
        meeting_wishes.decline(session, declined, by=fair.owner, reason="immature")
        assert timetables.publish(session, timetable, by=fair.organizer) == (1, 2)
        assert session.scalars(select(Booking.seeker_id)).all() == [fair.seekers[2].organisation_id]


def test_somebody_booked_meanwhile_keeps_their_place(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        said(session, fair, 0)
        timetable = computed(session, fair)
        slot = timetable.meetings[0]["slot"]
        places = [one.id for one in session.get_one(MatchSession, fair.session_id).slots]
        book(session, fair, 1, slot=places.index(slot))
        assert timetables.publish(session, timetable, by=fair.organizer) == (0, 1)
        assert session.scalars(select(Booking.seeker_id)).all() == [fair.seekers[1].organisation_id]


def test_a_timetable_is_published_once(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        said(session, fair, 0)
        said(session, fair, 1)
        timetable_id = computed(session, fair).id

    def publish(number: int) -> tuple[int, int]:
        with each_database.write() as session:
            return timetables.publish(session, session.get_one(Timetable, timetable_id), by=fair.organizer)

    done, refused = at_once(4, publish)
    assert done == [(2, 0)]
    assert {type(one) for one in refused} == {NotNow}
    with each_database.read() as session:
        assert session.scalar(select(func.count(Booking.id))) == 2


def test_publishing_reads_who_is_told_once_and_is_one_news(database: Database) -> None:
    """A meeting more costs what has to be written for it, and looking for its engagement."""
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    costs = []
    for seekers, owners in ((1, 1), (3, 2)):
        fair = make_fair(database, seekers=seekers, tables=2)
        with database.write() as session:
            wish_all(session, fair, owners=owners)
            timetable = computed(session, fair)
            asked.clear()
            assert timetables.publish(session, timetable, by=fair.organizer) == (seekers * owners, 0)
            costs.append([sum(what in one for one in asked) for what in ("JOIN account", "UPDATE news", "INTO news")])
    assert costs[0] == costs[1]
    assert costs[0][0] == 2


def test_one_timetable_at_a_time_is_computed(each_database: Database) -> None:
    fair = make_fair(each_database)

    def ask(number: int) -> int:
        with each_database.write() as session:
            return timetables.ask(session, session.get_one(MatchSession, fair.session_id), by=fair.organizer).id

    asked, refused = at_once(6, ask)
    assert len(set(asked)) == 1
    assert {type(one) for one in refused} <= {Conflict}
    with each_database.read() as session:
        assert session.scalar(select(func.count(Job.id)).where(Job.name == "timetable")) == 1


def test_a_stopped_one_keeps_no_result(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        said(session, fair)
        timetable = timetables.ask(session, session.get_one(MatchSession, fair.session_id), by=fair.organizer)
        assert timetables.note_progress(session, timetable.id, weight=1, bound=2)
        timetables.stop(session, timetable, by=fair.organizer)
        assert not timetables.note_progress(session, timetable.id, weight=2, bound=2)
        made = day(session, fair)
        timetables.note_result(session, timetable.id, made, plan_day(made.problem), {})
        assert (timetable.state, timetable.meetings) == (TimetableState.STOPPED, [])
        with pytest.raises(NotNow):
            timetables.publish(session, timetable, by=fair.organizer)


def test_a_wish_said_again_changes_it(each_database: Database) -> None:
    fair = make_fair(each_database)

    def say(number: int) -> int:
        with each_database.write() as session:
            return said(session, fair, 0, strength=1 + number % 3).id

    made, refused = at_once(6, say)
    assert (len(set(made)), refused) == (1, [])
    with each_database.read() as session:
        told = select(func.count(Job.id)).where(Job.name == "mail")
        assert session.scalar(told) == 1, "the owner is told once"


@pytest.mark.parametrize(
    ("values", "field"),
    [({"strength": 4}, "strength"), ({"attendees": []}, "attendees"), ({"note": "x" * 501}, "note")],
)
def test_what_is_wrong_is_said_at_its_field(database: Database, values: dict[str, Any], field: str) -> None:
    fair = make_fair(database)
    with database.write() as session, pytest.raises(Invalid) as told:
        said(session, fair, **values)
    assert told.value.field == field


def test_a_stale_answer_is_refused(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        wish = said(session, fair)
        seen = wish.revision
        said(session, fair, strength=3)
        with pytest.raises(Conflict):
            meeting_wishes.decline(session, wish, by=fair.owner, reason="immature", revision=seen)


def test_providers_keep_their_table(database: Database) -> None:
    fair = make_fair(database, seekers=3, tables=3)
    with database.write() as session:
        for number in range(3):
            said(session, fair, number)
        tables = {one["table"] for one in computed(session, fair).meetings}
        assert len(tables) == 1
        assert session.scalar(select(SessionTable.number).where(SessionTable.id.in_(tables))) == 1


def test_a_day_costs_the_same_with_one_and_three_wishes(database: Database) -> None:
    fair = make_fair(database, seekers=3)
    costs = []
    for seekers in (range(1), range(1, 3)):
        with database.write() as session:
            owner = session.get_one(Achievement, fair.achievement_id).organisation
            for number in seekers:
                more = make_achievement(session, owner, contact_id=fair.owner.person_id)
                session.flush()
                said(session, fair, number, achievement_id=more.id)
        with database.read() as session:
            match_session = session.get_one(MatchSession, fair.session_id)
            with counted(session) as asked:
                day_of(session, match_session, accepted_only=False, now=utcnow())
            costs.append(len(asked))
    assert costs[0] == costs[1]
