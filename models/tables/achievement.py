"""Achievements and their versions.

What is published is immutable with its child rows; ``Achievement.public_version_id`` points at what the public sees,
``working_version_id`` at what the owner edits. State, owner, valid-until, circles and a tightened disclosure are outside
the version and act at once.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Money, PublicId, Sample, code
from models.enums import AttachmentKind, Disclosure, RecordState, VersionState
from models.tables.organisation import Organisation, Person


class Achievement(PublicId, Created, Sample, Base):
    __tablename__ = "achievement"
    __table_args__ = (Index("ix_achievement_newest", "state", "published_at", "id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[RecordState] = mapped_column(code(RecordState), default=RecordState.DRAFT)
    public_version_id: Mapped[int | None] = mapped_column(ForeignKey("achievement_version.id", use_alter=True))
    working_version_id: Mapped[int | None] = mapped_column(ForeignKey("achievement_version.id", use_alter=True))
    tightened_to: Mapped[Disclosure | None] = mapped_column(code(Disclosure))  # stricter than the version's, at once
    published_at: Mapped[datetime | None]
    valid_until: Mapped[date | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state_reason: Mapped[str] = mapped_column(Text, default="")  # why withdrawn or taken down
    revision: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()
    contact: Mapped[Person | None] = relationship()
    public_version: Mapped["AchievementVersion | None"] = relationship(
        foreign_keys=[public_version_id], post_update=True
    )
    working_version: Mapped["AchievementVersion | None"] = relationship(
        foreign_keys=[working_version_id], post_update=True
    )
    circles: Mapped[list["AchievementCircle"]] = relationship(
        back_populates="achievement", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - two editors at once: the database decides

    def search_keys(self) -> Iterator[str]:
        yield f"achievement:{self.id}"


class AchievementVersion(Created, Base):
    __tablename__ = "achievement_version"
    __table_args__ = (
        UniqueConstraint("achievement_id", "number"),
        CheckConstraint("trl IS NULL OR trl BETWEEN 1 AND 9", name="trl_range"),
        CheckConstraint("price_max IS NULL OR price_min IS NULL OR price_max >= price_min", name="price_order"),
    )

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[VersionState] = mapped_column(code(VersionState), default=VersionState.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)  # forms carry the one they were opened with

    title: Mapped[str] = mapped_column(String(120), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    advantage: Mapped[str] = mapped_column(Text, default="")  # better than what, by how much
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # name, unit, this, today
    scenes: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[str] = mapped_column(Text, default="")  # what the disclosure level governs
    fields: Mapped[list[str]] = mapped_column(default=list)  # dictionary "field"
    industries: Mapped[list[str]] = mapped_column(default=list)  # dictionary "industry"
    discipline: Mapped[str] = mapped_column(String(20), default="")  # dictionary "discipline"
    trl: Mapped[int | None]
    stage: Mapped[str] = mapped_column(String(20), default="")  # dictionary "stage"
    modes: Mapped[list[str]] = mapped_column(default=list)  # dictionary "transfer_mode"
    price_mode: Mapped[str] = mapped_column(String(20), default="")  # dictionary "price_mode"
    negotiable: Mapped[bool] = mapped_column(default=True)
    price_min: Mapped[int | None] = mapped_column(Money)  # fen
    price_max: Mapped[int | None] = mapped_column(Money)  # fen
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    team_note: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[list[str]] = mapped_column(default=list)
    disclosure: Mapped[Disclosure] = mapped_column(code(Disclosure), default=Disclosure.PUBLIC)
    non_classified: Mapped[bool] = mapped_column(default=False)  # the pledge

    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    return_codes: Mapped[list[str]] = mapped_column(default=list)  # enums.ReturnReason
    return_reason: Mapped[str] = mapped_column(Text, default="")

    achievement: Mapped[Achievement] = relationship(foreign_keys=[achievement_id])
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    intellectual_property: Mapped[list["IntellectualProperty"]] = relationship(
        order_by="IntellectualProperty.position", cascade="all, delete-orphan"
    )
    team: Mapped[list["TeamMember"]] = relationship(order_by="TeamMember.position", cascade="all, delete-orphan")
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="Attachment.position", cascade="all, delete-orphan", back_populates="version"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012

    def search_keys(self) -> Iterator[str]:
        yield f"achievement:{self.achievement_id}"


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


class Attachment(PublicId, Created, Base):
    """A file of one version. The bytes are content-addressed; permission is this row's, not the hash's."""

    __tablename__ = "attachment"

    version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[AttachmentKind] = mapped_column(code(AttachmentKind))
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    restricted: Mapped[bool] = mapped_column(default=False)  # belongs to the details that disclosure governs

    version: Mapped[AchievementVersion] = relationship(back_populates="attachments")


class AchievementCircle(Base):
    __tablename__ = "achievement_circle"
    __table_args__ = (UniqueConstraint("achievement_id", "circle_id"),)

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    circle_id: Mapped[int] = mapped_column(ForeignKey("circle.id"), index=True)

    achievement: Mapped[Achievement] = relationship(back_populates="circles")

    def search_keys(self) -> Iterator[str]:
        yield f"achievement:{self.achievement_id}"
