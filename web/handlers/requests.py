"""The clocks of contact requests. Every handler asks an action that looks again before it does anything."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.actions import request_clocks as clocks
from web.database import backends
from web.jobs import handler


@handler("request_remind")
def remind(payload: Mapping[str, Any]) -> None:
    with backends().database.write() as session:
        clocks.remind(session, payload["request_id"], date.fromisoformat(payload["due_on"]))


@handler("request_escalate")
def escalate(payload: Mapping[str, Any]) -> None:
    with backends().database.write() as session:
        clocks.escalate(session, payload["request_id"], date.fromisoformat(payload["due_on"]), payload["level"])


@handler("request_expire")
def expire(payload: Mapping[str, Any]) -> None:
    with backends().database.write() as session:
        clocks.expire(session, payload["request_id"])
