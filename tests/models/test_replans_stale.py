"""A new plan is applied only while everything it was made from is still so; else a new one is shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import meeting_wishes, presence, replanning, session_tables
from models.actions.session_tables import Table
from models.base import Database
from models.errors import Conflict
from models.tables import (
    AgendaItem,
    MeetingWish,
    Organisation,
    Replan,
    SessionTable,
)
from tests.factories import make_event, make_session
from tests.models.booking_cases import Fair, book, check_invariants
from tests.models.day_cases import computed, make_day, missing, proposed, standing, the


def full_day(database: Database) -> Fair:
    """One owner, five enterprises, four slots: whoever is without a meeting comes in when one falls out."""
    return make_day(database, seekers=5, owners=1)


def without(session: Session, fair: Fair) -> MeetingWish:
    """The wish that has no meeting."""
    met = {one.seeker_id for one in standing(session, fair)}
    return session.scalars(select(MeetingWish).where(MeetingWish.seeker_id.not_in(met))).one()


def say(session: Session, fair: Fair, organisation_id: int, person: int, *away: int, most: int | None = None) -> None:
    presence.say(
        session, the(session, fair), by=fair.organizer, organisation=session.get_one(Organisation, organisation_id),
        absent={person: away}, most={}, most_of_organisation=most,
    )  # fmt: skip


def limit_of_the_provider(session: Session, fair: Fair) -> None:
    assert fair.owner.person_id is not None
    say(session, fair, fair.provider_id, fair.owner.person_id, most=2)


def limit_of_everybody(session: Session, fair: Fair) -> None:
    the(session, fair).most_of_organisation = 2
    session.flush()


def absence_of_who_comes_in(session: Session, fair: Fair) -> None:
    wish = without(session, fair)
    say(session, fair, wish.seeker_id, wish.seeker_people[0], *(slot.id for slot in the(session, fair).slots))


def another_table(session: Session, fair: Fair) -> None:
    match_session = the(session, fair)
    match_session.tables.append(SessionTable(number=3))
    session.flush()


def tables_of_somebody_else(session: Session, fair: Fair) -> None:
    other = standing(session, fair)[0].seeker_id
    for table in the(session, fair).tables:
        table.provider_id = other
    session.flush()


def way_between_venues(session: Session, fair: Fair) -> None:
    match_session = the(session, fair)
    session_tables.arrange(session, match_session, by=fair.organizer, tables={2: Table(venue="二号楼")})


def wish_declined(session: Session, fair: Fair) -> None:
    meeting_wishes.decline(session, without(session, fair), by=fair.owner, reason="other")


def booking_in_another_session(session: Session, fair: Fair) -> None:
    """Who comes in is booked elsewhere, all the time."""
    wish = without(session, fair)
    other = make_session(session, starts_at=the(session, fair).starts_at)
    seeker = next(one for one in fair.seekers if one.organisation_id == wish.seeker_id)
    for slot in other.slots:
        book(session, fair, seeker, session_id=other.id, at=slot)


def talk(session: Session, fair: Fair) -> None:
    event = make_event(session, starts_at=the(session, fair).starts_at)
    session.add(
        AgendaItem(
            event_id=event.id, position=0, title="路演", speaker_id=without(session, fair).seeker_people[0], room="一号厅",
            starts_at=event.starts_at, ends_at=event.ends_at,
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(
    "change",
    [
        limit_of_the_provider,
        limit_of_everybody,
        absence_of_who_comes_in,
        another_table,
        tables_of_somebody_else,
        way_between_venues,
        wish_declined,
        booking_in_another_session,
        talk,
    ],
)
def test_what_it_was_made_from_has_changed(database: Database, change: Callable[[Session, Fair], None]) -> None:
    fair = full_day(database)
    with database.write() as session:
        gone = session.get_one(Organisation, standing(session, fair)[0].seeker_id)
        missing(session, fair, gone)
        plan_id = proposed(session, fair).id
        change(session, fair)
        before = [(one.id, one.slot_id) for one in standing(session, fair)]
    with database.write() as session:
        with pytest.raises(Conflict, match="Something has changed since this plan was made"):
            replanning.apply(session, session.get_one(Replan, plan_id), by=fair.organizer)
        assert [(one.id, one.slot_id) for one in standing(session, fair)] == before


def test_an_absence_that_is_taken_back_cancels_nobody(each_database: Database) -> None:
    """The plan was to cancel a meeting since somebody is away, who then says that they are there."""
    fair = make_day(each_database, seekers=1, owners=1)
    seeker = fair.seekers[0]
    with each_database.write() as session:
        everywhen = [slot.id for slot in the(session, fair).slots]
        say(session, fair, seeker.organisation_id, seeker.person, *everywhen)
        plan = proposed(session, fair)
        assert [one["what"] for one in plan.changes] == ["lost"]
        say(session, fair, seeker.organisation_id, seeker.person)
        with pytest.raises(Conflict):
            replanning.apply(session, plan, by=fair.organizer)
        assert len(standing(session, fair)) == 1


def test_a_limit_that_holds_is_kept_by_the_new_plan(each_database: Database) -> None:
    fair = full_day(each_database)
    with each_database.write() as session:
        missing(session, fair, session.get_one(Organisation, standing(session, fair)[0].seeker_id))
        limit_of_the_provider(session, fair)
        done = replanning.apply(session, proposed(session, fair), by=fair.organizer)
        assert (done.lost, done.added) == (1, 1), "never fewer than it has now, and no more"
        check_invariants(session)


def test_what_it_does_not_depend_on_may_change(each_database: Database) -> None:
    """A booking after the session elsewhere, a timetable that is computed, a note: the plan that was looked at is applied."""
    fair = full_day(each_database)
    with each_database.write() as session:
        missing(session, fair, session.get_one(Organisation, standing(session, fair)[0].seeker_id))
        plan = proposed(session, fair)
        later = make_session(session, starts_at=the(session, fair).ends_at + timedelta(days=1))
        book(session, fair, session_id=later.id, at=later.slots[0])
        computed(session, fair)
        assert replanning.apply(session, plan, by=fair.organizer).added == 1
