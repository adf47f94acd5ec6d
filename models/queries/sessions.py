"""Matchmaking sessions as lists and pages show them: which there are, what is free, which circle and roadshow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import BookingState, EventState, SessionKind
from models.queries.disturbances import missing
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.open_sessions import hosts, in_force
from models.queries.places import whereabouts
from models.tables import Booking, Circle, Event, MatchSession, Organisation, SessionTable, Slot

PAGE = 20
Seeking, Providing, Owning = aliased(Organisation), aliased(Organisation), aliased(Organisation)


@dataclass(frozen=True)
class SessionPage:
    """One page of sessions and the key of the next page ("" at the end)."""

    rows: Sequence[Any]
    next_key: str


def holding(now: datetime) -> Any:
    """Condition: a booking that keeps others from its place; a hold that is over does not."""
    return or_(
        Booking.state == BookingState.CONFIRMED,
        and_(Booking.state == BookingState.PENDING, Booking.hold_until > now),
    )


def _free(now: datetime) -> Any:
    """How many places a session has left that have not begun: tables times slots, or seats."""
    of_this = {table: table.match_session_id == MatchSession.id for table in (SessionTable, Slot, Booking)}

    def number(statement: Any) -> Any:
        return statement.correlate(MatchSession).scalar_subquery()

    tables = number(select(func.count(SessionTable.id)).where(of_this[SessionTable]))
    slots = number(select(func.count(Slot.id)).where(of_this[Slot], Slot.starts_at > now))
    held = number(
        select(func.count(Booking.id))
        .join(Slot, Slot.id == Booking.slot_id)
        .where(of_this[Booking], Slot.starts_at > now, holding(now))
    )
    seats = number(select(func.count(Booking.id)).where(of_this[Booking], Booking.seat.is_not(None)))
    return case(
        (MatchSession.kind == SessionKind.ONE_TO_ONE, tables * slots - held),
        (MatchSession.starts_at > now, MatchSession.capacity - seats),
        else_=0,
    )


def sessions(
    session: Session,
    *,
    now: datetime,
    past: bool = False,
    drafts: bool = False,
    circle_id: int | None = None,
    event_id: int | None = None,
    after: str = "",
    limit: int = PAGE,
) -> SessionPage:
    """Coming sessions, the next first, or past ones, the latest first; ``drafts`` only their drafts, for organizers. One query."""
    statement = select(
        MatchSession.id,
        MatchSession.public_id,
        MatchSession.title,
        MatchSession.kind,
        MatchSession.state,
        MatchSession.venue,
        MatchSession.starts_at,
        MatchSession.ends_at,
        MatchSession.state_reason,
        MatchSession.is_sample,
        Circle.name.label("circle"),
        Owning.name.label("owner"),
        _free(now).label("free"),
    )
    statement = statement.outerjoin(Circle, Circle.id == MatchSession.circle_id)
    statement = statement.outerjoin(Owning, Owning.id == MatchSession.owner_id)
    if drafts:
        statement = statement.where(MatchSession.state == EventState.DRAFT, MatchSession.owner_id.is_(None))
    else:
        statement = statement.where(in_force())
        statement = statement.where(MatchSession.state != EventState.DRAFT, MatchSession.published_once.is_(True))
    if circle_id is not None:
        statement = statement.where(MatchSession.circle_id == circle_id)
    if event_id is not None:
        statement = statement.where(MatchSession.event_id == event_id)
    key = _key(after)
    if past:
        statement = statement.where(MatchSession.ends_at <= now)
        statement = statement.order_by(MatchSession.starts_at.desc(), MatchSession.id.desc())
        if key:
            same = and_(MatchSession.starts_at == key[0], MatchSession.id < key[1])
            statement = statement.where(or_(MatchSession.starts_at < key[0], same))
    else:
        if not drafts:
            statement = statement.where(MatchSession.ends_at > now)
        statement = statement.order_by(MatchSession.starts_at, MatchSession.id)
        if key:
            same = and_(MatchSession.starts_at == key[0], MatchSession.id > key[1])
            statement = statement.where(or_(MatchSession.starts_at > key[0], same))
    rows = session.execute(statement.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return SessionPage(rows[:limit], f"{last.starts_at.isoformat()}_{last.id}" if last is not None else "")


def _key(text: str) -> tuple[datetime, int] | None:
    moment, _underscore, number = text.rpartition("_")
    try:
        begins = datetime.fromisoformat(moment)
        return (begins, int(number)) if begins.tzinfo else None
    except ValueError:
        return None


def mine(
    session: Session, session_ids: Collection[int], organisation_ids: Collection[int]
) -> Mapping[int, BookingState]:
    """session id -> the state of these organisations' bookings there: confirmed before pending before waiting."""
    if not organisation_ids:
        return {}
    rows = session.execute(
        select(Booking.match_session_id, Booking.state).where(
            Booking.match_session_id.in_(session_ids),
            or_(Booking.seeker_id.in_(organisation_ids), Booking.provider_id.in_(organisation_ids)),
            Booking.state.in_(OPEN_BOOKINGS),
        )
    )
    order = (BookingState.WAITING, BookingState.PENDING, BookingState.CONFIRMED)
    found: dict[int, BookingState] = {}
    for session_id, state in rows:
        found[session_id] = max(found.get(session_id, state), state, key=order.index)
    return found


