"""Timetables as jobs, in a process of their own."""

import time
from collections.abc import Mapping
from typing import Any

from models.actions import timetables
from models.base import utcnow
from models.errors import DomainError
from models.queries.planning import day_of
from models.rules.timetable import Effort, plan_day, reasons, with_fewer_breaks
from models.tables import Timetable
from web.database import backends
from web.i18n import sentence
from web.jobs import handler

SECONDS = 20.0  # of improving: a day of an event's size is at the bound, or near it, long before
TELL = 1.0  # seconds between two notes of progress


@handler("timetable")
def timetable(payload: Mapping[str, Any]) -> None:
    """Compute a timetable that was asked for; a failure is shown on its page and not tried again by itself."""
    timetable_id, database = payload["timetable_id"], backends().database
    told, day = 0.0, None

    def progress(weight: int, bound: int) -> bool:
        nonlocal told
        if time.monotonic() - told < TELL:
            return False
        told = time.monotonic()
        with database.write() as session:
            return not timetables.note_progress(session, timetable_id, weight=weight, bound=bound)

    if progress(0, 0):
        return
    try:
        with database.read() as session:
            row = session.get_one(Timetable, timetable_id)
            day = day_of(
                session,
                row.match_session,
                accepted_only=row.accepted_only,
                everybody=row.everybody,
                locks=row.locks,
                now=utcnow(),
            )
        outcome = with_fewer_breaks(day.problem, plan_day(day.problem, Effort(seconds=SECONDS), progress))
        why = reasons(day.problem, outcome.plan)
        with database.write() as session:
            timetables.note_result(session, timetable_id, day, outcome, why)
    except DomainError as error:  # what is locked cannot be kept (any more): that is for people to read, not to repair
        with database.write() as session:
            said = error if day is None else timetables.with_times(session, day, error)
            timetables.note_failure(session, timetable_id, sentence(said))
    except Exception as error:  # whatever it is, the page says so instead of waiting for ever
        with database.write() as session:
            timetables.note_failure(session, timetable_id, f"{type(error).__name__}: {error}")
        raise
