"""Sequences nobody thought of: a session is booked, confirmed, declined, cancelled, waited for, expired and moved in any
order, and after every step what must hold does."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from models.actions import bookings, sessions
from models.base import Database, utcnow
from models.enums import BookingState, SessionKind
from models.errors import DomainError
from models.tables import Achievement, Booking, MatchSession, Slot
from tests.factories import make_session
from tests.models.any_order import run_in_any_order
from tests.models.booking_cases import check_invariants, make_fair

OPEN = (BookingState.PENDING, BookingState.CONFIRMED, BookingState.WAITING)
WHO = st.integers(0, 3)
WHICH = st.integers(0, 30)
SLOT = st.integers(0, 1)


class Session(RuleBasedStateMachine):
    """Two overlapping 1:1 sessions and a group of two seats, four enterprises; each step is a transaction."""

    database: Database

    @initialize()
    def begin(self) -> None:
        self.fair = make_fair(self.database, seekers=4, hours=1)
        with self.database.write() as session:
            starts_at = session.get_one(MatchSession, self.fair.session_id).starts_at
            self.rooms = [
                self.fair.session_id,
                make_session(session, starts_at=starts_at + timedelta(minutes=15), hours=1, tables=2).id,
                make_session(session, starts_at=starts_at, hours=1, kind=SessionKind.GROUP, capacity=2).id,
            ]

    def try_to(self, work: Callable[[Any], Any]) -> None:
        with suppress(DomainError), self.database.write() as session:
            work(session)

    def some(self, session: Any, which: int, *states: BookingState) -> Booking | None:
        here = Booking.match_session_id.in_(self.rooms)
        found = session.scalars(select(Booking).where(here, Booking.state.in_(states)).order_by(Booking.id)).all()
        return found[which % len(found)] if found else None

    def where(self, session: Any, room: int, slot: int) -> dict[str, Any]:
        match_session = session.get_one(MatchSession, self.rooms[room])
        if match_session.kind is SessionKind.GROUP:
            return {"match_session": match_session}
        slots = session.scalars(
            select(Slot).where(Slot.match_session_id == match_session.id).order_by(Slot.starts_at)
        ).all()
        achievement = session.get_one(Achievement, self.fair.achievement_id)
        return {"match_session": match_session, "achievement": achievement, "slot": slots[slot]}

    @rule(who=WHO, room=st.integers(0, 2), slot=SLOT, both=st.booleans(), professor=st.booleans())
    def book(self, who: int, room: int, slot: int, both: bool, professor: bool) -> None:
        seeker = self.fair.seekers[who]

        def work(session: Any) -> None:
            where = self.where(session, room, slot)
            people = [seeker.person, seeker.colleague] if both else [seeker.person]
            common = {"by": seeker.actor, "seeker_id": seeker.organisation_id}
            if room == 2:
                bookings.take_seat(session, **where, **common, attendees=people[-1:])
                return
            asked = self.fair.professor if professor else None
            bookings.book(session, **where, **common, attendees=people, asked_for=asked)

        self.try_to(work)

    @rule(who=WHO, room=st.integers(0, 2), slot=SLOT, any_slot=st.booleans())
    def wait(self, who: int, room: int, slot: int, any_slot: bool) -> None:
        seeker = self.fair.seekers[who]

        def work(session: Any) -> None:
            where = self.where(session, room, slot)
            if any_slot and room < 2:
                where["slot"] = None
            common = {"by": seeker.actor, "seeker_id": seeker.organisation_id, "attendees": [seeker.person]}
            bookings.wait(session, **where, **common)

        self.try_to(work)

    @rule(which=WHICH, professor=st.booleans(), both=st.booleans())
    def confirm(self, which: int, professor: bool, both: bool) -> None:
        def work(session: Any) -> None:
            booking = self.some(session, which, *OPEN)
            if booking is not None:
                one = self.fair.professor if professor else self.fair.owner.person_id or 0
                people = [self.fair.professor, self.fair.owner.person_id or 0] if both else [one]
                bookings.confirm(session, booking, by=self.fair.owner, attendees=people)

        self.try_to(work)

    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        def work(session: Any) -> None:
            booking = self.some(session, which, *OPEN)
            if booking is not None:
                bookings.decline(session, booking, by=self.fair.owner, reason="other")

        self.try_to(work)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        def work(session: Any) -> None:
            booking = self.some(session, which, *BookingState)
            if booking is not None:
                bookings.cancel(session, booking, by=self.fair.organizer)

        self.try_to(work)

    @rule(which=WHICH, by_job=st.booleans())
    def let_a_hold_end(self, which: int, by_job: bool) -> None:
        """The job comes, or the next booker finds it."""

        def work(session: Any) -> None:
            booking = self.some(session, which, BookingState.PENDING)
            if booking is not None:
                booking.hold_until = utcnow() - timedelta(seconds=1)
                session.flush()
                assert not by_job or bookings.expire(session, booking)

        self.try_to(work)

    @rule(room=st.integers(0, 2), minutes=st.sampled_from([-30, -15, 5, 15, 30]))
    def postpone(self, room: int, minutes: int) -> None:
        def work(session: Any) -> None:
            sessions.postpone(
                session,
                session.get_one(MatchSession, self.rooms[room]),
                by=self.fair.organizer,
                shift=timedelta(minutes=minutes),
                reason="调整",
            )

        self.try_to(work)

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "fair"):
            return
        with self.database.read() as session:
            check_invariants(session)


@pytest.fixture
def machine(each_database: Database) -> type[Session]:
    class OnThis(Session):
        database = each_database

    return OnThis


def test_any_sequence_keeps_what_must_hold(machine: type[Session]) -> None:
    run_in_any_order(machine)
