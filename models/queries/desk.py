"""My desk: what waits for somebody and what they wait for, over every area, in a constant number of queries.

A page runs the UNION ALL of its sources (desk_sources.py), the layout counts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from models.queries import (
    desk_matches,
    desk_outcomes,
    desk_registrations,
    desk_selection,
    desk_sources,
    desk_wishes,
    intentions,
)
from models.queries.desk_rows import Scope, Statement, scope_of
from models.queries.desk_sources import Source
from models.rules.policy import Actor
from models.tables import Organisation

WAITING = (
    *desk_sources.WAITING,
    desk_matches.suggestions,
    desk_wishes.wishes,
    desk_registrations.waiting,
    intentions.waiting,
    desk_outcomes.outcomes,
    desk_outcomes.next_steps,
    desk_selection.selection,
)
AWAITED = (desk_sources.awaited, desk_outcomes.awaited_steps, desk_selection.awaited)
MOST = 50  # rows of one source on a desk
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """One row of a desk. ``key`` and ``second_key`` make the address, ``kind`` says what it is and what to do."""

    kind: str
    key: str
    second_key: str
    title: str
    who: str  # the other side
    mine: str  # the organisation for which the reader acts
    mine_id: int | None
    state: str
    due_on: date | None
    due_at: datetime | None
    at: datetime | None
    number: int

    @property
    def order(self) -> tuple[datetime, str]:
        """Oldest due first; what has no due date by its own time, after what was due by then."""
        due = self.due_at or (datetime.combine(self.due_on, datetime.min.time(), UTC) if self.due_on else None)
        return due or self.at or _LATEST, self.key


def _statements(sources: Sequence[Source], scope: Scope) -> list[Statement]:
    return [statement for source in sources for statement in source(scope)]


def _items(session: Session, sources: Sequence[Source], scope: Scope) -> list[Item]:
    statements = _statements(sources, scope)
    if not statements:
        return []
    # Each source is bounded by itself (the oldest first), so that none can crowd out the others.
    bounded = [select(statement.order_by(*_oldest(statement)).limit(MOST).subquery()) for statement in statements]
    return [Item(*row) for row in session.execute(union_all(*bounded))]


def _oldest(statement: Statement) -> tuple[ColumnElement[Any], ...]:
    columns = statement.selected_columns
    return tuple(columns[name] for name in ("due_on", "due_at", "at", "key"))


def waiting(session: Session, actor: Actor, *, now: datetime | None = None, today: date | None = None) -> list[Item]:
    """What waits for the reader, oldest due first; one query."""
    found = _items(session, WAITING, scope_of(actor, now=now, today=today))
    return sorted(found, key=lambda item: item.order)


def waiting_count(session: Session, actor: Actor, *, now: datetime | None = None, today: date | None = None) -> int:
    """How many rows ``waiting`` would have without its bound; one query, none for visitors."""
    statements = _statements(WAITING, scope_of(actor, now=now, today=today))
    if not statements:
        return 0
    return session.scalar(select(func.count()).select_from(union_all(*statements).subquery())) or 0


def awaited(session: Session, actor: Actor, *, now: datetime | None = None) -> list[Item]:
    """What the reader waits for, oldest due first; one query."""
    return sorted(_items(session, AWAITED, scope_of(actor, now=now)), key=lambda item: item.order)


def news(session: Session, actor: Actor, *, now: datetime | None = None) -> list[Item]:
    """Answers of the last two weeks, newest first; one query."""
    return sorted(
        _items(session, (desk_sources.news, desk_selection.results), scope_of(actor, now=now)),
        key=lambda item: item.order,
        reverse=True,
    )


def coming(session: Session, actor: Actor, *, now: datetime | None = None) -> list[Item]:
    """Confirmed meetings, roadshows and own sessions ahead, soonest first, each once; one query."""
    sources = (desk_sources.coming, desk_sources.roadshows, desk_sources.receiving)
    found = {item.key: item for item in _items(session, sources, scope_of(actor, now=now))}
    return sorted(found.values(), key=lambda item: item.order)


def own_organisation(session: Session, actor: Actor) -> Organisation | None:
    """The organisation the reader is in, for what its verification means to them."""
    return session.get(Organisation, actor.organisation_id) if actor.organisation_id is not None else None
