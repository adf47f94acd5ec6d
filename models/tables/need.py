"""Needs: what an enterprise looks for, with the same life as an achievement (tables/record.py)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from models.base import Base, Money
from models.tables.organisation import Person
from models.tables.record import CircleLink, Record, Version


class Need(Record, Base):
    __tablename__ = "need"
    __table_args__ = (Index("ix_need_newest", "state", "published_at", "id"),)
    kind = "need"

    masked: Mapped[bool] = mapped_column(default=False)  # the owner is named to nobody whose request it did not accept

    public_version: Mapped["NeedVersion | None"] = relationship(foreign_keys="Need.public_version_id", post_update=True)
    working_version: Mapped["NeedVersion | None"] = relationship(
        foreign_keys="Need.working_version_id", post_update=True
    )
    circles: Mapped[list["NeedCircle"]] = relationship(back_populates="need", cascade="all, delete-orphan")


class NeedVersion(Version, Base):
    __tablename__ = "need_version"
    __table_args__ = (
        UniqueConstraint("need_id", "number"),
        CheckConstraint("trl_from IS NULL OR trl_from BETWEEN 1 AND 9", name="trl_from_range"),
        CheckConstraint("trl_to IS NULL OR trl_to BETWEEN 1 AND 9", name="trl_to_range"),
        CheckConstraint("trl_from IS NULL OR trl_to IS NULL OR trl_to >= trl_from", name="trl_order"),
        CheckConstraint("budget_max IS NULL OR budget_min IS NULL OR budget_max >= budget_min", name="budget_order"),
    )
    kind = "need"

    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"), index=True)
    description: Mapped[str] = mapped_column(Text, default="")  # what is wanted; indicators: name, unit, now, target
    tried: Mapped[str] = mapped_column(Text, default="")  # what was tried: with the budget what disclosure governs
    budget_min: Mapped[int | None] = mapped_column(Money)  # fen
    budget_max: Mapped[int | None] = mapped_column(Money)  # fen
    deadline: Mapped[date | None]  # by when a solution is wanted
    trl_from: Mapped[int | None]
    trl_to: Mapped[int | None]

    record_id = synonym("need_id")
    need: Mapped[Need] = relationship(foreign_keys=[need_id])
    author: Mapped[Person | None] = relationship(foreign_keys="NeedVersion.author_id")


class NeedCircle(CircleLink, Base):
    __tablename__ = "need_circle"
    __table_args__ = (UniqueConstraint("need_id", "circle_id"),)
    kind = "need"

    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"))

    record_id = synonym("need_id")
    need: Mapped[Need] = relationship(back_populates="circles")


Need.version_class, Need.circle_class = NeedVersion, NeedCircle
