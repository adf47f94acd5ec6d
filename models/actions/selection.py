"""The organizer decides which projects get the stage: drafts until they are announced, then told and arranged."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import agenda, audit
from models.actions.applications import tell_outcome
from models.actions.calls import closed, lock, not_announced
from models.base import utcnow
from models.enums import ApplicationState, Decision, Level, Outcome, RecordState
from models.errors import N_, Invalid, NotNow
from models.queries.selection import Ranked, gap, presenters, ranking
from models.rules.policy import Actor
from models.rules.selection import usual_level
from models.tables import ProjectApplication, ProjectCall


def decide(
    session: Session,
    application: ProjectApplication,
    *,
    by: Actor,
    outcome: Outcome,
    level: Level | None,
    reason: str = "",
    departure: str = "",
) -> None:
    """Note what becomes of an application; nobody is told yet.

    Raises Invalid (departure) where it is not what the ranking proposes and no reason is given, NotNow where it was
    withdrawn, is not published, or the selection was announced.
    """
    call = application.call
    _deciding(session, call)
    session.refresh(application)
    if application.state is not ApplicationState.SUBMITTED:
        raise NotNow(N_("This application was withdrawn."))
    _publishable(application, outcome)
    proposed = next(one.proposed for one in ranking(session, call) if one.row.id == application.id)
    if outcome is not proposed and not departure.strip():
        raise Invalid(
            N_("The ranking proposes “%(proposed)s”. Please say why you decide otherwise."),
            field="departure",
            proposed=proposed.label,
        )
    if outcome is Outcome.SELECTED and level is None:
        raise Invalid(N_("Please say how the project is presented."), field="level")
    _set(application, outcome, level)
    application.reason, application.departure = reason.strip(), departure.strip() if outcome is not proposed else ""
    audit.record(
        session, "application.decide", application, by=by, outcome=outcome.value, departure=application.departure
    )
    session.flush()


def take_over(session: Session, call: ProjectCall, *, by: Actor) -> int:
    """Decide as the ranking proposes wherever nothing is decided yet; returns how many."""
    _deciding(session, call)
    open_ones = {one.row.id: one.proposed for one in ranking(session, call) if one.row.outcome is None}
    for application in _applications(session, list(open_ones)):
        outcome = open_ones[application.id]
        _set(application, outcome, usual_level(outcome))
        audit.record(session, "application.decide", application, by=by, outcome=outcome.value)
    session.flush()
    return len(open_ones)


def announce(session: Session, call: ProjectCall, *, by: Actor) -> int:
    """Tell every applicant the result, once, and put the selected pitches into the programme in the order of the ranking.

    Returns how many pitches were added. Raises NotNow where something is undecided or departs from the ranking without a
    reason, and what the programme says (agenda.add_pitches).
    """
    _deciding(session, call)
    found = ranking(session, call)
    _decided(found)
    applications = {one.id: one for one in _applications(session, [one.row.id for one in found])}
    for one in found:
        application = applications[one.row.id]
        _publishable(application, application.outcome)
        application.rank = one.standing.rank if one.standing else None
        application.place = Decision.PENDING if application.outcome is Outcome.SELECTED else None
    call.announced_at = utcnow()
    audit.record(session, "call.announce", call.event, by=by, applications=len(found))
    session.flush()
    for one in found:
        tell_outcome(session, applications[one.row.id])
    return arrange(session, call, by=by)


def arrange(session: Session, call: ProjectCall, *, by: Actor) -> int:
    """Put into the programme, with its presenter, whatever has a place on the stage and is not in it; returns how many.
    Raises as add_pitches.

    In a roadshow that is announced they stand in the draft of its programme until the organizer publishes the changes.
    """
    if call.announced_at is None:
        raise NotNow(N_("The selection has not been announced yet."))
    missing = gap(session, call).missing
    if missing:
        speakers = presenters(session, call.id)
        agenda.add_pitches(session, call.event, by=by, achievements=missing, speakers=speakers)
    session.flush()
    return len(missing)


def _deciding(session: Session, call: ProjectCall) -> None:
    lock(session, call)
    not_announced(call)
    closed(call)


def _decided(found: Sequence[Ranked]) -> None:
    if not found:
        raise NotNow(N_("There is no application to decide about."))
    undecided = [one.row.title for one in found if one.row.outcome is None]
    if undecided:
        raise NotNow(N_("Not decided yet: %(titles)s."), titles="、".join(undecided))
    unfounded = [one.row.title for one in found if one.row.outcome is not one.proposed and not one.row.departure]
    if unfounded:
        raise NotNow(
            N_("The ranking has changed since; please decide again or say why not as ranked: %(titles)s."),
            titles="、".join(unfounded),
        )


def _publishable(application: ProjectApplication, outcome: Outcome | None) -> None:
    if outcome in (Outcome.SELECTED, Outcome.RESERVE) and application.achievement.state is not RecordState.PUBLISHED:
        raise NotNow(N_("Only published achievements can be selected."), field="outcome")


def _set(application: ProjectApplication, outcome: Outcome, level: Level | None) -> None:
    application.outcome = outcome
    application.level = level if outcome is not Outcome.NOT_SELECTED else None


def _applications(session: Session, ids: Sequence[int]) -> Sequence[ProjectApplication]:
    return session.scalars(
        select(ProjectApplication).where(ProjectApplication.id.in_(ids)).order_by(ProjectApplication.id)
    ).all()
