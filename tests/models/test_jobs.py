"""Job rows: who holds a job may end it, nobody else; what kills its worker each time is given up."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.actions import jobs
from models.base import Database, utcnow
from models.enums import JobState, Lane
from models.tables import Job

END = {
    "finish": lambda session, job: jobs.finish(session, [job]),
    "fail": lambda session, job: jobs.fail(session, job, "broken"),
    "put back": lambda session, job: jobs.put_back(session, [job], error="engine away", seconds=0),
}


@pytest.fixture
def database(each_database: Database) -> Database:
    with each_database.write() as session:
        jobs.add(session, "verify_index", lane=Lane.LONG)
    return each_database


def take(database: Database) -> Job | None:
    """As a worker does."""
    with database.write() as session:
        jobs.give_up(session, Lane.LONG)
        return next(iter(jobs.claim(session, Lane.LONG, limit=1)), None)


def let_the_lease_end(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Job).values(lease_until=utcnow() - timedelta(seconds=1)))


def row(database: Database) -> Job:
    with database.read() as session:
        return session.scalars(select(Job)).one()


def test_a_lease_that_is_renewed_ends_later_and_stays_the_holders(database: Database) -> None:
    job = take(database)
    first = job.lease_until
    let_the_lease_end(database)  # nobody has taken it yet
    job.lease_until = row(database).lease_until
    with database.write() as session:
        job.lease_until = jobs.renew(session, job)
    assert job.lease_until == row(database).lease_until
    assert job.lease_until > first
    assert take(database) is None
    with database.write() as session:
        jobs.finish(session, [job])
    assert row(database).state is JobState.DONE


@pytest.mark.parametrize("end", END.values(), ids=END)
def test_whose_lease_was_lost_neither_renews_nor_ends_the_job(
    database: Database, end: Callable[[Session, Job], None]
) -> None:
    old = take(database)
    let_the_lease_end(database)
    new = take(database)
    with database.write() as session:
        with pytest.raises(jobs.LeaseLost):
            jobs.renew(session, old)
        end(session, old)
    found = row(database)
    assert (found.state, found.lease_until, found.attempts) == (JobState.RUNNING, new.lease_until, 2)
    with database.write() as session:
        end(session, new)
    assert row(database).state is not JobState.RUNNING


def test_nor_where_it_was_put_back_in_between_so_that_its_attempts_are_counted_anew(database: Database) -> None:
    old = take(database)
    let_the_lease_end(database)
    with database.write() as session:
        jobs.put_back(session, [take_in(session)], error="", seconds=0)
    third = take(database)
    assert third.attempts == old.attempts == 1
    with database.write() as session:
        jobs.finish(session, [old])
    assert row(database).state is JobState.RUNNING
    with database.write() as session:
        jobs.finish(session, [third])
    assert row(database).state is JobState.DONE


def take_in(session: Session) -> Job:
    claimed: Sequence[Job] = jobs.claim(session, Lane.LONG, limit=1)
    return claimed[0]


def test_what_is_done_stays_done_when_its_first_holder_comes_back(database: Database) -> None:
    old = take(database)
    let_the_lease_end(database)
    new = take(database)
    with database.write() as session:
        jobs.finish(session, [new])
    done = row(database).done_number
    with database.write() as session:
        jobs.fail(session, old, "too late")
        jobs.finish(session, [old])
    found = row(database)
    assert (found.state, found.done_number, found.error) == (JobState.DONE, done, "")


def test_a_job_whose_worker_dies_each_time_is_given_up(database: Database) -> None:
    for attempt in range(1, jobs.ATTEMPTS + 1):
        job = take(database)
        assert job is not None
        assert job.attempts == attempt
        let_the_lease_end(database)
    assert take(database) is None
    found = row(database)
    assert (found.state, found.error) == (JobState.FAILED, jobs.DIED)
    with database.write() as session:
        jobs.retry(session, found.id)
    assert take(database).attempts == 1


def test_the_last_attempt_may_take_its_time(database: Database) -> None:
    for _ in range(jobs.ATTEMPTS):
        job = take(database)
        let_the_lease_end(database)
        job.lease_until = row(database).lease_until
    with database.write() as session:
        job.lease_until = jobs.renew(session, job)
    assert take(database) is None
    assert row(database).state is JobState.RUNNING
    with database.write() as session:
        jobs.finish(session, [job])
    assert row(database).state is JobState.DONE
