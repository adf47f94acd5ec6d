"""The places of a session as they stand: which table and who is free in which slot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.enums import OccupancyKind
from models.queries.agenda import pitches_during
from models.queries.disturbances import NOTHING, Missing, missing
from models.queries.ways import place, stays_around
from models.rules.calendar import cells
from models.rules.conflicts import LONGEST_WAY, Pitch, Stay, on_stage, too_far
from models.tables import (
    Absence,
    MatchSession,
    Occupancy,
    Person,
    SessionTable,
    Slot,
)


@dataclass(frozen=True)
class Hindrance:
    """Why a person cannot come: another meeting, a roadshow at which they present (``title``), they said they are not
    there (``away``), an organizer noted that they are not (``missing``), or a meeting at a venue (``venue``) too far to
    walk from in time."""

    person_id: int
    title: str = ""
    away: bool = False
    missing: bool = False
    venue: str | None = None


@dataclass(frozen=True)
class Places:
    """Tables and slots of a 1:1 session and what the people asked about do meanwhile (five-minute cells)."""

    tables: Sequence[int]  # ids, by number
    slots: Sequence[Slot]  # by time
    table_cells: dict[int, set[int]]
    person_cells: dict[int, set[int]]
    pitches: Sequence[Pitch]
    away: Mapping[int, set[int]] = field(default_factory=dict)  # person -> cells
    venue_of: Mapping[int, str] = field(default_factory=dict)  # of each table
    provider_of: Mapping[int, int] = field(default_factory=dict)  # of the tables that are fixed
    venue: str = ""  # of the session
    way: timedelta = timedelta()  # between two of its venues
    stays: dict[int, list[Stay]] = field(default_factory=dict)  # of each person, where the way matters
    missing: Missing = NOTHING
    hosts: Mapping[int, int] = field(default_factory=dict)  # table -> who receives there, in an own session

    def for_provider(self, provider_id: int | None) -> "Places":
        """The same with the tables at which a provider sits: its own, else those of nobody."""
        return replace(self, tables=self.tables_for(provider_id))

    def tables_for(self, provider_id: int | None) -> Sequence[int]:
        own = [table for table in self.tables if self.provider_of.get(table) == provider_id]
        free = [table for table in self.tables if table not in self.provider_of]
        return own if own and provider_id is not None else free

    def free_tables(self, slot: Slot, people: Collection[int] = (), host: int | None = None) -> list[int]:
        """The tables that nobody holds during the slot, that can be used, that the people can walk to in time, and whose
        host, if they have one, can be there. ``host``: only the table of this person."""
        return [
            table
            for table in self.tables
            if host in (None, self.hosts.get(table)) and self.can_be_used(table, slot, people)
        ]

    def can_be_used(self, table: int, slot: Slot, people: Collection[int] = ()) -> bool:
        """Whether a table is free during the slot, with its host if it has one, and the people can walk there in time."""
        return (
            self.table_cells.get(table, set()).isdisjoint(cells(slot.starts_at, slot.ends_at))
            and not self.missing.table(table, slot.starts_at, slot.ends_at)
            and self.too_far(people, slot.starts_at, slot.ends_at, self.venue_of.get(table, "")) is None
            and self._host_is_free(table, slot)
        )

    def free_table(self, slot: Slot, people: Collection[int] = (), host: int | None = None) -> int | None:
        return next(iter(self.free_tables(slot, people, host)), None)

    def _host_is_free(self, table: int, slot: Slot) -> bool:
        receives = self.hosts.get(table)
        return receives is None or self.hindrance([receives], slot.starts_at, slot.ends_at) is None

    def too_far(self, people: Collection[int], starts_at: datetime, ends_at: datetime, venue: str) -> Hindrance | None:
        """Who could not walk to a venue of the session's tables in time, or from it to where they are next."""
        found = too_far(people, starts_at, ends_at, place(self.venue, venue), self.stays)
        return Hindrance(found.person_id, venue=found.venue) if found else None

    def hold(self, people: Collection[int], slot: Slot, table: int) -> None:
        """Count a meeting as held too, of which no row says so yet."""
        meanwhile = cells(slot.starts_at, slot.ends_at)
        self.table_cells.setdefault(table, set()).update(meanwhile)
        venue = place(self.venue, self.venue_of.get(table, ""))
        for person in people:
            self.person_cells.setdefault(person, set()).update(meanwhile)
            self.stays.setdefault(person, []).append(Stay(person, slot.starts_at, slot.ends_at, venue, self.way))

    def hindrance(self, people: Collection[int], starts_at: datetime, ends_at: datetime) -> Hindrance | None:
        """What keeps one of these people away, the first that is found."""
        wanted = cells(starts_at, ends_at)
        for person in people:
            if not self.person_cells.get(person, set()).isdisjoint(wanted):
                return Hindrance(person)
            if not self.away.get(person, set()).isdisjoint(wanted):
                return Hindrance(person, away=True)
            if self.missing.person(person, starts_at, ends_at):
                return Hindrance(person, missing=True)
        pitch = on_stage(people, starts_at, ends_at, self.pitches)
        return Hindrance(pitch.person_id, pitch.title) if pitch else None

    def hindrance_at(self, people: Collection[int], slot: Slot) -> Hindrance | None:
        """The same, and whether they can walk to one of the tables that are free then."""
        found = self.hindrance(people, slot.starts_at, slot.ends_at)
        tables = self.free_tables(slot)
        if found is not None or not tables or self.free_tables(slot, people):
            return found
        return self.too_far(people, slot.starts_at, slot.ends_at, self.venue_of.get(tables[0], ""))

    def free_slots(self, people: Collection[int], now: datetime, host: int | None = None) -> list[Slot]:
        """Slots to come in which a table (of ``host``) is free and so is everybody."""
        return [
            slot
            for slot in self.slots
            if slot.starts_at > now
            and self.free_table(slot, people, host) is not None
            and self.hindrance(people, slot.starts_at, slot.ends_at) is None
        ]


