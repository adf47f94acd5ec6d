"""The measurement of bookings finds nothing wrong, and would say so."""

import pytest
from sqlalchemy import select

from models.base import Database
from models.enums import BookingState, SessionKind
from models.tables import Booking, MatchSession
from scripts import bench_booking
from tests.models.booking_cases import book, make_fair


def test_a_short_run_finds_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_booking.measure("SQLite", "", clients=4, seconds=1.0)
    assert "double cells: 0" in capsys.readouterr().out


def test_what_is_wrong_is_counted(database: Database) -> None:
    fair = make_fair(database)
    group = make_fair(database, kind=SessionKind.GROUP, capacity=1)
    about = bench_booking.Fair(fair.session_id, group.session_id, [], [])
    with database.write() as session:
        assert not any(bench_booking.wrong(session, about).values())
        booking = book(session, fair)
        booking.state = BookingState.CANCELLED  # behind the back of the verbs: its cells stay
        seeker = group.seekers[0].organisation_id
        session.add(Booking(match_session_id=group.session_id, seeker_id=seeker, state=BookingState.WAITING))
        session.flush()
        found = bench_booking.wrong(session, about)
        assert (found["holding without its cells"], found["waiting beside a free seat"]) == (1, 1)
        session.get_one(MatchSession, group.session_id).capacity = 0
        for seat, one in enumerate(session.scalars(select(Booking).where(Booking.state == BookingState.WAITING)), 1):
            one.state, one.seat = BookingState.CONFIRMED, seat
        session.flush()
        assert bench_booking.wrong(session, about)["seats too many"] == 1