@dataclass(frozen=True)
class Place:
    """A table by its number; in an organisation's own session who receives there."""

    number: int
    host_id: str = ""  # public
    host: str = ""
    host_title: str = ""


@dataclass(frozen=True)
class Cell:
    """One table during one slot. What is booked is named only to its parties, to organizers and to the session's owner."""

    free: bool
    mine: bool = False
    state: BookingState | None = None
    public_id: str = ""
    seeker: str = ""
    provider: str = ""


FREE, TAKEN = Cell(free=True), Cell(free=False)


@dataclass(frozen=True)
class Row:
    """One slot with all its tables. ``value`` is what a form sends for it: the moment it begins, in ISO format."""

    starts_at: datetime
    ends_at: datetime
    past: bool
    cells: Sequence[Cell]

    @property
    def value(self) -> str:
        return self.starts_at.isoformat()

    @property
    def free(self) -> int:
        return 0 if self.past else sum(cell.free for cell in self.cells)

    @property
    def mine(self) -> Sequence[Cell]:
        return [cell for cell in self.cells if cell.mine]


@dataclass(frozen=True)
class Availability:
    """A 1:1 session's slots by time, or the seats of a group session."""

    tables: Sequence[Place] = ()
    rows: Sequence[Row] = ()
    seats_taken: int = 0
    waiting: int = 0
    mine: Sequence[Any] = field(default_factory=list)  # own bookings without a slot: seats and places in the list

    @property
    def free_slots(self) -> int:
        return sum(row.free > 0 for row in self.rows)


