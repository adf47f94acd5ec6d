"""Long jobs about the index."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from search import sync
from web.database import backends
from web.jobs import NotYet, handler


@handler("verify_index")
def verify_index(payload: Mapping[str, Any]) -> None:
    """Compare the index with the database; what differs is enqueued."""
    sync.verify(backends().database, backends().engine)


@handler("rebuild_index")
def rebuild_index(payload: Mapping[str, Any]) -> None:
    """Build the index anew beside the present one, after another rebuild's end; ``if_missing`` only if there is none."""
    if payload.get("if_missing") and backends().engine.health().ready:
        return
    try:
        sync.rebuild(backends().database, backends().engine, current_app.config["SETTINGS"].var_dir)
    except sync.RebuildUnderway:
        raise NotYet(seconds=30) from None


@handler("index")
def index(payload: Mapping[str, Any]) -> None:
    """Index jobs are the drainer's (search/sync.py); this name only says that it knows them."""
    raise AssertionError("index jobs are performed by the drainer's lane")
