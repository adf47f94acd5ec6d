"""Waiting lists elsewhere: whoever is free again may be what another session waits for.

Their turn comes by a job: another session is locked in a transaction of its own, so that nobody waits in a circle.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.actions import jobs
from models.queries.waiting import waited_for_around, waited_for_by
from models.tables import AgendaItem, Event


def look_around(
    session: Session,
    people: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    besides: Collection[int] | Select[int] = (),
) -> None:
    """These people may be free in a stretch of time: have the lists of other sessions looked at. ``besides``: sessions that
    the caller looks at itself."""
    if people:
        _look(session, waited_for_around(session, people, starts_at, ends_at, besides=besides))


def look_after_talks(session: Session, event: Event) -> None:
    """The programme of a roadshow changes, as it stands now: have the lists looked at that wait for who speaks there."""
    speakers = select(AgendaItem.speaker_id).where(AgendaItem.event_id == event.id, AgendaItem.speaker_id.is_not(None))
    people = {one for one in session.scalars(speakers) if one is not None}
    look_around(session, people, event.starts_at, event.ends_at)


def look_for(session: Session, organisation_id: int) -> None:
    """An organisation may book and be booked again: have the lists that passed over it looked at."""
    _look(session, waited_for_by(session, organisation_id))


def _look(session: Session, match_session_ids: Collection[int]) -> None:
    for one in match_session_ids:
        jobs.add(session, "waiting_list", match_session_id=one)
