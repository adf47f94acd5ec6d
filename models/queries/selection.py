"""Calls for projects and their applications: lists for each side, and the ranking."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import ApplicationState, Decision, Level, Outcome, RecordState
from models.queries.agenda_drafts import working_plan
from models.rules.agenda import LONGEST_SPEAKER, Speaker
from models.rules.selection import Entry, Standing, proposal, rank
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Event,
    Organisation,
    Person,
    ProjectApplication,
    ProjectCall,
    ScoreSheet,
)

Application = ProjectApplication
Public, Working, Presenter = aliased(AchievementVersion), aliased(AchievementVersion), aliased(Person)
TITLE = func.coalesce(Public.title, Working.title, "")
OFFERED_AT_MOST = 200


def call_of(session: Session, event_id: int) -> ProjectCall | None:
    """The call of a roadshow, if there is one."""
    return session.scalar(select(ProjectCall).where(ProjectCall.event_id == event_id))


def title_of(achievement: Achievement) -> str:
    """As published, else as it is being written."""
    version = achievement.public_version or achievement.working_version
    return version.title if version else ""


def with_titles(statement: Any) -> Any:
    """Joined with whatever title the achievement has."""
    return statement.outerjoin(Public, Public.id == Achievement.public_version_id).outerjoin(
        Working, Working.id == Achievement.working_version_id
    )


def _rows() -> Select[Any]:
    statement = (
        select(
            Application.id,
            Application.public_id,
            Application.state,
            Application.submitted_at,
            Application.minutes,
            Application.demo_needs,
            Application.may_record,
            Application.outcome,
            Application.level,
            Application.reason,
            Application.departure,
            Application.rank,
            Application.place,
            Application.is_sample,
            Application.organisation_id,
            Application.achievement_id,
            Achievement.state.label("achievement_state"),
            Achievement.public_id.label("achievement_public_id"),
            TITLE.label("title"),
            Organisation.name.label("organisation"),
            Presenter.name.label("presenter"),
            Application.presenter_title,
            ProjectCall.announced_at,
            ProjectCall.closes_at,
            Event.title.label("event"),
            Event.public_id.label("event_public_id"),
        )
        .select_from(Application)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .join(Achievement, Achievement.id == Application.achievement_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .outerjoin(Presenter, Presenter.id == Application.presenter_id)
    )
    found: Select[Any] = with_titles(statement)
    return found


def own_applications(
    session: Session, organisation_ids: Collection[int], *, call_id: int | None = None
) -> Sequence[Any]:
    """The applications of these organisations, of one call or of all, newest first. One query."""
    statement = _rows().where(Application.organisation_id.in_(organisation_ids)).order_by(Application.id.desc())
    if call_id is not None:
        statement = statement.where(Application.call_id == call_id)
    return session.execute(statement).all()


def submitted(session: Session, call_id: int) -> Sequence[Any]:
    """What the selection is about, in the order of coming in. One query."""
    statement = _rows().where(Application.call_id == call_id, Application.state == ApplicationState.SUBMITTED)
    return session.execute(statement.order_by(Application.submitted_at, Application.id)).all()


def of_achievement(session: Session, call_id: int, achievement_id: int) -> ProjectApplication | None:
    return session.scalar(
        select(Application).where(Application.call_id == call_id, Application.achievement_id == achievement_id)
    )


def offered(session: Session, organisation_ids: Collection[int], call_id: int) -> Sequence[Any]:
    """(public_id, title, organisation, state) of what these organisations could still offer to a call, newest first."""
    already = select(Application.achievement_id).where(Application.call_id == call_id)
    statement = with_titles(
        select(
            Achievement.public_id,
            TITLE.label("title"),
            Organisation.name.label("organisation"),
            Achievement.state,
        ).join(Organisation, Organisation.id == Achievement.organisation_id)
    )
    return list(
        session.execute(
            statement.where(
                Achievement.organisation_id.in_(organisation_ids),
                Achievement.state.in_((RecordState.PUBLISHED, RecordState.DRAFT)),
                Achievement.id.not_in(already),
                TITLE != "",
            )
            .order_by(Achievement.state != RecordState.PUBLISHED, Achievement.id.desc())
            .limit(OFFERED_AT_MOST)
        )
    )


def achievement_of(session: Session, public_id: str, organisation_ids: Collection[int]) -> Achievement | None:
    """An achievement of one of these organisations."""
    return session.scalar(
        select(Achievement).where(Achievement.public_id == public_id, Achievement.organisation_id.in_(organisation_ids))
    )


def submitted_by(session: Session, call_id: int, organisation_id: int, *, without: int | None) -> int:
    """How many applications of an organisation a call has, but for one."""
    statement = select(func.count()).where(
        Application.call_id == call_id,
        Application.organisation_id == organisation_id,
        Application.state == ApplicationState.SUBMITTED,
        Application.id != (without or 0),
    )
    return session.scalar(statement) or 0


def answered(session: Session, call_id: int) -> bool:
    """Whether anybody has begun an application: then the questions of the call stay."""
    return session.scalar(select(Application.id).where(Application.call_id == call_id).limit(1)) is not None


def drafts(session: Session, call_id: int) -> Sequence[Any]:
    """What was begun and not submitted, by organisation, where that organisation may still submit one. One query."""
    other = aliased(Application)
    used = (
        select(func.count(other.id))
        .where(
            other.call_id == call_id,
            other.organisation_id == Application.organisation_id,
            other.state == ApplicationState.SUBMITTED,
        )
        .correlate(Application)
        .scalar_subquery()
    )
    statement = with_titles(
        select(Application.organisation_id, Application.acted_by_id, TITLE.label("title"), Organisation.name)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Achievement, Achievement.id == Application.achievement_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
    ).where(
        Application.call_id == call_id,
        Application.state == ApplicationState.DRAFT,
        or_(ProjectCall.most_each.is_(None), used < ProjectCall.most_each),
    )
    return list(session.execute(statement.order_by(Application.organisation_id, Application.id)))


def near_deadlines(session: Session, *, now: datetime, until: datetime) -> Sequence[int]:
    """Ids of calls that close, or whose scores are due, between the two, and of which nobody was reminded yet."""
    closing = and_(ProjectCall.drafts_reminded_at.is_(None), ProjectCall.closes_at.between(now, until))
    due = and_(ProjectCall.scores_reminded_at.is_(None), ProjectCall.scores_due_at.between(now, until))
    return session.scalars(select(ProjectCall.id).where(or_(closing, due)).order_by(ProjectCall.id)).all()


def number_submitted(session: Session, call_id: int) -> int:
    """How many applications a call has."""
    statement = select(func.count()).where(
        Application.call_id == call_id, Application.state == ApplicationState.SUBMITTED
    )
    return session.scalar(statement) or 0


# --- the ranking ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranked:
    """An application (a row of ``submitted``), where it stands, and what the ranking proposes for it.

    ``standing`` is None where the achievement is not published: only published ones count.
    """

    row: Any
    standing: Standing | None
    proposed: Outcome


def ranking(session: Session, call: ProjectCall) -> list[Ranked]:
    """Best first, then what does not count. Two queries."""
    rows = submitted(session, call.id)
    sheets: dict[int, list[tuple[int, ...]]] = {}
    asked: dict[int, int] = {}
    found = session.execute(
        select(ScoreSheet.application_id, ScoreSheet.points, ScoreSheet.given_at)
        .join(Application, Application.id == ScoreSheet.application_id)
        .where(Application.call_id == call.id, counts())
        .order_by(ScoreSheet.id)
    )
    for application_id, points, given_at in found:
        asked[application_id] = asked.get(application_id, 0) + 1
        if given_at is not None:
            sheets.setdefault(application_id, []).append(tuple(points))
    entries = [
        Entry(row.id, row.submitted_at, tuple(sheets.get(row.id, ())), asked.get(row.id, 0))
        for row in rows
        if row.achievement_state is RecordState.PUBLISHED
    ]
    standings = rank(entries, call.weights, drops_extremes=call.drops_extremes)
    proposed = proposal(standings, places=call.places, reserves=call.reserves)
    by_id = {row.id: row for row in rows}
    counted = [Ranked(by_id[one.key], one, proposed[one.key]) for one in standings]
    known = {one.key for one in standings}
    return counted + [Ranked(row, None, Outcome.NOT_SELECTED) for row in rows if row.id not in known]


def counts() -> Any:
    """Condition on ScoreSheet: its scorer is to score, or has scored; neither a conflict of interest nor taken back."""
    return and_(ScoreSheet.conflict == "", ScoreSheet.taken_back_at.is_(None))


def to_be_scored() -> Any:
    """Condition on ScoreSheet joined with its application: its scorer is still to score."""
    return and_(Application.state == ApplicationState.SUBMITTED, ScoreSheet.given_at.is_(None), counts())


def reserve(session: Session, call_id: int) -> ProjectApplication | None:
    """Who moves up next."""
    return session.scalar(
        select(Application)
        .where(
            Application.call_id == call_id,
            Application.state == ApplicationState.SUBMITTED,
            Application.outcome == Outcome.RESERVE,
        )
        .order_by(Application.rank.nulls_last(), Application.id)
        .limit(1)
    )


def _in_programme() -> Any:
    return (
        select(AgendaItem.id)
        .where(AgendaItem.event_id == ProjectCall.event_id, AgendaItem.achievement_id == Application.achievement_id)
        .correlate(ProjectCall, Application)
        .exists()
    )


def on_stage() -> Any:
    """Condition: the application has a place on the stage that it has not declined."""
    return and_(
        Application.state == ApplicationState.SUBMITTED,
        Application.outcome == Outcome.SELECTED,
        Application.level == Level.ROADSHOW,
        or_(Application.place.is_(None), Application.place != Decision.DECLINED),
    )


def out_of_step() -> Any:
    """Condition: the programme lacks who is on the stage, or holds who declined."""
    return or_(
        and_(on_stage(), ~_in_programme()),
        and_(Application.place == Decision.DECLINED, _in_programme()),
    )


@dataclass(frozen=True)
class Gap:
    """What the programme, as it is being arranged, lacks and holds too much; else whether only its publication is open."""

    missing: Sequence[Achievement]
    surplus: Sequence[str]  # titles
    unpublished: bool

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus or self.unpublished)


def presenters(session: Session, call_id: int) -> dict[int, Speaker]:
    """Who presents which achievement, named as the programme announces them."""
    found = session.execute(
        select(Application.achievement_id, Person.id, Person.name, Application.presenter_title)
        .join(Person, Person.id == Application.presenter_id)
        .where(Application.call_id == call_id, Person.deidentified_at.is_(None))
    ).all()
    return {key: Speaker(person, _with_title(name, title)) for key, person, name, title in found}


def _with_title(name: str, title: str) -> str:
    both = f"{name} {title}".strip()
    return both if len(both) <= LONGEST_SPEAKER else name


def gap(session: Session, call: ProjectCall) -> Gap:
    """How programme and selection differ; missing ones in the order of the ranking."""
    arranged = {item.achievement_id for item in working_plan(session, call.event)}
    chosen = session.scalars(
        select(Achievement)
        .join(Application, Application.achievement_id == Achievement.id)
        .where(Application.call_id == call.id, on_stage())
        .order_by(Application.rank.nulls_last(), Application.id)
    )
    missing = [one for one in chosen if one.id not in arranged]
    declined = session.execute(
        _rows().where(Application.call_id == call.id, Application.place == Decision.DECLINED).order_by(Application.id)
    )
    surplus = [row.title for row in declined if row.achievement_id in arranged]
    differs = select(Application.id).join(ProjectCall, ProjectCall.id == Application.call_id)
    open_still = session.scalar(differs.where(ProjectCall.id == call.id, out_of_step()).limit(1)) is not None
    return Gap(missing, surplus, open_still and not missing and not surplus)
