"""Results of an event: each figure equals the rows behind it, both ways of counting, alone and over several events."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import intentions
from models.actions.requests import ask
from models.base import Database, utcnow
from models.enums import EventState
from models.queries import results
from models.queries.result_rows import SOURCES, Scope
from models.rules.calendar import DEFAULT_ZONE
from models.rules.results import COUNTED, FIGURES, GROUPS, KINDS, percent
from models.tables import AgendaItem, Booking, Event, MatchSession
from tests.counting import counted
from tests.factories import make_event, make_session
from tests.models.result_cases import Fair, make_fair, meeting
from tests.models.test_intentions import Case, by_member, by_visitor


@pytest.fixture
def fair(session: Session) -> Fair:
    return make_fair(session)


def check(session: Session, scope: Scope) -> None:
    """Every figure is the number of its rows, both ways; per event they add up."""
    numbers, each = results.counted(session, scope), results.by_event(session, scope)
    for name in SOURCES:
        rows = {once: session.execute(results.behind(name, scope, once=once)).all() for once in (False, True)}
        assert (numbers[name].each, numbers[name].once) == (len(rows[False]), len(rows[True])), name
        assert len({row.key for row in rows[True]}) == len(rows[True])
        assert {row.key for row in rows[False]} == {row.key for row in rows[True]}
        assert sum(row.times for row in rows[True]) == len(rows[False])
        assert sum(each[event_id, name].each for event_id in scope.event_ids if (event_id, name) in each) == len(
            rows[False]
        )
        assert {row.event_id for row in rows[False]} <= set(scope.event_ids)


def test_every_figure_is_what_it_should_be_and_its_rows(each_database: Database) -> None:
    with each_database.write() as session:
        fair = make_fair(session)
    with each_database.read() as session:
        numbers = results.counted(session, fair.scope())
        assert {name: (one.each, one.once) for name, one in numbers.items()} == fair.wanted
        check(session, fair.scope())


def test_what_belongs_to_another_event_is_not_counted(session: Session, fair: Fair) -> None:
    other = make_event(session)
    numbers = results.counted(session, Scope((other.id,), utcnow()))
    assert {(one.each, one.once) for one in numbers.values()} == {(0, 0)}


def test_over_several_events_an_achievement_counts_once(session: Session, fair: Fair) -> None:
    second = make_event(session, fair.world.achievement, starts_at=fair.event.starts_at)
    sitting = make_session(session, event_id=second.id, starts_at=fair.event.starts_at + timedelta(hours=7))
    meeting(session, fair.world, sitting, 0, fair.world.achievement)
    scope = fair.scope(second)
    numbers = results.counted(session, scope)
    assert (numbers["pitched"].each, numbers["pitched"].once) == (4, 2)
    assert (numbers["planned"].each, numbers["planned"].once) == (7, 2)
    assert numbers["engagements"].each == 3  # each belongs to the first event it touched
    check(session, scope)


def test_pitches_count_when_they_are_over(session: Session, fair: Fair) -> None:
    early = Scope((fair.event.id,), fair.event.starts_at)
    assert results.counted(session, early)["pitched"].each == 0
    items = session.scalar(select(func.count()).select_from(AgendaItem).where(AgendaItem.event_id == fair.event.id))
    assert results.counted(session, fair.scope())["pitched"].each == items


def test_the_cost_does_not_grow(session: Session, fair: Fair) -> None:
    costs = []
    for _round in range(2):
        with counted(session) as statements:
            results.counted(session, fair.scope())
            results.by_event(session, fair.scope())
            results.listing(session, "held", fair.scope(), once=True)
        costs.append(len(statements))
        sitting = session.scalars(select(MatchSession).where(MatchSession.event_id == fair.event.id)).first()
        assert sitting is not None
        meeting(session, fair.world, sitting, 7, fair.world.achievement)
    assert costs == [3, 3]


def test_a_recorded_intention_counts_as_the_request_it_became_and_once(session: Session) -> None:
    case = Case(session)

    def number() -> int:
        return results.counted(session, Scope((case.event.id,), utcnow()), ["intentions"])["intentions"].each

    by_guest, _new = by_visitor(session, case)
    assert number() == 0  # it waits to be sent on
    by_member(session, case)
    assert number() == 1
    intentions.send(
        session, by_guest, by=case.member, sender_id=case.seeker.id, asked_by_id=case.member.person_id,
        purpose="访客登记的意向", zone=DEFAULT_ZONE,
    )  # fmt: skip
    assert number() == 1  # both say the same to the owner


def test_an_intention_that_joined_a_request_of_no_event_is_not_counted(session: Session) -> None:
    case = Case(session)
    ask(session, case.achievement, by=case.member, sender_id=case.seeker.id, purpose="早先问过")
    made, _new = by_member(session, case)
    assert made.contact_request_id is not None
    assert results.counted(session, Scope((case.event.id,), utcnow()), ["intentions"])["intentions"].each == 0


def test_pages_of_rows(session: Session, fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "PAGE", 4)
    first, more = results.listing(session, "planned", fair.scope(), once=False)
    rest, end = results.listing(session, "planned", fair.scope(), once=False, page=2)
    assert (len(first), more, len(rest), end) == (4, True, 2, False)
    assert not {row.id for row in first} & {row.id for row in rest}
    assert len(results.listing(session, "planned", fair.scope(), once=False, page=0)[0]) == 6


def test_events_of_a_period(session: Session, fair: Fair) -> None:
    begin = fair.event.starts_at
    make_event(session, state=EventState.DRAFT, starts_at=begin)
    make_event(session, state=EventState.CANCELLED, starts_at=begin)
    assert [one.id for one in results.events_of(session, begin, begin + timedelta(days=1))] == [fair.event.id]
    assert list(results.events_of(session, begin - timedelta(days=1), begin)) == []


def test_each_figure_has_a_source_or_says_that_it_is_not_recorded() -> None:
    assert set(COUNTED) == set(SOURCES)
    assert all(one.means for one in FIGURES.values())
    assert [name for name, one in FIGURES.items() if not one.recorded] == [
        "needs_collected", "needs_published", "intended_amount", "signed_amount",
        "local",
    ]  # fmt: skip
    assert len(GROUPS) == 4
    assert not set.intersection(*(set(kinds) for kinds, _capacities in KINDS.values()))
    assert (percent(1, 3), percent(0, 0)) == (33, None)


def test_a_booking_of_no_event_is_nowhere(session: Session, fair: Fair) -> None:
    sitting = make_session(session, starts_at=fair.event.starts_at + timedelta(hours=9))
    meeting(session, fair.world, sitting, 0, fair.world.achievement)
    everything = Scope(tuple(session.scalars(select(Event.id))), utcnow())
    bookings = session.scalar(select(func.count()).select_from(Booking)) or 0
    assert results.counted(session, everything)["planned"].each == 6 < bookings
