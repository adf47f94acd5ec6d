"""The next step of an engagement: what, who of which side, until when. Done, put off or replaced; nothing is lost."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.engagements import behalf
from models.base import utcnow
from models.enums import NextStepState, Side, Stage
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.next_steps import PUT_OFF, SET, candidates
from models.rules.outcomes import FARTHEST, STEP_LENGTH
from models.rules.policy import Actor
from models.tables import Engagement, NextStep, Transition

MEANWHILE = N_("The next step was changed in the meantime. Look at the present one and decide again.")


def plan(
    session: Session, engagement: Engagement, *, by: Actor, text: str, person_id: int, due_on: date, today: date,
    replaces: str = "", revision: int | None = None,
) -> NextStep:  # fmt: skip
    """Set the next step; the open one, which the form showed as ``replaces`` at ``revision``, is replaced by it.

    Raises Invalid at a field, NotNow where the engagement has ended, Conflict where somebody set another one meanwhile.
    """
    session.refresh(engagement, with_for_update=True)
    if engagement.stage in (Stage.S9, Stage.X):
        raise NotNow(N_("This engagement has ended, so it has no next step. Take it up again first."))
    said = _text(text)
    _day(due_on, today)
    side = _side_of(session, engagement, person_id)
    former = open_step(session, engagement)
    if former is not None or replaces:
        _same(former, replaces, revision)
    if former is not None:
        _close(session, former, NextStepState.REPLACED, by=by)
    made = NextStep(
        engagement_id=engagement.id, text=said, side=side, person_id=person_id, due_on=due_on, set_by_id=by.person_id
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # somebody set one at this moment
        raise Conflict(MEANWHILE) from None
    _note(session, made, SET, by=by, reason=due_on.isoformat())
    audit.record(
        session, "engagement.plan", engagement, by=by, on_behalf_of=behalf(engagement, by), step=made.public_id
    )
    session.flush()
    return made


def done(session: Session, step: NextStep, *, by: Actor, revision: int | None = None) -> None:
    """Raises Conflict where it is not as the form showed it."""
    _still(session, step, revision)
    _close(session, step, NextStepState.DONE, by=by)
    audit.record(
        session, "engagement.step_done", step.engagement, by=by, on_behalf_of=behalf(step.engagement, by),
        step=step.public_id,
    )  # fmt: skip
    session.flush()


def put_off(
    session: Session, step: NextStep, *, by: Actor, due_on: date, today: date, revision: int | None = None
) -> None:
    """Give it a later day. Raises Invalid (due_on), Conflict as ``done``."""
    _still(session, step, revision)
    _day(due_on, today)
    if due_on <= step.due_on:
        raise Invalid(N_("Please choose a later day than the present one."), field="due_on")
    step.due_on = due_on
    _note(session, step, PUT_OFF, by=by, reason=due_on.isoformat())
    audit.record(
        session, "engagement.step_put_off", step.engagement, by=by, on_behalf_of=behalf(step.engagement, by),
        step=step.public_id, due_on=due_on.isoformat(),
    )  # fmt: skip
    session.flush()


def open_step(session: Session, engagement: Engagement) -> NextStep | None:
    return session.scalar(
        select(NextStep).where(NextStep.engagement_id == engagement.id, NextStep.state == NextStepState.OPEN)
    )


def _text(text: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise Invalid(N_("Please write something here."), field="text")
    if len(said) > STEP_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="text", max=STEP_LENGTH)
    return said


def _day(due_on: date, today: date) -> None:
    if due_on < today:
        raise Invalid(N_("Please choose a day that is still to come."), field="due_on")
    if due_on > today + FARTHEST:
        raise Invalid(N_("Please check the year."), field="due_on")


def _side_of(session: Session, engagement: Engagement, person_id: int) -> Side:
    """The side a person is on now."""
    for side, people in candidates(session, engagement).items():
        if person_id in {person.id for person in people}:
            return side
    raise Invalid(N_("Somebody you chose is not in the organisation any more. Please choose again."), field="person")


def _same(former: NextStep | None, replaces: str, revision: int | None) -> None:
    if former is None or former.public_id != replaces or (revision is not None and former.revision != revision):
        raise Conflict(MEANWHILE)


def _still(session: Session, step: NextStep, revision: int | None) -> None:
    session.refresh(step, with_for_update=True)
    if step.state is not NextStepState.OPEN or (revision is not None and step.revision != revision):
        raise Conflict(MEANWHILE)


def _close(session: Session, step: NextStep, state: NextStepState, *, by: Actor) -> None:
    step.state, step.closed_at = state, utcnow()
    _note(session, step, state.value, by=by)
    session.flush()


def _note(session: Session, step: NextStep, what: str, *, by: Actor, reason: str = "") -> None:
    session.flush()
    session.add(
        Transition(
            object_type=step.__tablename__,
            object_id=step.id,
            to_state=what,
            reason=reason,
            at=utcnow(),
            person_id=by.person_id,
            on_behalf_of_id=behalf(session.get_one(Engagement, step.engagement_id), by),
        )
    )
