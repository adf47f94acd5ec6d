"""Innovation ecosystem circles and the register their figures are computed from."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample
from models.tables.organisation import Organisation, Person


class Circle(PublicId, Created, Sample, Base):
    __tablename__ = "circle"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    anchor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    introduction: Mapped[str] = mapped_column(Text, default="")
    services: Mapped[list[str]] = mapped_column(default=list)
    revision: Mapped[int] = mapped_column(default=1)

    anchor: Mapped[Organisation | None] = relationship()


class CircleMember(Base):
    __tablename__ = "circle_member"
    __table_args__ = (UniqueConstraint("circle_id", "organisation_id", "since"),)

    circle_id: Mapped[int] = mapped_column(ForeignKey("circle.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class RegisterEntry(PublicId, Created, Sample, Base):
    """Something arrived in an area on a day and perhaps left it: an enterprise, a platform, a talent.

    ``subject_key`` says which entries are about the same thing (a code, a normalised name), so that it counts once.
    """

    __tablename__ = "register_entry"
    __table_args__ = (
        CheckConstraint("left_on IS NULL OR left_on >= arrived_on", name="leaves_after_arrival"),
        Index("ix_register_entry_period", "kind", "circle_id", "arrived_on"),
    )

    kind: Mapped[str] = mapped_column(String(40))  # dictionary "register_kind"
    subject: Mapped[str] = mapped_column(String(160))
    subject_key: Mapped[str] = mapped_column(String(80), index=True)
    grade: Mapped[str] = mapped_column(String(80), default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    circle_id: Mapped[int] = mapped_column(ForeignKey("circle.id"), index=True)
    arrived_on: Mapped[date]
    left_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)

    entered_by: Mapped[Person | None] = relationship(foreign_keys=[entered_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
