"""Saved searches as jobs: what one knows when it is saved, a record that is new, and the mails of the morning."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from models.actions import saved_searches as actions
from models.base import utcnow
from models.queries import saved_searches as queries
from models.queries.actors import load_actor
from models.queries.operations import index_job_waits
from models.tables import SavedSearch
from search.query import Sort
from web import saving
from web.database import backends
from web.jobs import NotYet, handler

KNOWN = 1000  # hits noted when a search is saved, the newest; only a change of one beyond is told as if it were new


@handler("note_saved_search")
def note_known(payload: Mapping[str, Any]) -> None:
    """Note what a new saved search finds already. Raises EngineUnavailable: the job waits."""
    with backends().database.read() as session:
        search = session.get(SavedSearch, payload["saved_search_id"])
        if search is None:
            return
        reader = load_actor(session, search.account_id)
    page = backends().engine.search(saving.question_of(search, reader, size=KNOWN, sort=Sort.NEWEST))
    with backends().database.write() as session:
        found = session.get(SavedSearch, search.id)
        if found is not None:
            actions.note_known(session, found, [hit.public_id for hit in page.hits])


@handler("alert_record")
def alert(payload: Mapping[str, Any]) -> None:
    """Ask every saved search whether it finds a record that has just been published or changed. Raises EngineUnavailable."""
    kind, record_id = payload["kind"], payload["record_id"]
    with backends().database.read() as session:
        if index_job_waits(session, f"{kind}:{record_id}"):
            raise NotYet(seconds=5)
        reader_of = cache(lambda account_id: load_actor(session, account_id))
        searches = [(search, reader_of(search.account_id)) for search in queries.alerting(session, kind)]
        record = session.get(actions.RECORDS[kind], record_id)
    if record is None:
        return
    this = {"size": 1, "keys": (f"{kind}:{record_id}:card", f"{kind}:{record_id}:full")}
    found = [
        search.id
        for search, reader in searches
        if backends().engine.search(saving.question_of(search, reader, **this)).hits
    ]
    if found:
        with backends().database.write() as session:
            actions.note_found(session, found, record.public_id)


@handler("tell_saved_searches")
def tell(payload: Mapping[str, Any]) -> None:
    """The mails of those that are told once a day or once a week."""
    with backends().database.read() as session:
        ids = queries.due(session, utcnow())
    for id_ in ids:
        with backends().database.write() as session:
            search = session.get(SavedSearch, id_)
            if search is not None:
                actions.tell(session, search)
