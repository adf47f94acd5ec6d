"""SQL compiled once for all the databases of a run.

Every test has databases of its own, and each would compile the same statements anew: a third of what such a test costs.
"""

from typing import Any

from sqlalchemy import Engine, create_engine

import models.base

_FIRST: dict[str, Engine] = {}  # by dialect


def share_compiled() -> None:
    """Give all engines of the application the dialect and the compiled statements of the first of their kind."""
    models.base.create_engine = _engine  # type: ignore[attr-defined]


def _engine(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    first = _FIRST.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine
