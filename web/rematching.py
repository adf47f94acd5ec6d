"""Matching put to work: what search/matching.py finds becomes rows."""

from collections.abc import Callable

from models.actions import matching as actions
from models.queries.facts import compared
from models.queries.indexing import published_records
from models.queries.matches import partners
from models.rules.matches import LEAST
from search.matching import match, remember
from web.backends import Backends

STEP = 10  # records between two notes of progress


def match_one(backends: Backends, kind: str, record_id: int) -> int:
    """Match one record, published or not (then its pairs go); returns how many its owner is shown.

    Asking the engine happens outside the write transaction. Raises EngineUnavailable.
    """
    with backends.database.read() as session:
        known = partners(session, kind, record_id)
        found = match(session, backends.engine, kind, record_id, known=known, least=LEAST, meaning=backends.meaning)
    with backends.database.write() as session:
        return actions.keep(session, kind, record_id, found)


def rematch(backends: Backends, run_id: int, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Match every published record anew under a run's row, which shows how far it is; returns how many pairs are shown.

    Raises EngineUnavailable; what was done stays, the run ends with the error.
    """
    with backends.database.read() as session:
        todo = [(kind, id_) for kind, ids in published_records(session, batch=1000) for id_ in ids]
    _note(backends, run_id, 0, len(todo))
    try:
        _remember(backends, todo)
        for done, (kind, record_id) in enumerate(todo, start=1):
            match_one(backends, kind, record_id)
            if done % STEP == 0 or done == len(todo):
                _note(backends, run_id, done, len(todo))
                progress(done, len(todo))
    except Exception as error:
        with backends.database.write() as session:
            actions.end_run(session, run_id, error=f"{type(error).__name__}: {error}")
        raise
    with backends.database.write() as session:
        return actions.end_run(session, run_id)


def _remember(backends: Backends, records: list[tuple[str, int]]) -> None:
    """Make all vectors first, so that the first record is compared with as many as the last, by one scale."""
    if (meaning := backends.meaning) is None:
        return
    for first in range(0, len(records), STEP):
        for kind in actions.RECORDS:
            ids = [id_ for other, id_ in records[first : first + STEP] if other == kind]
            with backends.database.read() as session:
                ones = compared(session, kind, ids).values()
            remember(meaning, kind, ones)
    meaning.measure()


def _note(backends: Backends, run_id: int, done: int, total: int) -> None:
    with backends.database.write() as session:
        actions.note_progress(session, run_id, done=done, total=total)
