"""Achievements and their versions.

What is published is immutable with its child rows; ``Achievement.public_version_id`` points at what the public sees,
``working_version_id`` at what the owner edits.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from models.base import Base, Money
from models.tables.file import StoredFile
from models.tables.organisation import Person
from models.tables.record import CircleLink, Record, Version


class Achievement(Record, Base):
    __tablename__ = "achievement"
    __table_args__ = (Index("ix_achievement_newest", "state", "published_at", "id"),)
    kind = "achievement"

    public_version: Mapped["AchievementVersion | None"] = relationship(
        foreign_keys="Achievement.public_version_id", post_update=True
    )
    working_version: Mapped["AchievementVersion | None"] = relationship(
        foreign_keys="Achievement.working_version_id", post_update=True
    )
    circles: Mapped[list["AchievementCircle"]] = relationship(
        back_populates="achievement", cascade="all, delete-orphan"
    )


class AchievementVersion(Version, Base):
    __tablename__ = "achievement_version"
    __table_args__ = (
        UniqueConstraint("achievement_id", "number"),
        CheckConstraint("trl IS NULL OR trl BETWEEN 1 AND 9", name="trl_range"),
        CheckConstraint("price_max IS NULL OR price_min IS NULL OR price_max >= price_min", name="price_order"),
    )
    kind = "achievement"

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    advantage: Mapped[str] = mapped_column(Text, default="")  # better than what, by how much; indicators: this, today
    scenes: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[str] = mapped_column(Text, default="")  # what the disclosure level governs
    discipline: Mapped[str] = mapped_column(String(20), default="")  # dictionary "discipline"
    trl: Mapped[int | None]
    stage: Mapped[str] = mapped_column(String(20), default="")  # dictionary "stage"
    price_mode: Mapped[str] = mapped_column(String(20), default="")  # dictionary "price_mode"
    price_min: Mapped[int | None] = mapped_column(Money)  # fen
    price_max: Mapped[int | None] = mapped_column(Money)  # fen
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    team_note: Mapped[str] = mapped_column(Text, default="")

    record_id = synonym("achievement_id")
    achievement: Mapped[Achievement] = relationship(foreign_keys=[achievement_id])
    author: Mapped[Person | None] = relationship(foreign_keys="AchievementVersion.author_id")
    intellectual_property: Mapped[list["IntellectualProperty"]] = relationship(
        order_by="IntellectualProperty.position", cascade="all, delete-orphan"
    )
    team: Mapped[list["TeamMember"]] = relationship(order_by="TeamMember.position", cascade="all, delete-orphan")
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="Attachment.position", cascade="all, delete-orphan", back_populates="version"
    )


class IntellectualProperty(Base):
    __tablename__ = "intellectual_property"

    version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))  # dictionary "ip_kind"
    number: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(160), default="")
    status: Mapped[str] = mapped_column(String(20), default="")  # dictionary "ip_status"


class TeamMember(Base):
    __tablename__ = "team_member"

    version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(60), default="")
    role: Mapped[str] = mapped_column(String(60), default="")


class Attachment(StoredFile, Base):
    """A file of one version."""

    __tablename__ = "attachment"

    version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"), index=True)
    restricted: Mapped[bool] = mapped_column(default=False)  # belongs to the details that disclosure governs

    version: Mapped[AchievementVersion] = relationship(back_populates="attachments")


class AchievementCircle(CircleLink, Base):
    __tablename__ = "achievement_circle"
    __table_args__ = (UniqueConstraint("achievement_id", "circle_id"),)
    kind = "achievement"

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))

    record_id = synonym("achievement_id")
    achievement: Mapped[Achievement] = relationship(back_populates="circles")


Achievement.version_class, Achievement.circle_class = AchievementVersion, AchievementCircle
