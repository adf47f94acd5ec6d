"""Pairs of a need and an achievement that the matching found, and what people make of them.

A pair is computed (search/matching.py) and may be computed anew at any time; decisions and what was passed on are people's and stay.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import Choice, Side, Unsuitable
from models.tables.achievement import Achievement
from models.tables.contact import ContactRequest
from models.tables.need import Need
from models.tables.organisation import Organisation, Person


class Match(PublicId, Created, Base):
    """One pair. ``for_need``: among the best of its need, of which the first are shown; ``for_achievement`` likewise."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("need_id", "achievement_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
        Index("ix_match_need", "need_id", "for_need", "score"),
        Index("ix_match_achievement", "achievement_id", "for_achievement", "score"),
    )

    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    score: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # rules/scoring.py: why it fits
    missing: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # what does not fit or is not known
    need_version_id: Mapped[int] = mapped_column(
        ForeignKey("need_version.id")
    )  # the public versions it was computed on
    achievement_version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"))
    computed_at: Mapped[datetime]
    fresh_at: Mapped[datetime]  # found first, or on other versions than before
    for_need: Mapped[bool] = mapped_column(default=False)
    for_achievement: Mapped[bool] = mapped_column(default=False)

    need: Mapped[Need] = relationship()
    achievement: Mapped[Achievement] = relationship()

    @property
    def seeker_id(self) -> int:
        return self.need.organisation_id

    @property
    def provider_id(self) -> int:
        return self.achievement.organisation_id


class MatchDecision(Created, Sample, Base):
    """What one side made of a pair, and what the pair was then: the present decision, and earlier ones, ended."""

    __tablename__ = "match_decision"
    __table_args__ = (
        Index(
            "uq_match_decision_current",
            "match_id",
            "side",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(choice = 'declined') = (reason IS NOT NULL)", name="declined_with_reason"),
        CheckConstraint("(choice = 'put_off') = (until IS NOT NULL)", name="put_off_until"),
    )

    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"))
    side: Mapped[Side] = mapped_column(code(Side))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    for_another: Mapped[bool] = mapped_column(default=False)  # a technology manager or organizer decided for it
    choice: Mapped[Choice] = mapped_column(code(Choice))
    reason: Mapped[Unsuitable | None] = mapped_column(code(Unsuitable))
    note: Mapped[str] = mapped_column(Text, default="")  # read by who runs the site, never by the other side
    until: Mapped[date | None]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("contact_request.id"), index=True)
    need_version_id: Mapped[int] = mapped_column(ForeignKey("need_version.id"))  # the public versions then
    achievement_version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"))
    score: Mapped[int]  # then, for the statistics
    reasons: Mapped[list[str]] = mapped_column(default=list)  # their codes then
    missing: Mapped[list[str]] = mapped_column(default=list)
    ended_at: Mapped[datetime | None]  # taken back, or decided anew

    match: Mapped[Match] = relationship()
    person: Mapped[Person | None] = relationship()
    organisation: Mapped[Organisation] = relationship()
    request: Mapped[ContactRequest | None] = relationship()


class MatchForward(Created, Sample, Base):
    """A technology manager passed a pair on to one side; once for each side, whoever was first."""

    __tablename__ = "match_forward"
    __table_args__ = (UniqueConstraint("match_id", "side"),)

    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"))
    side: Mapped[Side] = mapped_column(code(Side))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    note: Mapped[str] = mapped_column(Text)

    match: Mapped[Match] = relationship()
    person: Mapped[Person | None] = relationship()


class MatchRun(Created, Base):
    """One re-run of everything; ``done`` of ``total`` records, for the page that shows the progress."""

    __tablename__ = "match_run"

    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # none: from the shell
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    pairs: Mapped[int] = mapped_column(default=0)
    stepped_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
