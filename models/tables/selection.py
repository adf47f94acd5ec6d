"""The call for a roadshow's projects: applications, who scores them, what they gave."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, PublicId, Sample, code
from models.enums import ApplicationState, Decision, EventState, Level, Outcome
from models.tables.achievement import Achievement
from models.tables.event import Event
from models.tables.file import StoredFile
from models.tables.organisation import Organisation, Person


class ProjectCall(Created, Sample, Base):
    """What an organizer asks providers for, until when, and how what comes in is scored; one for each roadshow."""

    __tablename__ = "project_call"
    __table_args__ = (
        UniqueConstraint("event_id"),
        CheckConstraint("places >= 1", name="places"),
        CheckConstraint("reserves >= 0", name="reserves"),
        CheckConstraint("most_each IS NULL OR most_each >= 1", name="most_each"),
        CheckConstraint("scorers_each IS NULL OR scorers_each >= 1", name="scorers_each"),
        CheckConstraint("scores_due_at IS NULL OR scores_due_at > closes_at", name="scored_after_close"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    questions: Mapped[list[str]] = mapped_column(default=list)  # further ones, each answered in a sentence or two
    closes_at: Mapped[datetime] = mapped_column(index=True)
    most_each: Mapped[int | None]  # projects of one organisation; none: no bound
    places: Mapped[int]  # how many are about to be taken
    reserves: Mapped[int] = mapped_column(default=2)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # {"name", "weight"}: weights sum to 100
    scorers_each: Mapped[int | None]  # of one application; none: everybody scores all
    drops_extremes: Mapped[bool] = mapped_column(default=True)  # of five scores and more: without highest and lowest
    scores_due_at: Mapped[datetime | None]
    drafts_reminded_at: Mapped[datetime | None]  # who had begun and not submitted was told
    scores_reminded_at: Mapped[datetime | None]  # who had still to score was told
    announced_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    @property
    def weights(self) -> list[int]:
        return [one["weight"] for one in self.criteria]

    def takes(self, now: datetime) -> bool:
        """Whether applications are taken at this moment."""
        return self.event.state is EventState.PUBLISHED and now < min(self.closes_at, self.event.starts_at)


class ProjectApplication(PublicId, Created, Sample, Base):
    """A provider offers an achievement for the stage; with it what the selection made of that."""

    __tablename__ = "project_application"
    __table_args__ = (
        UniqueConstraint("call_id", "achievement_id"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 60", name="minutes"),
        CheckConstraint("state <> 'submitted' OR (ip_disclosed AND not_secret)", name="confirmed"),
        CheckConstraint("state <> 'submitted' OR presenter_id IS NOT NULL", name="presented"),
        CheckConstraint("place IS NULL OR outcome = 'selected'", name="place_of_selected"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("project_call.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[ApplicationState] = mapped_column(code(ApplicationState), default=ApplicationState.DRAFT)
    presenter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    presenter_title: Mapped[str] = mapped_column(String(60), default="")
    minutes: Mapped[int | None]
    demo_needs: Mapped[str] = mapped_column(Text, default="")
    may_record: Mapped[bool] = mapped_column(default=False)
    ip_disclosed: Mapped[bool] = mapped_column(default=False)
    not_secret: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[list[str]] = mapped_column(default=list)
    submitted_at: Mapped[datetime | None]
    acted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    outcome: Mapped[Outcome | None] = mapped_column(code(Outcome))  # a draft until the call is announced
    level: Mapped[Level | None] = mapped_column(code(Level))
    reason: Mapped[str] = mapped_column(Text, default="")  # told to the applicant
    departure: Mapped[str] = mapped_column(Text, default="")  # why not as ranked; for organizers
    rank: Mapped[int | None]  # when it was announced
    place: Mapped[Decision | None] = mapped_column(code(Decision))  # whether the applicant takes it
    revision: Mapped[int] = mapped_column(default=1)

    call: Mapped[ProjectCall] = relationship()
    achievement: Mapped[Achievement] = relationship()
    organisation: Mapped[Organisation] = relationship()
    presenter: Mapped[Person | None] = relationship(foreign_keys=[presenter_id])
    files: Mapped[list["ApplicationFile"]] = relationship(
        order_by="ApplicationFile.position", cascade="all, delete-orphan", back_populates="application"
    )
    scorers: Mapped[list["CallScorer"]] = relationship(
        secondary="score_sheet",
        primaryjoin="and_(ScoreSheet.application_id == ProjectApplication.id, ScoreSheet.conflict == '', ScoreSheet.taken_back_at == None)",
        secondaryjoin="CallScorer.id == ScoreSheet.scorer_id",
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": revision}

    @property
    def scorer_ids(self) -> set[int]:
        """The people who may read it because they score it."""
        return {scorer.person_id for scorer in self.scorers}


class ApplicationFile(StoredFile, Base):
    """Slides or another file of an application; who may read the application may read it."""

    __tablename__ = "application_file"
    __table_args__ = (UniqueConstraint("application_id", "sha256"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("project_application.id"))

    application: Mapped[ProjectApplication] = relationship(back_populates="files")


class CallScorer(Created, Base):
    """Somebody whom the organizer asked to score a call's applications."""

    __tablename__ = "call_scorer"
    __table_args__ = (UniqueConstraint("call_id", "person_id"),)

    call_id: Mapped[int] = mapped_column(ForeignKey("project_call.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reminded_at: Mapped[datetime | None]  # by an organizer, the last time

    call: Mapped[ProjectCall] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class ScoreSheet(PublicId, Created, Base):
    """One application and one scorer: assigned, then given or taken back by an organizer, or the scorer has a conflict of
    interest and never may."""

    __tablename__ = "score_sheet"
    __table_args__ = (
        UniqueConstraint("application_id", "scorer_id"),
        CheckConstraint("conflict = '' OR given_at IS NULL", name="conflict_or_given"),
        CheckConstraint("taken_back_at IS NULL OR given_at IS NULL", name="taken_back_or_given"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("project_application.id"))
    scorer_id: Mapped[int] = mapped_column(ForeignKey("call_scorer.id"), index=True)
    points: Mapped[list[Any]] = mapped_column(default=list)  # 1 to 10, in the order of the criteria
    comments: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime | None]
    conflict: Mapped[str] = mapped_column(Text, default="")  # what the scorer declared
    taken_back_at: Mapped[datetime | None]  # by an organizer; handing out by rule leaves this pair alone
    revision: Mapped[int] = mapped_column(default=1)

    application: Mapped[ProjectApplication] = relationship()
    scorer: Mapped[CallScorer] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    @property
    def person_id(self) -> int:
        return self.scorer.person_id
