"""Sessions of providers' own around the circles: hours in which their people receive, with a few bookings."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import BookingState, EventState, OccupancyKind, SessionKind, Side
from models.rules.calendar import cells, slots
from models.tables import (
    Achievement,
    BookingAttendee,
    Circle,
    MatchSession,
    Occupancy,
    Organisation,
    SessionTable,
    Slot,
)
from scripts.sample import Clock, lines, pick, sample_id
from scripts.sample.organisations import organisation_ids, person_ids
from scripts.sample.threads import Threads


def load(session: Session, clock: Clock) -> int:
    """Insert what is missing; returns how many sessions."""
    known = set(session.scalars(select(MatchSession.key).where(MatchSession.owner_id.is_not(None))))
    organisations, people = organisation_ids(session), person_ids(session)
    circles = dict(session.execute(select(Circle.key, Circle.id)).all())
    threads, made = Threads(session, clock), 0
    for row in lines("open_sessions.jsonl"):
        for week in range(row["weeks"]):
            key = f"{row['key']}-{week + 1}"
            if key in known:
                continue
            one = MatchSession(
                public_id=sample_id("session", key),
                key=key,
                title=row["title"],
                introduction=row["intro"],
                kind=SessionKind(row["kind"]),
                state=EventState.PUBLISHED,
                published_once=True,
                circle_id=circles[row["circle"]],
                owner_id=organisations[row["owner"]],
                series=sample_id("series", row["key"]) if row["weeks"] > 1 else None,
                venue=row["venue"],
                starts_at=clock.at(row["day"] + 7 * week, row["start"]),
                ends_at=clock.at(row["day"] + 7 * week, row["end"]),
                slot_minutes=row["slot_minutes"],
                capacity=row["capacity"],
                created_by_id=threads.managers[organisations[row["owner"]]],
                is_sample=True,
            )
            session.add(one)
            session.flush()
            hosts = [people[name] for name in row["hosts"]]
            _lay_out(session, one, hosts)
            _booked(threads, one)
            made += 1
    session.flush()
    return made


def _lay_out(session: Session, one: MatchSession, hosts: list[int]) -> None:
    session.add_all(
        SessionTable(match_session_id=one.id, number=number, host_id=host) for number, host in enumerate(hosts, start=1)
    )
    if one.kind is SessionKind.ONE_TO_ONE:
        session.add_all(
            Slot(match_session_id=one.id, starts_at=start, ends_at=end)
            for start, end in slots(one.starts_at, one.ends_at, one.slot_minutes)
        )
    else:  # who receives a group is there all the time
        session.add_all(
            Occupancy(kind=OccupancyKind.PERSON, holder_id=host, cell=cell, match_session_id=one.id)
            for host in hosts
            for cell in cells(one.starts_at, one.ends_at)
        )
    session.flush()


def _booked(threads: Threads, one: MatchSession) -> None:
    """About a third of the places; the first date of all, so that later ones show what is free."""
    session = threads.session
    verified = select(Organisation).where(Organisation.is_sample, Organisation.is_seeker).order_by(Organisation.id)
    seekers = [row.id for row in session.scalars(verified) if row.is_verified and row.id in threads.managers]
    if one.kind is SessionKind.GROUP:
        for seat, seeker in enumerate(seekers[:3], start=1):
            threads.seat(one, seeker, seat, provider_id=one.owner_id)
        return
    own = session.scalars(
        select(Achievement)
        .where(Achievement.organisation_id == one.owner_id, Achievement.public_version_id.is_not(None))
        .order_by(Achievement.id)
    ).all()
    if not own or one.key is None or not one.key.endswith("-1"):
        return
    free: list[Any] = [(slot, table) for slot in one.slots for table in one.tables]
    for number, (slot, table) in enumerate(free):
        if pick(f"{one.key}:{number}", 3):
            continue
        seeker = seekers[number % len(seekers)]
        state = BookingState.PENDING if number % 2 else BookingState.CONFIRMED
        booking = threads.booking(one, seeker, own[number % len(own)], state, slot_id=slot.id, table_id=table.id)
        if booking.hold_until:
            booking.hold_until = min(booking.hold_until, slot.starts_at - timedelta(minutes=5))
        people = [(threads.managers[seeker], Side.SEEKER), (table.host_id, Side.PROVIDER)]
        session.add_all(BookingAttendee(booking_id=booking.id, person_id=person, side=side) for person, side in people)
        threads.occupy(booking, slot.starts_at, slot.ends_at, [person for person, _side in people], table.id)
