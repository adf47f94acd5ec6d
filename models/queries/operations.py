"""What an administrator watches: jobs by lane and state, and those that failed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import JobState, Lane
from models.tables import Job


def job_counts(session: Session) -> Sequence[Any]:
    """(lane, state, number, oldest run_after) of every lane and state that has jobs."""
    return session.execute(
        select(Job.lane, Job.state, func.count(Job.id).label("number"), func.min(Job.run_after).label("oldest"))
        .group_by(Job.lane, Job.state)
        .order_by(Job.lane, Job.state)
    ).all()


def failed_jobs(session: Session, *, limit: int = 50) -> Sequence[Any]:
    """The failed jobs, newest first."""
    return session.execute(
        select(Job.id, Job.name, Job.lane, Job.attempts, Job.error, Job.created_at)
        .where(Job.state == JobState.FAILED)
        .order_by(Job.id.desc())
        .limit(limit)
    ).all()


def index_job_waits(session: Session, key: str) -> bool:
    """Whether the index does not show yet what has changed of a record (``need:5``)."""
    waiting = select(Job.id).where(
        Job.lane == Lane.INDEX,
        Job.state.in_((JobState.QUEUED, JobState.RUNNING)),
        Job.payload["key"].as_string() == key,
    )
    return session.scalar(waiting.limit(1)) is not None
