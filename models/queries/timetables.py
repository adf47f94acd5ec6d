"""Timetables of a session as an organizer's page shows them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import MatchSession, Person, SessionTable, Slot, Timetable


def timetables(session: Session, match_session: MatchSession) -> Sequence[Any]:
    """(public_id, number, state, created_at, weight, bound, asked_by) of a session's timetables, the newest first."""
    return session.execute(
        select(
            Timetable.public_id,
            Timetable.number,
            Timetable.state,
            Timetable.created_at,
            Timetable.weight,
            Timetable.bound,
            Person.name.label("asked_by"),
        )
        .outerjoin(Person, Person.id == Timetable.asked_by_id)
        .where(Timetable.match_session_id == match_session.id)
        .order_by(Timetable.number.desc())
    ).all()


def find(session: Session, match_session: MatchSession, number: int | None = None) -> Timetable | None:
    """The timetable of a number, or the newest."""
    statement = select(Timetable).where(Timetable.match_session_id == match_session.id)
    if number is not None:
        statement = statement.where(Timetable.number == number)
    return session.scalar(statement.order_by(Timetable.number.desc()).limit(1))


def slots_and_tables(session: Session, match_session: MatchSession) -> tuple[dict[int, Any], dict[int, int]]:
    """Slot id -> (id, starts_at, ends_at), table id -> number."""
    slots = session.execute(
        select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.match_session_id == match_session.id)
    ).all()
    tables = select(SessionTable.id, SessionTable.number).where(SessionTable.match_session_id == match_session.id)
    return {slot.id: slot for slot in slots}, dict(session.execute(tables).all())
