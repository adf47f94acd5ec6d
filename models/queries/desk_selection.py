"""Calls for projects on a desk: open ones, drafts, scores to give, results to announce, places to take, a
programme out of step."""

from collections.abc import Iterable

from sqlalchemy import exists, func

from models.enums import ApplicationState, Decision, EventState
from models.queries.desk_rows import Scope, Statement, row
from models.queries.desk_sources import NEWS
from models.queries.selection import TITLE, Application, out_of_step, to_be_scored, with_titles
from models.tables import Achievement, CallScorer, Event, Organisation, ProjectCall, ScoreSheet


def selection(scope: Scope) -> Iterable[Statement]:
    if scope.acts:
        yield _calls(scope)
        yield _own("application", scope, due_at=ProjectCall.closes_at).where(
            Application.state == ApplicationState.DRAFT, ProjectCall.closes_at > scope.now
        )
        yield _own("place", scope, due_at=Event.starts_at).where(
            Application.place == Decision.PENDING, Event.starts_at > scope.now
        )
    if scope.me:
        yield _scores(scope)
    if scope.organizer:
        yield _to_decide(scope)
        yield _stage(scope)


def awaited(scope: Scope) -> Iterable[Statement]:
    """Own applications whose result is not announced yet."""
    if scope.acts:
        yield _own("application", scope, state=Application.state, at=Event.starts_at).where(
            Application.state == ApplicationState.SUBMITTED,
            ProjectCall.announced_at.is_(None),
            Event.starts_at > scope.now,
        )


def results(scope: Scope) -> Iterable[Statement]:
    """Results of two weeks, of own applications."""
    if scope.acts:
        yield _own("result", scope, state=Application.outcome, at=ProjectCall.announced_at).where(
            Application.state == ApplicationState.SUBMITTED, ProjectCall.announced_at >= scope.now - NEWS
        )


def _calls(scope: Scope) -> Statement:
    """Open calls to which an organisation that provides has not said anything yet; what was withdrawn is an answer."""
    answered = exists().where(Application.call_id == ProjectCall.id, Application.organisation_id == Organisation.id)
    return (
        row(
            "call",
            key=Event.public_id,
            title=Event.title,
            mine=Organisation.name,
            mine_id=Organisation.id,
            due_at=ProjectCall.closes_at,
        )
        .select_from(ProjectCall)
        .join(Event, Event.id == ProjectCall.event_id)
        .join(Organisation, Organisation.id.in_(scope.acts) & Organisation.is_provider.is_(True))
        .where(ProjectCall.closes_at > scope.now, Event.state == EventState.PUBLISHED, ~answered)
    )


def _own(kind: str, scope: Scope, **columns: object) -> Statement:
    statement = (
        row(
            kind,
            key=Application.public_id,
            title=TITLE,
            who=Event.title,
            mine=Organisation.name,
            mine_id=Organisation.id,
            **columns,
        )
        .select_from(Application)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .join(Achievement, Achievement.id == Application.achievement_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
    )
    found: Statement = with_titles(statement)
    return found.where(Organisation.id.in_(scope.acts), Event.state == EventState.PUBLISHED)


def _scores(scope: Scope) -> Statement:
    """How many applications of a call the reader has still to score."""
    return (
        row("score", title=Event.title, due_at=ProjectCall.scores_due_at, number=func.count(ScoreSheet.id))
        .select_from(ScoreSheet)
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .join(ProjectCall, ProjectCall.id == CallScorer.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .join(Application, Application.id == ScoreSheet.application_id)
        .where(
            CallScorer.person_id == scope.me,
            to_be_scored(),
            ProjectCall.announced_at.is_(None),
            Event.state != EventState.CANCELLED,
        )
        .group_by(ProjectCall.id, Event.id)
    )


def _to_decide(scope: Scope) -> Statement:
    """Closed calls with applications whose result nobody has announced, of roadshows ahead."""
    return (
        row(
            "selection",
            key=Event.public_id,
            title=Event.title,
            due_at=Event.starts_at,
            number=func.count(Application.id),
        )
        .select_from(Application)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .where(
            Application.state == ApplicationState.SUBMITTED,
            ProjectCall.closes_at <= scope.now,
            ProjectCall.announced_at.is_(None),
            Event.state == EventState.PUBLISHED,
            Event.starts_at > scope.now,
        )
        .group_by(ProjectCall.id, Event.id)
    )


def _stage(scope: Scope) -> Statement:
    """Places given on or given back that the programme does not show yet, of roadshows ahead."""
    return (
        row("stage", key=Event.public_id, title=Event.title, due_at=Event.starts_at, number=func.count(Application.id))
        .select_from(Application)
        .join(ProjectCall, ProjectCall.id == Application.call_id)
        .join(Event, Event.id == ProjectCall.event_id)
        .where(
            ProjectCall.announced_at.is_not(None),
            Event.state == EventState.PUBLISHED,
            Event.starts_at > scope.now,
            out_of_step(),
        )
        .group_by(ProjectCall.id, Event.id)
    )
