"""Visiting hours of a provider's own: whose they may be, what is booked there, who receives is held by the keys."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import bookings, disturbances, handover, meeting_wishes, open_sessions, sessions
from models.actions.merging import merge
from models.actions.session_plan import Plan
from models.actions.standing import set_circles
from models.base import Database, utcnow
from models.enums import (
    BookingState,
    DisturbanceKind,
    EventState,
    GrantRole,
    OccupancyKind,
    OrgRole,
    RecordState,
    SessionKind,
    Side,
    Verification,
)
from models.errors import Conflict, Invalid, NotNow
from models.queries import availability, desk
from models.queries import open_sessions as queries
from models.queries.actors import load_actor
from models.queries.bookings import offered, whom_to_meet
from models.queries.cards import next_sessions
from models.queries.own_people import stays
from models.queries.sessions import announced
from models.rules.policy import Actor, may
from models.tables import (
    Account,
    Achievement,
    AuditEntry,
    Booking,
    CircleMember,
    MatchSession,
    Occupancy,
    Organisation,
    Person,
    SessionTable,
    Slot,
)
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_mandate,
    make_person,
    make_provider,
    make_session,
)
from tests.models.booking_cases import Seeker, at_once, check_invariants, jobs_named, mails, make_seeking, serve_all

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2100, 1, 1)
SOON = (utcnow() + timedelta(days=20)).replace(hour=1, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class House:
    """Ids of a provider in a circle with two people who receive and two achievements; a stranger; seekers."""

    owner: int
    circle: int
    manager: Actor
    professor: int
    assistant: int
    achievement: int
    other: int
    foreign: int
    stranger: Actor
    organizer: Actor
    seekers: tuple[Seeker, ...]


def make_house(database: Database, *, seekers: int = 2) -> House:
    with database.write() as session:
        owner = make_provider(session)
        account = make_account(session, owner, role=OrgRole.MANAGER)
        people = [make_person(session, owner, declared_at=utcnow(), declared_by_id=account.person_id) for _ in range(2)]
        circle = make_circle(session)
        session.add(CircleMember(circle_id=circle.id, organisation_id=owner.id, since=date(2024, 1, 1)))
        mine = [make_achievement(session, owner, contact_id=account.person_id) for _ in range(2)]
        elsewhere = make_provider(session)
        stranger = make_account(session, elsewhere, role=OrgRole.MANAGER)
        foreign = make_achievement(session, elsewhere, circle=circle)
        organizer = make_account(session, None, GrantRole.ORGANIZER)
        session.flush()
        return House(
            owner.id,
            circle.id,
            load_actor(session, account.id),
            people[0].id,
            people[1].id,
            mine[0].id,
            mine[1].id,
            foreign.id,
            load_actor(session, stranger.id),
            load_actor(session, organizer.id),
            tuple(make_seeking(session) for _ in range(seekers)),
        )


def plan_of(house: House, **changes: Any) -> Plan:
    plan = Plan(
        title="开放接待日",
        kind=SessionKind.ONE_TO_ONE,
        venue="实验楼三楼",
        starts_at=SOON,
        ends_at=SOON + timedelta(hours=2),
        circle_id=house.circle,
        hosts=(house.professor, house.assistant),
    )
    return replace(plan, **changes)


def opened(
    session: Session, house: House, *, publish: bool = True, by: Actor | None = None, **changes: Any
) -> list[MatchSession]:
    repeated = {name: changes.pop(name) for name in ("weeks", "without") if name in changes}
    made = open_sessions.open_session(
        session,
        session.get_one(Organisation, house.owner),
        by=by or house.manager,
        plan=plan_of(house, **changes),
        today=TODAY,
        zone=ZONE,
        **repeated,
    )
    if publish:
        sessions.publish(session, made[0], by=by or house.manager)
    return made


def group(session: Session, house: House, **changes: Any) -> MatchSession:
    return opened(session, house, **{"kind": SessionKind.GROUP, "capacity": 2, **changes})[0]


def book(session: Session, house: House, one: MatchSession, seeker: int = 0, **values: Any) -> Booking:
    who = house.seekers[seeker]
    slot = one.slots[values.pop("number", 0)]
    return bookings.book(
        session,
        one,
        by=who.actor,
        seeker_id=who.organisation_id,
        achievement=session.get_one(Achievement, values.pop("achievement", house.achievement)),
        slot=slot,
        attendees=[who.person],
        **values,
    )


def sit(session: Session, house: House, one: MatchSession, seeker: int = 0) -> Booking:
    who = house.seekers[seeker]
    return bookings.take_seat(session, one, by=who.actor, seeker_id=who.organisation_id, attendees=[who.person])


def hosts(booking: Booking) -> list[int]:
    return [one.person_id for one in booking.attendees if one.side is Side.PROVIDER]


def test_a_provider_publishes_its_hours_at_once(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house)
        assert one.state is EventState.PUBLISHED
        assert one.owner_id == house.owner
        assert [table.host_id for table in one.tables] == [house.professor, house.assistant]
        assert len(one.slots) == 4
        assert [row.public_id for row in announced(session, circle_id=house.circle)] == [one.public_id]
        coming = next_sessions(session, [house.achievement, house.foreign])
        assert coming[house.achievement].public_id == one.public_id
        assert house.foreign not in coming


def test_a_technology_manager_opens_for_its_mandator_and_is_recorded(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        broker = make_account(session, None, GrantRole.BROKER)
        account = session.get_one(Account, house.manager.account_id)
        make_mandate(session, session.get_one(Organisation, house.owner), broker, account)
        by = load_actor(session, broker.id)
        (one,) = opened(session, house, by=by)
        rows = session.scalars(select(AuditEntry).where(AuditEntry.object_id == one.id)).all()
        assert {row.action for row in rows} == {"session.create", "session.publish"}
        assert {row.on_behalf_of_id for row in rows} == {house.owner}
        assert {row.person_id for row in rows} == {broker.person_id}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"circle_id": None}, "circle"),
        ({"hosts": ()}, "hosts"),
        ({"title": ""}, "title"),
        ({"weeks": 0}, "weeks"),
        ({"weeks": 27}, "weeks"),
        ({"without": [date(2090, 1, 1)]}, "without"),
        ({"starts_at": SOON + timedelta(minutes=3)}, "starts_at"),
        ({"kind": SessionKind.GROUP, "capacity": 0}, "capacity"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(database: Database, changes: dict[str, Any], field: str) -> None:
    house = make_house(database)
    with database.write() as session, pytest.raises(Invalid) as refused:
        opened(session, house, **changes)
    assert refused.value.field == field


def test_only_its_own_circle_people_and_achievements(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        elsewhere = make_circle(session)
        foreign = make_person(session, make_provider(session))
        draft = session.get_one(Achievement, house.other)
        for changes, field in (
            ({"circle_id": elsewhere.id}, "circle"),
            ({"hosts": (house.professor, foreign.id)}, "hosts"),
            ({"achievements": (house.foreign,)}, "achievements"),
        ):
            with pytest.raises(Invalid) as refused:
                opened(session, house, **changes)
            assert refused.value.field == field
        assert draft.organisation_id == house.owner
        with pytest.raises(NotNow, match="cannot publish sessions"):
            opened(session, house, by=house.stranger)
        assert session.scalar(select(func.count(MatchSession.id))) == 0


def test_who_may_see_and_change_it(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        (draft,) = opened(session, house, publish=False)
        seeker = house.seekers[0].actor
        assert [may(who, "session.read", draft) for who in (house.manager, house.organizer, house.stranger, seeker, Actor())] == [True, True, False, False, False]  # fmt: skip
        assert [may(who, "session.edit", draft) for who in (house.manager, house.organizer, house.stranger, seeker)] == [True, True, False, False]  # fmt: skip
        organizers = make_session(session)
        assert not may(house.manager, "session.edit", organizers)
        assert may(house.manager, "session.open")
        assert not may(seeker, "session.open")


def test_an_organisation_that_is_not_verified_neither_opens_nor_is_booked(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        one, draft = opened(session, house)[0], opened(session, house, publish=False, title="另一场")[0]
        owner = session.get_one(Organisation, house.owner)
        owner.verification = Verification.SUSPENDED
        session.flush()
        with pytest.raises(NotNow, match="not verified"):
            sessions.publish(session, draft, by=house.manager)
        with pytest.raises(NotNow, match="as soon as it is verified"):
            opened(session, house, title="第三场")
        with pytest.raises(NotNow, match="cannot be booked"):
            book(session, house, one)
        assert announced(session, circle_id=house.circle) == []
        assert next_sessions(session, [house.achievement]) == {}


def test_weekly_with_exceptions_and_one_press_publishes_all(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        second = (SOON + timedelta(weeks=1)).astimezone(ZONE).date()
        made = opened(session, house, weeks=4, without=[second])
        assert [one.starts_at for one in made] == [SOON + timedelta(weeks=week) for week in (0, 2, 3)]
        assert len({one.series for one in made}) == 1
        assert {one.state for one in made} == {EventState.PUBLISHED}
        assert [row.public_id for row in queries.other_dates(session, made[0], now=utcnow())] == [
            one.public_id for one in made[1:]
        ]
        sessions.cancel(session, made[1], by=house.manager, reason="出差", later=True)
        assert [one.state for one in made] == [EventState.PUBLISHED, EventState.CANCELLED, EventState.CANCELLED]


def test_only_its_achievements_are_booked_and_a_host_comes_along(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, achievements=(house.achievement,))
        assert offered(session, one) == [session.get_one(Achievement, house.achievement).public_id]
        for wrong in (house.other, house.foreign):
            with pytest.raises(NotNow) as refused:
                book(session, house, one, achievement=wrong)
            assert refused.value.field == "achievement"
        first = book(session, house, one)
        assert hosts(first) == [house.professor]
        second = book(session, house, one, 1, asked_for=house.assistant)
        assert hosts(second) == [house.assistant]
        assert first.table_number is None
        check_invariants(session)
        named = [row.id for row in whom_to_meet(session, one, session.get_one(Achievement, house.achievement))]
        assert named == [house.professor, house.assistant]
        with pytest.raises(Invalid) as refused:
            book(session, house, one, number=1, asked_for=house.manager.person_id)
        assert refused.value.field == "asked_for"


def test_a_host_who_is_elsewhere_makes_no_free_place(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        (twin,) = opened(session, house, hosts=(house.professor,), title="同时的另一场")
        book(session, house, one)
        with pytest.raises(Conflict) as refused:
            book(session, house, twin, 1)
        assert refused.value.field == "slot"
        assert refused.value.params["free"] == [slot.starts_at for slot in twin.slots[1:]]
        waits = bookings.wait(
            session, twin, by=house.seekers[1].actor, seeker_id=house.seekers[1].organisation_id,
            attendees=[house.seekers[1].person], slot=twin.slots[0],
            achievement=session.get_one(Achievement, house.achievement),
        )  # fmt: skip
        bookings.cancel(session, session.scalars(select(Booking).order_by(Booking.id)).first(), by=house.organizer)
        assert (
            waits.state is BookingState.WAITING
        )  # another session's list has its turn in a job, after this transaction
        assert serve_all(session) == [waits]
        assert waits.state is BookingState.PENDING
        check_invariants(session)


def test_one_host_in_two_sessions_is_booked_once_by_many_at_once(each_database: Database) -> None:
    house = make_house(each_database, seekers=12)
    with each_database.write() as session:
        ids = [opened(session, house, hosts=(house.professor,), title=f"同时{number}")[0].id for number in range(3)]

    def ask(number: int) -> int:
        with each_database.write() as session:
            return book(session, house, session.get_one(MatchSession, ids[number % 3]), number).id

    done, refused = at_once(12, ask)
    assert (len(done), len(refused)) == (1, 11)
    with each_database.read() as session:
        check_invariants(session)


def test_the_host_is_held_while_a_group_is_there(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (hours,) = opened(session, house, hosts=(house.professor,), title="一对一")
        booking = book(session, house, hours)
        bookings.confirm(session, booking, by=house.manager, attendees=[house.professor])
        with pytest.raises(Conflict, match="in another meeting") as refused:
            group(session, house)
        assert refused.value.params["when"] == [SOON]
        later = group(
            session, house, starts_at=SOON + timedelta(hours=1), ends_at=SOON + timedelta(hours=2), title="座谈"
        )
        held = select(func.count(Occupancy.id)).where(Occupancy.match_session_id == later.id)
        assert session.scalar(held) == 24  # two people, twelve cells
        with pytest.raises(Conflict):
            book(session, house, hours, 1, number=2)
        sessions.cancel(session, later, by=house.manager, reason="改期")
        assert session.scalar(held) == 0
        assert hosts(book(session, house, hours, 1, number=2)) == [house.professor]


def test_the_key_refuses_a_cell_without_a_cause(database: Database) -> None:
    with database.write() as session:
        session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=1, cell=1))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_roadshow_session_stays_the_organizers(database: Database) -> None:
    house = make_house(database)
    with database.write() as session, pytest.raises(IntegrityError), session.begin_nested():
        make_session(session, owner_id=house.owner, event_id=make_event(session).id)


def test_a_group_has_seats_a_waiting_list_and_tells_people(each_database: Database) -> None:
    house = make_house(each_database, seekers=4)
    with each_database.write() as session:
        one = group(session, house)
        taken = [sit(session, house, one, number) for number in range(2)]
        assert {seat.provider_id for seat in taken} == {house.owner}
        with pytest.raises(Conflict):
            sit(session, house, one, 2)
        waits = [
            bookings.wait(session, one, by=who.actor, seeker_id=who.organisation_id, attendees=[who.person])
            for who in house.seekers[2:]
        ]
        bookings.cancel(session, taken[0], by=house.seekers[0].actor)
        assert [seat.state for seat in waits] == [BookingState.CONFIRMED, BookingState.WAITING]
        open_sessions.edit(
            session, one, by=house.manager, revision=one.revision, today=TODAY,
            plan=plan_of(house, kind=SessionKind.GROUP, capacity=3),
        )  # fmt: skip
        assert waits[1].state is BookingState.CONFIRMED
        assert [template for template, _to in mails(session)].count("booking_promoted") == 2
        check_invariants(session)


def test_fifty_want_seven_seats_of_an_own_session(each_database: Database) -> None:
    house = make_house(each_database, seekers=20)
    with each_database.write() as session:
        number = group(session, house, capacity=7).id

    def ask(index: int) -> int:
        with each_database.write() as session:
            return sit(session, house, session.get_one(MatchSession, number), index).id

    done, refused = at_once(20, ask)
    assert (len(done), len(refused)) == (7, 13)
    with each_database.read() as session:
        check_invariants(session)


def test_who_receives_is_changed_but_not_from_under_a_booking(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house)
        book(session, house, one)
        change = {"by": house.manager, "today": TODAY}
        with pytest.raises(Invalid) as refused, session.begin_nested():
            open_sessions.edit(
                session, one, revision=one.revision, plan=plan_of(house, hosts=(house.assistant,)), **change
            )
        assert refused.value.field == "hosts"
        third = house.manager.person_id or 0
        open_sessions.edit(
            session, one, revision=one.revision, plan=plan_of(house, hosts=(house.professor, third)), **change
        )
        assert [table.host_id for table in one.tables] == [house.professor, third]
        assert hosts(book(session, house, one, 1)) == [third]
        check_invariants(session)


def test_moved_and_cancelled_by_an_organizer_the_owner_is_told(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        one = group(session, house)
        booked = sit(session, house, one)
        sessions.postpone(session, one, by=house.organizer, shift=timedelta(days=1), reason="停电")
        cells = session.scalars(select(Occupancy.cell).where(Occupancy.match_session_id == one.id))
        assert min(cells) == int(one.starts_at.timestamp()) // 300
        sessions.cancel(session, one, by=house.organizer, reason="场地不能用")
        assert booked.state is BookingState.CANCELLED
        told = [(job.payload["values"]["what"], job.payload["to"]) for job in jobs_named(session, "mail")]
        addresses = {to for _what, to in told}
        assert len(told) == 6  # the manager and two people who receive, twice
        assert {what for what, _to in told} == {"moved", "cancelled"}
        assert len(addresses) == 3
        check_invariants(session)


def test_a_postponement_into_another_meeting_of_who_receives_is_refused(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        first = group(session, house)
        group(session, house, starts_at=SOON + timedelta(days=1), ends_at=SOON + timedelta(days=1, hours=2))
        with pytest.raises(Conflict) as refused:
            sessions.postpone(session, first, by=house.manager, shift=timedelta(days=1), reason="改期")
        assert refused.value.field == "starts_at"


def test_no_timetable_is_made_of_own_hours(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        (one,) = opened(session, house)
        who = house.seekers[0]
        with pytest.raises(NotNow, match="booked directly"):
            meeting_wishes.wish(
                session, one, by=who.actor, seeker_id=who.organisation_id, strength=2, attendees=[who.person],
                achievement=session.get_one(Achievement, house.achievement),
            )  # fmt: skip


def test_who_leaves_hands_their_hours_over(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        one = group(session, house, hosts=(house.professor,))
        (hours,) = opened(session, house, hosts=(house.professor,), starts_at=SOON + timedelta(days=1), ends_at=SOON + timedelta(days=1, hours=1))  # fmt: skip
        book(session, house, hours)
        owner = session.get_one(Organisation, house.owner)
        people = {name: session.get_one(Person, number) for name, number in (("from", house.professor), ("to", house.manager.person_id or 0))}  # fmt: skip
        work = handover.hand_over(session, owner, people["from"], people["to"], by=house.manager)
        assert work.meetings == 3
        session.expire_all()
        assert {table.host_id for table in (*one.tables, *hours.tables)} == {house.manager.person_id}
        held = session.scalars(select(Occupancy.holder_id).where(Occupancy.match_session_id == one.id))
        assert set(held) == {house.manager.person_id}
        check_invariants(session)


def test_tables_and_slots_of_a_draft_are_made_anew(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        (draft,) = opened(session, house, publish=False)
        open_sessions.edit(
            session, draft, by=house.manager, revision=draft.revision, today=TODAY,
            plan=plan_of(house, hosts=(house.assistant,), slot_minutes=60, achievements=(house.other,)),
        )  # fmt: skip
        assert session.scalars(select(SessionTable.host_id)).all() == [house.assistant]
        assert session.scalar(select(func.count(Slot.id))) == 2
        assert [one.achievement_id for one in draft.subjects] == [house.other]


def test_every_open_time_of_an_organisation_in_one_view(
    each_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, achievements=(house.achievement,))
        linked = session.get_one(Achievement, house.other)
        set_circles(session, linked, by=house.manager, circle_ids=[house.circle])
        organizers = make_session(session, circle_id=house.circle, starts_at=SOON, hours=1, tables=2)
        make_session(session, starts_at=SOON)  # of no circle: nothing of this organisation is met there
        group(session, house, title="座谈", hosts=(house.assistant,), starts_at=SOON + timedelta(days=2), ends_at=SOON + timedelta(days=2, hours=1))  # fmt: skip
        book(session, house, one)

        def times(**changes: Any) -> availability.Times:
            listed = queries.published(session, house.owner)
            return availability.times(session, house.owner, listed, now=utcnow(), **changes)

        def rows(**changes: Any) -> list[tuple[str, int]]:
            return [(row.where.title, row.free) for row in times(**changes).rows]

        assert rows() == [
            (one.title, 1), (organizers.title, 2), (one.title, 2), (organizers.title, 2), (one.title, 2), (one.title, 2),
            ("座谈", 2),
        ]  # fmt: skip
        first = times().rows[0]
        assert [name for _public_id, name in first.people] == [session.get_one(Person, house.assistant).name]
        assert {title for title, _free in rows(achievement_id=house.achievement)} == {one.title, "座谈"}
        assert {title for title, _free in rows(achievement_id=house.other)} == {organizers.title, "座谈"}
        assert rows(begin=SOON + timedelta(days=1)) == [("座谈", 2)]
        broken = organizers.tables[0]
        noted = disturbances.note(session, organizers, broken, by=house.organizer, kind=DisturbanceKind.TABLE)
        assert {free for title, free in rows() if title == organizers.title} == {1}  # as on the session's own page
        disturbances.withdraw(session, noted, by=house.organizer)
        monkeypatch.setattr(availability, "MOST_TIMES", 3)
        page = times()
        assert len(page.rows) == 2
        assert page.later == SOON + timedelta(minutes=30)
        linked.state = RecordState.WITHDRAWN
        session.flush()
        assert organizers.title not in {title for title, _free in rows()}


def test_who_is_where_and_what_collides(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        (one,) = opened(session, house, hosts=(house.professor,))
        booking = book(session, house, one)
        found = stays(session, house.owner, begin=utcnow())
        assert [(stay.what, stay.collides) for stay in found] == [("meeting", False), ("hours", False)]
        assert found[0].other == booking.seeker.name
        opened(session, house, hosts=(house.professor,), title="同时的另一场")
        assert all(stay.collides for stay in stays(session, house.owner, begin=utcnow()))
        owner = session.get_one(Organisation, house.owner)
        assert stays(session, booking.seeker_id, begin=utcnow())[0].other == owner.name
        assert stays(session, house.owner, begin=SOON + timedelta(days=1)) == []


def test_who_receives_sees_it_on_the_desk(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        me = house.manager.person_id or 0
        (one,) = opened(session, house, hosts=(me,))
        assert [(item.kind, item.key) for item in desk.coming(session, house.manager)] == [("receiving", one.public_id)]
        assert desk.coming(session, house.stranger) == []


def test_the_organisations_of_a_merger_keep_their_hours(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        (one,) = opened(session, house)
        into = make_provider(session)
        moved = merge(session, session.get_one(Organisation, house.owner), into, by=house.organizer)
        assert moved["match_session"] == 1
        assert one.owner_id == into.id
