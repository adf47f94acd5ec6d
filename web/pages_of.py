"""The page of a record of either kind, as far as this reader may read it."""

from typing import Any

from models.queries import achievements, needs
from models.tables import Need
from web.auth import actor
from web.database import db


def page_of(record: Any, content: Any = None) -> Any:
    """Of the public version, or of ``content``."""
    queries: Any = needs if isinstance(record, Need) else achievements
    return queries.page(db(), record, actor().tokens, content=content)
