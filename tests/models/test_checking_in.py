"""The door: arrived once, undone, walk-ins within the seats, no-shows that are counted and not written."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import checking_in, registrations
from models.base import Database, utcnow
from models.enums import Attendance, RegistrationState
from models.errors import Conflict, NotNow
from models.queries import door
from models.queries.registrations import Came, Selection, size
from models.rules.policy import VISITOR, Actor
from models.tables import AuditEntry, Event, Registration, RegistrationTerms
from tests.factories import make_event
from tests.models.test_registrations import guest, organizer, register, rows
from tests.models.test_seats import check, full_event, together

S = RegistrationState


def today(session: Session, capacity: int | None = None) -> Event:
    return make_event(session, starts_at=utcnow() - timedelta(minutes=10), capacity=capacity)


def test_arriving_twice_is_told_and_undone(session: Session) -> None:
    event = today(session)
    register(session, event, guest())
    [row] = rows(session)
    assert checking_in.check_in(session, row, by=VISITOR, door="小王")
    first = row.checked_in_at
    assert not checking_in.check_in(session, row, by=VISITOR)
    assert row.checked_in_at == first
    with pytest.raises(NotNow):
        registrations.cancel(session, row, by=VISITOR)
    for _ in range(2):
        checking_in.undo(session, row, by=VISITOR)
    assert row.checked_in_at is None
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action.endswith("check_in")).order_by(AuditEntry.id))
    assert [(one.action, one.detail) for one in logged] == [
        ("registration.check_in", {"door": "小王"}),
        ("registration.undo_check_in", {}),
    ]


def test_the_door_is_open_on_the_day_only(session: Session) -> None:
    event = make_event(session, starts_at=utcnow() + timedelta(days=3))
    register(session, event, guest())
    [row] = rows(session)
    with pytest.raises(NotNow):
        checking_in.check_in(session, row, by=VISITOR)
    event.starts_at, event.ends_at = utcnow() - timedelta(days=3), utcnow() - timedelta(days=2)
    session.flush()
    with pytest.raises(NotNow):
        checking_in.check_in(session, row, by=VISITOR)


def test_who_has_no_place_comes_in_by_the_organizer_only(session: Session) -> None:
    by, event = organizer(session), full_event(session, starts_at=utcnow() + timedelta(minutes=30))
    second = rows(session)[1]
    for helper in (VISITOR, by):
        with pytest.raises(NotNow):
            checking_in.check_in(session, second, by=helper)
    with pytest.raises(NotNow):
        checking_in.check_in(session, second, by=VISITOR, anyway=True)
    assert checking_in.check_in(session, second, by=by, anyway=True)
    assert (second.state, second.seat, second.let_in) == (S.REGISTERED, None, True)
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    checking_in.check_in(session, rows(session)[2], by=by, anyway=True)  # a seat is free: it is taken
    assert (rows(session)[2].seat, rows(session)[2].let_in) == (1, False)
    check(session, event)


def test_an_offered_seat_is_taken_by_coming(session: Session) -> None:
    event = full_event(session, starts_at=utcnow() + timedelta(hours=5))
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    second = rows(session)[1]
    assert second.state is S.OFFERED
    checking_in.check_in(session, second, by=VISITOR)
    assert (second.state, second.seat) == (S.REGISTERED, 1)
    check(session, event)


def test_walk_ins_respect_the_seats(session: Session) -> None:
    by, event = organizer(session), today(session, capacity=2)
    register(session, event, guest(1))

    def walk(number: int, by: Actor = VISITOR, *, anyway: bool = False) -> Registration:
        return checking_in.walk_in(session, event, by=by, details=guest(number), locale="zh_CN", anyway=anyway)

    assert (walk(2).seat, rows(session)[1].walk_in) == (2, True)
    for who in (VISITOR, by):
        with pytest.raises(Conflict):
            walk(3, by=who)
    with pytest.raises(Conflict):
        walk(3, anyway=True)  # a helper may not
    with pytest.raises(Conflict) as refusal:
        walk(1, by=by, anyway=True)
    assert refusal.value.field == "email"
    third = walk(3, by=by, anyway=True)
    assert (third.seat, third.let_in, third.checked_in_at is not None) == (None, True, True)
    check(session, event)


def test_no_shows_are_counted_when_it_is_over(session: Session) -> None:
    event = today(session)
    for number in range(3):
        register(session, event, guest(number))
    checking_in.check_in(session, rows(session)[0], by=VISITOR)
    counts = door.counts(session, event, now=utcnow())
    assert (counts.expected, counts.arrived, counts.missing, counts.no_shows) == (3, 1, 2, None)
    assert door.counts(session, event, now=event.ends_at).no_shows == 2
    registered = S.REGISTERED
    assert size(session, Selection(event.id, state=registered, came=Came.IN)) == 1
    assert size(session, Selection(event.id, state=registered, came=Came.MISSING)) == 2
    assert [row.state for row in rows(session)] == [registered] * 3  # nothing is written


def test_who_registered_online_and_comes_is_counted_as_here(session: Session) -> None:
    event = today(session)
    session.add(RegistrationTerms(event_id=event.id, online=True))
    session.flush()
    for number in (1, 2):
        register(session, event, guest(number, attendance=Attendance.ONLINE))
    first, _second = rows(session)
    checking_in.check_in(session, first, by=VISITOR)
    counts = door.counts(session, event, now=utcnow())
    assert (counts.expected, counts.arrived, counts.online, counts.missing) == (1, 1, 1, 0)
    assert size(session, Selection(event.id, came=Came.IN)) == 1
    assert size(session, Selection(event.id, came=Came.MISSING)) == 0
    checking_in.undo(session, first, by=VISITOR)
    counts = door.counts(session, event, now=utcnow())
    assert (counts.expected, counts.arrived, counts.online) == (0, 0, 2)


def test_the_search_finds_names_and_the_last_four_digits(session: Session) -> None:
    event = today(session)
    register(session, event, guest(1, mobile="13812345678"))
    register(session, event, guest(2, mobile="13856781234"))
    assert [row.name for row in door.search(session, event.id, "5678")] == ["来宾1"]
    assert [row.name for row in door.search(session, event.id, "来宾")] == ["来宾1", "来宾2"]
    for nobody in ("", "678", "345678", "%", "138"):
        assert door.search(session, event.id, nobody) == []
    assert not {"mobile", "email", "contact"} & set(door.search(session, event.id, "5678")[0]._fields)


def test_ten_taps_at_once_check_in_once(each_database: Database) -> None:
    with each_database.write() as session:
        event = today(session, capacity=3)
        event_id = event.id
        register(session, event, guest())
        key = rows(session)[0].id
    came: list[bool] = []

    def tap() -> None:
        with each_database.write() as session:
            came.append(checking_in.check_in(session, session.get_one(Registration, key), by=VISITOR))

    assert together([tap] * 10) == {"ok": 10}
    assert sorted(came) == [False] * 9 + [True]

    def walk(number: int) -> None:
        with each_database.write() as session:
            event = session.get_one(Event, event_id)
            checking_in.walk_in(session, event, by=VISITOR, details=guest(number), locale="zh_CN")

    outcomes = together([lambda number=number: walk(number) for number in range(50, 58)])
    assert outcomes == {"ok": 2, "Conflict": 6}
    with each_database.read() as session:
        check(session, session.get_one(Event, event_id))
        assert sorted(row.seat for row in rows(session) if row.seat) == [1, 2, 3]
