"""Wishes to meet that one person can answer, on their day at a roadshow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.enums import EventState, SessionKind, Side, WishOrigin
from models.queries.meeting_wishes import Providing, Seeking
from models.tables import Achievement, AchievementVersion, MatchSession, MeetingWish


def of_day(
    session: Session,
    event_id: int,
    *,
    organisation_id: int | None,
    person_id: int | None,
    registered: bool,
    now: datetime,
) -> Sequence[Any]:
    """Those of a roadshow's sessions that take answers still and that the person's side did not begin; one query.

    Of an owner's: where the person is named for the meeting, else the contact of the achievement. Of an enterprise's:
    where the person is ``registered`` for the roadshow. ``side`` is the one they answer for, ``wanted`` how much the other
    side wants it, ``said`` what their own side said.
    """
    named = func.coalesce(MeetingWish.provider_person_id, Achievement.contact_id) == person_id
    owns = and_(Achievement.organisation_id == organisation_id, MeetingWish.origin != WishOrigin.PROVIDER, named)
    seeks = and_(MeetingWish.seeker_id == organisation_id, MeetingWish.origin != WishOrigin.SEEKER)
    is_seeker = MeetingWish.seeker_id == organisation_id
    return session.execute(
        select(
            MeetingWish.id,
            MeetingWish.public_id,
            MeetingWish.revision,
            MeetingWish.origin,
            MeetingWish.note,
            MeetingWish.declined_reason,
            MeetingWish.declined_side,
            case((is_seeker, MeetingWish.provider_strength), else_=MeetingWish.seeker_strength).label("wanted"),
            case((is_seeker, MeetingWish.seeker_strength), else_=MeetingWish.provider_strength).label("said"),
            case((is_seeker, Providing.name), else_=Seeking.name).label("other"),
            case((is_seeker, Side.SEEKER.value), else_=Side.PROVIDER.value).label("side"),
            AchievementVersion.title.label("achievement"),
            MatchSession.title.label("session"),
            MatchSession.wishes_close_at,
        )
        .join(MatchSession, MatchSession.id == MeetingWish.match_session_id)
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Seeking, Seeking.id == MeetingWish.seeker_id)
        .join(Providing, Providing.id == Achievement.organisation_id)
        .where(
            MatchSession.event_id == event_id,
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.kind == SessionKind.ONE_TO_ONE,
            MatchSession.wishes_close_at > now,
            MatchSession.starts_at > now,
            or_(owns, seeks) if registered else owns,
        )
        .order_by(MatchSession.starts_at, MeetingWish.id)
    ).all()
