"""Deadlines of achievements, and the sweep of files that nothing refers to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.actions import publication
from models.queries.achievements import overdue, used_digests
from models.rules.calendar import today
from models.tables import Achievement
from web.database import backends
from web.i18n import zone
from web.jobs import handler

KEEP_ORPHANS = 24 * 3600.0  # seconds: a form may be under way that will refer to the file


@handler("achievement_reminder")
def remind(payload: Mapping[str, Any]) -> None:
    """Tell the author thirty days before the last day."""
    with backends().database.write() as session:
        achievement = session.get(Achievement, payload["achievement_id"])
        if achievement is not None:
            publication.remind(session, achievement, last=date.fromisoformat(payload["last"]))


@handler("achievement_expiry")
def expire(payload: Mapping[str, Any]) -> None:
    """End an achievement after its last day."""
    with backends().database.write() as session:
        achievement = session.get(Achievement, payload["achievement_id"])
        if achievement is not None:
            publication.expire(session, achievement, zone=zone())


@handler("expire_overdue")
def expire_overdue(payload: Mapping[str, Any]) -> None:
    """End what has no job of its own, loaded or imported rows, and what was missed while nothing ran."""
    with backends().database.read() as session:
        ids = overdue(session, today(zone()))
    for achievement_id in ids:
        expire({"achievement_id": achievement_id})


@handler("sweep_files")
def sweep_files(payload: Mapping[str, Any]) -> None:
    """Delete stored files that no version refers to."""
    with backends().database.read() as session:
        used = used_digests(session)
    backends().storage.remove_orphans(used, older_than=KEEP_ORPHANS)
