"""An event's results, counted and listed from the same rows (result_rows.py), so that a figure cannot differ from its rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, distinct, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.enums import EventState
from models.queries.result_parts import Scope
from models.queries.result_rows import SOURCES
from models.rules.results import AMOUNTS
from models.tables import Engagement, Event

PAGE = 50


@dataclass(frozen=True)
class Number:
    """A figure both ways: every row, and once for each of what it is about. Of amounts both ends of the sums, in fen."""

    each: int = 0
    once: int = 0
    low: int = 0
    high: int = 0
    low_once: int = 0
    high_once: int = 0


def counted(session: Session, scope: Scope, names: Collection[str] = tuple(SOURCES)) -> Mapping[str, Number]:
    """Figure -> numbers over all events of the scope; what is in several events counts once in ``once``. One query."""
    rows = session.execute(union_all(*(_count(name, scope) for name in names)))
    return {row.name: _number(row) for row in rows}


def by_event(session: Session, scope: Scope) -> Mapping[tuple[int, str], Number]:
    """(event, figure) -> numbers of that event alone; what is missing is nought. One query."""
    rows = session.execute(union_all(*(_count(name, scope, each_event=True) for name in SOURCES)))
    return {(row.event_id, row.name): _number(row) for row in rows}


def _number(row: Any) -> Number:
    return Number(row.each, row.once, row.low, row.high, row.low_once, row.high_once)


def _count(name: str, scope: Scope, *, each_event: bool = False) -> Select[*tuple[Any, ...]]:
    rows: Any = SOURCES[name](scope).subquery()
    nothing = literal(0, BigInteger)
    sums: dict[str, Any] = {"low": nothing, "high": nothing, "low_once": nothing, "high_once": nothing}
    if name in AMOUNTS:
        by = (rows.c.event_id, rows.c.key) if each_event else (rows.c.key,)
        place = func.row_number().over(partition_by=by, order_by=(rows.c.at, rows.c.id))
        rows = select(rows, place.label("place")).subquery()
        for end in ("low", "high"):
            sums[end] = _sum(rows.c[end])
            sums[f"{end}_once"] = _sum(case((rows.c.place == 1, rows.c[end]), else_=0))
    numbers: tuple[Any, ...] = (
        literal(name).label("name"),
        func.count().label("each"),
        func.count(distinct(rows.c.key)).label("once"),
        *(value.label(label) for label, value in sums.items()),
    )
    if each_event:
        return select(rows.c.event_id, *numbers).group_by(rows.c.event_id)
    return select(*numbers).select_from(rows)


def _sum(amounts: Any) -> Any:
    return cast(func.coalesce(func.sum(amounts), 0), BigInteger)  # PostgreSQL adds BIGINT up to NUMERIC


def behind(name: str, scope: Scope, *, once: bool) -> Select[Any]:
    """The rows behind a figure, oldest first; ``once``: the first row of each key, ``times`` says how many there are."""
    rows = SOURCES[name](scope).subquery()
    place = func.row_number().over(partition_by=rows.c.key, order_by=(rows.c.at, rows.c.id))
    times = func.count().over(partition_by=rows.c.key)
    numbered = select(*rows.c, place.label("place"), times.label("times")).subquery()
    statement = (
        select(numbered, Event.title.label("event"), Event.public_id.label("event_public_id"))
        .join(Event, Event.id == numbered.c.event_id)
        .order_by(numbered.c.at, numbered.c.id)
    )
    return statement.where(numbered.c.place == 1) if once else statement


def listing(session: Session, name: str, scope: Scope, *, once: bool, page: int = 1) -> tuple[Sequence[Any], bool]:
    """A page of the rows behind a figure and whether there are more; one query. Page 0: all of them."""
    statement = behind(name, scope, once=once)
    if page == 0:
        return session.execute(statement).all(), False
    rows = session.execute(statement.offset(PAGE * (page - 1)).limit(PAGE + 1)).all()
    return rows[:PAGE], len(rows) > PAGE


def came_to(session: Session, engagement_ids: Collection[int]) -> Mapping[int, Engagement]:
    """By id, with their contract and their implementation. One query."""
    found = session.scalars(select(Engagement).where(Engagement.id.in_(engagement_ids)))
    return {one.id: one for one in found}


def events_of(session: Session, since: datetime, until: datetime) -> Sequence[Any]:
    """(id, public_id, title, starts_at, is_sample) of announced events that begin in a period, oldest first."""
    return session.execute(
        select(Event.id, Event.public_id, Event.title, Event.starts_at, Event.is_sample)
        .where(Event.state == EventState.PUBLISHED, Event.starts_at >= since, Event.starts_at < until)
        .order_by(Event.starts_at, Event.id)
    ).all()
