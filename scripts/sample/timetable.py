"""A timetable to look at and to change: of the last 1:1 session to come, one of whose tables cannot be used at first."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions.timetables import note_result
from models.enums import DisturbanceKind, EventState
from models.queries.planning import day_of
from models.rules.timetable import Effort, plan_day, reasons
from models.tables import Disturbance, MatchSession, MeetingWish, Timetable
from scripts.sample import Clock
from scripts.sample.organisations import person_ids


def load(session: Session, clock: Clock) -> int:
    """Compute it where there is none yet; returns how many meetings were placed."""
    if session.scalar(select(Timetable.id).limit(1)) is not None:
        return 0
    wished = select(MeetingWish.match_session_id).where(MeetingWish.is_sample)
    coming = select(MatchSession).where(
        MatchSession.id.in_(wished), MatchSession.state == EventState.PUBLISHED, MatchSession.starts_at > clock.first
    )
    match_session = session.scalar(coming.order_by(MatchSession.starts_at.desc()).limit(1))
    if match_session is None:
        return 0
    organizer = person_ids(session)["organizer"]
    begins = match_session.starts_at
    session.add(
        Disturbance(
            match_session_id=match_session.id, kind=DisturbanceKind.TABLE, table_id=match_session.tables[-1].id,
            until_at=begins + timedelta(minutes=match_session.slot_minutes), noted_by_id=organizer,
            created_at=clock.first,
        )
    )  # fmt: skip
    made = Timetable(match_session_id=match_session.id, number=1, asked_by_id=organizer, created_at=clock.first)
    session.add(made)
    session.flush()
    day = day_of(session, match_session, accepted_only=False, now=clock.first)
    outcome = plan_day(day.problem, Effort(rounds=50))
    note_result(session, made.id, day, outcome, reasons(day.problem, outcome.plan))
    return len(made.meetings)
