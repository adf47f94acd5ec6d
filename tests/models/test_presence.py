"""When people are there, how many meetings they want, at which venue: kept by bookings, timetable and publication."""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import bookings, forgetting, meeting_wishes, merging, presence, session_tables, sessions, timetables
from models.actions.session_tables import Table
from models.base import Database, utcnow
from models.enums import BookingState
from models.errors import Conflict, Invalid, NotNow
from models.queries.planning import day_of
from models.rules.timetable import Effort, plan_day, reasons
from models.tables import (
    Absence,
    Achievement,
    Booking,
    MatchSession,
    MeetingLimit,
    Organisation,
    Person,
    SessionTable,
    Slot,
    Timetable,
)
from scripts.timetable_files import plan_as_json, problem_as_json
from tests.factories import make_account, make_achievement, make_person, make_provider
from tests.models.booking_cases import Fair, at_once, book, confirm, count, make_fair, slot_of
from tests.models.test_meeting_wishes import said
from tests.timetable_checker import broken


def say(
    session: Session,
    fair: Fair,
    person: int,
    away: Collection[int] = (),
    *,
    most: int | None = None,
    together: int | None = None,
    firm: int | None = None,
    by: Any = None,
) -> Any:
    """A provider's person (or another's) is away at these slots (numbers)."""
    match_session = session.get_one(MatchSession, fair.session_id)
    slots = [slot.id for slot in match_session.slots]
    return presence.say(
        session, match_session, by=by or fair.organizer, organisation=session.get_one(Organisation, firm or fair.provider_id),
        absent={person: {slots[number] for number in away}}, most={person: most}, most_of_organisation=together,
    )  # fmt: skip


def planned(session: Session, fair: Fair, **asked: Any) -> Timetable:
    """Computed, and checked by the independent checker."""
    timetable = timetables.ask(session, session.get_one(MatchSession, fair.session_id), by=fair.organizer)
    made = day_of(session, session.get_one(MatchSession, fair.session_id), accepted_only=False, now=utcnow(), **asked)
    outcome = plan_day(made.problem, Effort(rounds=50, moves=2000))
    day, plan = (json.loads(json.dumps(one)) for one in (problem_as_json(made.problem), plan_as_json(outcome)))
    assert broken(day, plan) == []
    timetables.note_result(session, timetable.id, made, outcome, reasons(made.problem, outcome.plan))
    return timetable


def slots_of(session: Session, fair: Fair, timetable: Timetable) -> list[int]:
    """Numbers of the slots that a timetable uses."""
    ids = [slot.id for slot in session.get_one(MatchSession, fair.session_id).slots]
    return sorted(ids.index(one["slot"]) for one in timetable.meetings)


def more_achievements(session: Session, fair: Fair, number: int, contact: int | None = None) -> list[int]:
    owner = session.get_one(Organisation, fair.provider_id)
    made = [make_achievement(session, owner, contact_id=contact or fair.owner.person_id) for _number in range(number)]
    session.flush()
    return [one.id for one in made]


# --- when they are there ----------------------------------------------------------------------------------------------


def test_absent_people_are_not_booked(each_database: Database) -> None:
    fair = make_fair(each_database)
    with each_database.write() as session:
        say(session, fair, fair.seekers[0].person, {0}, firm=fair.seekers[0].organisation_id)
        with pytest.raises(Conflict, match="said they are not there") as told:
            book(session, fair, 0, slot=0)
        assert told.value.field == "attendees"
        assert slot_of(session, fair, 0).starts_at not in told.value.params["free"]
        booking = book(session, fair, 0, slot=1)
        say(session, fair, fair.professor, {1})
        with pytest.raises(Conflict, match="said they are not there"):
            confirm(session, fair, booking, attendees=[fair.professor])
        confirm(session, fair, booking)


