"""A computed timetable changed by hand: what is possible, who is in the way, locks, undo, two organizers at once."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import meeting_wishes, timetable_edits, timetables
from models.base import Database
from models.errors import Conflict, Invalid, NotNow
from models.tables import Achievement, AuditEntry, Booking, MeetingLimit, MeetingWish, Person, SessionTable, Timetable
from tests.factories import make_account, make_achievement, make_provider
from tests.models.booking_cases import Fair, at_once, check_invariants, make_fair
from tests.models.day_cases import computed, the


def ready(database: Database, *, seekers: int = 2, owners: int = 2, tables: int = 2) -> tuple[Fair, int]:
    """A timetable in which every enterprise meets every owner; not published."""
    fair = make_fair(database, seekers=seekers, tables=tables)
    with database.write() as session:
        achievements = [fair.achievement_id]
        for _number in range(owners - 1):
            provider = make_provider(session)
            owner = make_account(session, provider)
            achievements.append(make_achievement(session, provider, contact_id=owner.person_id).id)
        for seeker in fair.seekers:
            for achievement in achievements:
                meeting_wishes.wish(
                    session, the(session, fair), by=seeker.actor, seeker_id=seeker.organisation_id,
                    achievement=session.get_one(Achievement, achievement), strength=2, attendees=[seeker.person],
                )  # fmt: skip
        return fair, computed(session, fair).id


def the_timetable(session: Session, timetable_id: int) -> Timetable:
    return session.get_one(Timetable, timetable_id)


def at(timetable: Timetable) -> dict[int, tuple[int, int]]:
    return {one["wish"]: (one["slot"], one["table"]) for one in timetable.meetings}


def edit(session: Session, fair: Fair, timetable: Timetable, what: str, *wishes: int, **values: object) -> None:
    getattr(timetable_edits, what)(
        session, timetable, *wishes, by=fair.organizer, **{"revision": timetable.revision, **values}
    )


def test_a_meeting_moves_to_a_free_slot_and_back(each_database: Database) -> None:
    fair, timetable_id = ready(each_database, seekers=1, owners=1)
    with each_database.write() as session:
        timetable = the_timetable(session, timetable_id)
        before = at(timetable)
        ((wish, (slot, _table)),) = before.items()
        other = next(one for one in the(session, fair).slots if one.id != slot)
        second = the(session, fair).tables[1].id
        edit(session, fair, timetable, "place", wish, slot_id=other.id, table_id=second)
        assert at(timetable) == {wish: (other.id, second)}
        edit(session, fair, timetable, "undo")
        assert at(timetable) == before
        with pytest.raises(NotNow):
            edit(session, fair, timetable, "undo")
        steps = select(AuditEntry.detail).where(AuditEntry.action == "timetable.edit").order_by(AuditEntry.id)
        assert [one["what"] for one in session.scalars(steps)] == ["place", "undo"]


def test_who_is_taken_by_what_is_said(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=2, owners=1)
    with database.write() as session:
        timetable = the_timetable(session, timetable_id)
        (one, _place), (_other, (slot, _table)) = at(timetable).items()
        with pytest.raises(Conflict) as refused:
            edit(session, fair, timetable, "place", one, slot_id=slot, table_id=None)
        owner = session.get_one(Achievement, fair.achievement_id).organisation.name
        assert owner in str(refused.value)
        assert "is in the meeting" in str(refused.value)
        with pytest.raises(Invalid):
            edit(session, fair, timetable, "place", one, slot_id=999_999, table_id=None)


def test_a_taken_table_is_refused(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=4, owners=2)  # every table at every time
    with database.write() as session:
        timetable = the_timetable(session, timetable_id)
        by_slot: dict[int, list[tuple[int, int]]] = {}
        for wish, (slot, table) in at(timetable).items():
            by_slot.setdefault(slot, []).append((wish, table))
        slot, ((one, table), (_other, taken)) = next((key, two) for key, two in by_slot.items() if len(two) == 2)
        assert table != taken
        with pytest.raises(Conflict) as refused:
            edit(session, fair, timetable, "place", one, slot_id=slot, table_id=taken)
        assert refused.value.field == "table"
        assert session.scalar(select(SessionTable.id).where(SessionTable.id == taken)) == taken


def test_two_meetings_exchange_their_places(each_database: Database) -> None:
    fair, timetable_id = ready(each_database, seekers=2, owners=1)
    with each_database.write() as session:
        timetable = the_timetable(session, timetable_id)
        before = at(timetable)
        one, other = before
        edit(session, fair, timetable, "swap", one, other)
        assert at(timetable) == {one: before[other], other: before[one]}


def test_an_exchange_that_cannot_be_is_refused(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=4, owners=2)  # every table at every time
    with database.write() as session:
        timetable = the_timetable(session, timetable_id)
        before = at(timetable)
        wishes = {one: session.get_one(MeetingWish, one) for one in before}
        apart = next(
            (one, other)
            for one in before
            for other in before
            if wishes[one].seeker_id == wishes[other].seeker_id
            and before[one][0] != before[other][0]
            and {before[one][0], before[other][0]} <= {before[each][0] for each in before if each not in (one, other)}
        )
        with pytest.raises(Conflict):
            edit(session, fair, timetable, "swap", *apart)
        assert at(timetable) == before


def test_taken_out_it_waits_with_a_reason_and_can_be_placed(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=1, owners=1)
    with database.write() as session:
        timetable = the_timetable(session, timetable_id)
        ((wish, (slot, table)),) = at(timetable).items()
        weight = timetable.weight
        edit(session, fair, timetable, "take_out", wish)
        assert (timetable.meetings, timetable.weight) == ([], 0)
        assert [(one["wish"], one["why"]) for one in timetable.unplaced] == [(wish, "left_over")]
        edit(session, fair, timetable, "place", wish, slot_id=slot, table_id=table)
        assert (at(timetable), timetable.unplaced, timetable.weight) == ({wish: (slot, table)}, [], weight)


def test_what_is_locked_stays_by_hand_and_by_computing(each_database: Database) -> None:
    fair, timetable_id = ready(each_database)
    with each_database.write() as session:
        timetable = the_timetable(session, timetable_id)
        wish = timetable.meetings[0]["wish"]
        last = the(session, fair).slots[-1]
        for other, (slot, _table) in at(timetable).items():
            if slot == last.id and other != wish:
                edit(session, fair, timetable, "take_out", other)
        edit(session, fair, timetable, "place", wish, slot_id=last.id, table_id=the(session, fair).tables[1].id)
        edit(session, fair, timetable, "lock", wish, locked=True)
        with pytest.raises(NotNow):
            edit(session, fair, timetable, "take_out", wish)
        again = computed(session, fair, base=timetable)
        assert at(again)[wish] == (last.id, the(session, fair).tables[1].id)
        assert [one["wish"] for one in again.meetings if one["locked"]] == [wish]
        assert len(again.meetings) == 4


def test_only_what_is_not_placed_is_computed(each_database: Database) -> None:
    fair, timetable_id = ready(each_database)
    with each_database.write() as session:
        timetable = the_timetable(session, timetable_id)
        out = timetable.meetings[0]["wish"]
        edit(session, fair, timetable, "take_out", out)
        stays = at(timetable)
        again = computed(session, fair, base=timetable, only_rest=True)
        assert {wish: place for wish, place in at(again).items() if wish != out} == stays
        assert out in at(again)
        assert not any(one["locked"] for one in again.meetings), "kept once, not locked for ever"


def test_locks_that_contradict_each_other_are_named(database: Database) -> None:
    """The session has one table less since: two are held at one time. What was valid stays."""
    fair, timetable_id = ready(database, seekers=2, owners=2)
    with database.write() as session:
        timetable = the_timetable(session, timetable_id)
        slot = the(session, fair).slots[0].id
        timetable.meetings = [{**one, "slot": slot, "locked": True} for one in timetable.meetings]
        session.flush()
        with pytest.raises(Invalid) as refused:
            timetables.ask(session, the(session, fair), by=fair.organizer, base=timetable)
        assert refused.value.params["time"] == [the(session, fair).slots[0].starts_at]
        assert session.scalar(select(func.count(Timetable.id))) == 1


def test_two_organizers_at_once(each_database: Database) -> None:
    fair, timetable_id = ready(each_database)
    with each_database.read() as session:
        seen = the_timetable(session, timetable_id)
        wishes, revision = list(at(seen)), seen.revision

    def take_out(number: int) -> int:
        with each_database.write() as session:
            timetable = the_timetable(session, timetable_id)
            timetable_edits.take_out(session, timetable, wishes[number], by=fair.organizer, revision=revision)
            return number

    done, refused = at_once(3, take_out)
    assert len(done) == 1
    assert {type(one) for one in refused} == {Conflict}
    with each_database.read() as session:
        assert len(the_timetable(session, timetable_id).meetings) == len(wishes) - 1


def test_what_was_changed_by_hand_is_what_is_published(each_database: Database) -> None:
    fair, timetable_id = ready(each_database, seekers=1, owners=1)
    with each_database.write() as session:
        timetable = the_timetable(session, timetable_id)
        ((wish, _place),) = at(timetable).items()
        last, table = the(session, fair).slots[-1].id, the(session, fair).tables[1].id
        edit(session, fair, timetable, "place", wish, slot_id=last, table_id=table)
        timetables.publish(session, timetable, by=fair.organizer)
        booking = session.scalars(select(Booking)).one()
        assert (booking.slot_id, booking.table_id) == (last, table)
        check_invariants(session)
        with pytest.raises(NotNow):
            edit(session, fair, timetable, "take_out", wish)


def refused(session: Session, fair: Fair, timetable: Timetable) -> str:
    """What the organizer reads; no timetable comes of it, and the one that was valid stays."""
    number = session.scalar(select(func.count()).select_from(Timetable))
    with pytest.raises(Invalid) as told:
        timetables.ask(session, the(session, fair), by=fair.organizer, base=timetable)
    assert session.scalar(select(func.count()).select_from(Timetable)) == number
    assert "slot" not in str(told.value)
    assert told.value.params.get("time", [True]), "times, no numbers of slots"
    return str(told.value)


def lock_all(timetable: Timetable) -> None:
    timetable.meetings = [{**one, "locked": True} for one in timetable.meetings]


def test_more_locks_than_tables_name_the_people(database: Database) -> None:
    fair, timetable_id = ready(database)
    with database.write() as session:
        timetable, match_session = the_timetable(session, timetable_id), the(session, fair)
        slot = match_session.slots[0].id
        wishes = [one["wish"] for one in timetable.meetings]
        first = session.get_one(MeetingWish, wishes[0])
        other = next(
            one
            for one in (session.get_one(MeetingWish, each) for each in wishes)
            if one.seeker_id != first.seeker_id and one.achievement_id != first.achievement_id
        )
        tables = [table.id for table in match_session.tables]
        timetable.meetings = [
            {"wish": wish, "slot": slot, "table": table, "locked": True}
            for wish, table in zip((first.id, other.id), tables, strict=True)
        ]
        match_session.tables.pop()
        session.flush()
        said = refused(session, fair, timetable)
        for seeker in fair.seekers:
            assert session.get_one(Person, seeker.person).name in said


def test_locks_beyond_an_organisations_limit_name_its_people(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=1)
    with database.write() as session:
        timetable, seeker = the_timetable(session, timetable_id), fair.seekers[0]
        wish = session.get_one(MeetingWish, timetable.meetings[0]["wish"])
        wish.seeker_people = [seeker.colleague]  # so that two of them meet, neither more than once
        lock_all(timetable)
        session.add(MeetingLimit(match_session_id=fair.session_id, organisation_id=seeker.organisation_id, most=1))
        session.flush()
        said = refused(session, fair, timetable)
        for person in (seeker.person, seeker.colleague):
            assert session.get_one(Person, person).name in said
        assert "2 meetings and may have 1" in said


def test_locks_too_far_apart_name_the_times(database: Database) -> None:
    fair, timetable_id = ready(database, seekers=1)
    with database.write() as session:
        timetable, match_session = the_timetable(session, timetable_id), the(session, fair)
        first, second = (session.get_one(MeetingWish, one["wish"]) for one in timetable.meetings)
        for number, (wish, table) in enumerate(zip((first, second), match_session.tables, strict=True)):
            table.provider_id, table.venue = wish.provider_id, f"会场{number}"
        slots = match_session.slots
        timetable.meetings = [
            {"wish": first.id, "slot": slots[0].id, "table": match_session.tables[0].id, "locked": True},
            {"wish": second.id, "slot": slots[1].id, "table": match_session.tables[1].id, "locked": True},
        ]
        match_session.walking_minutes = 10
        session.flush()
        assert "cannot walk from one venue to the other" in refused(session, fair, timetable)
