"""Reminders before a call for projects closes and before its scores are due."""

from collections.abc import Mapping
from typing import Any

from models.actions import call_reminders
from models.actions.calls import BEFORE
from models.base import utcnow
from models.queries.selection import near_deadlines
from models.tables import ProjectCall
from web.database import backends
from web.jobs import handler


@handler("call_closing")
def remind_drafts(payload: Mapping[str, Any]) -> None:
    """Tell who began an application. Not due (any more), or told before: nothing happens."""
    with backends().database.write() as session:
        call = session.get(ProjectCall, payload["call_id"])
        if call is not None:
            call_reminders.remind_drafts(session, call)


@handler("scores_due")
def remind_scorers(payload: Mapping[str, Any]) -> None:
    """Tell who has still to score. Not due (any more), or told before: nothing happens."""
    with backends().database.write() as session:
        call = session.get(ProjectCall, payload["call_id"])
        if call is not None:
            call_reminders.remind_scorers(session, call)


@handler("remind_of_calls")
def remind_all(payload: Mapping[str, Any]) -> None:
    """Both for calls that have no job of their own, for who came later, and for what was missed while nothing ran."""
    now = utcnow()
    with backends().database.read() as session:
        ids = near_deadlines(session, now=now, until=now + BEFORE)
    for call_id in ids:
        remind_drafts({"call_id": call_id})
        remind_scorers({"call_id": call_id})
