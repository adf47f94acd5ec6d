"""The places of a session as they stand: which table and who is free in which slot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import OccupancyKind
from models.queries.agenda import pitches_during
from models.rules.calendar import cells
from models.rules.conflicts import Pitch, on_stage
from models.tables import MatchSession, Occupancy, Person, SessionTable, Slot


@dataclass(frozen=True)
class Hindrance:
    """Why a person cannot come: another meeting, or (``title``) a roadshow at which they present."""

    person_id: int
    title: str = ""


@dataclass(frozen=True)
class Places:
    """Tables and slots of a 1:1 session and what the people asked about do meanwhile (five-minute cells)."""

    tables: Sequence[int]  # ids, by number
    slots: Sequence[Slot]  # by time
    table_cells: dict[int, set[int]]
    person_cells: dict[int, set[int]]
    pitches: Sequence[Pitch]
    hosts: Mapping[int, int] = field(default_factory=dict)  # table -> who receives there, in an own session

    def free_table(self, slot: Slot, host: int | None = None) -> int | None:
        """The first table that nobody holds during the slot, and whose host, if it has one, can be there.

        ``host``: only the table of this person.
        """
        wanted = cells(slot.starts_at, slot.ends_at)
        for table in self.tables:
            receives = self.hosts.get(table)
            if not self.table_cells.get(table, set()).isdisjoint(wanted) or host not in (None, receives):
                continue
            if receives is None or self.hindrance([receives], slot.starts_at, slot.ends_at) is None:
                return table
        return None

    def hindrance(self, people: Collection[int], starts_at: datetime, ends_at: datetime) -> Hindrance | None:
        """What keeps one of these people away, the first that is found."""
        wanted = cells(starts_at, ends_at)
        for person in people:
            if not self.person_cells.get(person, set()).isdisjoint(wanted):
                return Hindrance(person)
        pitch = on_stage(people, starts_at, ends_at, self.pitches)
        return Hindrance(pitch.person_id, pitch.title) if pitch else None

    def free_slots(self, people: Collection[int], now: datetime, host: int | None = None) -> list[Slot]:
        """Slots to come in which a table (of ``host``) is free and so is everybody."""
        return [
            slot
            for slot in self.slots
            if slot.starts_at > now
            and self.free_table(slot, host) is not None
            and self.hindrance(people, slot.starts_at, slot.ends_at) is None
        ]


def places(session: Session, match_session: MatchSession, people: Collection[int] = ()) -> Places:
    """Read them all, in five queries."""
    found = session.execute(
        select(SessionTable.id, SessionTable.host_id)
        .where(SessionTable.match_session_id == match_session.id)
        .order_by(SessionTable.number)
    ).all()
    tables = [row.id for row in found]
    hosts = {row.id: row.host_id for row in found if row.host_id is not None}
    slots = session.scalars(
        select(Slot).where(Slot.match_session_id == match_session.id).order_by(Slot.starts_at)
    ).all()
    starts_at, ends_at = match_session.starts_at, match_session.ends_at
    taken = held_cells(session, OccupancyKind.TABLE, tables, starts_at, ends_at)
    they_are = whereabouts(session, {*people, *hosts.values()}, starts_at, ends_at)
    return replace(they_are, tables=tables, slots=slots, table_cells=taken, hosts=hosts)


def whereabouts(session: Session, people: Collection[int], starts_at: datetime, ends_at: datetime) -> Places:
    """Only what the people do within a stretch of time, in two queries."""
    held = held_cells(session, OccupancyKind.PERSON, people, starts_at, ends_at)
    return Places((), (), {}, held, pitches(session, people, starts_at, ends_at))


def held_cells(
    session: Session, kind: OccupancyKind, holders: Collection[int], starts_at: datetime, ends_at: datetime
) -> dict[int, set[int]]:
    """holder id -> cells held within a stretch of time."""
    wanted = cells(starts_at, ends_at)
    rows = session.execute(
        select(Occupancy.holder_id, Occupancy.cell).where(
            Occupancy.kind == kind,
            Occupancy.holder_id.in_(holders),
            Occupancy.cell >= wanted.start,
            Occupancy.cell < wanted.stop,
        )
    )
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
