"""What the sources of an event's figures are made of: one kind of row, and what counts once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from models.base import UtcDateTime

Rows = Select[Any]


@dataclass(frozen=True)
class Scope:
    """Of which events, as of when."""

    event_ids: tuple[int, ...]
    now: datetime


def row(
    event: Any,
    of: Any,
    key: Any,
    *,
    title: Any,
    first: Any,
    second: Any,
    state: Any,
    at: Any,
    low: Any = None,
    high: Any = None,
    page: str = "",
) -> Rows:
    """A SELECT of the same columns for every figure. ``low``, ``high``: an amount in fen, one or a range; ``page``: which
    kind of page a row opens where a figure has two kinds."""

    def text(value: Any) -> ColumnElement[Any]:
        return literal(value, String) if isinstance(value, str) else type_coerce(value, String)

    return select(
        type_coerce(event, Integer).label("event_id"),
        of.id.label("id"),
        of.public_id.label("public_id"),
        text(key).label("key"),
        text(func.coalesce(title, "")).label("title"),
        text(func.coalesce(first, "")).label("first"),
        text(func.coalesce(second, "")).label("second"),
        text(state).label("state"),
        type_coerce(at, UtcDateTime).label("at"),
        cast(null() if low is None else low, BigInteger).label("low"),
        cast(null() if high is None else high, BigInteger).label("high"),
        text(page).label("page"),
    )


def key_of(kind: str, number: Any) -> ColumnElement[str]:
    """What counts once, by its id; ``kind`` keeps those of two tables apart."""
    return literal(kind) + cast(number, String)


def subject_of(of: Any) -> ColumnElement[Any]:
    """The need where there is one, else the achievement."""
    return case((of.need_id.is_not(None), key_of("n", of.need_id)), else_=key_of("a", of.achievement_id))
