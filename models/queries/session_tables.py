"""Who may have a table of a session, and who sits where already."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.queries.limits import HOLDING
from models.tables import Achievement, AgendaItem, Booking, MatchSession, MeetingWish, Organisation, SessionTable


def providers_of(session: Session, match_session: MatchSession) -> Sequence[Any]:
    """(id, public_id, name, wishes) of the owners who are wished for, present at the roadshow or have a meeting; most
    wishes first. One query."""
    wishes = (
        select(Achievement.organisation_id, func.count().label("number"))
        .join(MeetingWish, MeetingWish.achievement_id == Achievement.id)
        .where(MeetingWish.match_session_id == match_session.id, MeetingWish.declined_reason.is_(None))
        .group_by(Achievement.organisation_id)
        .subquery()
    )
    presenting = (
        select(Achievement.organisation_id)
        .join(AgendaItem, AgendaItem.achievement_id == Achievement.id)
        .where(AgendaItem.event_id == match_session.event_id)
    )
    meeting = select(Booking.provider_id).where(
        Booking.match_session_id == match_session.id, Booking.state.in_(HOLDING), Booking.provider_id.is_not(None)
    )
    number = func.coalesce(wishes.c.number, 0)
    return session.execute(
        select(Organisation.id, Organisation.public_id, Organisation.name, number.label("wishes"))
        .outerjoin(wishes, wishes.c.organisation_id == Organisation.id)
        .where(
            Organisation.is_provider,
            or_(wishes.c.number.is_not(None), Organisation.id.in_(presenting), Organisation.id.in_(meeting)),
        )
        .order_by(number.desc(), Organisation.name, Organisation.id)
    ).all()


def taken_by_others(session: Session, match_session: MatchSession) -> dict[int, set[int]]:
    """Table number -> the providers that have meetings there."""
    found: dict[int, set[int]] = {}
    rows = session.execute(
        select(SessionTable.number, Booking.provider_id)
        .join(Booking, Booking.table_id == SessionTable.id)
        .where(Booking.match_session_id == match_session.id, Booking.state.in_(HOLDING))
        .distinct()
    )
    for number, provider in rows:
        if provider is not None:
            found.setdefault(number, set()).add(provider)
    return found
