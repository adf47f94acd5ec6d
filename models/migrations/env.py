"""Alembic's environment. scripts/migrate.py hands it a connection; models know their own metadata."""

from alembic import context

import models.tables  # noqa: F401 - every table must be known
from models.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
