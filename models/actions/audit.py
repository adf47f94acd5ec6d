"""The audit log and the one function that changes a state."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.base import Base, utcnow
from models.errors import N_, NotNow
from models.rules.lifecycle import may_follow
from models.rules.policy import Actor
from models.tables import AuditEntry, Transition


def record(
    session: Session,
    action: str,
    subject: Base | None = None,
    *,
    by: Actor | None,
    on_behalf_of: int | None = None,
    **detail: Any,
) -> None:
    """Add one audit row. ``by`` None means the program itself; ``detail`` holds plain values."""
    if subject is not None and subject.id is None:
        session.flush()
    session.add(AuditEntry(**_entry(action, subject, by, on_behalf_of, detail)))


@dataclass(frozen=True)
class Change:
    """What becomes of one of many records: its state before (None: it begins) and now, and details of its audit row."""

    subject: Any
    old: StrEnum | None
    new: StrEnum
    reason: str = ""
    on_behalf_of: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def note_all(session: Session, action: str, changes: Collection[Change], *, by: Actor | None) -> None:
    """A dated transition and an audit row of each of many records; two statements. The records are flushed before."""
    if not changes:
        return
    session.flush()
    transitions = [
        _transition(one.subject, one.old.value if one.old else "", one.new.value, by, one.reason, one.on_behalf_of)
        for one in changes
    ]
    session.connection().execute(insert(Transition), transitions)
    entries = [_entry(action, one.subject, by, one.on_behalf_of, one.detail) for one in changes]
    session.connection().execute(insert(AuditEntry), entries)


def _entry(
    action: str, subject: Base | None, by: Actor | None, on_behalf_of: int | None, detail: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "at": utcnow(),
        "person_id": by.person_id if by else None,
        "on_behalf_of_id": on_behalf_of,
        "action": action,
        "object_type": subject.__tablename__ if subject is not None else "",
        "object_id": subject.id if subject is not None else None,
        "ip": by.ip if by else "",
        "detail": detail,
    }


def record_once_a_day(
    session: Session, action: str, subject: Base, *, by: Actor, on_behalf_of: int | None = None, **detail: Any
) -> None:
    """Add an audit row unless the same person left the same one today (UTC): looks and autosaves repeat."""
    if not recorded_today(session, action, subject, by=by):
        record(session, action, subject, by=by, on_behalf_of=on_behalf_of, **detail)


def recorded_today(session: Session, action: str, subject: Base, *, by: Actor) -> bool:
    """Whether the person left such a row today (UTC)."""
    midnight = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
    found = select(AuditEntry.id).where(
        AuditEntry.object_type == subject.__tablename__,
        AuditEntry.object_id == subject.id,
        AuditEntry.action == action,
        AuditEntry.person_id == by.person_id,
        AuditEntry.at >= midnight,
    )
    return session.scalar(found.limit(1)) is not None


def move(
    session: Session,
    subject: Any,
    to: StrEnum,
    action: str,
    *,
    by: Actor | None,
    reason: str = "",
    on_behalf_of: int | None = None,
) -> None:
    """Change ``subject.state`` if the life cycle allows it; leaves a dated transition and an audit row.

    Raises NotNow where somebody else was faster or the state does not allow it.
    """
    old = _turn(subject, to)
    note_transition(session, subject, old, to, by=by, reason=reason, on_behalf_of=on_behalf_of)
    record(session, action, subject, by=by, on_behalf_of=on_behalf_of, **({"reason": reason} if reason else {}))


def move_all(
    session: Session, subjects: Collection[Any], to: StrEnum, action: str, *, by: Actor | None, reason: str
) -> None:
    """``move`` of many records for one reason."""
    changes = [Change(one, _turn(one, to), to, reason, detail={"reason": reason}) for one in subjects]
    note_all(session, action, changes, by=by)


def _turn(subject: Any, to: StrEnum) -> Any:
    """Change the state; returns the one before. Raises NotNow where the life cycle does not allow it."""
    old = subject.state
    if not may_follow(old, to):
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=old.label,
        )
    subject.state = to
    return old


def note_transition(
    session: Session,
    subject: Base,
    old: StrEnum | None,
    new: StrEnum,
    *,
    by: Actor | None,
    reason: str = "",
    on_behalf_of: int | None = None,
) -> None:
    """Add a dated transition; ``old`` None where the record begins."""
    if subject.id is None:
        session.flush()
    session.add(Transition(**_transition(subject, old.value if old else "", new.value, by, reason, on_behalf_of)))


def _transition(
    subject: Base, old: str, new: str, by: Actor | None, reason: str, on_behalf_of: int | None
) -> dict[str, Any]:
    return {
        "object_type": subject.__tablename__,
        "object_id": subject.id,
        "from_state": old,
        "to_state": new,
        "reason": reason,
        "at": utcnow(),
        "person_id": by.person_id if by else None,
        "on_behalf_of_id": on_behalf_of,
    }
