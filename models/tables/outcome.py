"""After a meeting: what each side says of it, and the next step that an engagement waits for."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import MeetingResult, NextStepState, Side
from models.tables.booking import Booking
from models.tables.contact import Engagement
from models.tables.organisation import Person


class MeetingOutcome(Sample, Base):
    """What one side says of a meeting. The other side's row may contradict it: both stay as they were said."""

    __tablename__ = "meeting_outcome"
    __table_args__ = (
        UniqueConstraint("booking_id", "side"),
        CheckConstraint("result = 'held' OR NOT useful", name="useful_if_held"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    side: Mapped[Side] = mapped_column(code(Side))
    result: Mapped[MeetingResult] = mapped_column(code(MeetingResult))
    useful: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # who pressed the button
    by_organizer: Mapped[bool] = mapped_column(default=False)  # recorded for the side by an organizer
    said_at: Mapped[datetime]

    booking: Mapped[Booking] = relationship()
    person: Mapped[Person | None] = relationship()


class NextStep(PublicId, Created, Sample, Base):
    """What comes next in an engagement, who does it and until when; one at a time, the earlier ones stay."""

    __tablename__ = "next_step"
    __table_args__ = (
        Index(
            "uq_next_step_open",
            "engagement_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    side: Mapped[Side] = mapped_column(code(Side))  # whose turn it is
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)  # of that side
    due_on: Mapped[date]
    state: Mapped[NextStepState] = mapped_column(code(NextStepState), default=NextStepState.OPEN)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    engagement: Mapped[Engagement] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    __mapper_args__ = {"version_id_col": revision}
