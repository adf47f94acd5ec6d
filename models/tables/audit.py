"""What happened: the append-only audit log, dated state transitions, and reports by anybody."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId
from models.tables.organisation import Person


class AuditEntry(Base):
    """Who did what, when, from where. Never changed, never deleted under a year."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object_type", "object_id"),)

    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # none: the program itself
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    action: Mapped[str] = mapped_column(String(60), index=True)  # as in rules/policy.py, e.g. achievement.publish
    object_type: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[int | None]
    ip: Mapped[str] = mapped_column(String(45), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    person: Mapped[Person | None] = relationship()


class Transition(Base):
    """One change of state, dated: history for people and figures for a period."""

    __tablename__ = "transition"
    __table_args__ = (Index("ix_transition_object", "object_type", "object_id"),)

    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    from_state: Mapped[str] = mapped_column(String(24), default="")
    to_state: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    person: Mapped[Person | None] = relationship()


class Report(PublicId, Created, Base):
    """Anybody may report a published item; an organizer handles it."""

    __tablename__ = "report"

    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(254), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(Text, default="")
