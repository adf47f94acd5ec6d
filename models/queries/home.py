"""What the front door shows beside cards and figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import EventState
from models.tables import Circle, MatchSession


def coming_sessions(session: Session, *, now: datetime, limit: int) -> Sequence[Any]:
    """The next published matchmaking sessions."""
    return session.execute(
        select(
            MatchSession.public_id,
            MatchSession.title,
            MatchSession.kind,
            MatchSession.venue,
            MatchSession.starts_at,
            MatchSession.ends_at,
            MatchSession.is_sample,
            Circle.name.label("circle"),
        )
        .outerjoin(Circle, Circle.id == MatchSession.circle_id)
        .where(MatchSession.state == EventState.PUBLISHED, MatchSession.ends_at > now)
        .order_by(MatchSession.starts_at, MatchSession.id)
        .limit(limit)
    ).all()
