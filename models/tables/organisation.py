"""Organisations and the people in them. A person need not have an account."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import Decision, OrgRole, Verification


class Organisation(PublicId, Created, Sample, Base):
    """A university, an enterprise, a bank ...; provider and seeker are capabilities, one may hold both."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))  # dictionary "organisation_kind"
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)  # unified social credit code
    uscc_conforms: Mapped[bool] = mapped_column(default=False)  # a real code may fail the check digit: manual review
    region: Mapped[str] = mapped_column(String(80), default="")
    industries: Mapped[list[str]] = mapped_column(default=list)  # dictionary "industry"
    introduction: Mapped[str] = mapped_column(Text, default="")
    is_provider: Mapped[bool] = mapped_column(default=False)
    is_seeker: Mapped[bool] = mapped_column(default=False)
    verification: Mapped[Verification] = mapped_column(code(Verification), default=Verification.UNVERIFIED)
    verified_at: Mapped[datetime | None]
    reviews_first: Mapped[bool] = mapped_column(default=False)  # wants its own review before the organizer's
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def is_verified(self) -> bool:
        return self.verification is Verification.VERIFIED


class Person(PublicId, Created, Sample, Base):
    """Somebody an organisation names: a manager at a desk, or a professor who never logs in."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who declared this person's consent
    declared_at: Mapped[datetime | None]
    deidentified_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(
        foreign_keys="Membership.person_id", order_by="Membership.id", viewonly=True
    )


class Membership(Base):
    """A person is in one organisation at a time; earlier memberships stay, ended."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_current",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[OrgRole] = mapped_column(code(OrgRole), default=OrgRole.MEMBER)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class JoinRequest(Created, Base):
    """Somebody with an account asks to join; the manager decides, after ``due_at`` the organizer."""

    __tablename__ = "join_request"
    __table_args__ = (
        Index(
            "uq_join_request_open",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[Decision] = mapped_column(code(Decision), default=Decision.PENDING)
    due_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    organisation: Mapped[Organisation] = relationship()


class Invitation(PublicId, Created, Base):
    """A colleague's address invited by an organisation. The link carries the public id, signed."""

    __tablename__ = "invitation"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[OrgRole] = mapped_column(code(OrgRole), default=OrgRole.MEMBER)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who the organisation keeps already
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[Decision] = mapped_column(code(Decision), default=Decision.PENDING)
    expires_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class Mandate(Base):
    """An organisation lets a broker (technology manager) act for it, until one of both ends it."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
        Index(
            "uq_mandate_current",
            "organisation_id",
            "broker_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organisation: Mapped[Organisation] = relationship()
    broker: Mapped[Person] = relationship(foreign_keys=[broker_id])
