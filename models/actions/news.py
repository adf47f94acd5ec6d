"""Numbering the news of a session, in the transaction of whatever changes its meetings (models/changes.py calls it)."""

from collections.abc import Iterable

from sqlalchemy import insert, literal, select, update
from sqlalchemy.engine import Connection

from models.tables import MatchSession, News


def count_news(connection: Connection, match_session_ids: Iterable[int]) -> None:
    """Raise the number of these sessions, in the order of locks."""
    for one in sorted(match_session_ids):
        raised = connection.execute(update(News).where(News.match_session_id == one).values(number=News.number + 1))
        if not raised.rowcount:
            # The first of a session: whoever changes its meetings holds its lock, so that nobody else inserts meanwhile.
            row = select(MatchSession.id, literal(1)).where(MatchSession.id == one)
            connection.execute(insert(News).from_select(["match_session_id", "number"], row))
