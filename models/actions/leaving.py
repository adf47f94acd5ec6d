"""Closing what hangs on an achievement that leaves the site."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import jobs
from models.actions.agenda import take_out
from models.actions.bookings import cancel_for_achievement
from models.actions.requests import close_for_achievement
from models.base import utcnow
from models.enums import EventState
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import Achievement, AgendaItem, Event


def close_what_hangs(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> None:
    """Close open requests, cancel coming bookings, take the achievement off coming programmes; tell the people."""
    close_for_achievement(session, achievement, by=by, reason=reason)
    cancel_for_achievement(session, achievement, by=by, reason=reason)
    _leave_programmes(session, achievement, by=by, reason=reason)
    session.flush()


def _leave_programmes(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> None:
    version = achievement.public_version or achievement.working_version
    concerned = session.execute(
        select(Event.public_id, Event.title, Event.created_by_id, AgendaItem.speaker_id)
        .join(AgendaItem, AgendaItem.event_id == Event.id)
        .where(
            AgendaItem.achievement_id == achievement.id,
            AgendaItem.ends_at > utcnow(),
            Event.state != EventState.CANCELLED,
        )
    ).all()
    take_out(session, achievement, by=by, reason=reason)
    for row in concerned:
        for person in recipients(session, [row.created_by_id, row.speaker_id]):
            jobs.add_mail(
                session,
                "achievement_gone",
                to=person.email,
                locale=person.locale,
                what="programme",
                public_id=row.public_id,
                title=version.title if version else "",
                place=row.title,
                reason=reason,
            )
