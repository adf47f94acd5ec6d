"""Closing what hangs on a record that leaves the site."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import agenda, audit, jobs
from models.actions.bookings import cancel_for_achievement
from models.actions.requests import close_for
from models.actions.waiting_lists import look_after_talks
from models.base import utcnow
from models.enums import EventState
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import Achievement, AgendaItem, Event


def close_what_hangs(session: Session, record: Any, *, by: Actor | None, reason: str) -> None:
    """Close open requests; cancel coming bookings of an achievement and take it off programmes; tell the people."""
    close_for(session, record, by=by, reason=reason)
    if isinstance(record, Achievement):
        cancel_for_achievement(session, record, by=by, reason=reason)
        _leave_programmes(session, record, by=by, reason=reason)
    session.flush()


def _leave_programmes(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> None:
    """Times of other items stay: people have planned by them. The event's row is locked, as by every change of it."""
    items = session.scalars(
        select(AgendaItem)
        .join(Event, Event.id == AgendaItem.event_id)
        .where(
            AgendaItem.achievement_id == achievement.id,
            AgendaItem.ends_at > utcnow(),
            Event.state != EventState.CANCELLED,
        )
        .order_by(AgendaItem.event_id, AgendaItem.id)
    ).all()
    version = achievement.public_version or achievement.working_version
    title = version.title if version else ""
    for item in items:
        event = session.get_one(Event, item.event_id, with_for_update=True)
        people = recipients(session, [event.created_by_id, item.speaker_id])
        look_after_talks(session, event)
        agenda.leave(session, event, achievement.id, title=title)
        session.delete(item)
        event.sequence += 1
        audit.record(session, "agenda.take_out", event, by=by, title=title, reason=reason)
        for person in people:
            jobs.add_mail(
                session,
                "record_gone",
                to=person.email,
                locale=person.locale,
                what="programme",
                public_id=event.public_id,
                title=title,
                place=event.title,
                reason=reason,
            )
