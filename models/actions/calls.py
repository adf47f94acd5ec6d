"""An organizer's call for a roadshow's projects: opened, changed, closed early.

Every verb about a call locks its row first: a deadline, the bound of an organisation and the criteria are looked at by one
transaction at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import EventState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.scoring import any_given
from models.queries.selection import answered, call_of
from models.rules.policy import Actor
from models.rules.selection import WHOLE
from models.tables import Event, ProjectCall

BEFORE = timedelta(days=2)  # a deadline, reminders go out
MOST_CRITERIA = 8
MOST_QUESTIONS = 5
VALUES = ("text", "questions", "most_each", "places", "reserves", "scorers_each", "drops_extremes", "scores_due_at")
FIXED = ("criteria", "drops_extremes", "closes_at")  # once somebody has scored


def open_call(
    session: Session, event: Event, *, by: Actor, closes_at: datetime, criteria: Sequence[dict[str, Any]], **values: Any
) -> ProjectCall:
    """Ask for projects until ``closes_at``. Raises Invalid at a field, NotNow for a roadshow that is over or cancelled,
    Conflict where there is a call."""
    _possible(event)
    if call_of(session, event.id) is not None:
        raise Conflict(N_("This roadshow has a call for projects already."))
    call = ProjectCall(event=event, created_by_id=by.person_id)
    _set(call, event, closes_at, criteria, values)
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError:
        raise Conflict(N_("This roadshow has a call for projects already.")) from None
    audit.record(session, "call.open", event, by=by, closes_at=closes_at.isoformat())
    keep_reminders(session, call)
    session.flush()
    return call


def edit(
    session: Session,
    call: ProjectCall,
    *,
    by: Actor,
    revision: int,
    closes_at: datetime,
    criteria: Sequence[dict[str, Any]],
    **values: Any,
) -> None:
    """Change a call. Once somebody has scored, criteria, counting and closing stay. Raises as ``open_call``."""
    lock(session, call)
    if call.revision != revision:
        raise Conflict(N_("Somebody else changed this call in the meantime. Open it again and compare."))
    not_announced(call)
    _possible(call.event)
    was = {name: getattr(call, name) for name in FIXED}
    asked = list(call.questions)
    _set(call, call.event, closes_at, criteria, values)
    if any(getattr(call, name) != was[name] for name in FIXED) and any_given(session, call.id):
        raise NotNow(
            N_(
                "Somebody has scored already: criteria, weights, way of counting and closing time cannot change any more."
            ),
            field="criteria",
        )
    if call.questions[: len(asked)] != asked and answered(session, call.id):
        raise Invalid(
            N_("Somebody has answered these questions already: they stay, new ones come below."), field="questions"
        )
    audit.record(session, "call.edit", call.event, by=by, closes_at=closes_at.isoformat())
    keep_reminders(session, call)
    session.flush()


def close(session: Session, call: ProjectCall, *, by: Actor) -> None:
    """Take no applications from now on. Raises NotNow where it is closed."""
    lock(session, call)
    if not call.takes(utcnow()):
        raise NotNow(N_("This call is closed already."))
    call.closes_at = utcnow().replace(second=0, microsecond=0)  # as the form shows it
    audit.record(session, "call.close", call.event, by=by)
    session.flush()


def keep_reminders(session: Session, call: ProjectCall) -> None:
    """Have a call's deadlines looked at before they come; the handler looks again whether anybody is to be reminded."""
    at = call.closes_at - BEFORE
    if at > utcnow():
        key = f"call_closing:{call.id}:{at:%Y-%m-%dT%H:%M}"
        jobs.add(session, "call_closing", run_after=at, unique_key=key, call_id=call.id)
    if call.scores_due_at is not None and (at := call.scores_due_at - BEFORE) > utcnow():
        key = f"scores_due:{call.id}:{at:%Y-%m-%dT%H:%M}"
        jobs.add(session, "scores_due", run_after=at, unique_key=key, call_id=call.id)


def lock(session: Session, call: ProjectCall) -> None:
    """Read the call as it is now; nobody else changes it, or what hangs on it, until the end of the transaction."""
    session.refresh(call, with_for_update=True)


def not_announced(call: ProjectCall) -> None:
    if call.announced_at is not None:
        raise NotNow(N_("The selection was announced; it stays as it is."))


def closed(call: ProjectCall) -> None:
    """Raise NotNow while applications can still change: nobody scores what is being written."""
    if utcnow() < call.closes_at:
        raise NotNow(N_("Applications can change until %(closes)s; this begins after that."), closes=[call.closes_at])


def _possible(event: Event) -> None:
    if event.state is EventState.CANCELLED:
        raise NotNow(N_("This roadshow was cancelled."))
    if event.ends_at <= utcnow():
        raise NotNow(N_("This roadshow is over."))


def _set(
    call: ProjectCall, event: Event, closes_at: datetime, criteria: Sequence[dict[str, Any]], values: dict[str, Any]
) -> None:
    if unknown := values.keys() - set(VALUES):
        raise TypeError(f"not values of a call: {sorted(unknown)}")
    if closes_at != call.closes_at and closes_at <= utcnow():
        raise Invalid(N_("This time has passed already."), field="closes_at")
    if closes_at >= event.starts_at:
        raise Invalid(N_("The call must close before the roadshow begins."), field="closes_at")
    due = values.get("scores_due_at")
    if due is not None and due <= closes_at:
        raise Invalid(N_("Scores are due after the call has closed."), field="scores_due_at")
    if due is not None and due >= event.starts_at:
        raise Invalid(N_("Scores are due before the roadshow begins."), field="scores_due_at")
    if len(values.get("questions", ())) > MOST_QUESTIONS:
        raise Invalid(N_("At most %(most)s questions, please."), field="questions", most=MOST_QUESTIONS)
    call.closes_at, call.criteria = closes_at, _criteria(criteria)
    for name, value in values.items():
        setattr(call, name, value)


def _criteria(criteria: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [one["name"] for one in criteria]
    if not names or len(names) > MOST_CRITERIA:
        raise Invalid(N_("Please give one to %(most)s criteria."), field="criteria", most=MOST_CRITERIA)
    if len(set(names)) < len(names) or not all(names):
        raise Invalid(N_("Each criterion needs a name of its own."), field="criteria")
    total = sum(one["weight"] for one in criteria)
    if total != WHOLE or any(one["weight"] < 1 for one in criteria):
        raise Invalid(
            N_("The weights must add up to %(whole)s; they add up to %(total)s now."),
            field="criteria",
            whole=WHOLE,
            total=total,
        )
    return [{"name": one["name"], "weight": one["weight"]} for one in criteria]
