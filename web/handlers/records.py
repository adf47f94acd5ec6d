"""Deadlines of records, and the sweep of files that nothing refers to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models.actions import publication
from models.queries.achievements import used_digests
from models.queries.own import overdue
from models.rules.calendar import today
from models.tables import Achievement, Need
from web.database import backends
from web.i18n import zone
from web.jobs import handler

KEEP_ORPHANS = 24 * 3600.0  # seconds: a form may be under way that will refer to the file


def _record(session: Session, payload: Mapping[str, Any]) -> Any:
    """The record that a job is about; None where it is gone."""
    if "need_id" in payload:
        return session.get(Need, payload["need_id"])
    return session.get(Achievement, payload["achievement_id"])


@handler("record_reminder")
def remind(payload: Mapping[str, Any]) -> None:
    """Tell the author thirty days before the last day."""
    with backends().database.write() as session:
        record = _record(session, payload)
        if record is not None:
            publication.remind(session, record, last=date.fromisoformat(payload["last"]))


@handler("record_expiry")
def expire(payload: Mapping[str, Any]) -> None:
    """End a record after its last day."""
    with backends().database.write() as session:
        record = _record(session, payload)
        if record is not None:
            publication.expire(session, record, zone=zone())


@handler("expire_overdue")
def expire_overdue(payload: Mapping[str, Any]) -> None:
    """End what has no job of its own, loaded or imported rows, and what was missed while nothing ran."""
    for kind in (Achievement, Need):
        with backends().database.read() as session:
            ids = overdue(session, today(zone()), kind=kind)
        for record_id in ids:
            expire({f"{kind.kind}_id": record_id})


@handler("sweep_files")
def sweep_files(payload: Mapping[str, Any]) -> None:
    """Delete stored files that nothing refers to."""
    with backends().database.read() as session:
        used = used_digests(session)
    backends().storage.remove_orphans(used, older_than=KEEP_ORPHANS)
