"""The places of a session as they stand: which table and who is free in which slot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import OccupancyKind
from models.queries.agenda import pitches_during
from models.queries.disturbances import NOTHING, Missing, missing
from models.rules.calendar import cells
from models.rules.conflicts import Pitch, on_stage
from models.tables import MatchSession, Occupancy, Person, SessionTable, Slot


@dataclass(frozen=True)
class Hindrance:
    """Why a person cannot come: another meeting, (``title``) a roadshow at which they present, or they are not there."""

    person_id: int
    title: str = ""
    away: bool = False


@dataclass(frozen=True)
class Places:
    """Tables and slots of a 1:1 session and what the people asked about do meanwhile (five-minute cells)."""

    tables: Sequence[int]  # ids, by number
    slots: Sequence[Slot]  # by time
    table_cells: dict[int, set[int]]
    person_cells: dict[int, set[int]]
    pitches: Sequence[Pitch]
    missing: Missing = NOTHING

    def free_tables(self, starts_at: datetime, ends_at: datetime) -> list[int]:
        """The tables that nobody holds meanwhile and that are there, by number."""
        wanted = cells(starts_at, ends_at)
        return [
            table
            for table in self.tables
            if self.table_cells.get(table, set()).isdisjoint(wanted)
            and not self.missing.table(table, starts_at, ends_at)
        ]

    def free_table(self, slot: Slot) -> int | None:
        """The first table that is free during the slot."""
        return next(iter(self.free_tables(slot.starts_at, slot.ends_at)), None)

    def hindrance(self, people: Collection[int], starts_at: datetime, ends_at: datetime) -> Hindrance | None:
        """What keeps one of these people away, the first that is found."""
        wanted = cells(starts_at, ends_at)
        for person in people:
            if not self.person_cells.get(person, set()).isdisjoint(wanted):
                return Hindrance(person)
            if self.missing.person(person, starts_at, ends_at):
                return Hindrance(person, away=True)
        pitch = on_stage(people, starts_at, ends_at, self.pitches)
        return Hindrance(pitch.person_id, pitch.title) if pitch else None

    def free_slots(self, people: Collection[int], now: datetime) -> list[Slot]:
        """Slots to come in which a table is free and so is everybody."""
        return [
            slot
            for slot in self.slots
            if slot.starts_at > now
            and self.free_table(slot) is not None
            and self.hindrance(people, slot.starts_at, slot.ends_at) is None
        ]


def places(
    session: Session, match_session: MatchSession, people: Collection[int] = (), *, without: Collection[int] = ()
) -> Places:
    """Read them all, in six queries; as if the bookings ``without`` (ids) were not."""
    tables = session.scalars(
        select(SessionTable.id).where(SessionTable.match_session_id == match_session.id).order_by(SessionTable.number)
    ).all()
    slots = session.scalars(
        select(Slot).where(Slot.match_session_id == match_session.id).order_by(Slot.starts_at)
    ).all()
    starts_at, ends_at = match_session.starts_at, match_session.ends_at
    taken = held_cells(session, OccupancyKind.TABLE, tables, starts_at, ends_at, without=without)
    they_are = whereabouts(session, people, starts_at, ends_at, at=match_session.id, without=without)
    return replace(they_are, tables=tables, slots=slots, table_cells=taken)


def whereabouts(
    session: Session,
    people: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    at: int | None = None,
    without: Collection[int] = (),
) -> Places:
    """Only what the people do within a stretch of time, in two queries; one more for who is missing ``at`` a session."""
    held = held_cells(session, OccupancyKind.PERSON, people, starts_at, ends_at, without=without)
    gone = NOTHING if at is None else missing(session, at)
    return Places((), (), {}, held, pitches(session, people, starts_at, ends_at), gone)


def held_cells(
    session: Session,
    kind: OccupancyKind,
    holders: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    without: Collection[int] = (),
) -> dict[int, set[int]]:
    """holder id -> cells held within a stretch of time, but for what these bookings hold."""
    wanted = cells(starts_at, ends_at)
    statement = select(Occupancy.holder_id, Occupancy.cell).where(
        Occupancy.kind == kind,
        Occupancy.holder_id.in_(holders),
        Occupancy.cell >= wanted.start,
        Occupancy.cell < wanted.stop,
    )
    if without:
        statement = statement.where(Occupancy.booking_id.not_in(without))
    rows = session.execute(statement)
    found: dict[int, set[int]] = {}
    for holder, cell in rows:
        found.setdefault(holder, set()).add(cell)
    return found


def pitches(session: Session, people: Collection[int], starts_at: datetime, ends_at: datetime) -> list[Pitch]:
    """When these people are on the stage of a published roadshow, within a stretch of time."""
    rows = pitches_during(session, people, starts_at, ends_at)
    return [Pitch(row.person_id, row.title, row.starts_at, row.ends_at) for row in rows]


def name_of(session: Session, person_id: int) -> Any:
    return session.scalar(select(Person.name).where(Person.id == person_id))
