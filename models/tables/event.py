"""Roadshows: an event, its agenda, who registered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import AgendaAct, AgendaKind, Attendance, Capacity, EventState, RegistrationState, Told
from models.tables.achievement import Achievement
from models.tables.circle import Circle
from models.tables.organisation import Organisation, Person


class Event(PublicId, Created, Sample, Base):
    """A roadshow (路演推介对接)."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_event_state_starts", "state", "starts_at"),
    )

    key: Mapped[str | None] = mapped_column(String(40), unique=True)  # of the sample data
    title: Mapped[str] = mapped_column(String(120))
    introduction: Mapped[str] = mapped_column(Text, default="")
    circle_id: Mapped[int | None] = mapped_column(ForeignKey("circle.id"), index=True)
    state: Mapped[EventState] = mapped_column(code(EventState), default=EventState.DRAFT)
    state_reason: Mapped[str] = mapped_column(Text, default="")  # why postponed or cancelled
    venue: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    rooms: Mapped[list[str]] = mapped_column(default=list)
    hosts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # host, organizer, co_organizer: lists of names
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int | None]  # seats; none: unlimited
    pitch_minutes: Mapped[int] = mapped_column(default=8)
    questions_minutes: Mapped[int] = mapped_column(default=7)
    published_once: Mapped[bool] = mapped_column(default=False)  # stays announced when cancelled
    sequence: Mapped[int] = mapped_column(default=0)  # of the calendar file
    room_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # room: {"venue": text, "seats": number or null}
    walking_minutes: Mapped[int] = mapped_column(default=10)  # between two venues
    rule_levels: Mapped[dict[str, Any]] = mapped_column(default=dict)  # Trouble: RuleLevel, where not the usual one
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)

    circle: Mapped[Circle | None] = relationship()
    agenda: Mapped[list["AgendaItem"]] = relationship(
        order_by="AgendaItem.position", cascade="all, delete-orphan", back_populates="event"
    )

    __mapper_args__ = {"version_id_col": revision}

    def search_keys(self) -> Iterator[str]:
        yield f"event:{self.id}"  # the roadshow facet of every pitched achievement depends on the event's state


class AgendaItem(PublicId, Base):
    """An item of the programme that everybody sees; what is being arranged is the newest AgendaStep."""

    __tablename__ = "agenda_item"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    position: Mapped[int]
    kind: Mapped[AgendaKind] = mapped_column(code(AgendaKind), default=AgendaKind.PITCH)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"), index=True)
    title: Mapped[str] = mapped_column(String(160), default="")
    room: Mapped[str] = mapped_column(String(80), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    pitch_minutes: Mapped[int] = mapped_column(default=8)
    questions_minutes: Mapped[int] = mapped_column(default=7)
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    speaker_name: Mapped[str] = mapped_column(String(60), default="")

    event: Mapped[Event] = relationship(back_populates="agenda")
    achievement: Mapped[Achievement | None] = relationship()
    speaker: Mapped[Person | None] = relationship()

    def search_keys(self) -> Iterator[str]:
        if self.achievement_id:
            yield f"achievement:{self.achievement_id}"


class AgendaStep(Created, Base):
    """A programme as it was after one act, whole: the newest is the draft, those with a ``version`` were published."""

    __tablename__ = "agenda_step"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),  # of two who act at once the second is refused
        UniqueConstraint("event_id", "version"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    number: Mapped[int]
    act: Mapped[AgendaAct] = mapped_column(code(AgendaAct))
    about: Mapped[str] = mapped_column(String(160), default="")  # the title of the item
    items: Mapped[list[Any]] = mapped_column(default=list)  # rules.agenda.as_values
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[int | None]
    starts_at: Mapped[datetime]  # of the roadshow then
    changes: Mapped[list[Any]] = mapped_column(default=list)  # of a version: rules.agenda_changes.as_values
    told: Mapped[Told | None] = mapped_column(code(Told))  # of a version: whom its publisher chose
    mails: Mapped[int] = mapped_column(default=0)


class SpeakerTime(Base):
    """A stretch in which a speaker of a roadshow can be there; without one the speaker always can."""

    __tablename__ = "speaker_time"
    __table_args__ = (
        UniqueConstraint("event_id", "speaker", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    speaker: Mapped[str] = mapped_column(String(80))  # rules.agenda.Item.speaker
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SpeakerRefusal(Created, Base):
    """A speaker of a roadshow cannot come at all; its organizers were told."""

    __tablename__ = "speaker_refusal"
    __table_args__ = (UniqueConstraint("event_id", "speaker"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    speaker: Mapped[str] = mapped_column(String(80))  # rules.agenda.Item.speaker
    reason: Mapped[str] = mapped_column(Text, default="")


class Registration(PublicId, Created, Sample, Base):
    """Somebody comes to a roadshow; needs no account, joins one later by its confirmed address."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("event_id", "contact"),
        CheckConstraint("email <> '' OR mobile <> ''", name="reachable"),
        CheckConstraint("seat IS NULL OR state IN ('registered', 'offered')", name="seat_while_coming"),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offer_ends"),
        Index(
            "uq_registration_seat",
            "event_id",
            "seat",
            unique=True,
            sqlite_where=text("seat IS NOT NULL"),
            postgresql_where=text("seat IS NOT NULL"),
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(60))
    organisation_name: Mapped[str] = mapped_column(String(120), default="")
    capacity: Mapped[Capacity] = mapped_column(code(Capacity))
    email: Mapped[str] = mapped_column(String(254), default="")
    mobile: Mapped[str] = mapped_column(String(40), default="")
    contact: Mapped[str] = mapped_column(String(254))  # the case-folded address or mobile: one registration each
    # 1..capacity while registered or offered, so that the unique key bounds the event; none: unlimited, online or let in
    seat: Mapped[int | None]
    state: Mapped[RegistrationState] = mapped_column(code(RegistrationState), default=RegistrationState.REGISTERED)
    locale: Mapped[str] = mapped_column(String(8), default="zh_CN")
    consent_version: Mapped[str] = mapped_column(String(20))
    consent_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    attendance: Mapped[Attendance] = mapped_column(code(Attendance), default=Attendance.IN_PERSON)
    accessibility: Mapped[str] = mapped_column(Text, default="")
    need: Mapped[str] = mapped_column(Text, default="")  # what they look for, in their words
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # key of RegistrationTerms.questions -> answer
    state_reason: Mapped[str] = mapped_column(Text, default="")  # why declined, or how an offer ended
    waiting_since: Mapped[datetime | None]  # the order of the waiting list
    offered_until: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]
    walk_in: Mapped[bool] = mapped_column(default=False)  # entered at the door
    let_in: Mapped[bool] = mapped_column(default=False)  # by the organizer, beyond the seats

    event: Mapped[Event] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
