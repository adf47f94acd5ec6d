"""All coming dates of an own session changed at once: what is booked stays, hosts are held, two at once are sorted out."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import bookings
from models.actions.session_series import Change, Date, change_dates, preview
from models.base import Database, utcnow
from models.enums import BookingState, EventState, SessionKind
from models.errors import Conflict, Invalid, NotNow
from models.queries import open_sessions as queries
from models.tables import Booking, MatchSession, Occupancy, Slot
from tests.models.booking_cases import at_once, check_invariants
from tests.models.selection_cases import mails
from tests.models.test_open_sessions import SOON, ZONE, House, book, make_house, opened

LATER = Change(time(15), time(18), "新楼一层")  # SOON is nine o'clock there, two hours


def changed(session: Session, one: MatchSession, house: House, change: Change = LATER, **values: Any) -> list[Date]:
    given = {"by": house.manager, "revision": one.revision, "zone": ZONE, **values}
    return change_dates(session, one, change=change, **given)


def slots_of(session: Session, one: MatchSession) -> list[Any]:
    mine = select(Slot.starts_at).where(Slot.match_session_id == one.id).order_by(Slot.starts_at)
    return list(session.scalars(mine))


def test_dates_change_but_for_what_is_booked(each_database: Database) -> None:
    house = make_house(each_database)
    with each_database.write() as session:
        made = opened(session, house, weeks=4)
        book(session, house, made[1])
        dates = changed(session, made[2], house)
        assert [(one.booked, one.changes) for one in dates] == [
            (False, True),
            (True, False),
            (False, True),
            (False, True),
        ]
        for number, one in enumerate(made):
            day = SOON + timedelta(weeks=number)
            if number == 1:
                assert (one.starts_at, one.venue, len(slots_of(session, one))) == (day, "实验楼三楼", 4)
                continue
            begins = day + timedelta(hours=6)
            assert (one.starts_at, one.ends_at, one.venue) == (begins, begins + timedelta(hours=3), "新楼一层")
            assert slots_of(session, one) == [begins + timedelta(minutes=30 * n) for n in range(6)]
            assert one.sequence == 1
        check_invariants(session)
        with pytest.raises(NotNow, match="like this already"):
            changed(session, made[0], house)
        shorter = replace(LATER, starts_at=time(15, 30), ends_at=time(16, 30))
        changed(session, made[0], house, shorter)
        assert len(slots_of(session, made[0])) == 2
        assert made[0].ends_at == SOON + timedelta(hours=7, minutes=30)


def test_a_closed_booking_does_not_hold_a_date(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        made = opened(session, house, weeks=2)
        slots = sorted(made[0].slots, key=lambda one: one.starts_at)
        one = book(session, house, made[0], number=-1)
        bookings.cancel(session, one, by=house.seekers[0].actor, reason="改期")
        assert one.state is BookingState.CANCELLED
        changed(session, made[0], house, replace(LATER, ends_at=time(16)))
        assert len(slots_of(session, made[0])) == 2
        assert session.get_one(Booking, one.id).slot_id == slots[0].id


def test_who_receives_a_group_is_held_anew_or_it_is_refused(each_database: Database) -> None:
    house = make_house(each_database)
    group = {"kind": SessionKind.GROUP, "capacity": 10, "hosts": (house.professor,)}
    with each_database.write() as session:
        made = opened(session, house, weeks=3, **group)
        held = session.scalars(select(Occupancy.cell).where(Occupancy.match_session_id == made[0].id)).all()
        changed(session, made[0], house, replace(LATER, ends_at=time(17), capacity=25))
        now = session.scalars(select(Occupancy.cell).where(Occupancy.match_session_id == made[0].id)).all()
        assert sorted(now) == [cell + 72 for cell in sorted(held)]
        assert [one.capacity for one in made] == [25, 25, 25]
        check_invariants(session)
        first, series = made[0].id, made[0].series
        hour = timedelta(hours=1)
        week = SOON + timedelta(days=7)
        opened(session, house, title="另一场", starts_at=week + hour, ends_at=week + 3 * hour, **group)

    def back(session: Session) -> None:
        changed(session, session.get_one(MatchSession, first), house, Change(time(9), time(11), "新楼一层", 25))

    with each_database.write() as session:
        with pytest.raises(Conflict, match="is in another meeting"):
            back(session)
        session.rollback()
    with each_database.read() as session:
        starts = session.scalars(select(MatchSession.starts_at).where(MatchSession.series == series)).all()
        assert sorted(starts) == [SOON + timedelta(weeks=n, hours=6) for n in range(3)], "none is changed"


def test_booked_at_the_same_moment(each_database: Database) -> None:
    """Whoever is first: either the date is booked and stays, or it moves and is booked at its new time."""
    house = make_house(each_database)
    with each_database.write() as session:
        made = opened(session, house, weeks=2)
        first = made[0].id

    def act(number: int) -> None:
        with each_database.write() as session:
            one = session.get_one(MatchSession, first)
            if number:
                book(session, house, one)
            else:
                changed(session, one, house)

    at_once(2, act)
    with each_database.read() as session:
        one = session.get_one(MatchSession, first)
        booked = session.scalars(select(Booking).where(Booking.match_session_id == first)).all()
        moved = one.starts_at == SOON + timedelta(hours=6)
        assert moved or booked
        for booking in booked:
            assert booking.slot is not None
            assert one.starts_at <= booking.slot.starts_at < booking.slot.ends_at <= one.ends_at
        check_invariants(session)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": time(14)}, "ends_at"),
        ({"starts_at": time(15, 3)}, "starts_at"),
        ({"ends_at": time(15, 10)}, "slot_minutes"),
        ({"venue": "  "}, "venue"),
    ],
)
def test_what_cannot_be(database: Database, change: dict[str, Any], field: str) -> None:
    house = make_house(database)
    with database.write() as session:
        made = opened(session, house, weeks=2)
        rows = queries.coming(session, made[0], now=utcnow())
        with pytest.raises(Invalid) as refused:
            preview(rows, replace(LATER, **change), ZONE)
        assert refused.value.field == field
        with pytest.raises(Invalid):
            changed(session, made[0], house, replace(LATER, **change))
        assert made[0].starts_at == SOON


def test_all_booked_past_or_stale(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        made = opened(session, house, weeks=1)
        made[0].series = "one"
        session.flush()
        with pytest.raises(Conflict):
            changed(session, made[0], house, revision=made[0].revision - 1)
        book(session, house, made[0])
        with pytest.raises(NotNow, match="Every coming date is booked"):
            changed(session, made[0], house)
        made[0].starts_at = utcnow() - timedelta(minutes=5)
        session.flush()
        with pytest.raises(NotNow):
            changed(session, made[0], house)


def test_drafts_change_too_and_who_receives_is_told_once(database: Database) -> None:
    house = make_house(database)
    with database.write() as session:
        made = opened(session, house, weeks=3, publish=False)
        assert {one.state for one in made} == {EventState.DRAFT}
        changed(session, made[0], house)
        assert not mails(session, "own_session_changed")
        assert made[0].sequence == 0
    with database.write() as session:
        made = opened(session, house, weeks=3, title="另一场")
        changed(session, made[0], house, by=house.organizer)
        told = mails(session, "own_session_changed")
        assert {one["values"]["later"] for one in told} == {2}
        assert len({one["to"] for one in told}) == len(told)
