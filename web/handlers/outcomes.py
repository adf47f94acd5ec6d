"""The mail of the morning after meetings."""

from collections.abc import Mapping
from typing import Any

from models.actions import outcomes
from models.base import utcnow
from web.database import backends
from web.i18n import zone
from web.jobs import handler


@handler("remind_of_outcomes")
def remind(payload: Mapping[str, Any]) -> None:
    """Ask who met yesterday and has not said how it was; run again it asks nobody twice."""
    with backends().database.write() as session:
        outcomes.remind(session, now=utcnow(), zone=zone())
