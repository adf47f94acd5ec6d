"""Whether the meetings of a session have changed."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import News


def news_of(session: Session, match_session_id: int) -> int:
    """The number of a session's newest news; 0 where there was none yet."""
    return session.scalar(select(News.number).where(News.match_session_id == match_session_id)) or 0


def newest(session: Session, match_session_ids: Collection[int]) -> Mapping[int, int]:
    """Session id -> number of its newest news."""
    rows = select(News.match_session_id, News.number).where(News.match_session_id.in_(match_session_ids))
    return dict(session.execute(rows).all())
