"""Seats of a roadshow and its waiting list: none is sold twice, none stays empty while somebody waits and time is left."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.actions import events, registrations, seats
from models.base import Database, utcnow
from models.enums import Attendance, EventState, GrantRole, QuestionKind, RegistrationState
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries import desk
from models.queries.actors import load_actor
from models.queries.registrations import is_full, waiting_before
from models.rules.policy import VISITOR, Actor
from models.rules.registration import Question, offer_until
from models.tables import Event, Job, Registration, RegistrationTerms, RegistrationWish
from tests.factories import make_account, make_achievement, make_event, make_provider
from tests.models.any_order import run_in_any_order
from tests.models.test_events import edited
from tests.models.test_registrations import guest, mails, organizer, register, rows

S = RegistrationState


def states(session: Session) -> list[RegistrationState]:
    return [row.state for row in rows(session)]


def full_event(session: Session, waiting: int = 2, **values: Any) -> Event:
    """One seat, taken by guest 1; others wait."""
    event = make_event(session, capacity=1, **values)
    for number in range(1, waiting + 2):
        register(session, event, guest(number))
    return event


def let_pass(session: Session) -> None:
    """As if the time of every offer had passed."""
    session.execute(
        update(Registration)
        .where(Registration.offered_until.is_not(None))
        .values(offered_until=utcnow() - timedelta(seconds=1))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def check(session: Session, event: Event) -> None:
    """What must hold after every step."""
    found = [row for row in rows(session) if row.event_id == event.id]
    numbers = [row.seat for row in found if row.seat is not None]
    assert len(numbers) == len(set(numbers))
    if event.capacity is not None:
        assert all(1 <= number <= event.capacity for number in numbers)
    for row in found:
        holds = row.state in (S.REGISTERED, S.OFFERED)
        counted = event.capacity is not None and seats.needs_seat(row)
        if counted:
            assert (row.seat is not None) == holds
        assert (row.waiting_since is not None) or row.state is not S.WAITING
        assert (row.offered_until is not None) == (row.state is S.OFFERED)
    open_event = event.state is EventState.PUBLISHED and event.starts_at - utcnow() > timedelta(hours=1)
    if event.capacity is not None and open_event and len(numbers) < event.capacity:
        assert not [row for row in found if row.state is S.WAITING]


def test_who_finds_no_seat_waits_in_the_order_of_arrival(session: Session) -> None:
    event = full_event(session)
    first, second, third = rows(session)
    assert states(session) == [S.REGISTERED, S.WAITING, S.WAITING]
    assert (waiting_before(session, second), waiting_before(session, third)) == (0, 1)
    assert mails(session) == [("registered", first.id), ("waiting_listed", second.id), ("waiting_listed", third.id)]
    check(session, event)


def test_a_seat_that_becomes_free_is_held_for_the_first_who_waits(session: Session) -> None:
    event = full_event(session)
    first, second, third = rows(session)
    registrations.cancel(session, first, by=VISITOR)
    assert states(session) == [S.CANCELLED, S.OFFERED, S.WAITING]
    assert second.seat == 1
    assert second.offered_until is not None
    assert timedelta(0) < second.offered_until - utcnow() <= timedelta(hours=24)
    assert is_full(session, event)
    assert register(session, event, guest(9)).full  # nobody overtakes
    seats.accept(session, second, by=VISITOR)
    assert (second.state, second.seat, second.offered_until) == (S.REGISTERED, 1, None)
    seats.accept(session, second, by=VISITOR)  # a second press changes nothing
    with pytest.raises(Conflict) as refusal:
        seats.accept(session, third, by=VISITOR)
    assert refusal.value.params == {"place": 1}
    due = session.scalars(select(Job).where(Job.name == "seat_offer_due")).all()
    assert [job.payload for job in due] == [{"event_id": event.id}]


def test_what_waits_stands_on_a_desk(session: Session) -> None:
    by, account = organizer(session), make_account(session, make_provider(session))
    event, mine = full_event(session, waiting=0), load_actor(session, account.id)
    register(session, event, guest(email=account.email), mine)
    assert not desk.waiting(session, mine)
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    assert [(item.kind, item.key) for item in desk.waiting(session, mine)] == [("seat", rows(session)[1].public_id)]
    session.add(RegistrationTerms(event_id=event.id, approval=True))
    session.flush()
    register(session, event, guest(5))
    assert [(item.kind, item.key, item.number) for item in desk.waiting(session, by)] == [
        ("approvals", event.public_id, 1)
    ]


def test_an_offer_that_is_over_goes_to_the_next(session: Session) -> None:
    event = full_event(session)
    first, second, third = rows(session)
    registrations.cancel(session, first, by=VISITOR)
    seats.end_overdue(session, event.id)  # too early: nothing happens
    assert states(session) == [S.CANCELLED, S.OFFERED, S.WAITING]
    let_pass(session)
    with pytest.raises(NotNow):
        seats.accept(session, second, by=VISITOR)
    seats.end_overdue(session, event.id)
    assert states(session) == [S.CANCELLED, S.CANCELLED, S.OFFERED]
    assert second.state_reason == seats.OFFER_ENDED
    assert mails(session)[-2:] == [("seat_offer_ended", second.id), ("seat_offered", third.id)]
    seats.end_overdue(session, event.id)  # run twice: nothing changes
    assert states(session) == [S.CANCELLED, S.CANCELLED, S.OFFERED]
    check(session, event)


def test_the_next_who_wants_a_seat_ends_an_offer_that_is_over(session: Session) -> None:
    event = full_event(session, waiting=1)
    first = rows(session)[0]
    registrations.cancel(session, first, by=VISITOR)
    let_pass(session)
    assert not register(session, event, guest(9)).full
    assert states(session) == [S.CANCELLED, S.CANCELLED, S.REGISTERED]


def test_declining_an_offer_and_more_seats_offer_on(session: Session) -> None:
    by, event = organizer(session), full_event(session, waiting=3)
    registrations.cancel(session, rows(session)[0], by=VISITOR)
    registrations.cancel(session, rows(session)[1], by=VISITOR)
    assert states(session) == [S.CANCELLED, S.CANCELLED, S.OFFERED, S.WAITING]
    with pytest.raises(Invalid):
        registrations.decline(session, event, rows(session)[2:3], by=by, reason=" ")
    registrations.decline(session, event, rows(session)[2:3], by=by, reason="名额有限")
    assert states(session) == [S.CANCELLED, S.CANCELLED, S.DECLINED, S.OFFERED]
    register(session, event, guest(9))
    events.edit(session, event, by=by, **edited(event, capacity=5))
    assert states(session)[-1] is S.OFFERED
    with pytest.raises(Invalid):
        events.edit(session, event, by=by, **edited(event, capacity=1))
    events.edit(session, event, by=by, **edited(event, capacity=None))
    register(session, event, guest(10))
    assert rows(session)[-1].seat is None
    check(session, event)


def test_who_was_declined_comes_back_by_an_organizer_only(session: Session) -> None:
    by, event = organizer(session), full_event(session, waiting=1)
    registrations.decline(session, event, rows(session)[1:], by=by, reason="名额有限")
    register(session, event, guest(2))
    assert states(session) == [S.REGISTERED, S.DECLINED]
    registrations.enter(session, event, by=by, details=guest(2), locale="zh_CN")
    assert states(session) == [S.REGISTERED, S.WAITING]


def test_too_late_to_offer_the_one_who_presses_takes_the_seat(session: Session) -> None:
    event = full_event(session)
    event.starts_at = utcnow() + timedelta(minutes=30)
    first, second, third = rows(session)
    registrations.cancel(session, first, by=VISITOR)
    assert states(session) == [S.CANCELLED, S.WAITING, S.WAITING]
    seats.accept(session, third, by=VISITOR)
    assert (third.state, third.seat) == (S.REGISTERED, 1)
    with pytest.raises(Conflict):
        seats.accept(session, second, by=VISITOR)


def test_offers_are_shorter_near_the_beginning() -> None:
    now = utcnow()
    assert offer_until(now, now + timedelta(days=30), 24) == now + timedelta(hours=24)
    assert offer_until(now, now + timedelta(hours=20), 24) == now + timedelta(hours=5)
    assert offer_until(now, now + timedelta(minutes=61), 24) == now + timedelta(minutes=30)
    assert offer_until(now, now + timedelta(minutes=59), 24) is None


def test_who_comes_online_needs_no_seat(session: Session) -> None:
    event = full_event(session, waiting=0)
    with pytest.raises(Invalid) as refusal:
        register(session, event, guest(7, attendance=Attendance.ONLINE))
    assert refusal.value.field == "attendance"
    session.add(RegistrationTerms(event_id=event.id, online=True))
    session.flush()
    receipt = register(session, event, guest(7, attendance=Attendance.ONLINE))
    assert not receipt.full
    assert [(row.state, row.seat) for row in rows(session)] == [(S.REGISTERED, 1), (S.REGISTERED, None)]
    check(session, event)


def test_with_approval_people_wait_until_the_organizer_decides(session: Session) -> None:
    by, event = organizer(session), make_event(session, capacity=1)
    session.add(RegistrationTerms(event_id=event.id, approval=True))
    session.flush()
    for number in (1, 2, 3):
        assert register(session, event, guest(number)).approval
    one, two, three = rows(session)
    assert states(session) == [S.PENDING] * 3
    registrations.approve(session, event, [two, one], by=by)
    assert (two.state, two.seat, one.state) == (S.REGISTERED, 1, S.WAITING)
    registrations.decline(session, event, [three, two], by=by, reason="仅限本市企业")
    assert (three.state, three.state_reason, two.state) == (S.DECLINED, "仅限本市企业", S.REGISTERED)
    registrations.approve(session, event, [three], by=by)  # decided already: nothing happens
    assert three.state is S.DECLINED
    assert [name for name, _id in mails(session)] == [
        *["registration_pending"] * 3, "registered", "waiting_listed", "registration_declined",
    ]  # fmt: skip


def test_questions_and_period_are_kept_to(session: Session) -> None:
    achievement = make_achievement(session, make_provider(session))
    event = make_event(session, achievement)
    question = Question("k1", "带样品吗？", QuestionKind.YES_NO, (), True)
    terms = RegistrationTerms(event_id=event.id, questions=[question.stored()], closes_at=utcnow() + timedelta(hours=1))
    session.add(terms)
    session.flush()
    for wrong in ({}, {"k1": "perhaps"}):
        with pytest.raises(Invalid) as refusal:
            register(session, event, guest(answers=wrong))
        assert refusal.value.field == "q_k1"
    details = guest(answers={"k1": "yes", "other": "x"}, wishes=[achievement.id, 9999], need="想找合作")
    register(session, event, details)
    [row] = rows(session)
    assert (row.answers, row.need) == ({"k1": "yes"}, "想找合作")
    assert session.scalars(select(RegistrationWish.achievement_id)).all() == [achievement.id]
    terms.closes_at = utcnow() - timedelta(seconds=1)
    session.flush()
    with pytest.raises(NotNow):
        register(session, event, guest(2, answers={"k1": "yes"}))
    registrations.enter(session, event, by=organizer(session), details=guest(3), locale="zh_CN")  # the organizer may


# --- at once ----------------------------------------------------------------------------------------------------------


def together(works: list[Callable[[], Any]]) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    barrier, guard = threading.Barrier(len(works)), threading.Lock()

    def one(work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            work()
            outcome = "ok"
        except DomainError as error:
            outcome = type(error).__name__
        with guard:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_cancelling_accepting_expiring_and_registering_at_once_sells_no_seat_twice(each_database: Database) -> None:
    with each_database.write() as session:
        event = make_event(session, capacity=5)
        event_id = event.id
        for number in range(20):
            register(session, event, guest(number))
        for row in rows(session)[:2]:
            registrations.cancel(session, row, by=VISITOR)  # two offers stand
        ids = [row.id for row in rows(session)]

    def on(key: int, act: Callable[[Session, Registration], Any]) -> Callable[[], None]:
        def work() -> None:
            with each_database.write() as session:
                act(session, session.get_one(Registration, key))

        return work

    def come(number: int) -> Callable[[], None]:
        def work() -> None:
            with each_database.write() as session:
                register(session, session.get_one(Event, event_id), guest(number))

        return work

    def cancel(session: Session, row: Registration) -> None:
        registrations.cancel(session, row, by=VISITOR)

    def accept(session: Session, row: Registration) -> None:
        seats.accept(session, row, by=VISITOR)

    def expire(session: Session, _row: Registration) -> None:
        seats.end_overdue(session, event_id)

    works = [on(key, cancel) for key in ids[2:8]] + [on(key, accept) for key in ids[5:15]]
    works += [on(ids[0], expire)] * 4 + [come(number) for number in range(100, 110)]
    together(works)
    with each_database.read() as session:
        check(session, session.get_one(Event, event_id))
        held = [row.seat for row in rows(session) if row.seat]
        assert sorted(held) == [1, 2, 3, 4, 5]


def test_an_offer_is_accepted_or_ends_never_both(each_database: Database) -> None:
    with each_database.write() as session:
        event = full_event(session)
        event_id = event.id
        registrations.cancel(session, rows(session)[0], by=VISITOR)
        second_id = rows(session)[1].id
        let_pass(session)

    def accept() -> None:
        with each_database.write() as session:
            seats.accept(session, session.get_one(Registration, second_id), by=VISITOR)

    def expire() -> None:
        with each_database.write() as session:
            seats.end_overdue(session, event_id)

    assert together([accept] * 5 + [expire] * 5) == {"NotNow": 5, "ok": 5}
    with each_database.read() as session:
        assert states(session) == [S.CANCELLED, S.CANCELLED, S.OFFERED]
        check(session, session.get_one(Event, event_id))


# --- any order --------------------------------------------------------------------------------------------------------

WHO = st.integers(0, 5)


class Roadshow(RuleBasedStateMachine):
    """Two seats, six people; each step is a transaction."""

    database: Database

    @initialize(approval=st.booleans(), hours=st.sampled_from((1.2, 30.0)))
    def begin(self, approval: bool, hours: float) -> None:
        with self.database.write() as session:
            event = make_event(session, capacity=2, starts_at=utcnow() + timedelta(hours=hours))
            session.add(RegistrationTerms(event_id=event.id, online=True, approval=approval))
            self.event_id = event.id
            self.by: Actor = load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)

    def attempt(self, work: Callable[[Session, Event], Any]) -> None:
        with suppress(DomainError), self.database.write() as session:
            work(session, session.get_one(Event, self.event_id))

    def on(self, who: int, work: Callable[[Session, Registration], Any]) -> None:
        def one(session: Session, event: Event) -> None:
            found = session.scalars(
                select(Registration).where(
                    Registration.event_id == event.id, Registration.contact == f"guest{who}@example.org"
                )
            ).one_or_none()
            if found is not None:
                work(session, found)

        self.attempt(one)

    @rule(who=WHO, online=st.booleans())
    def come(self, who: int, online: bool) -> None:
        how = Attendance.ONLINE if online else Attendance.IN_PERSON
        self.attempt(lambda session, event: register(session, event, guest(who, attendance=how)))

    @rule(who=WHO)
    def enter(self, who: int) -> None:
        self.attempt(
            lambda session, event: registrations.enter(session, event, by=self.by, details=guest(who), locale="en")
        )

    @rule(who=WHO)
    def cancel(self, who: int) -> None:
        self.on(who, lambda session, row: registrations.cancel(session, row, by=VISITOR))

    @rule(who=WHO)
    def accept(self, who: int) -> None:
        self.on(who, lambda session, row: seats.accept(session, row, by=VISITOR))

    @rule(who=WHO)
    def approve(self, who: int) -> None:
        self.on(who, lambda session, row: registrations.approve(session, row.event, [row], by=self.by))

    @rule(who=WHO)
    def decline(self, who: int) -> None:
        self.on(who, lambda session, row: registrations.decline(session, row.event, [row], by=self.by, reason="满"))

    @rule()
    def time_passes(self) -> None:
        self.attempt(lambda session, event: let_pass(session))

    @rule()
    def worker_comes(self) -> None:
        self.attempt(lambda session, event: seats.end_overdue(session, event.id))

    @rule(capacity=st.sampled_from((None, 1, 2, 3)))
    def edit(self, capacity: int | None) -> None:
        self.attempt(lambda session, event: events.edit(session, event, by=self.by, **edited(event, capacity=capacity)))

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "event_id"):
            return
        with self.database.read() as session:
            check(session, session.get_one(Event, self.event_id))


@pytest.fixture
def machine(each_database: Database) -> type[Roadshow]:
    class OnThis(Roadshow):
        database = each_database

    return OnThis


def test_any_order_of_events_keeps_the_seats(machine: type[Roadshow]) -> None:
    run_in_any_order(machine)
