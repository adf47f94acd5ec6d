"""Detection of what the index must follow: a session listener turns changed rows into index jobs.

It also numbers the news of a session whose meetings change, which open pages wait for (web/live.py).

Nobody can forget it and a rollback takes it back. Statements that would bypass it are refused (docs/decisions/0003).
Importing this module installs the listeners on every Session of the process.
"""

import re
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Delete, Insert, TextClause, Update, event, inspect
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import PASSIVE_NO_FETCH

from models.actions.jobs import add_index_jobs
from models.actions.news import count_news
from models.base import Base
from models.tables import Booking, Disturbance, Organisation, Timetable

_flushing: ContextVar[bool] = ContextVar("flushing", default=False)
_WRITTEN_OUT = re.compile(
    r"^\s*(?:with\b.*\b)?(insert\s+into|update|delete\s+from)\s+\"?(\w+)", re.IGNORECASE | re.DOTALL
)

ORGANISATION_COLUMNS = ("name", "verification")  # the columns of an organisation that its documents show


class BypassesIndex(RuntimeError):
    """A statement would change an indexed table without telling the index."""


def indexed_tables() -> frozenset[str]:
    """Tables whose rows say which documents they touch."""
    return frozenset(
        mapper.class_.__tablename__ for mapper in Base.registry.mappers if hasattr(mapper.class_, "search_keys")
    )


def _keys_of(obj: Any) -> set[str]:
    """Keys from the present and, for a moved child, from the former foreign key."""
    keys = set(obj.search_keys())
    state = inspect(obj)
    for kind in ("achievement", "need"):
        if f"{kind}_id" in state.attrs:
            history = state.get_history(f"{kind}_id", PASSIVE_NO_FETCH)
            keys.update(f"{kind}:{old}" for old in history.deleted or () if old)
    return keys


def _changed(obj: Any, names: tuple[str, ...]) -> bool:
    state = inspect(obj)
    return any(state.attrs[name].history.has_changes() for name in names)


def _is_news(obj: Any) -> bool:
    """Whether it changes the meetings of a session as pages show them, or those that an organizer plans."""
    if isinstance(obj, Timetable):
        return _changed(obj, ("state", "meetings"))
    return isinstance(obj, Booking | Disturbance)


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: object, _instances: object) -> None:
    _flushing.set(True)
    keys = session.info.setdefault("index_keys", [])
    for obj in {*session.dirty, *session.deleted}:
        if isinstance(obj, Organisation) and _changed(obj, ORGANISATION_COLUMNS):
            keys.append(f"organisation:{obj.id}")


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, _context: object) -> None:
    keys = set(session.info.pop("index_keys", ()))
    for obj in (*session.new, *session.dirty, *session.deleted):
        if hasattr(obj, "search_keys"):
            keys |= _keys_of(obj)
    if keys and not session.info.get("bulk"):
        add_index_jobs(session.connection(), keys)
    if told := {obj.match_session_id for obj in (*session.new, *session.dirty, *session.deleted) if _is_news(obj)}:
        count_news(session.connection(), told)
    _flushing.set(False)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: object) -> None:
    session.info.pop("index_keys", None)
    _flushing.set(False)


@event.listens_for(Engine, "before_execute")
def _before_execute(
    connection: Connection, statement: Any, _multiparams: object, _params: object, options: dict[str, Any]
) -> None:
    if _flushing.get() or options.get("bulk"):
        return
    if isinstance(statement, Insert | Update | Delete):
        name = getattr(statement.table, "name", "")
    elif isinstance(statement, TextClause) and (match := _WRITTEN_OUT.match(statement.text)):
        name = match[2].lower()
    else:
        return
    if name in indexed_tables():
        raise BypassesIndex(f"{name} is indexed: change it by objects, or in a bulk session that asks for a rebuild")
