"""Matchmaking sessions, their slots and bookings, and who or what is occupied when."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code, utcnow
from models.enums import BookingState, EventState, OccupancyKind, SessionKind, Side
from models.tables.achievement import Achievement
from models.tables.circle import Circle
from models.tables.contact import Engagement
from models.tables.event import Event
from models.tables.organisation import Organisation, Person

CELL_SECONDS = 300  # occupancy counts in cells of five minutes of UTC
WISHES_CLOSE = timedelta(days=1)


def wishes_close(starts_at: datetime) -> datetime:
    """When wishes close if nothing is said: a day before the session, or, where it is planned later than that, as it begins."""
    day_before = starts_at - WISHES_CLOSE
    return day_before if day_before > utcnow() else starts_at


def _closing(context: Any) -> datetime:
    return wishes_close(context.get_current_parameters()["starts_at"])


class MatchSession(PublicId, Created, Sample, Base):
    """A matchmaking session around a circle or a roadshow (SQLAlchemy owns the name Session).

    ``owner_id``: the provider whose own visiting hours it is; none: the organizer's. In an own session each of the people who
    receive is a table of it, and only achievements of the owner are booked: those of ``subjects``, or (none there) all.
    ``series``: the same for the dates of one weekly repetition.
    """

    __tablename__ = "match_session"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("slot_minutes > 0 AND slot_minutes % 5 = 0", name="slot_on_cells"),
        CheckConstraint("owner_id IS NULL OR event_id IS NULL", name="roadshow_is_the_organizers"),
        CheckConstraint("most_of_person > 0", name="most_of_person"),
        CheckConstraint("most_of_organisation > 0", name="most_of_organisation"),
        CheckConstraint("walking_minutes >= 0", name="walking_minutes"),
        Index("ix_match_session_state_starts", "state", "starts_at"),
    )

    key: Mapped[str | None] = mapped_column(String(40), unique=True)  # of the sample data
    title: Mapped[str] = mapped_column(String(120))
    introduction: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[SessionKind] = mapped_column(code(SessionKind), default=SessionKind.ONE_TO_ONE)
    state: Mapped[EventState] = mapped_column(code(EventState), default=EventState.DRAFT)
    state_reason: Mapped[str] = mapped_column(Text, default="")
    circle_id: Mapped[int | None] = mapped_column(ForeignKey("circle.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    series: Mapped[str | None] = mapped_column(String(16), index=True)
    venue: Mapped[str] = mapped_column(String(160), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    slot_minutes: Mapped[int] = mapped_column(default=30)
    capacity: Mapped[int] = mapped_column(default=0)  # seats of a group session
    wishes_close_at: Mapped[datetime] = mapped_column(default=_closing)  # wishes and answers until then
    wishes_reminded_at: Mapped[datetime | None]  # who had not answered then was told
    most_of_person: Mapped[int | None]  # meetings; who says nothing has as many, nobody has more
    most_of_organisation: Mapped[int | None]
    walking_minutes: Mapped[int] = mapped_column(default=0)  # between any two venues of the tables
    accepted_only: Mapped[bool] = mapped_column(
        default=False
    )  # no answer is no yes: only what both sides want is placed
    published_once: Mapped[bool] = mapped_column(default=False)  # stays announced when cancelled
    sequence: Mapped[int] = mapped_column(default=0)  # of the calendar file
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)

    circle: Mapped[Circle | None] = relationship()
    event: Mapped[Event | None] = relationship()
    owner: Mapped[Organisation | None] = relationship()
    subjects: Mapped[list["SessionAchievement"]] = relationship(cascade="all, delete-orphan")
    tables: Mapped[list["SessionTable"]] = relationship(
        order_by="SessionTable.number", cascade="all, delete-orphan", back_populates="match_session"
    )
    slots: Mapped[list["Slot"]] = relationship(
        order_by="Slot.starts_at", cascade="all, delete-orphan", back_populates="match_session"
    )

    __mapper_args__ = {"version_id_col": revision}


class SessionTable(Base):
    """A table of a 1:1 session; in an organisation's own session, group sessions too, the place of one who receives."""

    __tablename__ = "session_table"
    __table_args__ = (
        UniqueConstraint("match_session_id", "number"),
        UniqueConstraint("match_session_id", "host_id"),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    number: Mapped[int]
    host_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    venue: Mapped[str] = mapped_column(String(80), default="")  # empty: the place of the session
    provider_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )  # none: for whoever comes

    match_session: Mapped[MatchSession] = relationship(back_populates="tables")
    host: Mapped[Person | None] = relationship()


class SessionAchievement(Base):
    """An organisation's own session is about this achievement."""

    __tablename__ = "session_achievement"
    __table_args__ = (UniqueConstraint("match_session_id", "achievement_id"),)

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)


