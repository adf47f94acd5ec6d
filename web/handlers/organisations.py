"""Jobs about organisations."""

from collections.abc import Mapping
from typing import Any

from models.actions import joining
from web.database import backends
from web.jobs import handler


@handler("join_escalate")
def join_escalate(payload: Mapping[str, Any]) -> None:
    """The managers' time to decide on a colleague is over."""
    with backends().database.write() as session:
        joining.escalate(session, payload["request_id"])
