"""Job rows: made, claimed, finished. Nobody else inserts into ``job``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import JobState, Lane
from models.errors import N_
from models.tables.job import Job

LEASE = timedelta(minutes=2)
ATTEMPTS = 8
KEEP_DONE = timedelta(days=7)  # a rebuild replays what was done meanwhile
DIED = N_("Its process ended before it was done, and that was the last attempt. Was it killed, or is memory short?")


class LeaseLost(Exception):
    """The job is not (any more) held by who says so: its lease ran out and another took it."""


def add(
    session: Session,
    name: str,
    *,
    lane: Lane = Lane.SHORT,
    run_after: datetime | None = None,
    unique_key: str | None = None,
    **payload: Any,
) -> None:
    """Enqueue a job in the caller's transaction. With ``unique_key`` a second one of that key is silently left out."""
    job = Job(lane=lane, name=name, payload=payload, run_after=run_after or utcnow(), unique_key=unique_key)
    if unique_key is None:
        session.add(job)
        return
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:
        pass


def add_all(session: Session, name: str, payloads: Sequence[Mapping[str, Any]], *, lane: Lane = Lane.SHORT) -> None:
    """Enqueue many jobs of one name by one statement."""
    _insert(session.connection(), lane, name, payloads)


def add_mail(session: Session, template: str, *, to: str, locale: str, **values: Any) -> None:
    """Enqueue a mail: ``template`` names templates/emails/<template>.*, ``values`` are plain."""
    if to:
        add(session, "mail", template=template, to=to, locale=locale, values=values)


