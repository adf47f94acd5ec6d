"""Around the registrations of a roadshow: its terms, what people want to meet, links that open a day, intentions."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Money, PublicId, Sample, code
from models.enums import IntentionKind, IntentionWay, LinkKind, WantedWithin
from models.tables.achievement import Achievement
from models.tables.contact import ContactRequest
from models.tables.event import Event, Registration
from models.tables.organisation import Organisation, Person

LONGEST_OFFER = 168  # hours


class RegistrationTerms(Base):
    """Under which terms people register for a roadshow; without a row the defaults hold."""

    __tablename__ = "registration_terms"
    __table_args__ = (
        CheckConstraint(f"offer_hours BETWEEN 1 AND {LONGEST_OFFER}", name="offer_hours"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    opens_at: Mapped[datetime | None]  # none: as soon as it is announced
    closes_at: Mapped[datetime | None]  # none: until it ends
    approval: Mapped[bool] = mapped_column(default=False)  # by the organizer
    online: Mapped[bool] = mapped_column(default=False)  # may people take part online
    offer_hours: Mapped[int] = mapped_column(default=24)  # how long a seat is held for whom it is offered to
    questions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # as models.rules.registration.Question
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}


class RegistrationWish(Base):
    """An achievement of the programme that somebody who registers wants to meet."""

    __tablename__ = "registration_wish"
    __table_args__ = (UniqueConstraint("registration_id", "achievement_id"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)


class EventLink(PublicId, Created, Base):
    """A link that opens one person's day of one roadshow, or only checks in at its door. Of its token a hash is kept."""

    __tablename__ = "event_link"
    __table_args__ = (
        CheckConstraint("registration_id IS NULL OR person_id IS NULL", name="one_holder"),
        CheckConstraint("(kind = 'day') = (registration_id IS NOT NULL OR person_id IS NOT NULL)", name="holder"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    kind: Mapped[LinkKind] = mapped_column(code(LinkKind))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), default="")  # of the door helper
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    revoked_at: Mapped[datetime | None]  # it ends by itself some time after the roadshow (rules/registration.py)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class Intention(PublicId, Created, Sample, Base):
    """Somebody at a roadshow intends something with an achievement of its programme (意向登记).

    It belongs to a registration, or to the organisation of a member who was signed in; the request for contact that
    comes of it is kept beside.
    """

    __tablename__ = "intention"
    __table_args__ = (
        CheckConstraint("registration_id IS NOT NULL OR organisation_id IS NOT NULL", name="whose"),
        UniqueConstraint("event_id", "achievement_id", "registration_id"),
        Index(
            "uq_intention_organisation",
            "event_id",
            "achievement_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("registration_id IS NULL"),
            postgresql_where=text("registration_id IS NULL"),
        ),
        CheckConstraint("budget_min IS NULL OR budget_max IS NULL OR budget_max >= budget_min", name="budget_order"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # the member who was signed in
    kind: Mapped[IntentionKind] = mapped_column(code(IntentionKind))
    way: Mapped[IntentionWay] = mapped_column(code(IntentionWay))
    note: Mapped[str] = mapped_column(Text, default="")
    budget_min: Mapped[int | None] = mapped_column(Money)  # fen
    budget_max: Mapped[int | None] = mapped_column(Money)  # fen
    wanted_within: Mapped[WantedWithin | None] = mapped_column(code(WantedWithin))
    shares_contact: Mapped[bool] = mapped_column(default=False)  # agreed, separately, to pass on name and contact
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    contact_request_id: Mapped[int | None] = mapped_column(ForeignKey("contact_request.id"), index=True)
    dropped_at: Mapped[datetime | None]  # the organisation does not send it

    event: Mapped[Event] = relationship()
    achievement: Mapped[Achievement] = relationship()
    registration: Mapped[Registration | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    contact_request: Mapped[ContactRequest | None] = relationship()
