"""From a question to a contract: contact requests, their messages, and the engagement they open."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Money, PublicId, Sample, code
from models.enums import AmountSaid, Origin, Place, RequestState, Stage
from models.tables.achievement import Achievement
from models.tables.need import Need
from models.tables.organisation import Organisation, Person

_OPEN = "state IN ('pending', 'asked_back')"


def _one_per_subject(name: str, first: str, second: str, subject: str, *, among: str = "") -> Index:
    """A pair and its subject at most once; where a need is answered with an achievement, the need is the subject."""
    condition = "need_id IS NULL" if subject == "achievement_id" else "need_id IS NOT NULL"
    where = text(f"{condition} AND {among}" if among else condition)
    return Index(name, first, second, subject, unique=True, sqlite_where=where, postgresql_where=where)


class Engagement(PublicId, Created, Sample, Base):
    """The thread of two organisations about one subject, from acceptance to result (S1-S9, X)."""

    __tablename__ = "engagement"
    __table_args__ = (
        # One per pair and subject: the need where there is one, else the achievement.
        _one_per_subject("uq_engagement_achievement", "provider_id", "seeker_id", "achievement_id"),
        _one_per_subject("uq_engagement_need", "provider_id", "seeker_id", "need_id"),
        CheckConstraint("provider_id <> seeker_id", name="two_sides"),
        CheckConstraint("achievement_id IS NOT NULL OR need_id IS NOT NULL", name="subject"),
        CheckConstraint("(coalesce(amount_said, '') = 'stated') = (amount IS NOT NULL)", name="amount_if_stated"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("investment >= 0 AND received >= 0 AND jobs >= 0", name="implementation"),
    )

    provider_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    seeker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"), index=True)
    stage: Mapped[Stage] = mapped_column(code(Stage), default=Stage.S2)
    stop_reason: Mapped[str] = mapped_column(String(40), default="")  # dictionary "stop_reason", with stage X
    note: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[Origin] = mapped_column(code(Origin))
    # The contract (S6), all of it or nothing: rules/deals.py.
    contract_type: Mapped[str] = mapped_column(String(40), default="")  # dictionary "contract_type"
    amount_said: Mapped[AmountSaid | None] = mapped_column(code(AmountSaid))
    amount: Mapped[int | None] = mapped_column(Money)  # fen
    signed_on: Mapped[date | None]
    registered: Mapped[bool | None]  # as a technology contract (技术合同认定登记)
    # The implementation (S8); none where no place is recorded.
    place: Mapped[Place | None] = mapped_column(code(Place))
    place_name: Mapped[str] = mapped_column(String(80), default="")
    investment: Mapped[int | None] = mapped_column(Money)  # fen
    received: Mapped[int | None] = mapped_column(Money)  # fen, of the contract's amount so far (到款)
    started_on: Mapped[date | None]  # in production since
    jobs: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)

    provider: Mapped[Organisation] = relationship(foreign_keys=[provider_id])
    seeker: Mapped[Organisation] = relationship(foreign_keys=[seeker_id])
    achievement: Mapped[Achievement | None] = relationship()
    need: Mapped[Need | None] = relationship()

    @property
    def subject(self) -> Any:
        """The need where there is one, else the achievement."""
        return self.need or self.achievement

    __mapper_args__ = {"version_id_col": revision}

    def search_keys(self) -> Iterator[str]:
        if self.need_id is not None:  # whom the owner accepted may read more of the need
            yield f"need:{self.need_id}"


class ContactRequest(PublicId, Created, Sample, Base):
    """One organisation asks another for contact: about its achievement, or to answer its need (with one or without)."""

    __tablename__ = "contact_request"
    __table_args__ = (
        CheckConstraint("sender_id <> receiver_id", name="two_sides"),
        CheckConstraint("achievement_id IS NOT NULL OR need_id IS NOT NULL", name="subject"),
        # One open question per pair and subject: the second one reads that the first still waits.
        _one_per_subject("uq_contact_request_open", "sender_id", "receiver_id", "achievement_id", among=_OPEN),
        _one_per_subject("uq_contact_request_open_need", "sender_id", "receiver_id", "need_id", among=_OPEN),
        Index("ix_contact_request_due", "state", "due_on"),
        CheckConstraint("budget_min IS NULL OR budget_max IS NULL OR budget_max >= budget_min", name="budget_order"),
    )

    sender_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"), index=True)
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))  # whose contact is shown on acceptance
    acted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who acted for them
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    meet_when: Mapped[str] = mapped_column(String(200), default="")
    origin: Mapped[Origin] = mapped_column(code(Origin), default=Origin.SEARCH)
    budget_min: Mapped[int | None] = mapped_column(Money)  # fen; asked for where it comes from a roadshow
    budget_max: Mapped[int | None] = mapped_column(Money)  # fen
    origin_event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", use_alter=True), index=True)
    state: Mapped[RequestState] = mapped_column(code(RequestState), default=RequestState.PENDING)
    decline_reason: Mapped[str] = mapped_column(String(40), default="")  # dictionary "stop_reason"
    decline_note: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date]
    expires_at: Mapped[datetime]
    escalation: Mapped[int] = mapped_column(default=0)  # 0 member, 1 reminded, 2 manager, 3 organizer
    shares_sender_contact: Mapped[bool] = mapped_column(default=False)
    shares_receiver_contact: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    sender: Mapped[Organisation] = relationship(foreign_keys=[sender_id])
    receiver: Mapped[Organisation] = relationship(foreign_keys=[receiver_id])
    achievement: Mapped[Achievement | None] = relationship()
    need: Mapped[Need | None] = relationship()
    engagement: Mapped[Engagement | None] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    acted_by: Mapped[Person | None] = relationship(foreign_keys=[acted_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    assigned_to: Mapped[Person | None] = relationship(foreign_keys=[assigned_to_id])
    messages: Mapped[list["Message"]] = relationship(order_by="Message.id", cascade="all, delete-orphan")

    @property
    def subject(self) -> Any:
        """The need where there is one, else the achievement."""
        return self.need or self.achievement

    __mapper_args__ = {"version_id_col": revision}


class Message(Created, Base):
    __tablename__ = "message"

    contact_request_id: Mapped[int] = mapped_column(ForeignKey("contact_request.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # for which side
    text: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()


class DisclosureGrant(Base):
    """What is disclosed after consent is open to this organisation, until withdrawn."""

    __tablename__ = "disclosure_grant"
    __table_args__ = (
        Index(
            "uq_disclosure_grant_current",
            "achievement_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organisation: Mapped[Organisation] = relationship()

    def search_keys(self) -> Iterator[str]:
        yield f"achievement:{self.achievement_id}"


class Question(PublicId, Created, Sample, Base):
    """A public question on a need and its owner's public answer. Who asked is kept, but not shown beside it."""

    __tablename__ = "question"

    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hidden_at: Mapped[datetime | None]
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)

    need: Mapped[Need] = relationship()

    __mapper_args__ = {"version_id_col": revision}