def test_absent_people_are_not_placed(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        last = len(session.get_one(MatchSession, fair.session_id).slots) - 1
        for number in range(2):
            said(session, fair, number)
        say(session, fair, fair.owner.person_id or 0, range(last))
        timetable = planned(session, fair)
        assert slots_of(session, fair, timetable) == [last]
        assert timetable.bound == timetable.weight


def test_an_absence_said_meanwhile_is_left_out(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        said(session, fair, 0)
        timetable = planned(session, fair)
        say(session, fair, fair.owner.person_id or 0, slots_of(session, fair, timetable))
        assert timetables.publish(session, timetable, by=fair.organizer) == (0, 1)


def test_meetings_that_stand_are_named(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        book(session, fair, 0, slot=0)
        who = fair.seekers[0]
        (kept,) = say(session, fair, who.person, {0, 1}, firm=who.organisation_id)
        assert kept.starts_at == slot_of(session, fair, 0).starts_at
        assert count(session, BookingState.PENDING) == 1


def test_saying_again_changes_it(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        say(session, fair, fair.professor, {0, 1}, most=3, together=5)
        say(session, fair, fair.professor, {1, 2}, most=2)
        slots = select(Slot.starts_at).join(Absence, Absence.slot_id == Slot.id).order_by(Slot.starts_at)
        assert session.scalars(slots).all() == [slot_of(session, fair, number).starts_at for number in (1, 2)]
        assert session.execute(select(MeetingLimit.person_id, MeetingLimit.most)).all() == [(fair.professor, 2)]


def test_two_say_it_at_once(each_database: Database) -> None:
    fair = make_fair(each_database)

    def write(number: int) -> None:
        with each_database.write() as session:
            say(session, fair, fair.professor, {0, number % 3}, most=1 + number)

    _done, refused = at_once(6, write)
    assert refused == []
    with each_database.read() as session:
        assert session.scalar(select(func.count(MeetingLimit.id))) == 1


def test_only_ones_own_people(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        with pytest.raises(NotNow):
            say(session, fair, fair.professor, {0}, by=fair.seekers[0].actor)
        with pytest.raises(Invalid):
            say(session, fair, fair.professor, {0}, firm=fair.seekers[0].organisation_id, by=fair.seekers[0].actor)


# --- how many meetings ------------------------------------------------------------------------------------------------


def test_a_person_has_no_more_meetings_than_they_want(database: Database) -> None:
    fair = make_fair(database, seekers=3, tables=3)
    with database.write() as session:
        say(session, fair, fair.owner.person_id or 0, most=2)
        for number in range(3):
            said(session, fair, number)
        timetable = planned(session, fair)
        assert len(timetable.meetings) == 2
        assert [(one["why"], one["about"]) for one in timetable.unplaced] == [("most", ["provider"])]
        assert timetable.bound == timetable.weight


def test_an_organisation_has_no_more_meetings_than_it_wants(database: Database) -> None:
    """Two professors could have two each; the university wants three together. Proven."""
    fair = make_fair(database, seekers=2, tables=3)
    with database.write() as session:
        (other,) = more_achievements(session, fair, 1, fair.professor)
        say(session, fair, fair.professor, together=3)
        for number in range(2):
            said(session, fair, number, strength=3)
            said(session, fair, number, achievement_id=other)
        timetable = planned(session, fair)
        assert len(timetable.meetings) == 3
        assert timetable.weight == timetable.bound == 30 + 30 + 20
        assert [(one["why"], one["about"]) for one in timetable.unplaced] == [("most", ["provider"])]


def test_what_the_session_allows_holds_for_all(database: Database) -> None:
    fair = make_fair(database, seekers=2, tables=3)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        match_session.most_of_person = 1
        with pytest.raises(Invalid) as told:
            say(session, fair, fair.professor, most=2)
        assert told.value.field == "most"
        for number in range(2):
            said(session, fair, number)
        assert len(planned(session, fair).meetings) == 1


def test_what_is_full_is_not_booked(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2)
    with each_database.write() as session:
        say(session, fair, fair.professor, together=1)
        first = book(session, fair, 0, slot=0)
        with pytest.raises(Conflict, match="as many meetings in this session") as told:
            book(session, fair, 1, slot=1)
        assert told.value.field == "organisation"
        bookings.decline(session, first, by=fair.owner, reason="changed")
        book(session, fair, 1, slot=1)


def test_a_full_person_is_not_named(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        say(session, fair, fair.professor, most=1)
        confirm(session, fair, book(session, fair, 0, slot=0), attendees=[fair.professor])
        second = book(session, fair, 1, slot=1)
        with pytest.raises(Conflict, match="as many meetings in this session"):
            confirm(session, fair, second, attendees=[fair.professor])


def test_meetings_that_stand_count(database: Database) -> None:
    fair = make_fair(database, seekers=2)
    with database.write() as session:
        say(session, fair, fair.professor, together=1)
        confirm(session, fair, book(session, fair, 0, slot=0))
        said(session, fair, 1)
        assert planned(session, fair).meetings == []


def test_full_meanwhile_is_left_out(database: Database) -> None:
    fair = make_fair(database, seekers=3, tables=3)
    with database.write() as session:
        for number in range(3):
            said(session, fair, number)
        timetable = planned(session, fair)
        assert len(timetable.meetings) == 3
        say(session, fair, fair.owner.person_id or 0, most=2)
        assert timetables.publish(session, timetable, by=fair.organizer) == (2, 1)


# --- venues -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_venues(database: Database) -> tuple[Fair, int]:
    """One table at each of two venues, ten minutes apart, slots of thirty; each fixed to a provider. And its achievement."""
    fair = make_fair(database, seekers=2, tables=2)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        match_session.walking_minutes = 10
        other = make_provider(session)
        contact = make_account(session, other).person_id
        achievement = make_achievement(session, other, contact_id=contact)
        said(session, fair, 0, achievement_id=achievement.id)
        said(session, fair, 0)
        session_tables.arrange(
            session, match_session, by=fair.organizer,
            tables={1: Table("东楼", fair.provider_id), 2: Table("西楼", other.id)},
        )  # fmt: skip
        return fair, achievement.id


def test_nobody_walks_too_fast(database: Database, two_venues: tuple[Fair, int]) -> None:
    fair, _other = two_venues
    with database.write() as session:
        timetable = planned(session, fair)
        one, other = slots_of(session, fair, timetable)
        assert other - one >= 2, "one slot is left free for the way"
        venues = {
            session.get_one(SessionTable, meeting["table"]).venue: session.get_one(
                SessionTable, meeting["table"]
            ).number
            for meeting in timetable.meetings
        }
        assert venues == {"东楼": 1, "西楼": 2}
        assert timetables.publish(session, timetable, by=fair.organizer) == (2, 0)


def test_nor_by_a_booking(database: Database, two_venues: tuple[Fair, int]) -> None:
    fair, other = two_venues
    with database.write() as session:
        booking = book(session, fair, 0, slot=1)
        assert booking.table is not None
        assert booking.table.venue == "东楼"
        for near in (0, 2):
            with pytest.raises(Conflict, match="too far away") as told:
                book(session, fair, 0, slot=near, achievement_id=other)
            assert slot_of(session, fair, 3).starts_at in told.value.params["free"]
        assert book(session, fair, 0, slot=3, achievement_id=other).table_id != booking.table_id


def test_what_stands_is_walked_from(database: Database, two_venues: tuple[Fair, int]) -> None:
    fair, _other = two_venues
    with database.write() as session:
        confirm(session, fair, book(session, fair, 0, slot=1))
        assert slots_of(session, fair, planned(session, fair)) == [3]


def test_a_fixed_table_is_the_providers_alone(database: Database) -> None:
    """The only other table is taken, so nobody else can book; the provider's own table waits for it."""
    fair = make_fair(database, seekers=2, tables=2)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        said(session, fair, 0)
        session_tables.arrange(session, match_session, by=fair.organizer, tables={1: Table("", fair.provider_id)})
        other = make_provider(session)
        achievement = make_achievement(session, other, contact_id=make_account(session, other).person_id)
        assert book(session, fair, 1, slot=0, achievement_id=achievement.id).table_id == match_session.tables[1].id
        mine = book(session, fair, 0, slot=0)
        assert mine.table_id == match_session.tables[0].id
        third = make_achievement(session, make_provider(session))
        with pytest.raises(Conflict, match="taken"):
            book(session, fair, 0, slot=0, achievement_id=third.id, attendees=[fair.seekers[0].colleague])


def test_people_of_one_provider_share_its_table(database: Database) -> None:
    fair = make_fair(database, seekers=2, tables=3)
    with database.write() as session:
        (other,) = more_achievements(session, fair, 1, fair.professor)
        match_session = session.get_one(MatchSession, fair.session_id)
        said(session, fair, 0)
        said(session, fair, 1, achievement_id=other)
        session_tables.arrange(session, match_session, by=fair.organizer, tables={2: Table("", fair.provider_id)})
        timetable = planned(session, fair)
        assert {one["table"] for one in timetable.meetings} == {match_session.tables[1].id}
        assert len(set(slots_of(session, fair, timetable))) == 2, "one meeting at a time at the one table"


def test_each_provider_gets_a_table(database: Database) -> None:
    fair = make_fair(database, seekers=2, tables=3)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        others = [make_provider(session) for _number in range(3)]
        for number, provider in enumerate(others):
            achievement = make_achievement(session, provider, contact_id=make_account(session, provider).person_id)
            for seeker in range(2 if number else 1):
                said(session, fair, seeker, achievement_id=achievement.id)
        said(session, fair, 0)
        said(session, fair, 1)
        assert session_tables.fix_all(session, match_session, by=fair.organizer) == 3
        assert {table.provider_id for table in match_session.tables} == {fair.provider_id, others[1].id, others[2].id}
        assert session_tables.fix_all(session, match_session, by=fair.organizer) == 0
        assert len(planned(session, fair).meetings) == 6, "who has no table has no meeting"


@pytest.mark.parametrize(
    ("tables", "field"),
    [
        ({1: ("东楼", "own"), 2: ("西楼", "own")}, "venue_2"),
        ({1: ("", "nobody")}, "provider_1"),
        ({1: ("楼" * 81, None)}, "venue_1"),
    ],
)
def test_what_is_wrong_with_tables(database: Database, tables: dict[int, tuple[str, str | None]], field: str) -> None:
    fair = make_fair(database, tables=2)
    with database.write() as session:
        said(session, fair, 0)
        who = {"own": fair.provider_id, "nobody": fair.seekers[0].organisation_id, None: None}
        with pytest.raises(Invalid) as told:
            session_tables.arrange(
                session, session.get_one(MatchSession, fair.session_id), by=fair.organizer,
                tables={number: Table(venue, who[whose]) for number, (venue, whose) in tables.items()},
            )  # fmt: skip
        assert told.value.field == field


def test_a_roaming_provider_stays_at_one_venue(database: Database) -> None:
    fair = make_fair(database, seekers=2, tables=4)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        match_session.walking_minutes = 30
        session_tables.arrange(
            session, match_session, by=fair.organizer,
            tables={number: Table("东楼" if number < 3 else "西楼") for number in range(1, 5)},
        )  # fmt: skip
        for _number in range(2):
            provider = make_provider(session)
            for each in range(2):
                contact = make_person(session, provider).id
                achievement = make_achievement(session, provider, contact_id=contact)
                said(session, fair, each, achievement_id=achievement.id)
        timetable = planned(session, fair)
        where: dict[int, set[str]] = {}
        for one in timetable.meetings:
            wish = session.get_one(meeting_wishes.MeetingWish, one["wish"])
            owner = session.get_one(Achievement, wish.achievement_id).organisation_id
            where.setdefault(owner, set()).add(session.get_one(SessionTable, one["table"]).venue)
        assert sorted(map(len, where.values())) == [1, 1]
        assert len(set.union(*where.values())) == 2, "both venues are used"
        made, _left = timetables.publish(session, timetable, by=fair.organizer)
        assert made == len(timetable.meetings)
        assert session.scalar(select(func.count(Booking.id))) == made


def test_a_postponed_session_moves_the_end_of_wishes(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        closing = match_session.wishes_close_at
        sessions.postpone(
            session, match_session, by=fair.organizer, shift=timedelta(hours=2), reason="场地", venue="同一处"
        )
        assert match_session.wishes_close_at == closing + timedelta(hours=2)


def test_a_merged_organisation_keeps_tables_and_the_others_limit(database: Database) -> None:
    fair = make_fair(database, seekers=2, tables=2)
    with database.write() as session:
        match_session = session.get_one(MatchSession, fair.session_id)
        into = make_provider(session)
        for firm, most in ((fair.provider_id, 3), (into.id, 2)):
            session.add(MeetingLimit(match_session_id=match_session.id, organisation_id=firm, most=most))
        match_session.tables[0].provider_id = fair.provider_id
        session.flush()
        merging.merge(session, session.get_one(Organisation, fair.provider_id), into, by=fair.organizer)
        assert match_session.tables[0].provider_id == into.id
        assert session.execute(select(MeetingLimit.organisation_id, MeetingLimit.most)).all() == [(into.id, 2)]


def test_who_is_forgotten_is_expected_nowhere(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        say(session, fair, fair.professor, {0, 1}, most=2)
        forgetting.deidentify(session, session.get_one(Person, fair.professor), by=fair.organizer)
        assert session.scalar(select(func.count(Absence.id))) == 0
        assert session.scalar(select(func.count(MeetingLimit.id))) == 0
