"""`python -m scripts.bench_booking [--clients 100] [--seconds 60]`: many book, confirm, wait and cancel on the same places at once.

On SQLite and on a PostgreSQL started for it, with the sample data: one 1:1 session and one group session to come. Prints what
was done and refused, p50 and p99 of each act, and what must never be: two in one cell, a seat beyond the session, a person
waiting beside a free seat, a holding booking without its cells. Exit code 1 where that is not nothing.
"""

import argparse
import random
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import bookings
from models.base import Database, utcnow
from models.enums import BookingState, OccupancyKind, OrgRole, SessionKind, Verification
from models.errors import DomainError
from models.queries.actors import load_actor
from models.rules.calendar import cells
from models.tables import Account, Achievement, Booking, MatchSession, Membership, Occupancy, Organisation
from scripts import seed
from scripts.bench_metrics import latencies
from scripts.migrate import migrate
from scripts.services import PostgreSQL
from web.backends import connect
from web.config import Settings

ACTS = ("book", "seat", "wait", "confirm", "cancel")
CHANCES = (4, 2, 1, 3, 3)  # how often each is tried
PLACES = 6  # slots of the 1:1 session that everybody wants


@dataclass
class Fair:
    """Ids of the two sessions, of achievements with their owners' accounts, and of enterprises with theirs."""

    one_to_one: int
    group: int
    achievements: list[tuple[int, int]]  # achievement, account of its owner's manager
    seekers: list[tuple[int, int]]  # organisation, account of its manager


