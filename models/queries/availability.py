"""When an organisation can be met: every open time of all coming sessions, and who of its people is where meanwhile.

The number of queries does not depend on how many sessions, slots or people there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from models.enums import EventState, RecordState, SessionKind
from models.queries.disturbances import missing
from models.queries.open_sessions import about, hosts, in_force
from models.queries.places import whereabouts
from models.queries.sessions import holding
from models.tables import (
    Achievement,
    AchievementCircle,
    AgendaItem,
    Booking,
    Circle,
    MatchSession,
    SessionAchievement,
    SessionTable,
    Slot,
)

MOST_SESSIONS = 60
MOST_TIMES = 240  # on one page; later ones follow after the moment that the page names


@dataclass(frozen=True)
class Where:
    """A session in which the organisation can be met, and about which of its achievements (public id, title)."""

    id: int
    public_id: str
    title: str
    kind: SessionKind
    venue: str
    circle: str
    is_own: bool
    achievements: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Time:
    """One stretch of time of a session. ``people``: (public id, name) of who receives and is free, in an own session."""

    where: Where
    starts_at: datetime
    ends_at: datetime
    free: int
    places: int
    mine: bool
    people: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Times:
    """A page of times in their order; ``later``: where the next page begins, None at the end."""

    rows: Sequence[Time]
    later: datetime | None


def meets(organisation_id: int, achievement_id: int | None = None) -> ColumnElement[bool]:
    """Condition: a session in which this organisation's published achievements (or this one) can be booked, or its own group."""
    listed = [Achievement.organisation_id == organisation_id, Achievement.state == RecordState.PUBLISHED]
    if achievement_id is not None:
        listed.append(Achievement.id == achievement_id)
    mine = select(Achievement.id).where(*listed)
    near = or_(
        MatchSession.circle_id.in_(
            select(AchievementCircle.circle_id).where(AchievementCircle.achievement_id.in_(mine))
        ),
        MatchSession.event_id.in_(select(AgendaItem.event_id).where(AgendaItem.achievement_id.in_(mine))),
    )
    has_subject = mine.where(about(Achievement.id)).correlate(MatchSession).exists()
    any_group = MatchSession.kind == SessionKind.GROUP if achievement_id is None else has_subject
    return or_(
        and_(MatchSession.owner_id.is_(None), near),
        and_(MatchSession.owner_id == organisation_id, or_(any_group, has_subject)),
    )


def times(
    session: Session,
    organisation_id: int,
    listed: Sequence[Any],
    *,
    now: datetime,
    begin: datetime | None = None,
    achievement_id: int | None = None,
    mine: Collection[int] = (),
) -> Times:
    """Coming times from ``begin`` on; ``listed``: what it has ``published``; ``mine``: organisations whose bookings the reader
    makes. Ten queries at most."""
    begin = max(begin or now, now)
    found = session.execute(
        select(
            MatchSession.id,
            MatchSession.public_id,
            MatchSession.title,
            MatchSession.kind,
            MatchSession.venue,
            MatchSession.owner_id,
            MatchSession.circle_id,
            MatchSession.event_id,
            MatchSession.capacity,
            MatchSession.starts_at,
            MatchSession.ends_at,
            Circle.name.label("circle"),
        )
        .outerjoin(Circle, Circle.id == MatchSession.circle_id)
        .where(
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.ends_at > begin,
            in_force(),
            meets(organisation_id, achievement_id),
        )
        .order_by(MatchSession.starts_at, MatchSession.id)
        .limit(MOST_SESSIONS + 1)
    ).all()
    further = found[MOST_SESSIONS].starts_at if len(found) > MOST_SESSIONS else None
    found = found[:MOST_SESSIONS]
    if not found:
        return Times((), None)
    subjects = _subjects(session, found, listed)
    places = _places(session, found, organisation_id, subjects, now, begin, mine)
    rows = sorted(
        (row for row in places if further is None or row.starts_at < further),
        key=lambda row: (row.starts_at, row.where.id),
    )
    later = rows[MOST_TIMES].starts_at if len(rows) > MOST_TIMES else further
    kept = [row for row in rows if later is None or row.starts_at < later]
    return Times(kept, later) if kept else Times(rows, None)


