"""Lists paged by key: newest first, the key is the row's public id, so that an address keeps its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

PAGE = 20


@dataclass(frozen=True)
class KeyPage:
    """Rows of one page; ``previous`` and ``next`` are the keys for ``before`` and ``after``, empty at an end."""

    rows: Sequence[Any] = ()
    previous: str = ""
    next: str = ""


def key_page(
    session: Session, statement: Any, table: Any, *, after: str = "", before: str = "", limit: int = PAGE
) -> KeyPage:
    """One page of ``statement`` (its rows have ``public_id``), newest first; an unknown key shows the first page."""
    place = session.scalar(select(table.id).where(table.public_id == (after or before))) if after or before else None
    backwards = bool(before) and place is not None
    if place is not None:
        statement = statement.where(table.id > place if backwards else table.id < place)
    order = table.id.asc() if backwards else table.id.desc()
    found = list(session.execute(statement.order_by(order).limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    earlier = more if backwards else place is not None
    later = True if backwards else more
    return KeyPage(
        rows=found,
        previous=found[0].public_id if found and earlier else "",
        next=found[-1].public_id if found and later else "",
    )