def availability(
    session: Session,
    match_session: MatchSession,
    *,
    now: datetime,
    organisation_ids: Collection[int] = (),
    all_named: bool = False,
    provider_id: int | None = None,
) -> Availability:
    """What is free in a session (for meetings with this provider) and what is mine, in four queries whatever its size; three
    more in an organisation's own session.

    A table that is fixed to a provider is free for nobody else; one that has such a table sits nowhere else.
    """
    gone = missing(session, match_session.id)
    tables = session.execute(
        select(SessionTable.id, SessionTable.number, SessionTable.provider_id)
        .where(SessionTable.match_session_id == match_session.id)
        .order_by(SessionTable.number)
    ).all()
    slots = session.execute(
        select(Slot.id, Slot.starts_at, Slot.ends_at)
        .where(Slot.match_session_id == match_session.id)
        .order_by(Slot.starts_at)
    ).all()
    booked = session.execute(
        select(
            Booking.id,
            Booking.public_id,
            Booking.slot_id,
            Booking.table_id,
            Booking.seat,
            Booking.state,
            Booking.seeker_id,
            Booking.provider_id,
            Seeking.name.label("seeker"),
            Providing.name.label("provider"),
        )
        .join(Seeking, Seeking.id == Booking.seeker_id)
        .outerjoin(Providing, Providing.id == Booking.provider_id)
        .where(
            Booking.match_session_id == match_session.id,
            or_(holding(now), Booking.state == BookingState.WAITING),
        )
        .order_by(Booking.id)
    ).all()
    receive, they_are = {}, None
    if match_session.owner_id is not None:
        receive = {one.table_id: one for one in hosts(session, [match_session.id])}
        ids = {one.id for one in receive.values()}
        they_are = whereabouts(session, ids, match_session.starts_at, match_session.ends_at)
    own = set(organisation_ids)
    at = {(one.slot_id, one.table_id): one for one in booked if one.table_id is not None}
    fixed = provider_id is not None and any(table.provider_id == provider_id for table in tables)
    kept = {table.id for table in tables if table.provider_id != (provider_id if fixed else None)}
    kept = kept if provider_id is not None else set()

    def cell(slot: Any, table_id: int) -> Cell:
        one = at.get((slot.id, table_id))
        if one is None:
            if table_id in kept or gone.table(table_id, slot.starts_at, slot.ends_at):
                return TAKEN
            if they_are is None or table_id not in receive:
                return FREE
            elsewhere = they_are.hindrance([receive[table_id].id], slot.starts_at, slot.ends_at)
            return FREE if elsewhere is None else TAKEN
        is_mine = one.seeker_id in own or one.provider_id in own
        if not (is_mine or all_named):
            return TAKEN
        return Cell(False, is_mine, one.state, one.public_id, one.seeker, one.provider or "")

    return Availability(
        tables=[
            Place(table.number, *((one.public_id, one.name, one.title) if (one := receive.get(table.id)) else ()))
            for table in tables
        ],
        rows=[
            Row(slot.starts_at, slot.ends_at, slot.starts_at <= now, [cell(slot, table.id) for table in tables])
            for slot in slots
        ],
        seats_taken=sum(one.seat is not None for one in booked),
        waiting=sum(one.state is BookingState.WAITING for one in booked),
        mine=[one for one in booked if one.table_id is None and one.seeker_id in own],
    )


def announced(
    session: Session,
    *,
    circle_id: int | None = None,
    event_id: int | None = None,
    now: datetime | None = None,
    limit: int | None = None,
) -> Sequence[Any]:
    """Announced sessions of a circle or around a roadshow, the next first; with ``now`` those that have not ended."""
    statement = (
        select(
            MatchSession.public_id,
            MatchSession.title,
            MatchSession.kind,
            MatchSession.state,
            MatchSession.venue,
            MatchSession.starts_at,
            MatchSession.ends_at,
            MatchSession.is_sample,
            Circle.name.label("circle"),
        )
        .outerjoin(Circle, Circle.id == MatchSession.circle_id)
        .where(MatchSession.state != EventState.DRAFT, MatchSession.published_once.is_(True), in_force())
        .order_by(MatchSession.starts_at, MatchSession.id)
        .limit(limit)
    )
    if circle_id is not None:
        statement = statement.where(MatchSession.circle_id == circle_id)
    if event_id is not None:
        statement = statement.where(MatchSession.event_id == event_id)
    if now is not None:
        statement = statement.where(MatchSession.ends_at > now)
    return session.execute(statement).all()


def surroundings(session: Session, match_session: MatchSession) -> Any:
    """(circle, circle_public_id, event, event_public_id, event_state) that a session belongs to; each may be None."""
    return session.execute(
        select(
            Circle.name.label("circle"),
            Circle.public_id.label("circle_public_id"),
            Event.title.label("event"),
            Event.public_id.label("event_public_id"),
            Event.state.label("event_state"),
        )
        .select_from(MatchSession)
        .outerjoin(Circle, Circle.id == MatchSession.circle_id)
        .outerjoin(Event, Event.id == MatchSession.event_id)
        .where(MatchSession.id == match_session.id)
    ).one()


def circles(session: Session) -> Sequence[Any]:
    """(id, public_id, name) of every circle."""
    return session.execute(select(Circle.id, Circle.public_id, Circle.name).order_by(Circle.name)).all()


def roadshows(session: Session, *, now: datetime, keep: int | None = None) -> Sequence[Any]:
    """(id, public_id, title, starts_at, ends_at, venue, circle_id) of roadshows to come, and of the one that is chosen already."""
    return session.execute(
        select(Event.id, Event.public_id, Event.title, Event.starts_at, Event.ends_at, Event.venue, Event.circle_id)
        .where(or_(and_(Event.ends_at > now, Event.state != EventState.CANCELLED), Event.id == keep))
        .order_by(Event.starts_at, Event.id)
    ).all()
