"""Wishes to meet in a session: lists for each side and for organizers."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from models.queries.hanging import OPEN_BOOKINGS
from models.tables import Achievement, AchievementVersion, Booking, MeetingWish, Organisation, Person

Seeking, Providing = aliased(Organisation), aliased(Organisation)


def wishes(session: Session, match_session_id: int, *, organisation_ids: Collection[int] | None) -> Sequence[Any]:
    """The wishes of a session that concern these organisations (None: all), the strongest first. One query.

    ``booked`` is the public id of the meeting that came of it, if it stands.
    """
    booked = (
        select(Booking.public_id)
        .where(
            Booking.match_session_id == MeetingWish.match_session_id,
            Booking.seeker_id == MeetingWish.seeker_id,
            Booking.achievement_id == MeetingWish.achievement_id,
            Booking.state.in_(OPEN_BOOKINGS),
        )
        .order_by(Booking.id)
        .limit(1)
        .correlate(MeetingWish)
        .scalar_subquery()
    )
    statement = (
        select(
            MeetingWish.id,
            MeetingWish.public_id,
            MeetingWish.seeker_id,
            MeetingWish.seeker_strength,
            MeetingWish.provider_strength,
            MeetingWish.declined_reason,
            MeetingWish.note,
            MeetingWish.is_sample,
            Achievement.organisation_id.label("provider_id"),
            Achievement.public_id.label("achievement_public_id"),
            AchievementVersion.title.label("achievement"),
            Seeking.name.label("seeker"),
            Seeking.public_id.label("seeker_public_id"),
            Providing.name.label("provider"),
            Person.name.label("comes"),
            booked.label("booked"),
        )
        .join(Achievement, Achievement.id == MeetingWish.achievement_id)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Seeking, Seeking.id == MeetingWish.seeker_id)
        .join(Providing, Providing.id == Achievement.organisation_id)
        .outerjoin(Person, Person.id == MeetingWish.provider_person_id)
        .where(MeetingWish.match_session_id == match_session_id)
        .order_by(
            (MeetingWish.seeker_strength + MeetingWish.provider_strength).desc().nulls_last(),
            MeetingWish.seeker_strength.desc(),
            MeetingWish.id,
        )
    )
    if organisation_ids is not None:
        own = list(organisation_ids)
        statement = statement.where(or_(MeetingWish.seeker_id.in_(own), Achievement.organisation_id.in_(own)))
    return session.execute(statement).all()


def of_pair(
    session: Session, match_session_id: int, seeker_id: int, achievement_id: int, *, lock: bool = False
) -> MeetingWish | None:
    """The wish of an enterprise for an achievement; with ``lock`` as it is now, and nobody else changes it meanwhile."""
    statement = select(MeetingWish).where(
        MeetingWish.match_session_id == match_session_id,
        MeetingWish.seeker_id == seeker_id,
        MeetingWish.achievement_id == achievement_id,
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def of_session(session: Session, match_session_id: int, public_id: str) -> MeetingWish | None:
    """The wish of a public id, where it is one of this session."""
    return session.scalar(
        select(MeetingWish).where(MeetingWish.match_session_id == match_session_id, MeetingWish.public_id == public_id)
    )
