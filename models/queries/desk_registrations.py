"""Registrations on a desk: a seat that is held for the reader, and who waits for the organizer's approval."""

from collections.abc import Iterable

from sqlalchemy import func

from models.enums import EventState, RegistrationState
from models.queries.desk_rows import Scope, Statement, row
from models.tables import Event, Registration


def waiting(scope: Scope) -> Iterable[Statement]:
    """Offers due when they end; one row for each roadshow with registrations to approve, due when it begins.

    Whoever is in no organisation has the mail and their day: a desk with nothing else on it costs no query.
    """
    coming = (Event.state == EventState.PUBLISHED, Event.ends_at > scope.now)
    if scope.acts:
        yield (
            row("seat", key=Registration.public_id, title=Event.title, due_at=Registration.offered_until)
            .select_from(Registration)
            .join(Event, Event.id == Registration.event_id)
            .where(
                Registration.person_id == scope.me,
                Registration.state == RegistrationState.OFFERED,
                Registration.offered_until > scope.now,
                *coming,
            )
        )
    if scope.organizer:
        yield (
            row(
                "approvals",
                key=Event.public_id,
                title=Event.title,
                due_at=Event.starts_at,
                number=func.count(Registration.id),
            )
            .select_from(Registration)
            .join(Event, Event.id == Registration.event_id)
            .where(Registration.state == RegistrationState.PENDING, *coming)
            .group_by(Event.id)
        )
