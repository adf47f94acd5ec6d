"""After meetings, on a desk: how it was, and the next step with who and until when, on both desks."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_

from models.enums import BookingState, NextStepState, Side, Stage
from models.queries.bookings import ENDS
from models.queries.desk_rows import Scope, Statement, row
from models.queries.desk_sources import attends, booking_row
from models.queries.outcomes import logs_in, silent
from models.queries.requests import Receiver, Sender
from models.rules.outcomes import ASKED_FOR
from models.tables import (
    Account,
    Booking,
    BookingAttendee,
    ContactRequest,
    Engagement,
    NextStep,
    Person,
)


def outcomes(scope: Scope) -> Iterable[Statement]:
    """Meetings that are over and of which the reader's side has not said how it was: for who attended or arranged them,
    and for managers and brokers where nobody who attended can log in."""
    if not scope.acts:
        return
    seat, meeting = Booking.provider_id.is_(None), Booking.provider_id.is_not(None)
    mine = Sender.name, Booking.seeker_id
    yield _silent(booking_row("seat_outcome", "", *mine), scope, Side.SEEKER, Booking.seeker_id).where(seat)
    yield _silent(booking_row("outcome", Receiver.name, *mine), scope, Side.SEEKER, Booking.seeker_id).where(meeting)
    theirs = booking_row("outcome", Sender.name, Receiver.name, Booking.provider_id)
    yield _silent(theirs, scope, Side.PROVIDER, Booking.provider_id)


def _silent(statement: Statement, scope: Scope, side: Side, mine_id: Any) -> Statement:
    return statement.where(
        Booking.state == BookingState.CONFIRMED,
        mine_id.in_(scope.acts),
        scope.now >= ENDS,
        scope.now - ASKED_FOR < ENDS,
        silent(side),
        or_(
            attends(scope),
            Booking.acted_by_id == scope.me,
            Booking.answered_by_id == scope.me,
            and_(mine_id.in_(scope.managed + scope.mandates), ~logs_in(side, mine_id)),
        ),
    )


def _step_row(kind: str, *, mine_id: Any, other: Any, mine: Any, scope: Scope) -> Statement:
    """Open steps of engagements under way."""
    statement = row(
        kind,
        key=Engagement.public_id,
        second_key=Person.name,
        title=NextStep.text,
        who=other,
        mine=mine,
        mine_id=mine_id,
        due_on=NextStep.due_on,
        at=NextStep.created_at,
    ).select_from(NextStep)
    return (
        statement.join(Engagement, Engagement.id == NextStep.engagement_id)
        .join(Sender, Sender.id == Engagement.seeker_id)
        .join(Receiver, Receiver.id == Engagement.provider_id)
        .join(Person, Person.id == NextStep.person_id)
        .where(
            NextStep.state == NextStepState.OPEN,
            Engagement.stage.not_in((Stage.S9, Stage.X)),
            mine_id.in_(scope.acts),
        )
    )


def _concerned(scope: Scope, mine_id: Any) -> ColumnElement[bool]:
    """Whom an engagement concerns on the reader's side: who met, asked or answered, planned the step, and who manages."""
    met = exists().where(
        Booking.engagement_id == Engagement.id,
        BookingAttendee.booking_id == Booking.id,
        BookingAttendee.person_id == scope.me,
    )
    wrote = exists().where(
        ContactRequest.engagement_id == Engagement.id,
        or_(
            ContactRequest.asked_by_id == scope.me,
            ContactRequest.acted_by_id == scope.me,
            ContactRequest.answered_by_id == scope.me,
        ),
    )
    return or_(met, wrote, NextStep.set_by_id == scope.me, mine_id.in_(scope.managed + scope.mandates))


def next_steps(scope: Scope) -> Iterable[Statement]:
    """Steps that are the reader's own; those of a colleague for their manager or broker, and for all whom the engagement
    concerns where the colleague cannot log in."""
    if not scope.acts:
        return
    has_account = exists().where(Account.person_id == NextStep.person_id, Account.confirmed_at.is_not(None))
    for side, mine_id, other, mine in _sides():
        yield _step_row("next_step", mine_id=mine_id, other=other, mine=mine, scope=scope).where(
            NextStep.side == side,
            or_(
                NextStep.person_id == scope.me,
                mine_id.in_(scope.managed + scope.mandates),
                and_(~has_account, _concerned(scope, mine_id)),
            ),
        )


def awaited_steps(scope: Scope) -> Iterable[Statement]:
    """Steps of the other side, for all whom the engagement concerns on this one."""
    if not scope.acts:
        return
    for side, mine_id, other, mine in _sides():
        yield _step_row("next_step", mine_id=mine_id, other=other, mine=mine, scope=scope).where(
            NextStep.side != side, _concerned(scope, mine_id)
        )


def _sides() -> tuple[tuple[Side, Any, Any, Any], ...]:
    return (
        (Side.SEEKER, Engagement.seeker_id, Receiver.name, Sender.name),
        (Side.PROVIDER, Engagement.provider_id, Sender.name, Receiver.name),
    )