class Slot(Base):
    """A stretch of time of a 1:1 session; each of its tables can hold one booking in it."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("match_session_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    match_session: Mapped[MatchSession] = relationship(back_populates="slots")


class Absence(Base):
    """A person is not there during a slot; whoever says nothing is there all the time."""

    __tablename__ = "absence"
    __table_args__ = (UniqueConstraint("slot_id", "person_id"),)

    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


class MeetingLimit(Base):
    """How many meetings a person, or an organisation, wants at most in a session."""

    __tablename__ = "meeting_limit"
    __table_args__ = (
        UniqueConstraint("match_session_id", "person_id"),
        UniqueConstraint("match_session_id", "organisation_id"),
        CheckConstraint("(person_id IS NULL) <> (organisation_id IS NULL)", name="person_or_organisation"),
        CheckConstraint("most > 0", name="most"),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    most: Mapped[int]


class Booking(PublicId, Created, Sample, Base):
    """A 1:1 meeting in a slot, or a seat in a group session. ``acted_by`` is who pressed the button."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("(slot_id IS NULL) = (table_id IS NULL) OR state = 'waiting'", name="slot_with_table"),
        Index(
            "uq_booking_seat",
            "match_session_id",
            "seat",
            unique=True,
            sqlite_where=text("seat IS NOT NULL"),
            postgresql_where=text("seat IS NOT NULL"),
        ),
        Index("ix_booking_waiting", "match_session_id", "state", "id"),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    table_id: Mapped[int | None] = mapped_column(ForeignKey("session_table.id"))
    seat: Mapped[int | None]  # 1..capacity of a group session; the unique key bounds it
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"), index=True)
    seeker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[BookingState] = mapped_column(code(BookingState), default=BookingState.PENDING)
    state_reason: Mapped[str] = mapped_column(Text, default="")
    decline_reason: Mapped[str | None] = mapped_column(String(40))  # dictionary "stop_reason"
    note: Mapped[str] = mapped_column(Text, default="")
    hold_until: Mapped[datetime | None]  # a pending one holds its slot until then
    acted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"), index=True)
    sequence: Mapped[int] = mapped_column(default=0)  # of the calendar file
    revision: Mapped[int] = mapped_column(default=1)

    match_session: Mapped[MatchSession] = relationship()
    slot: Mapped[Slot | None] = relationship()
    table: Mapped[SessionTable | None] = relationship()
    achievement: Mapped[Achievement | None] = relationship()
    seeker: Mapped[Organisation] = relationship(foreign_keys=[seeker_id])
    provider: Mapped[Organisation | None] = relationship(foreign_keys=[provider_id])
    acted_by: Mapped[Person | None] = relationship(foreign_keys=[acted_by_id])
    engagement: Mapped[Engagement | None] = relationship()
    attendees: Mapped[list["BookingAttendee"]] = relationship(cascade="all, delete-orphan", back_populates="booking")

    __mapper_args__ = {"version_id_col": revision}

    def side_id(self, side: Side | None) -> int | None:
        """The organisation of a side; none of a guest, nor of the other side of a seat."""
        return {Side.SEEKER: self.seeker_id, Side.PROVIDER: self.provider_id, None: None}[side]

    @property
    def table_number(self) -> int | None:
        """The table people look for; an organisation's own session has people instead of numbered tables."""
        return self.table.number if self.table and self.table.host_id is None else None

    @property
    def place(self) -> str:
        """The session's place, and the venue where the table stands, if it has one of its own."""
        venue = self.table.venue if self.table is not None else ""
        return " · ".join(filter(None, (self.match_session.venue, venue)))


class BookingAttendee(Base):
    """Somebody at the table; of no ``side``: a technology manager or an expert whom the organizer brings."""

    __tablename__ = "booking_attendee"
    __table_args__ = (UniqueConstraint("booking_id", "person_id"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    side: Mapped[Side | None] = mapped_column(code(Side))

    booking: Mapped[Booking] = relationship(back_populates="attendees")
    person: Mapped[Person] = relationship()


class Occupancy(Base):
    """A person or a table is taken during one cell; the unique key makes a double booking impossible.

    By a booking, or by an organisation's own group session in which the person receives.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        UniqueConstraint("kind", "holder_id", "cell"),
        CheckConstraint("(booking_id IS NULL) <> (match_session_id IS NULL)", name="by_booking_or_session"),
    )

    kind: Mapped[OccupancyKind] = mapped_column(code(OccupancyKind))
    holder_id: Mapped[int]  # a person's or a table's id
    cell: Mapped[int]  # UTC epoch // CELL_SECONDS
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    match_session_id: Mapped[int | None] = mapped_column(ForeignKey("match_session.id", ondelete="CASCADE"), index=True)