def places(
    session: Session, match_session: MatchSession, people: Collection[int] = (), *, without: Collection[int] = ()
) -> Places:
    """Read them all, in eight queries; as if the bookings ``without`` (ids) were not."""
    tables = session.execute(
        select(SessionTable.id, SessionTable.venue, SessionTable.provider_id, SessionTable.host_id)
        .where(SessionTable.match_session_id == match_session.id)
        .order_by(SessionTable.number)
    ).all()
    slots = session.scalars(
        select(Slot).where(Slot.match_session_id == match_session.id).order_by(Slot.starts_at)
    ).all()
    starts_at, ends_at = match_session.starts_at, match_session.ends_at
    ids = [table.id for table in tables]
    hosts = {table.id: table.host_id for table in tables if table.host_id is not None}
    return replace(
        whereabouts(
            session, {*people, *hosts.values()}, starts_at, ends_at, match_session=match_session, without=without
        ),
        tables=ids,
        slots=slots,
        table_cells=held_cells(session, OccupancyKind.TABLE, ids, starts_at, ends_at, without=without),
        venue_of={table.id: table.venue for table in tables},
        provider_of={table.id: table.provider_id for table in tables if table.provider_id is not None},
        hosts=hosts,
    )


def whereabouts(
    session: Session,
    people: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    match_session: MatchSession | None = None,
    without: Collection[int] = (),
) -> Places:
    """Only what the people do within a stretch of time; of a session also when they are not there, and where they are
    around its hours. Two queries, of a session five."""
    held = held_cells(session, OccupancyKind.PERSON, people, starts_at, ends_at, without=without)
    around = LONGEST_WAY if match_session is not None and match_session.walking_minutes else timedelta()
    talks = pitches_during(session, people, starts_at - around, ends_at + around)
    pitches = [Pitch(row.person_id, row.title, row.starts_at, row.ends_at) for row in talks]
    found = Places((), (), {}, held, pitches)
    if match_session is None:
        return found
    return replace(
        found,
        away=absent_cells(session, match_session, people),
        venue=match_session.venue,
        way=timedelta(minutes=match_session.walking_minutes),
        stays=stays_around(session, match_session, people, talks, without),
        missing=missing(session, match_session.id),
    )


def absent_cells(session: Session, match_session: MatchSession, people: Collection[int]) -> dict[int, set[int]]:
    """person id -> cells of the slots at which they said they are not there."""
    found: dict[int, set[int]] = {}
    rows = session.execute(
        select(Absence.person_id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Absence.slot_id)
        .where(Slot.match_session_id == match_session.id, Absence.person_id.in_(people))
    )
    for person, starts_at, ends_at in rows:
        found.setdefault(person, set()).update(cells(starts_at, ends_at))
    return found


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
    rows = session.execute(
        select(Occupancy.holder_id, Occupancy.cell).where(
            Occupancy.kind == kind,
            Occupancy.holder_id.in_(holders),
            Occupancy.cell >= wanted.start,
            Occupancy.cell < wanted.stop,
            or_(Occupancy.booking_id.is_(None), Occupancy.booking_id.not_in(without)),  # none: held by a group session
        )
    )
    found: dict[int, set[int]] = {}
    for holder, cell in rows:
        found.setdefault(holder, set()).add(cell)
    return found


def name_of(session: Session, person_id: int) -> Any:
    return session.scalar(select(Person.name).where(Person.id == person_id))
