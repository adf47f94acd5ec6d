"""What facet values are called that are no dictionary terms: owners, roadshows, circles."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import EventState
from models.tables import Circle, Event, Organisation


def owner_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Public id -> name of organisations."""
    return dict(
        session.execute(
            select(Organisation.public_id, Organisation.name).where(Organisation.public_id.in_(public_ids))
        ).all()
    )


def roadshow_titles(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Public id -> title of published roadshows."""
    return dict(
        session.execute(
            select(Event.public_id, Event.title).where(
                Event.public_id.in_(public_ids), Event.state == EventState.PUBLISHED
            )
        ).all()
    )


def circle_names(session: Session) -> dict[str, str]:
    """Key -> name of every circle."""
    return dict(session.execute(select(Circle.key, Circle.name)).all())
