"""Wishes to meet on a desk: how many of a session to come wait for the owner's answer."""

from collections.abc import Iterable

from sqlalchemy import func

from models.enums import EventState
from models.queries.desk_rows import Scope, Statement, row
from models.tables import Achievement, MatchSession, MeetingWish, Organisation


def wishes(scope: Scope) -> Iterable[Statement]:
    """One row for each session and organisation, due when the session begins."""
    if scope.acts:
        yield (
            row(
                "wishes",
                key=MatchSession.public_id,
                title=MatchSession.title,
                mine=Organisation.name,
                mine_id=Organisation.id,
                due_at=MatchSession.starts_at,
                number=func.count(MeetingWish.id),
            )
            .select_from(MeetingWish)
            .join(MatchSession, MatchSession.id == MeetingWish.match_session_id)
            .join(Achievement, Achievement.id == MeetingWish.achievement_id)
            .join(Organisation, Organisation.id == Achievement.organisation_id)
            .where(
                Organisation.id.in_(scope.acts),
                MeetingWish.provider_strength.is_(None),
                MeetingWish.declined_reason.is_(None),
                MatchSession.state == EventState.PUBLISHED,
                MatchSession.starts_at > scope.now,
            )
            .group_by(MatchSession.id, Organisation.id)
        )
