"""Timetables of a session as an organizer's page shows them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import TimetableState
from models.queries.meeting_wishes import people_of_owner
from models.tables import Achievement, MatchSession, MeetingWish, Person, SessionTable, Slot, Timetable


def timetables(session: Session, match_session: MatchSession) -> Sequence[Any]:
    """(public_id, number, state, created_at, weight, bound, accepted_only, everybody, asked_by) of a session's timetables, the newest first."""
    return session.execute(
        select(
            Timetable.public_id,
            Timetable.number,
            Timetable.state,
            Timetable.created_at,
            Timetable.weight,
            Timetable.bound,
            Timetable.accepted_only,
            Timetable.everybody,
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


def any_published(session: Session, match_session_id: int) -> bool:
    """Whether meetings of a timetable stand in a session."""
    published = select(Timetable.id).where(
        Timetable.match_session_id == match_session_id, Timetable.state == TimetableState.PUBLISHED
    )
    return session.scalar(published.limit(1)) is not None


def slots_and_tables(session: Session, match_session: MatchSession) -> tuple[dict[int, Any], dict[int, int]]:
    """Slot id -> (id, starts_at, ends_at), table id -> number."""
    slots = session.execute(
        select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.match_session_id == match_session.id)
    ).all()
    tables = select(SessionTable.id, SessionTable.number).where(SessionTable.match_session_id == match_session.id)
    return {slot.id: slot for slot in slots}, dict(session.execute(tables).all())


def people_of_wishes(session: Session, match_session_id: int) -> dict[int, list[int]]:
    """Wish -> ids of who would come of both sides."""
    rows = session.execute(
        select(
            MeetingWish.id,
            MeetingWish.seeker_people,
            MeetingWish.provider_person_id,
            MeetingWish.provider_beside,
            Achievement.contact_id,
        )
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .where(MeetingWish.match_session_id == match_session_id, MeetingWish.declined_reason.is_(None))
    )
    return {row.id: [*row.seeker_people, *people_of_owner(row, row.contact_id)] for row in rows}
