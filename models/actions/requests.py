"""Requests for contact: what becomes of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.enums import RequestState
from models.queries.hanging import OPEN_REQUESTS
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import Achievement, ContactRequest


def close_for_achievement(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> int:
    """Close every open request about an achievement that leaves the site and tell who asked; returns how many."""
    found = session.scalars(
        select(ContactRequest)
        .where(ContactRequest.achievement_id == achievement.id, ContactRequest.state.in_(OPEN_REQUESTS))
        .order_by(ContactRequest.id)
    ).all()
    version = achievement.public_version or achievement.working_version
    for request in found:
        audit.move(session, request, RequestState.CLOSED, "request.close", by=by, reason=reason)
        for person in recipients(session, [request.asked_by_id]):
            jobs.add_mail(
                session,
                "achievement_gone",
                to=person.email,
                locale=person.locale,
                what="request",
                public_id=request.public_id,
                title=version.title if version else "",
                place="",
                reason=reason,
            )
    session.flush()
    return len(found)
