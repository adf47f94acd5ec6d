"""Meetings of several people of each side: from the wish to the timetable, the booking and a new plan of the day."""

from sqlalchemy import select

from models.actions import meeting_wishes, replanning, timetables
from models.base import Database
from models.enums import Side
from models.tables import Absence, Booking
from tests.models.booking_cases import Fair, check_invariants, make_fair, slot_of
from tests.models.day_cases import computed, missing, proposed, standing
from tests.models.test_meeting_wishes import day, said


def people_of(booking: Booking, side: Side) -> set[int]:
    return {one.person_id for one in booking.attendees if one.side is side}


def two_of_each(database: Database) -> Fair:
    """An enterprise and an owner want to meet with two people each."""
    fair = make_fair(database, seekers=1)
    owner, first = fair.owner.person_id or 0, fair.seekers[0]
    with database.write() as session:
        wish = said(session, fair, attendees=[first.person, first.colleague])
        meeting_wishes.accept(session, wish, by=fair.owner, strength=3, attendees=[fair.professor, owner])
        assert (wish.provider_person_id, wish.provider_beside) == (owner, [fair.professor]), "the contact leads"
    return fair


def test_all_of_them_meet(each_database: Database) -> None:
    fair = two_of_each(each_database)
    with each_database.write() as session:
        timetables.publish(session, computed(session, fair), by=fair.organizer)
    with each_database.read() as session:
        (booking,) = session.scalars(select(Booking)).all()
        assert people_of(booking, Side.PROVIDER) == {fair.owner.person_id, fair.professor}
        assert people_of(booking, Side.SEEKER) == {fair.seekers[0].person, fair.seekers[0].colleague}
        check_invariants(session)


def test_they_meet_only_where_all_are_there(database: Database) -> None:
    fair = two_of_each(database)
    with database.write() as session:
        coming = day(session, fair)
        for number in range(len(coming.slots) - 1):
            session.add(Absence(slot_id=slot_of(session, fair, number).id, person_id=fair.professor))
        session.flush()
        timetable = computed(session, fair)
        assert [one["slot"] for one in timetable.meetings] == [coming.slots[-1]]


def test_a_new_plan_carries_all_of_them(database: Database) -> None:
    fair = two_of_each(database)
    with database.write() as session:
        timetables.publish(session, computed(session, fair), by=fair.organizer)
        (booking,) = standing(session, fair)
        assert booking.slot is not None
        professor = next(one.person for one in booking.attendees if one.person_id == fair.professor)
        missing(session, fair, professor, until_at=booking.slot.ends_at)
        was = booking.slot_id
        replanning.apply(session, proposed(session, fair), by=fair.organizer)
        (booking,) = standing(session, fair)
        assert booking.slot_id != was, "also the second one of a side counts"
        assert len(booking.attendees) == 4
        check_invariants(session)


def test_who_has_left_does_not_keep_the_others(database: Database) -> None:
    fair = two_of_each(database)
    with database.write() as session:
        party = day(session, fair).parties[0]
        assert list(party.providers) == [fair.owner.person_id, fair.professor]
        party.wish.provider_person_id = fair.seekers[0].person  # not of the owner (any more)
        session.flush()
        assert list(day(session, fair).parties[0].providers) == [fair.professor]
