"""Stating what a session has to do without, and taking that back. Planning respects it from then on; meetings move only
when a new plan is applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import open_for
from models.actions.occupancy import lock
from models.actions.places import promote
from models.base import utcnow
from models.enums import DisturbanceKind, SessionKind
from models.errors import N_, Invalid, NotNow
from models.rules.policy import Actor
from models.tables import Booking, Disturbance, MatchSession, Organisation, Person, SessionTable

Subject = Person | Organisation | SessionTable | Booking


def note(
    session: Session,
    match_session: MatchSession,
    subject: Subject | None,
    *,
    by: Actor,
    kind: DisturbanceKind,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Disturbance:
    """State that somebody, a table or a meeting is missing; said twice it is one. Raises Invalid at a field, NotNow."""
    lock(session, match_session)
    open_for(match_session, SessionKind.ONE_TO_ONE)
    if subject is None:
        raise Invalid(N_("Please choose whom or what it is about."), field="subject")
    session.refresh(subject)
    if from_at is not None and until_at is not None and from_at >= until_at:
        raise Invalid(N_("The end must be after the beginning."), field="until_at")
    if until_at is not None and until_at <= match_session.starts_at:
        raise Invalid(N_("The session begins later than that."), field="until_at")
    if from_at is not None and from_at >= match_session.ends_at:
        raise Invalid(N_("The session is over by then."), field="from_at")
    if until_at is not None and until_at <= utcnow():
        raise Invalid(N_("This time has passed already."), field="until_at")
    if isinstance(subject, Booking):
        _to_come(subject)
    said = {
        "kind": kind,
        "booking_id" if kind is DisturbanceKind.MEETING else f"{kind.value}_id": subject.id,
        "from_at": from_at,
        "until_at": until_at,
    }
    if twin := _twin(session, match_session, said):
        return twin
    made = Disturbance(match_session_id=match_session.id, noted_by_id=by.person_id, **said)
    session.add(made)
    audit.record(session, "disturbance.note", made, by=by, kind=kind.value)
    session.flush()
    return made


def withdraw(session: Session, disturbance: Disturbance, *, by: Actor) -> None:
    """It is not so (any more): who waits may get what is free again. Raises NotNow where it was withdrawn already."""
    lock(session, disturbance.match_session)
    session.refresh(disturbance)
    if disturbance.withdrawn_at is not None:
        raise NotNow(N_("This was taken back already."))
    disturbance.withdrawn_at = utcnow()
    audit.record(session, "disturbance.withdraw", disturbance, by=by)
    session.flush()
    promote(session, disturbance.match_session)


def _to_come(booking: Booking) -> None:
    if not booking.state.holds or booking.slot is None:
        raise NotNow(N_("This meeting does not stand any more."))
    if booking.slot.starts_at <= utcnow():
        raise NotNow(N_("This meeting has begun already; it cannot be cancelled any more."))


def _twin(session: Session, match_session: MatchSession, said: Mapping[str, Any]) -> Disturbance | None:
    """The same, said already."""
    found = select(Disturbance).where(
        Disturbance.match_session_id == match_session.id, Disturbance.withdrawn_at.is_(None)
    )
    same = (one for one in session.scalars(found) if all(getattr(one, name) == value for name, value in said.items()))
    return next(same, None)
