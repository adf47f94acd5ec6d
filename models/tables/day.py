"""The day itself: who or what is missing at a session, new plans made for it, and that there is something new."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, code
from models.enums import DisturbanceKind
from models.tables.booking import Booking, MatchSession, SessionTable
from models.tables.organisation import Organisation, Person


class Disturbance(PublicId, Created, Base):
    """Somebody or something is not there from a moment until another; an open end is that of the session."""

    __tablename__ = "disturbance"
    __table_args__ = (
        CheckConstraint("from_at IS NULL OR until_at IS NULL OR until_at > from_at", name="ends_after_start"),
        CheckConstraint(
            "(kind = 'person') = (person_id IS NOT NULL) AND (kind = 'organisation') = (organisation_id IS NOT NULL)"
            " AND (kind = 'table') = (table_id IS NOT NULL) AND (kind = 'meeting') = (booking_id IS NOT NULL)",
            name="one_subject",
        ),
        Index("ix_disturbance_match_session_id_withdrawn_at", "match_session_id", "withdrawn_at"),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    kind: Mapped[DisturbanceKind] = mapped_column(code(DisturbanceKind))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    table_id: Mapped[int | None] = mapped_column(ForeignKey("session_table.id", ondelete="CASCADE"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]

    match_session: Mapped[MatchSession] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    organisation: Mapped[Organisation | None] = relationship()
    table: Mapped[SessionTable | None] = relationship()
    booking: Mapped[Booking | None] = relationship()


class Replan(PublicId, Created, Base):
    """A new plan of the rest of a session, looked at before it is applied; true only as long as it would be ``made_from`` the same."""

    __tablename__ = "replan"

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"), index=True)
    made_from: Mapped[str] = mapped_column(String(64), default="")  # models.queries.replanning.Rest.fingerprint
    changes: Mapped[list[Any]] = mapped_column(default=list)  # models.queries.replanning.Change as plain values
    kept: Mapped[int] = mapped_column(default=0)  # meetings that stay as they are
    weight_before: Mapped[int] = mapped_column(default=0)
    weight: Mapped[int] = mapped_column(default=0)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime | None]

    match_session: Mapped[MatchSession] = relationship()


class News(Base):
    """How often the meetings of a session have changed: pages that show them compare it with what they have seen."""

    __tablename__ = "news"

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"), unique=True)
    number: Mapped[int] = mapped_column(default=0)