def add_missing_index(session: Session) -> None:
    """Enqueue a rebuild for an engine that cannot be asked now whether it has an index, unless one waits already."""
    waiting = select(Job.id).where(Job.name == "rebuild_index", Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    if session.scalar(waiting.limit(1)) is None:
        add(session, "rebuild_index", lane=Lane.LONG, if_missing=True)


def add_index_jobs(connection: Connection, keys: Iterable[str]) -> None:
    """Insert index jobs by a Core statement: rows added inside a flush listener would not be written by that flush."""
    _insert(connection, Lane.INDEX, "index", [{"key": key} for key in sorted(keys)])


def _insert(connection: Connection, lane: Lane, name: str, payloads: Sequence[Mapping[str, Any]]) -> None:
    now = utcnow()
    rows = [
        {
            "lane": lane,
            "name": name,
            "payload": payload,
            "state": JobState.QUEUED,
            "run_after": now,
            "created_at": now,
            "attempts": 0,
            "error": "",
        }
        for payload in payloads
    ]
    if rows:
        connection.execute(insert(Job), rows)


def any_due(session: Session, lane: Lane) -> bool:
    """Whether a lane has something to do now; reads only."""
    return session.scalar(_due(lane, utcnow()).limit(1)) is not None


def _due(lane: Lane, now: datetime) -> Select[int]:
    waiting = (Job.state == JobState.QUEUED) & (Job.run_after <= now)
    orphaned = (Job.state == JobState.RUNNING) & (Job.lease_until < now)
    return select(Job.id).where(Job.lane == lane, or_(waiting, orphaned))


def claim(session: Session, lane: Lane, *, limit: int) -> Sequence[Job]:
    """Take up to ``limit`` due jobs of a lane under a lease; a job whose worker died is taken again when it ends.

    The rows returned are what their holder shows to renew and to end them (see `_held`).
    """
    now = utcnow()
    due = _due(lane, now).order_by(Job.id).limit(limit).with_for_update(skip_locked=True)
    statement = (
        update(Job)
        .where(Job.id.in_(due))
        .values(state=JobState.RUNNING, lease_until=now + LEASE, attempts=Job.attempts + 1)
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(statement), key=lambda job: job.id)


def _held(claimed: Sequence[Job]) -> ColumnElement[bool]:
    """Those that still run under the lease they were claimed or renewed with; what another has taken is left out.

    Each claim and renewal has an end of its own, which therefore tells holders apart. The number of attempts would not:
    it begins anew when a job is put back.
    """
    return (
        Job.id.in_([job.id for job in claimed])
        & (Job.state == JobState.RUNNING)
        & Job.lease_until.in_({job.lease_until for job in claimed})
    )


def renew(session: Session, job: Job) -> datetime:
    """Begin the lease of a held job anew; returns its end, the holder's to keep with the job once it is committed.

    Raises LeaseLost.
    """
    until = utcnow() + LEASE
    statement = update(Job).where(_held([job])).values(lease_until=until).returning(Job.id)
    if session.scalar(statement.execution_options(synchronize_session=False)) is None:
        raise LeaseLost
    return until


def finish(session: Session, claimed: Sequence[Job]) -> None:
    """Mark held jobs as done and number them in the order of being done (the order of a replay)."""
    if not claimed:
        return
    number = session.scalar(select(func.coalesce(func.max(Job.done_number), 0))) or 0
    session.execute(
        update(Job)
        .where(_held(claimed))
        .values(state=JobState.DONE, done_at=utcnow(), done_number=number + 1, lease_until=None, error="")
        .execution_options(synchronize_session=False)
    )


def fail(session: Session, job: Job, error: str) -> None:
    """Put a held job back with growing delay; after the last attempt it stays as failed for an administrator."""
    session.execute(
        update(Job)
        .where(_held([job]))
        .values(
            state=JobState.FAILED if job.attempts >= ATTEMPTS else JobState.QUEUED,
            run_after=utcnow() + timedelta(seconds=min(3600, 2**job.attempts)),
            lease_until=None,
            error=error[:2000],
        )
        .execution_options(synchronize_session=False)
    )


def give_up(session: Session, lane: Lane) -> None:
    """Mark as failed what was taken as often as may be and whose worker died the last time too."""
    session.execute(
        update(Job)
        .where(
            Job.lane == lane,
            Job.state == JobState.RUNNING,
            Job.lease_until < utcnow(),
            Job.attempts >= ATTEMPTS,
        )
        .values(state=JobState.FAILED, lease_until=None, error=DIED)
        .execution_options(synchronize_session=False)
    )


def put_back(session: Session, claimed: Sequence[Job], *, error: str, seconds: float) -> None:
    """Queue held jobs again that could not begin (an engine that is down); it does not count as their failure."""
    session.execute(
        update(Job)
        .where(_held(claimed))
        .values(
            state=JobState.QUEUED,
            run_after=utcnow() + timedelta(seconds=seconds),
            lease_until=None,
            attempts=0,
            error=error[:2000],
        )
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, job_id: int) -> None:
    """Queue a failed job again, as if new."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.FAILED)
        .values(state=JobState.QUEUED, run_after=utcnow(), attempts=0, error="")
        .execution_options(synchronize_session=False)
    )


def release(session: Session, lane: Lane) -> None:
    """Give running jobs of a lane back at once. For who holds the lane's lock: nobody else can be running them."""
    session.execute(
        update(Job)
        .where(Job.lane == lane, Job.state == JobState.RUNNING)
        .values(state=JobState.QUEUED, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def forget_done(session: Session) -> None:
    """Delete jobs done longer ago than any rebuild could replay."""
    session.execute(
        delete(Job)
        .where(Job.state == JobState.DONE, Job.done_at < utcnow() - KEEP_DONE)
        .execution_options(synchronize_session=False)
    )


def add_nightly(session: Session) -> None:
    """Enqueue the next night's sweep (18:00 UTC, 02:00 in China), once."""
    night = utcnow().replace(hour=18, minute=0, second=0, microsecond=0)
    night = night if night > utcnow() else night + timedelta(days=1)
    add(session, "nightly", run_after=night, unique_key=f"nightly:{night:%Y-%m-%d}")
