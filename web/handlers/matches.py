"""Matching as jobs: one record when it changed, everything on request."""

from collections.abc import Mapping
from typing import Any

from models.queries.operations import index_job_waits
from web.database import backends
from web.jobs import NotYet, handler
from web.rematching import match_one, rematch


@handler("match_record")
def match_record(payload: Mapping[str, Any]) -> None:
    """Match a record that has changed, once the index shows the change."""
    kind, record_id = payload["kind"], payload["record_id"]
    with backends().database.read() as session:
        if index_job_waits(session, f"{kind}:{record_id}"):
            raise NotYet(seconds=5)
    match_one(backends(), kind, record_id)


@handler("rematch")
def rematch_everything(payload: Mapping[str, Any]) -> None:
    if not backends().engine.health().ready:
        raise NotYet(seconds=3)
    rematch(backends(), payload["run_id"])