@dataclass
class Done:
    """What the clients did; seconds of each act that succeeded."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0
    broken: list[BaseException] = field(default_factory=list)


def fair_of(session: Session) -> Fair:
    coming = select(MatchSession.id).where(MatchSession.starts_at > utcnow()).order_by(MatchSession.starts_at)
    managers = dict(
        session.execute(
            select(Membership.organisation_id, Account.id)
            .join(Account, Account.person_id == Membership.person_id)
            .where(Membership.role == OrgRole.MANAGER, Membership.ended_at.is_(None))
        ).all()
    )
    verified = select(Organisation.id).where(Organisation.verification == Verification.VERIFIED)
    owned = select(Achievement.id, Achievement.organisation_id).where(Achievement.public_version_id.is_not(None))
    return Fair(
        session.scalars(coming.where(MatchSession.kind == SessionKind.ONE_TO_ONE).limit(1)).one(),
        session.scalars(coming.where(MatchSession.kind == SessionKind.GROUP).limit(1)).one(),
        [(id_, managers[owner]) for id_, owner in session.execute(owned) if owner in managers],
        [(one, managers[one]) for one in session.scalars(verified.where(Organisation.is_seeker)) if one in managers],
    )


def client(database: Database, fair: Fair, number: int, until: float, done: Done) -> None:
    chance = random.Random(number)
    while time.monotonic() < until:
        (act,) = chance.choices(ACTS, CHANCES)
        began = time.perf_counter()
        try:
            with database.write() as session:
                did = _act(session, fair, act, chance)
        except DomainError:
            done.refused += 1
        except BaseException as error:
            done.broken.append(error)
            return
        else:
            if did:
                done.took[act].append(time.perf_counter() - began)


def _act(session: Session, fair: Fair, act: str, chance: random.Random) -> bool:
    if act in ("confirm", "cancel"):
        return _answer(session, fair, act, chance)
    seeker, account = chance.choice(fair.seekers)
    by = load_actor(session, account)
    common: dict[str, Any] = {"by": by, "seeker_id": seeker, "attendees": [by.person_id or 0]}
    group = session.get_one(MatchSession, fair.group)
    if act == "seat":
        bookings.take_seat(session, group, **common)
    elif act == "wait":
        bookings.wait(session, group, **common)
    else:
        match_session = session.get_one(MatchSession, fair.one_to_one)
        achievement = session.get_one(Achievement, chance.choice(fair.achievements)[0])
        slot = chance.choice(match_session.slots[:PLACES])
        bookings.book(session, match_session, **common, achievement=achievement, slot=slot)
    return True


def _answer(session: Session, fair: Fair, act: str, chance: random.Random) -> bool:
    states = (BookingState.PENDING,) if act == "confirm" else (BookingState.PENDING, BookingState.CONFIRMED)
    here = select(Booking.id).where(
        Booking.match_session_id.in_((fair.one_to_one, fair.group)), Booking.state.in_(states)
    )
    found = session.scalars(here).all()
    if not found:
        return False
    booking = session.get_one(Booking, chance.choice(found))
    if act == "cancel":
        accounts = dict(fair.seekers)
        if booking.seeker_id not in accounts:
            return False
        bookings.cancel(session, booking, by=load_actor(session, accounts[booking.seeker_id]))
        return True
    accounts = dict(fair.achievements)
    if booking.achievement_id not in accounts:
        return False
    by = load_actor(session, accounts[booking.achievement_id])
    bookings.confirm(session, booking, by=by, attendees=[by.person_id or 0])
    return True


def wrong(session: Session, fair: Fair) -> dict[str, int]:
    """How often each thing is that must never be."""
    cell = (Occupancy.kind, Occupancy.holder_id, Occupancy.cell)
    doubles = select(func.count()).select_from(
        select(*cell).group_by(*cell).having(func.count(Occupancy.id) > 1).subquery()
    )
    group = session.get_one(MatchSession, fair.group)
    seats = session.scalars(select(Booking.seat).where(Booking.match_session_id == group.id, Booking.seat.is_not(None)))
    taken = [seat for seat in seats if seat is not None]
    waiting = select(func.count(Booking.id)).where(
        Booking.match_session_id == group.id, Booking.state == BookingState.WAITING
    )
    return {
        "double cells": session.scalar(doubles) or 0,
        "seats sold twice": len(taken) - len(set(taken)),
        "seats too many": max(0, len(taken) - group.capacity),
        "waiting beside a free seat": (session.scalar(waiting) or 0) if len(taken) < group.capacity else 0,
        "holding without its cells": _without_cells(session, (fair.one_to_one, fair.group)),
    }


def _without_cells(session: Session, sessions: Collection[int]) -> int:
    held: dict[int, set[tuple[OccupancyKind, int]]] = defaultdict(set)
    for booking_id, kind, at in session.execute(select(Occupancy.booking_id, Occupancy.kind, Occupancy.cell)):
        if booking_id is not None:  # not what an organisation's own session holds for itself
            held[booking_id].add((kind, at))
    count = 0
    for booking in session.scalars(select(Booking).where(Booking.match_session_id.in_(sessions))):
        where = booking.slot or booking.match_session
        wanted = {(OccupancyKind.PERSON, at) for at in cells(where.starts_at, where.ends_at)}
        if booking.table_id is not None:
            wanted |= {(OccupancyKind.TABLE, at) for at in cells(where.starts_at, where.ends_at)}
        holds = booking.state in (BookingState.PENDING, BookingState.CONFIRMED)
        count += held.get(booking.id, set()) != (wanted if holds else set())
    return count


def measure(name: str, url: str, clients: int, seconds: float) -> bool:
    """Print one database's figures; whether nothing is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        backends = connect(Settings.from_env({"VAR_DIR": folder, **({"DATABASE_URL": url} if url else {})}))
        try:
            migrate(backends.database)
            seed.load(backends, say=lambda text: None)
            with backends.database.read() as session:
                fair = fair_of(session)
            done, until = Done(), time.monotonic() + seconds
            threads = [
                threading.Thread(target=client, args=(backends.database, fair, number, until, done))
                for number in range(clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            with backends.database.read() as session:
                found = wrong(session, fair)
        finally:
            backends.close()
    acts = sum(map(len, done.took.values()))
    print(
        f"{name}: {clients} clients, {seconds:g} s, {acts} acts ({acts / seconds:.0f} a second), {done.refused} refused"
    )
    for act in ACTS:
        if took := done.took[act]:
            told = latencies(took)
            print(f"  {act:8} {len(took):6d}   p50 {told['p50_ms']:8.1f} ms   p99 {told['p99_ms']:8.1f} ms")
    print("  " + ", ".join(f"{what}: {count}" for what, count in found.items()), flush=True)
    for error in done.broken[:5]:
        print(f"  broken: {type(error).__name__}: {error}")
    return not any(found.values()) and not done.broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        good = measure("SQLite", "", arguments.clients, arguments.seconds)
        url = stack.enter_context(PostgreSQL())
        good &= measure("PostgreSQL", url, arguments.clients, arguments.seconds)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
