"""The audit log, newest first, paged by key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.tables import AuditEntry, Organisation, Person

PAGE = 50
BATCH = 1_000


@dataclass(frozen=True)
class Wanted:
    """What narrows the log; empty values do not."""

    person: str = ""  # part of a name
    action: str = ""  # beginning, e.g. "achievement."
    object_type: str = ""
    ip: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _statement(wanted: Wanted) -> Select[Any]:
    statement = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            Person.name.label("person"),
            Organisation.name.label("on_behalf_of"),
            AuditEntry.action,
            AuditEntry.object_type,
            AuditEntry.object_id,
            AuditEntry.ip,
            AuditEntry.detail,
        )
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .outerjoin(Organisation, Organisation.id == AuditEntry.on_behalf_of_id)
        .order_by(AuditEntry.id.desc())
    )
    if wanted.person:
        statement = statement.where(Person.name.contains(wanted.person, autoescape=True))
    if wanted.action:
        statement = statement.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.object_type:
        statement = statement.where(AuditEntry.object_type == wanted.object_type)
    if wanted.ip:
        statement = statement.where(AuditEntry.ip == wanted.ip)
    if wanted.since:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement


def entries(session: Session, wanted: Wanted, *, before: int | None = None, limit: int = PAGE) -> Sequence[Any]:
    """One page; ``before`` is the last id of the page before."""
    statement = _statement(wanted).limit(limit)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return session.execute(statement).all()


def all_entries(session: Session, wanted: Wanted) -> Iterator[Any]:
    """Every entry that is wanted, in batches by key."""
    last: int | None = None
    while batch := entries(session, wanted, before=last, limit=BATCH):
        yield from batch
        last = batch[-1].id


def object_types(session: Session) -> list[str]:
    """Kinds of records that the log speaks of."""
    return list(
        session.scalars(
            select(AuditEntry.object_type)
            .where(AuditEntry.object_type != "")
            .distinct()
            .order_by(AuditEntry.object_type)
        )
    )
