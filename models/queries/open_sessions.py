"""Organisations' own sessions: what they are about, who receives, which there are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from models.enums import EventState, RecordState, Verification
from models.queries.hanging import OPEN_BOOKINGS
from models.tables import (
    Achievement,
    AchievementVersion,
    Booking,
    MatchSession,
    Organisation,
    Person,
    SessionAchievement,
    SessionTable,
)


def about(achievement_id: Any) -> ColumnElement[bool]:
    """Condition: the own session is about this achievement of its owner."""
    chosen = exists().where(SessionAchievement.match_session_id == MatchSession.id)
    this_one = chosen.where(SessionAchievement.achievement_id == achievement_id)
    return or_(~chosen.correlate_except(SessionAchievement), this_one.correlate_except(SessionAchievement))


def in_force() -> ColumnElement[bool]:
    """Condition: the organizer's, or of an owner that is verified now; others are not offered to anybody."""
    verified = (
        exists()
        .where(Organisation.id == MatchSession.owner_id, Organisation.verification == Verification.VERIFIED)
        .correlate_except(Organisation)
    )
    return or_(MatchSession.owner_id.is_(None), verified)


def hosts(session: Session, session_ids: Collection[int]) -> Sequence[Any]:
    """(match_session_id, table_id, id, public_id, name, title) of who receives, by table."""
    return session.execute(
        select(
            SessionTable.match_session_id,
            SessionTable.id.label("table_id"),
            Person.id,
            Person.public_id,
            Person.name,
            Person.title,
        )
        .join(Person, Person.id == SessionTable.host_id)
        .where(SessionTable.match_session_id.in_(session_ids), Person.deidentified_at.is_(None))
        .order_by(SessionTable.match_session_id, SessionTable.number)
    ).all()


def published(session: Session, organisation_id: int) -> Sequence[Any]:
    """(id, public_id, title) of what an organisation has published, the newest first."""
    return session.execute(
        select(Achievement.id, Achievement.public_id, AchievementVersion.title)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(Achievement.organisation_id == organisation_id, Achievement.state == RecordState.PUBLISHED)
        .order_by(Achievement.published_at.desc(), Achievement.id.desc())
    ).all()


def _rows() -> Any:
    """Sessions with the number of their open bookings."""
    bookings = (
        select(func.count(Booking.id))
        .where(Booking.match_session_id == MatchSession.id, Booking.state.in_(OPEN_BOOKINGS))
        .correlate(MatchSession)
        .scalar_subquery()
    )
    return select(
        MatchSession.id,
        MatchSession.public_id,
        MatchSession.title,
        MatchSession.kind,
        MatchSession.state,
        MatchSession.venue,
        MatchSession.starts_at,
        MatchSession.ends_at,
        MatchSession.slot_minutes,
        MatchSession.capacity,
        MatchSession.series,
        MatchSession.is_sample,
        bookings.label("bookings"),
    ).order_by(MatchSession.starts_at, MatchSession.id)


def own(session: Session, organisation_id: int, *, now: datetime, limit: int = 200) -> Sequence[Any]:
    """Drafts and coming sessions of an organisation's own with their open bookings, the next first."""
    return session.execute(
        _rows()
        .where(
            MatchSession.owner_id == organisation_id,
            MatchSession.ends_at > now,
            or_(MatchSession.state != EventState.CANCELLED, MatchSession.published_once),
        )
        .limit(limit)
    ).all()


def other_dates(session: Session, match_session: MatchSession, *, now: datetime, limit: int = 30) -> Sequence[Any]:
    """(public_id, starts_at, state) of the coming dates of the same weekly repetition."""
    if match_session.series is None:
        return []
    return session.execute(
        select(MatchSession.public_id, MatchSession.starts_at, MatchSession.state)
        .where(
            MatchSession.series == match_session.series,
            MatchSession.id != match_session.id,
            MatchSession.ends_at > now,
        )
        .order_by(MatchSession.starts_at)
        .limit(limit)
    ).all()


def coming(session: Session, match_session: MatchSession, *, now: datetime) -> Sequence[Any]:
    """The dates of a weekly repetition that have not begun, with their open bookings, by time; this one is among them."""
    return session.execute(
        _rows().where(
            MatchSession.series == match_session.series,
            MatchSession.state != EventState.CANCELLED,
            MatchSession.starts_at > now,
        )
    ).all()
