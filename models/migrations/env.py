"""Alembic's environment. scripts/migrate.py hands it a connection; models know their own metadata."""

from typing import Any, Literal

from alembic import context

import models.tables  # noqa: F401 - every table must be known
from models.base import Base, UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration must not change when the program does: our column types are written as what they are."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    transaction_per_migration=False,
)
context.run_migrations()
