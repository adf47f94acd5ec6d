"""The shape of a desk's rows, and whose things a reader's desk shows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, String, cast, literal, null, select, type_coerce

from models.base import UtcDateTime, utcnow
from models.enums import GrantRole
from models.rules.policy import Actor

Statement = Select[Any]


@dataclass(frozen=True)
class Scope:
    """Whose things a reader's desk shows; ``own`` and ``managed`` hold at most one organisation."""

    me: int
    own: tuple[int, ...]
    managed: tuple[int, ...]
    mandates: tuple[int, ...]
    organizer: bool
    administrator: bool
    now: datetime
    today: date
    suggestions: bool

    @property
    def acts(self) -> tuple[int, ...]:
        return self.own + self.mandates


def scope_of(actor: Actor, *, now: datetime | None = None, today: date | None = None) -> Scope:
    """``today`` is the site's day (default: that of UTC)."""
    now = now or utcnow()
    organisation = actor.organisation_id
    own = (organisation,) if organisation is not None and actor.member_of(organisation) else ()
    return Scope(
        me=actor.person_id or 0,
        own=own,
        managed=own if actor.manages(organisation) else (),
        mandates=tuple(m.organisation_id for m in actor.mandated if m.organisation_id not in own),
        organizer=actor.organizer,
        administrator=actor.has(GrantRole.ADMINISTRATOR),
        now=now,
        today=today or now.date(),
        suggestions=actor.suggestions,
    )


def row(
    kind: str,
    *,
    key: Any = "",
    second_key: Any = "",
    title: Any = "",
    who: Any = "",
    mine: Any = "",
    mine_id: Any = None,
    state: Any = "",
    due_on: Any = None,
    due_at: Any = None,
    at: Any = None,
    number: Any = 1,
) -> Statement:
    """A SELECT of the columns of Item, the same types in every source."""

    def column(value: Any, kind: Any) -> ColumnElement[Any]:
        plain = value is None or isinstance(value, str | int)
        if value is None:
            return cast(null(), kind)
        return literal(value, kind) if plain else type_coerce(value, kind)

    return select(
        literal(kind, String).label("kind"),
        column(key, String).label("key"),
        column(second_key, String).label("second_key"),
        column(title, String).label("title"),
        column(who, String).label("who"),
        column(mine, String).label("mine"),
        column(mine_id, Integer).label("mine_id"),
        column(state, String).label("state"),
        column(due_on, Date).label("due_on"),
        column(due_at, UtcDateTime).label("due_at"),
        column(at, UtcDateTime).label("at"),
        column(number, Integer).label("number"),
    )
