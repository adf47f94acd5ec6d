"""The circuit breaker by its own clock; the time of a search and its one retry by the order of events."""

import os
import threading

import pytest

from search.breaker import LOST, Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, rest=3, clock=clock)


def enter(breaker: Breaker) -> int:
    ticket = breaker.enter()
    assert ticket is not None
    return ticket


def fail(breaker: Breaker, times: int = 1, error: str = "gone") -> None:
    for _ in range(times):
        breaker.failed(enter(breaker), error)


def test_it_opens_after_three_failures_in_a_row(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 2)
    breaker.succeeded(enter(breaker))
    assert breaker.report().failing_for is None
    fail(breaker, 2)
    assert breaker.report().state is State.CLOSED
    clock.now += 5
    fail(breaker, error="silent")
    assert breaker.enter() is None
    report = breaker.report()
    assert (report.state, report.failing_for, report.error, report.error_age) == (State.OPEN, 5, "silent", 0)


def test_after_a_rest_one_probes_and_the_others_still_fail_at_once(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 2.9
    assert breaker.enter() is None
    clock.now += 0.2
    probe = enter(breaker)
    assert breaker.report().state is State.PROBING
    assert [breaker.enter() for _ in range(5)] == [None] * 5
    breaker.succeeded(probe)
    assert breaker.report().state is State.CLOSED
    assert enter(breaker) != probe


def test_a_probe_that_fails_begins_a_new_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 3
    fail(breaker, error="still gone")
    clock.now += 2.9
    assert breaker.enter() is None
    clock.now += 0.2
    breaker.succeeded(enter(breaker))
    fail(breaker, 2)
    assert breaker.report().state is State.CLOSED  # the row began anew


def test_what_was_under_way_when_it_opened_changes_nothing(breaker: Breaker, clock: Clock) -> None:
    late = [enter(breaker) for _ in range(3)]
    fail(breaker, 3)
    clock.now += 2
    breaker.failed(late[0], "late")
    breaker.succeeded(late[1])
    assert breaker.report().error == "gone"
    assert breaker.enter() is None
    clock.now += 1
    probe = enter(breaker)
    breaker.abandoned(late[2])
    assert breaker.enter() is None
    breaker.succeeded(probe)


def test_a_probe_that_learns_nothing_gives_its_place_away(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 3
    breaker.abandoned(enter(breaker))
    enter(breaker)  # and this one never tells
    clock.now += LOST - 1
    assert breaker.enter() is None
    clock.now += 1
    breaker.succeeded(enter(breaker))
    assert breaker.report().state is State.CLOSED


def test_of_many_threads_one_probes(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 3
    begin, tickets = threading.Barrier(16), []

    def ask() -> None:
        begin.wait()
        tickets.append(breaker.enter())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(ticket is not None for ticket in tickets) == 1


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_begins_anew(breaker: Breaker) -> None:
    fail(breaker, 3)
    with breaker._lock:  # as another thread of the parent might hold it at that moment
        child = os.fork()
        if not child:
            os._exit(0 if breaker.enter() is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert breaker.enter() is None
