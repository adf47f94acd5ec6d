"""Wishes, timetables and bookings as files: who took which out is kept."""

from sqlalchemy.orm import Session

from models.actions import audit
from models.rules.policy import Actor
from models.tables import MatchSession


def note_export(session: Session, match_session: MatchSession | None, *, by: Actor, what: str, rows: int) -> None:
    """``match_session`` None: bookings of all sessions."""
    audit.record(session, "session.export", match_session, by=by, what=what, rows=rows)
    session.flush()
