"""Holding people and tables for cells of five minutes. The unique key of ``occupancy`` decides who was first.

Order of locks, the same everywhere so that nobody waits in a circle: roadshows, sessions by id, then cells, sorted.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import Delete, Select, delete, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models.actions.waiting_lists import look_around
from models.enums import OccupancyKind
from models.errors import N_, Conflict
from models.queries.agenda import lock_events_around
from models.rules.calendar import cells, moment
from models.tables import Booking, MatchSession, Occupancy, SessionTable, Slot

ROWS_OF_A_STATEMENT = 5000  # four values each: under the 32,766 that SQLite binds
Holding = tuple[int, OccupancyKind, int, Collection[int]]  # booking id, kind, holder id, cells
DEADLOCK = "40P01"  # SQLSTATE of PostgreSQL: two waited for each other, this one was told to give way


class Taken(Exception):
    """Somebody else holds one of the cells; the caller says it kindly."""


def lock(
    session: Session,
    match_session: MatchSession,
    *,
    people: Collection[int] = (),
    others: Collection[int] = (),
    shift: timedelta = timedelta(),
) -> None:
    """Let one transaction at a time change the bookings of a session (and of ``others``).

    The roadshows in which the people, or who receives in the session, could be on a stage then (or, moved by ``shift``) are
    locked too: a change of an agenda holds that lock. What was read before the locks were granted may be old, so it is read
    anew when used next.
    """
    session.flush()
    starts_at, ends_at = match_session.starts_at, match_session.ends_at
    if match_session.owner_id is not None:
        receiving = select(SessionTable.host_id).where(SessionTable.match_session_id == match_session.id)
        people = {*people, *(one for one in session.scalars(receiving) if one is not None)}
    lock_events_around(session, people, min(starts_at, starts_at + shift), max(ends_at, ends_at + shift))
    session.execute(
        select(MatchSession.id)
        .where(MatchSession.id.in_({match_session.id, *others}))
        .order_by(MatchSession.id)
        .with_for_update()
    ).all()
    session.expire_all()


def take(session: Session, wanted: Iterable[Holding]) -> None:
    """Hold them: sorted, in one statement, taken back as a whole.

    Raises Taken where one is held already, Conflict where PostgreSQL made this one give way to another.
    """
    rows = sorted((kind.value, holder, cell, booking) for booking, kind, holder, cells in wanted for cell in cells)
    _insert(
        session,
        (
            {"kind": OccupancyKind(kind), "holder_id": holder, "cell": cell, "booking_id": booking}
            for kind, holder, cell, booking in rows
        ),
    )


def cells_of_meeting(booking_id: int, slot: Slot, table_id: int, people: Iterable[int]) -> list[Holding]:
    """What a meeting holds, for ``take``: its table and its people while the slot lasts."""
    meanwhile = cells(slot.starts_at, slot.ends_at)
    return [
        (booking_id, OccupancyKind.TABLE, table_id, meanwhile),
        *((booking_id, OccupancyKind.PERSON, person, meanwhile) for person in people),
    ]


def take_for_sessions(session: Session, wanted: Iterable[tuple[int, int, Iterable[int]]]) -> None:
    """Hold (session id, person, cells): who receives a group is there all the time, whoever comes. Raises as ``take``."""
    rows = sorted((person, cell, session_id) for session_id, person, cells in wanted for cell in cells)
    _insert(
        session,
        (
            {"kind": OccupancyKind.PERSON, "holder_id": person, "cell": cell, "match_session_id": session_id}
            for person, cell, session_id in rows
        ),
    )


def _insert(session: Session, made: Iterator[dict[str, object]]) -> None:
    try:
        with session.begin_nested():
            for part in _parts(made):
                session.execute(insert(Occupancy).values(part))
    except IntegrityError as error:
        raise Taken from error
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != DEADLOCK:
            raise
        raise Conflict(N_("Several people changed meetings at this very moment. Please try again.")) from error


def _parts(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    while part := list(islice(rows, ROWS_OF_A_STATEMENT)):
        yield part


def release(session: Session, booking_ids: Collection[int], *, people: Collection[int] | None = None) -> None:
    """Give back what bookings hold: all of it, or only these people's cells. Other sessions may have waited for the people."""
    if not booking_ids:
        return
    statement = delete(Occupancy).where(Occupancy.booking_id.in_(booking_ids))
    if people is not None:
        statement = statement.where(Occupancy.kind == OccupancyKind.PERSON, Occupancy.holder_id.in_(people))
        _give_back(session, statement, besides=())
        return
    _give_back(session, statement, besides=select(Booking.match_session_id).where(Booking.id.in_(booking_ids)))


def release_sessions(session: Session, session_ids: Collection[int]) -> None:
    """Give back what group sessions hold themselves; their bookings keep their cells."""
    _give_back(session, delete(Occupancy).where(Occupancy.match_session_id.in_(session_ids)), besides=session_ids)


def _give_back(session: Session, statement: Delete, *, besides: Collection[int] | Select[int]) -> None:
    """``besides``: sessions whose waiting list the caller looks at itself."""
    freed = session.execute(
        statement.returning(Occupancy.kind, Occupancy.holder_id, Occupancy.cell).execution_options(
            synchronize_session=False
        )
    ).all()
    freed = [row for row in freed if row.kind is OccupancyKind.PERSON]
    if freed:
        first, last = min(row.cell for row in freed), max(row.cell for row in freed)
        people = {row.holder_id for row in freed}
        look_around(session, people, moment(first), moment(last + 1), besides=besides)
