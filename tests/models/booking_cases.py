"""A session, its organisations and people, for tests of bookings; and what must always hold."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import bookings
from models.base import Database, utcnow
from models.enums import BookingState, GrantRole, OccupancyKind, OrgRole, SessionKind, Side
from models.errors import DomainError
from models.queries.actors import load_actor
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import (
    Account,
    Achievement,
    Booking,
    Job,
    MatchSession,
    Occupancy,
    Person,
    Slot,
)
from tests.factories import make_account, make_achievement, make_person, make_provider, make_seeker, make_session


@dataclass(frozen=True)
class Seeker:
    """An enterprise with a manager and a colleague without log-in."""

    organisation_id: int
    actor: Actor
    person: int
    colleague: int


@dataclass(frozen=True)
class Fair:
    """Ids of a 1:1 session, a provider with its achievement, and seekers."""

    session_id: int
    achievement_id: int
    provider_id: int
    owner: Actor  # manager of the provider and contact of the achievement
    professor: int  # of the provider, without log-in
    seekers: tuple[Seeker, ...]
    organizer: Actor


def make_seeking(session: Session) -> Seeker:
    organisation = make_seeker(session)
    account = make_account(session, organisation, role=OrgRole.MANAGER)
    colleague = make_person(session, organisation)
    session.flush()
    return Seeker(organisation.id, load_actor(session, account.id), account.person_id, colleague.id)


def make_fair(database: Database, *, seekers: int = 2, **values: Any) -> Fair:
    """Committed rows; ``values`` go to make_session (tables, kind, capacity, starts_at ...)."""
    with database.write() as session:
        provider = make_provider(session)
        owner = make_account(session, provider, role=OrgRole.MANAGER)
        professor = make_person(session, provider)
        achievement = make_achievement(session, provider, contact_id=owner.person_id)
        in_ten_days = (utcnow() + timedelta(days=10)).replace(hour=1, minute=0, second=0, microsecond=0)
        match_session = make_session(session, **{"tables": 1, "starts_at": in_ten_days, **values})
        organizer = make_account(session, None, GrantRole.ORGANIZER)
        return Fair(
            match_session.id,
            achievement.id,
            provider.id,
            load_actor(session, owner.id),
            professor.id,
            tuple(make_seeking(session) for _number in range(seekers)),
            load_actor(session, organizer.id),
        )


def slot_of(session: Session, fair: Fair, number: int = 0) -> Slot:
    return session.scalars(select(Slot).where(Slot.match_session_id == fair.session_id).order_by(Slot.starts_at)).all()[
        number
    ]


def book(session: Session, fair: Fair, seeker: Seeker | int = 0, *, slot: int = 0, **values: Any) -> Booking:
    who = fair.seekers[seeker] if isinstance(seeker, int) else seeker
    return bookings.book(
        session,
        session.get_one(MatchSession, values.pop("session_id", fair.session_id)),
        by=values.pop("by", who.actor),
        seeker_id=who.organisation_id,
        achievement=session.get_one(Achievement, values.pop("achievement_id", fair.achievement_id)),
        slot=values.pop("at", None) or slot_of(session, fair, slot),
        attendees=values.pop("attendees", [who.person]),
        **values,
    )


def confirm(session: Session, fair: Fair, booking: Booking, *, attendees: Collection[int] = ()) -> None:
    bookings.confirm(session, booking, by=fair.owner, attendees=attendees or [fair.owner.person_id or 0])


def serve_all(session: Session) -> list[Booking]:
    """What the jobs of waiting lists do; who got a place."""
    ids = [job.payload["match_session_id"] for job in jobs_named(session, "waiting_list")]
    return [booking for one in ids for booking in bookings.serve(session, session.get_one(MatchSession, one))]


def at_once(count: int, work: Callable[[int], Any]) -> tuple[list[Any], list[DomainError]]:
    """Run ``work(number)`` in so many threads that begin together; returns results and refusals. Other errors are raised."""
    barrier = threading.Barrier(count)
    results: list[Any] = []
    refused: list[DomainError] = []
    broken: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=60)
            results.append(work(number))
        except DomainError as error:
            refused.append(error)
        except BaseException as error:  # whatever it is, the test must not swallow it
            broken.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return results, refused


def check_invariants(session: Session) -> None:
    """What must hold after every step: written without the code under test."""
    session.expire_all()
    held = session.execute(select(Occupancy.kind, Occupancy.holder_id, Occupancy.cell, Occupancy.booking_id)).all()
    assert len({row[:3] for row in held}) == len(held), "two hold the same cell"
    by_booking: dict[int, set[tuple[Any, int, int]]] = {}
    for kind, holder, cell, booking_id in held:
        by_booking.setdefault(booking_id, set()).add((kind, holder, cell))
    for booking in session.scalars(select(Booking)):
        holds = booking.state in (BookingState.PENDING, BookingState.CONFIRMED)
        if not holds:
            assert booking.id not in by_booking, f"{booking.state} holds cells"
            assert booking.seat is None
            continue
        where = booking.slot or booking.match_session
        wanted = {
            (OccupancyKind.PERSON, one.person_id, cell)
            for one in booking.attendees
            for cell in cells(where.starts_at, where.ends_at)
        }
        if booking.match_session.kind is SessionKind.ONE_TO_ONE:
            assert booking.table_id is not None
            wanted |= {(OccupancyKind.TABLE, booking.table_id, c) for c in cells(where.starts_at, where.ends_at)}
            assert booking.seat is None
        else:
            assert booking.seat is not None
            assert 1 <= booking.seat <= booking.match_session.capacity
        assert by_booking.get(booking.id) == wanted, f"{booking.state} holds what it should not, or not all"
        assert any(one.side is Side.SEEKER for one in booking.attendees)
        if booking.state is BookingState.CONFIRMED and booking.achievement_id is not None:
            assert any(one.side is Side.PROVIDER for one in booking.attendees)
            assert booking.engagement_id is not None
            assert booking.hold_until is None
        if booking.state is BookingState.PENDING:
            assert booking.hold_until is not None
            assert booking.hold_until <= where.starts_at


def jobs_named(session: Session, name: str) -> list[Job]:
    return list(session.scalars(select(Job).where(Job.name == name).order_by(Job.id)))


def mails(session: Session) -> list[tuple[str, str]]:
    """(template, receiver) of the mails about bookings, in their order."""
    return [(job.payload["template"], job.payload["to"]) for job in jobs_named(session, "booking_mail")]


def overdue(session: Session, booking: Booking) -> None:
    """Let a hold have ended a minute ago."""
    assert booking.hold_until is not None
    booking.hold_until = booking.created_at - timedelta(minutes=1)
    session.flush()


def count(session: Session, state: BookingState) -> int:
    return session.scalar(select(func.count()).select_from(Booking).where(Booking.state == state)) or 0


def address(session: Session, person: int) -> str:
    found = session.scalar(select(Account.email).where(Account.person_id == person))
    return found or session.get_one(Person, person).email
