"""The way between places: of meetings in other sessions, groups, talks; and of a timetable that is published later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.actions import bookings, meeting_wishes, timetables
from models.base import Database
from models.enums import BookingState, SessionKind
from models.errors import Conflict
from models.tables import Achievement, AgendaItem, Booking, Event, MatchSession, MeetingWish
from tests.factories import make_account, make_achievement, make_event, make_provider, make_session
from tests.models.booking_cases import Fair, book, check_invariants, confirm, make_fair, serve_all, slot_of
from tests.models.day_cases import computed, the
from tests.models.test_open_sessions import book as book_own
from tests.models.test_open_sessions import make_house, opened
from tests.models.test_waiting_list import wait

WALK = 15


def next_door(session: Session, fair: Fair, *, venue: str = "科学城报告厅", **values: Any) -> MatchSession:
    """A session of the same times at another place."""
    return moved(make_session(session, starts_at=the(session, fair).starts_at, **values), venue)


def moved(match_session: MatchSession, venue: str) -> MatchSession:
    match_session.venue = venue
    return match_session


@pytest.mark.parametrize(("own", "other"), [(WALK, 0), (0, WALK), (WALK, WALK)])
def test_a_meeting_elsewhere_just_before(each_database: Database, own: int, other: int) -> None:
    """The longer of both ways counts, whichever session is booked second."""
    fair = make_fair(each_database, walking_minutes=own)
    with each_database.write() as session:
        elsewhere = next_door(session, fair, walking_minutes=other)
        book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[0])
        with pytest.raises(Conflict, match="too far away just before or after to walk here in time") as refused:
            book(session, fair, slot=1)
        assert refused.value.field == "attendees"
        assert refused.value.params["free"] == [slot_of(session, fair, number).starts_at for number in (2, 3)]
        book(session, fair, slot=2)
        check_invariants(session)


def test_just_after_and_whoever_comes_instead(each_database: Database) -> None:
    fair = make_fair(each_database, walking_minutes=WALK)
    with each_database.write() as session:
        elsewhere = next_door(session, fair)
        book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[1])
        with pytest.raises(Conflict, match="too far away"):
            book(session, fair, slot=0)
        book(session, fair, slot=0, attendees=[fair.seekers[0].colleague])


@pytest.mark.parametrize("venue", ["示例会议中心二楼", " 示例会议中心二楼 "])
def test_the_same_place_needs_no_way(database: Database, venue: str) -> None:
    fair = make_fair(database, walking_minutes=WALK)
    with database.write() as session:
        elsewhere = next_door(session, fair, venue=venue)
        book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[0])
        book(session, fair, slot=1)


def test_where_nobody_allows_for_ways_there_are_none(database: Database) -> None:
    fair = make_fair(database)
    with database.write() as session:
        elsewhere = next_door(session, fair)
        book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[0])
        book(session, fair, slot=1)


def test_another_hall_of_the_same_place(database: Database) -> None:
    fair = make_fair(database, walking_minutes=WALK)
    with database.write() as session:
        elsewhere = next_door(session, fair, venue="示例会议中心二楼")
        for table in elsewhere.tables:
            table.venue = "东厅"
        book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[0])
        with pytest.raises(Conflict, match="too far away"):
            book(session, fair, slot=1)


def test_the_owner_cannot_send_who_is_far_away(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, walking_minutes=WALK)
    with each_database.write() as session:
        elsewhere = next_door(session, fair)
        far = book(session, fair, 1, session_id=elsewhere.id, at=elsewhere.slots[0])
        confirm(session, fair, far)
        here = book(session, fair, slot=1)
        with pytest.raises(
            Conflict, match=r"too far away just before or after to walk here in time\. Please name somebody else"
        ):
            confirm(session, fair, here)
        confirm(session, fair, here, attendees=[fair.professor])


def test_a_seat_in_a_group_far_away(each_database: Database) -> None:
    """In both directions: the group after the meeting, and the meeting after the group."""
    fair = make_fair(each_database, seekers=2, walking_minutes=WALK)
    with each_database.write() as session:
        ends = slot_of(session, fair).ends_at
        group = moved(make_session(session, kind=SessionKind.GROUP, capacity=5, starts_at=ends, hours=1), "实验楼")

        def sit(number: int) -> Booking:
            who = fair.seekers[number]
            return bookings.take_seat(
                session, group, by=who.actor, seeker_id=who.organisation_id, attendees=[who.person]
            )  # fmt: skip

        book(session, fair, 0, slot=0)
        with pytest.raises(Conflict, match="too far away"):
            sit(0)
        sit(1)
        with pytest.raises(Conflict, match="too far away"):
            book(session, fair, 1, slot=3)
        check_invariants(session)


def test_who_receives_a_group_elsewhere(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (group,) = opened(session, house, kind=SessionKind.GROUP, capacity=2, hosts=(house.professor,))
        after = make_session(session, starts_at=group.ends_at, walking_minutes=WALK)
        with pytest.raises(Conflict, match="too far away"):
            book_own(session, house, after, asked_for=house.professor)
        book_own(session, house, after, asked_for=house.assistant)


def talk_of(session: Session, event: Event, person: int, **values: Any) -> None:
    session.add(
        AgendaItem(
            event_id=event.id, position=0, title="路演", speaker_id=person, starts_at=event.starts_at,
            ends_at=event.starts_at + timedelta(minutes=30), **{"room": "一号厅", **values},
        )
    )  # fmt: skip
    session.flush()


def test_a_talk_at_a_roadshow_elsewhere(each_database: Database) -> None:
    fair = make_fair(each_database, walking_minutes=WALK)
    with each_database.write() as session:
        event = make_event(session, starts_at=the(session, fair).starts_at)
        talk_of(session, event, fair.seekers[0].person)
        with pytest.raises(Conflict, match="too far away"):
            book(session, fair, slot=1)
        book(session, fair, slot=2)


def test_a_talk_at_its_own_roadshow(database: Database) -> None:
    """The main venue of both is one place; a hall elsewhere is not."""
    fair = make_fair(database, seekers=2, walking_minutes=WALK)
    with database.write() as session:
        event = make_event(session, starts_at=the(session, fair).starts_at, room_facts={"远厅": {"venue": "科学城"}})
        the(session, fair).event_id = event.id
        talk_of(session, event, fair.seekers[0].person)
        talk_of(session, event, fair.seekers[1].person, room="远厅")
        session.flush()
        with pytest.raises(Conflict, match="too far away"):
            book(session, fair, 1, slot=1)
        book(session, fair, 0, slot=1)


def test_a_timetable_leaves_time_for_the_way_from_elsewhere(database: Database) -> None:
    fair = make_fair(database, seekers=1, walking_minutes=WALK)
    with database.write() as session:
        elsewhere = next_door(session, fair)
        for number in (0, 2):
            book(session, fair, session_id=elsewhere.id, at=elsewhere.slots[number])
        wished(session, fair, 0, fair.achievement_id)
        assert computed(session, fair).meetings == []


def test_who_waits_may_come_when_the_meeting_far_away_is_off(each_database: Database) -> None:
    fair = make_fair(each_database, seekers=2, walking_minutes=WALK)
    with each_database.write() as session:
        held, waits = book(session, fair, 0, slot=1), wait(session, fair, 1, slot=1)
        elsewhere = next_door(session, fair)
        far = book(session, fair, 1, session_id=elsewhere.id, at=elsewhere.slots[0])
        bookings.cancel(session, held, by=fair.organizer)
        assert waits.state is BookingState.WAITING
        bookings.cancel(session, far, by=fair.organizer)
        assert serve_all(session) == [waits]


# --- what has changed between computing and publishing ------------------------------------------------------------------


def wished(session: Session, fair: Fair, seeker: int, achievement: int) -> MeetingWish:
    who = fair.seekers[seeker]
    return meeting_wishes.wish(
        session, the(session, fair), by=who.actor, seeker_id=who.organisation_id, strength=2, attendees=[who.person],
        achievement=session.get_one(Achievement, achievement),
    )  # fmt: skip


def two_at_once(session: Session, fair: Fair) -> tuple[MeetingWish, MeetingWish]:
    """Of one owner two achievements with a contact each, each wanted by another enterprise."""
    provider = session.get_one(Achievement, fair.achievement_id).organisation
    other = make_achievement(session, provider, contact_id=fair.professor)
    return wished(session, fair, 0, fair.achievement_id), wished(session, fair, 1, other.id)


def test_who_comes_has_changed_since_it_was_computed(each_database: Database) -> None:
    """One person is named for both meetings of one slot: one of them is published, the other left out."""
    fair = make_fair(each_database, seekers=2, tables=2, hours=1, slot_minutes=60)
    with each_database.write() as session:
        _one, other = two_at_once(session, fair)
        timetable = computed(session, fair)
        assert len(timetable.meetings) == 2
        other.provider_person_id = fair.owner.person_id
        session.flush()
        assert timetables.publish(session, timetable, by=fair.organizer) == (1, 1)
        check_invariants(session)


def test_the_way_has_changed_since_it_was_computed(each_database: Database) -> None:
    """A table was moved to another hall: of two meetings one after the other that are too close one is left out."""
    fair = make_fair(each_database, seekers=1, tables=2, hours=1)
    with each_database.write() as session:
        wished(session, fair, 0, fair.achievement_id)
        owner = make_provider(session)
        contact = make_account(session, owner)
        wished(session, fair, 0, make_achievement(session, owner, contact_id=contact.person_id).id)
        timetable = computed(session, fair)
        assert len(timetable.meetings) == 2
        used = {one["table"] for one in timetable.meetings}
        match_session = the(session, fair)
        match_session.walking_minutes = WALK
        if len(used) == 1:
            timetable.meetings = [
                {**one, "table": table.id} for one, table in zip(timetable.meetings, match_session.tables, strict=True)
            ]
        match_session.tables[1].venue = "东厅"
        session.flush()
        assert timetables.publish(session, timetable, by=fair.organizer) == (1, 1)


# --- who counts as one --------------------------------------------------------------------------------------------------


def test_two_people_of_an_enterprise_meet_apart_though_they_come_together_once(database: Database) -> None:
    """Each alone with an owner at the same time, and both with a third: three meetings in two slots."""
    fair = make_fair(database, seekers=1, tables=2, hours=1)
    who = fair.seekers[0]
    with database.write() as session:
        achievements = [fair.achievement_id]
        for _number in range(2):
            owner = make_provider(session)
            contact = make_account(session, owner)
            achievements.append(make_achievement(session, owner, contact_id=contact.person_id).id)
        for achievement, attendees in zip(
            achievements, ([who.person], [who.colleague], [who.person, who.colleague]), strict=True
        ):
            meeting_wishes.wish(
                session, the(session, fair), by=who.actor, seeker_id=who.organisation_id, strength=2,
                achievement=session.get_one(Achievement, achievement), attendees=attendees,
            )  # fmt: skip
        timetable = computed(session, fair)
        assert len(timetable.meetings) == 3
        assert timetable.weight == timetable.bound
        assert timetables.publish(session, timetable, by=fair.organizer) == (3, 0)
        check_invariants(session)
