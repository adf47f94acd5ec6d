"""Whom people want to meet in a 1:1 session, and the timetables that were computed from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import Side, TimetableState, WishOrigin
from models.tables.achievement import Achievement
from models.tables.booking import MatchSession
from models.tables.organisation import Organisation, Person


class MeetingWish(PublicId, Created, Sample, Base):
    """An enterprise and the owner of an achievement may meet: who said so first, how strongly each wants it (1 to 3).

    No strength: that side has not answered, or declined (``declined_side``).
    """

    __tablename__ = "meeting_wish"
    __table_args__ = (
        UniqueConstraint("match_session_id", "seeker_id", "achievement_id"),
        CheckConstraint("seeker_strength BETWEEN 1 AND 3", name="seeker_strength"),
        CheckConstraint("provider_strength BETWEEN 1 AND 3", name="provider_strength"),
        CheckConstraint("(declined_reason IS NULL) = (declined_side IS NULL)", name="declined_side_with_reason"),
        CheckConstraint(
            "declined_side IS NULL OR (declined_side = 'seeker' AND seeker_strength IS NULL)"
            " OR (declined_side = 'provider' AND provider_strength IS NULL)",
            name="declined_or_accepted",
        ),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    seeker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    origin: Mapped[WishOrigin] = mapped_column(code(WishOrigin), default=WishOrigin.SEEKER)
    seeker_strength: Mapped[int | None]
    seeker_people: Mapped[list[Any]] = mapped_column(default=list)  # ids of who comes; none said: a manager
    note: Mapped[str] = mapped_column(Text, default="")  # of whoever said it first
    answer_note: Mapped[str] = mapped_column(Text, default="")  # of the other side, where it wants the same by itself
    provider_strength: Mapped[int | None]
    provider_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # who comes
    provider_beside: Mapped[list[Any]] = mapped_column(default=list)  # ids of who comes along
    declined_reason: Mapped[str | None] = mapped_column(String(40))  # dictionary "stop_reason"
    declined_side: Mapped[Side | None] = mapped_column(code(Side))
    acted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)

    match_session: Mapped[MatchSession] = relationship()
    seeker: Mapped[Organisation] = relationship()
    achievement: Mapped[Achievement] = relationship()
    provider_person: Mapped[Person | None] = relationship(foreign_keys=[provider_person_id])

    __mapper_args__ = {"version_id_col": revision}

    @property
    def provider_id(self) -> int:
        return self.achievement.organisation_id

    def side_id(self, side: Side | None) -> int:
        """The organisation of a side."""
        return self.provider_id if side is Side.PROVIDER else self.seeker_id


class Timetable(PublicId, Created, Base):
    """One computed timetable of a session; ``weight`` and ``bound`` show the progress while it is computed."""

    __tablename__ = "timetable"
    __table_args__ = (
        UniqueConstraint("match_session_id", "number"),
        Index(
            "uq_timetable_under_way",
            "match_session_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    match_session_id: Mapped[int] = mapped_column(ForeignKey("match_session.id"))
    number: Mapped[int]
    state: Mapped[TimetableState] = mapped_column(code(TimetableState), default=TimetableState.WAITING)
    accepted_only: Mapped[bool] = mapped_column(default=False)
    everybody: Mapped[bool] = mapped_column(
        default=False
    )  # first as many meetings for all as all can have, then weight
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    weight: Mapped[int] = mapped_column(default=0)
    bound: Mapped[int] = mapped_column(default=0)
    meetings: Mapped[list[Any]] = mapped_column(default=list)  # {"wish": id, "slot": id, "table": id, "locked": bool}
    unplaced: Mapped[list[Any]] = mapped_column(default=list)  # {"wish": id, "why": code, "about": sides}
    locks: Mapped[list[Any]] = mapped_column(default=list)  # meetings it was told to keep, as in ``meetings``
    undo: Mapped[list[Any]] = mapped_column(
        default=list
    )  # the meetings before the last change by hand, in a list of one
    error: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)  # raised by changes by hand
    finished_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    match_session: Mapped[MatchSession] = relationship()
    asked_by: Mapped[Person | None] = relationship()
