"""The reminder before wishes to meet close."""

from collections.abc import Mapping
from typing import Any

from models.actions import wish_mails
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
