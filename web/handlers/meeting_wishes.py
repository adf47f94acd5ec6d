"""The reminder before wishes to meet close."""

from collections.abc import Mapping
from typing import Any

from models.actions import wish_mails
from models.base import utcnow
from models.queries.meeting_wishes import closing
from models.tables import MatchSession
from web.database import backends
from web.jobs import handler


@handler("wishes_closing")
def remind(payload: Mapping[str, Any]) -> None:
    """Tell who has not answered. Not due (any more), or told before: nothing happens."""
    with backends().database.write() as session:
        match_session = session.get(MatchSession, payload["session_id"])
        if match_session is not None:
            wish_mails.remind(session, match_session)


@handler("remind_of_wishes")
def remind_all(payload: Mapping[str, Any]) -> None:
    """The same for sessions that have no job of their own: loaded or imported ones, and what was missed while nothing ran."""
    now = utcnow()
    with backends().database.read() as session:
        ids = closing(session, now=now, until=now + wish_mails.REMIND)
    for session_id in ids:
        remind({"session_id": session_id})
