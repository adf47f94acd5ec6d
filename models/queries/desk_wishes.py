"""Wishes to meet on a desk: how many of a session to come wait for the answer of one's organisation."""

from collections.abc import Iterable

from sqlalchemy import func

from models.enums import EventState, Side
from models.queries.desk_rows import Scope, Statement, row
from models.queries.meeting_wishes import waits_for
from models.tables import Achievement, MatchSession, MeetingWish, Organisation


def wishes(scope: Scope) -> Iterable[Statement]:
    """One row for each session and organisation, due when wishes close: no answer is possible after that."""
    for side in Side if scope.acts else ():
        answers = MeetingWish.seeker_id if side is Side.SEEKER else Achievement.organisation_id
        yield (
            row(
                "wishes",
                key=MatchSession.public_id,
                title=MatchSession.title,
                mine=Organisation.name,
                mine_id=Organisation.id,
                due_at=MatchSession.wishes_close_at,
                number=func.count(MeetingWish.id),
            )
            .select_from(MeetingWish)
            .join(MatchSession, MatchSession.id == MeetingWish.match_session_id)
            .join(Achievement, Achievement.id == MeetingWish.achievement_id)
            .join(Organisation, Organisation.id == answers)
            .where(
                Organisation.id.in_(scope.acts),
                waits_for(side),
                MatchSession.state == EventState.PUBLISHED,
                MatchSession.starts_at > scope.now,
                MatchSession.wishes_close_at > scope.now,
            )
            .group_by(MatchSession.id, Organisation.id)
        )
