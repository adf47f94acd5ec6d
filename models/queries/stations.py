"""How far a roadshow is prepared: the numbers of its stations, from the call to the meetings. Only for who organizes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from models.enums import ApplicationState, EventState, RegistrationState, Side
from models.queries.limits import HOLDING
from models.queries.meeting_wishes import waits_for
from models.queries.registrations import by_state
from models.queries.selection import on_stage
from models.tables import Booking, Event, MatchSession, MeetingWish, ProjectApplication, Timetable


@dataclass(frozen=True)
class Preparation:
    """Numbers of a roadshow; sessions: public_id, title, kind, state, wishes, unanswered, meetings, timetable (state or None)."""

    applications: int
    on_stage: int
    registrations: Mapping[RegistrationState, int]
    sessions: Sequence[Any]


def preparation(session: Session, event: Event, *, call_id: int | None) -> Preparation:
    """Three queries at most, whatever the size."""
    applications = (0, 0)
    if call_id is not None:
        row = session.execute(
            select(func.count(), func.count().filter(on_stage())).where(
                ProjectApplication.call_id == call_id, ProjectApplication.state == ApplicationState.SUBMITTED
            )
        ).one()
        applications = (row[0], row[1])
    return Preparation(*applications, by_state(session, event.id), session.execute(_sessions(event.id)).all())


def _sessions(event_id: int) -> Select[Any]:
    wishes = select(func.count()).where(MeetingWish.match_session_id == MatchSession.id)
    newest = select(Timetable.state).where(Timetable.match_session_id == MatchSession.id)
    meetings = select(func.count()).where(Booking.match_session_id == MatchSession.id, Booking.state.in_(HOLDING))
    return (
        select(
            MatchSession.public_id,
            MatchSession.title,
            MatchSession.kind,
            MatchSession.state,
            wishes.scalar_subquery().label("wishes"),
            wishes.where(or_(*map(waits_for, Side))).scalar_subquery().label("unanswered"),
            meetings.scalar_subquery().label("meetings"),
            newest.order_by(Timetable.number.desc()).limit(1).scalar_subquery().label("timetable"),
        )
        .where(MatchSession.event_id == event_id, MatchSession.state != EventState.CANCELLED)
        .order_by(MatchSession.starts_at, MatchSession.id)
    )