def _places(
    session: Session,
    found: Sequence[Any],
    organisation_id: int,
    subjects: Mapping[int, Sequence[tuple[str, str]]],
    now: datetime,
    begin: datetime,
    mine: Collection[int],
) -> list[Time]:
    ids = [row.id for row in found]
    wheres = {
        row.id: Where(
            row.id, row.public_id, row.title, row.kind, row.venue, row.circle or "", row.owner_id is not None,
            subjects[row.id],
        )
        for row in found
    }  # fmt: skip
    tables: dict[int, list[int]] = {}
    fixed: dict[int, list[int]] = {}  # tables at which this provider sits: then it sits at no other
    for session_id, table_id, provider_id in session.execute(
        select(SessionTable.match_session_id, SessionTable.id, SessionTable.provider_id)
        .where(
            SessionTable.match_session_id.in_(ids),
            or_(SessionTable.provider_id.is_(None), SessionTable.provider_id == organisation_id),
        )
        .order_by(SessionTable.number)
    ):
        (tables if provider_id is None else fixed).setdefault(session_id, []).append(table_id)
    tables |= fixed
    gone = missing(session, *ids)
    receive = {row.table_id: row for row in hosts(session, [row.id for row in found if row.owner_id is not None])}
    they_are = whereabouts(
        session, {row.id for row in receive.values()}, found[0].starts_at, max(row.ends_at for row in found)
    )
    held: dict[int, set[int | None]] = {}  # slot -> tables
    seats: dict[int, int] = {}
    own: set[tuple[str, int]] = set()
    for session_id, slot_id, held_table, seat, seeker_id in session.execute(
        select(Booking.match_session_id, Booking.slot_id, Booking.table_id, Booking.seat, Booking.seeker_id).where(
            Booking.match_session_id.in_(ids), holding(now)
        )
    ):
        if slot_id is not None:
            held.setdefault(slot_id, set()).add(held_table)
        seats[session_id] = seats.get(session_id, 0) + (seat is not None)
        if seeker_id in mine:
            own.add(("slot", slot_id) if slot_id is not None else ("session", session_id))
    rows = [
        Time(
            wheres[row.id], row.starts_at, row.ends_at, max(row.capacity - seats.get(row.id, 0), 0), row.capacity,
            ("session", row.id) in own, [(one.public_id, one.name) for one in receive.values() if one.match_session_id == row.id],
        )
        for row in found
        if row.kind is SessionKind.GROUP and row.starts_at > now and row.starts_at >= begin
    ]  # fmt: skip
    for slot_id, session_id, starts_at, ends_at in session.execute(
        select(Slot.id, Slot.match_session_id, Slot.starts_at, Slot.ends_at)
        .where(Slot.match_session_id.in_(ids), Slot.starts_at > now, Slot.starts_at >= begin)
        .order_by(Slot.starts_at, Slot.id)
        .limit(MOST_TIMES + 1)
    ):
        free = [
            table
            for table in tables.get(session_id, ())
            if table not in held.get(slot_id, ()) and not gone.table(table, starts_at, ends_at)
        ]
        free = [
            table
            for table in free
            if table not in receive or they_are.hindrance([receive[table].id], starts_at, ends_at) is None
        ]
        people = [(receive[table].public_id, receive[table].name) for table in free if table in receive]
        is_mine = ("slot", slot_id) in own
        rows.append(
            Time(wheres[session_id], starts_at, ends_at, len(free), len(tables.get(session_id, ())), is_mine, people)
        )
    return rows


def _subjects(session: Session, found: Sequence[Any], listed: Sequence[Any]) -> Mapping[int, Sequence[tuple[str, str]]]:
    """Session -> (public id, title) of the organisation's published achievements that are booked there."""
    ids = [row.id for row in listed]
    circles: dict[int, set[int | None]] = {}
    for circle_id, achievement_id in session.execute(
        select(AchievementCircle.circle_id, AchievementCircle.achievement_id).where(
            AchievementCircle.achievement_id.in_(ids)
        )
    ):
        circles.setdefault(circle_id, set()).add(achievement_id)
    events: dict[int, set[int | None]] = {}
    for event_id, shown in session.execute(
        select(AgendaItem.event_id, AgendaItem.achievement_id).where(AgendaItem.achievement_id.in_(ids))
    ):
        events.setdefault(event_id, set()).add(shown)
    chosen: dict[int, set[int]] = {}
    for session_id, achievement_id in session.execute(
        select(SessionAchievement.match_session_id, SessionAchievement.achievement_id).where(
            SessionAchievement.match_session_id.in_([row.id for row in found])
        )
    ):
        chosen.setdefault(session_id, set()).add(achievement_id)
    there: dict[int, Collection[int | None]] = {
        row.id: chosen.get(row.id, ids)
        if row.owner_id is not None
        else circles.get(row.circle_id, set()) | events.get(row.event_id, set())
        for row in found
    }
    return {
        number: [(row.public_id, row.title) for row in listed if row.id in wanted] for number, wanted in there.items()
    }
