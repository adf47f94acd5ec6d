"""Results of an event: each figure equals the rows behind it, both ways of counting, alone and over several events."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actions import intentions
from models.actions.intentions import Wanted
from models.actions.requests import ask, withdraw
from models.base import Database, utcnow
from models.enums import EventState, Place
from models.queries import results
from models.queries.result_parts import Scope
from models.queries.result_rows import SOURCES
from models.rules.calendar import DEFAULT_ZONE
from models.rules.results import AMOUNTS, COUNTED, FIGURES, GROUPS, KINDS, percent
from models.tables import AgendaItem, Booking, Engagement, Event, MatchSession
from tests.counting import counted
from tests.factories import make_event, make_session
from tests.models.result_cases import Fair, make_fair, meeting
from tests.models.test_events import make_registration
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


def intended(session: Session, case: Case) -> list[tuple[str, str]]:
    """(page, state) of the rows behind the intentions of a case's event, which are as many as are counted."""
    scope = Scope((case.event.id,), utcnow())
    rows = results.listing(session, "intentions", scope, once=False)[0]
    assert results.counted(session, scope, ["intentions"])["intentions"].each == len(rows)
    check(session, scope)
    return [(row.page, row.state) for row in rows]


def test_a_pair_counts_once_whether_it_recorded_asked_or_both(session: Session) -> None:
    case = Case(session)
    by_guest, _new = by_visitor(session, case)
    assert intended(session, case) == [("intention", "")]  # it waits to be sent on
    by_member(session, case)
    assert intended(session, case) == [("request", "pending")]  # of the same organisation, about the same achievement
    intentions.send(
        session, by_guest, by=case.member, sender_id=case.seeker.id, asked_by_id=case.member.person_id,
        purpose="访客登记的意向", zone=DEFAULT_ZONE,
    )  # fmt: skip
    assert intended(session, case) == [("request", "pending")]


def test_an_intention_that_joined_a_request_of_no_event_was_recorded_at_this_one(session: Session) -> None:
    case = Case(session)
    ask(session, case.achievement, by=case.member, sender_id=case.seeker.id, purpose="早先问过")
    assert intended(session, case) == []
    made, _new = by_member(session, case)
    assert made.contact_request_id is not None
    assert intended(session, case) == [("intention", "")]


def test_put_aside_or_withdrawn_is_no_intention(session: Session) -> None:
    case = Case(session)
    by_guest, _new = by_visitor(session, case)
    intentions.drop(session, by_guest, by=case.member)
    assert intended(session, case) == []
    made, _new = by_member(session, case)
    assert made.contact_request is not None
    withdraw(session, made.contact_request, by=case.member)
    assert intended(session, case) == []


def test_two_of_one_typed_organisation_are_one_pair_with_the_largest_budget(session: Session) -> None:
    case = Case(session)
    names = ("不在本站的公司", "不在本站的公司", "", "")
    for number, name in enumerate(names):
        case.visitor = make_registration(session, case.event, email=f"other{number}@example.org")
        case.visitor.organisation_name = name
        by_visitor(session, case, wanted=Wanted(budget_max=(10 + number) * 1_0000_00))
    scope = Scope((case.event.id,), utcnow())
    assert len(intended(session, case)) == 3
    number = results.counted(session, scope)["intended_amount"]
    assert (number.each, number.once) == (3, 1)
    assert (number.low, number.high) == (36_0000_00, 36_0000_00)
    first = results.listing(session, "intended_amount", scope, once=True)[0][0]
    assert number.low_once == first.low


def test_amounts_are_the_sums_of_their_rows(session: Session, fair: Fair) -> None:
    second = make_event(session, starts_at=fair.event.starts_at)
    other = make_session(session, event_id=second.id, starts_at=fair.event.starts_at + timedelta(hours=7))
    meeting(session, fair.world, other, 0, fair.world.achievement)
    scope = fair.scope(second)
    numbers, each = results.counted(session, scope), results.by_event(session, scope)
    for name in AMOUNTS:
        for once in (False, True):
            rows = results.listing(session, name, scope, once=once, page=0)[0]
            sums = (sum(row.low for row in rows), sum(row.high for row in rows))
            number = numbers[name]
            assert sums == ((number.low_once, number.high_once) if once else (number.low, number.high))
            assert all(row.low <= row.high for row in rows)
        assert sum(one.low for (_event, figure), one in each.items() if figure == name) == numbers[name].low
        assert {row.id for row in rows} <= {
            row.id for row in results.listing(session, FIGURES[name].of, scope, once=False, page=0)[0]
        }
    assert (numbers["signed_amount"].low, numbers["signed_amount"].high) == (80_0000_00, 80_0000_00)
    assert (numbers["intended_amount"].low, numbers["intended_amount"].high) == (50_0000_00, 80_0000_00)
    assert isinstance(numbers["signed_amount"].low, int)


def test_what_an_engagement_came_to(session: Session, fair: Fair) -> None:
    rows = results.listing(session, "signed", fair.scope(), once=False)[0]
    found = results.came_to(session, [row.id for row in rows])
    assert sorted(str(one.amount_said) for one in found.values()) == ["confidential", "stated"]
    [placed] = [one for one in found.values() if one.place]
    assert (placed.place, placed.place_name, placed.jobs) == (Place.CITY, "北岸区", 11)


def test_where_it_is_put_to_use_decides_what_is_local(session: Session, fair: Fair) -> None:
    engagement = session.get_one(Engagement, results.listing(session, "local", fair.scope(), once=False)[0][0].id)
    for place, numbers in ((Place.COUNTRY, (1, 0, 0)), (None, (1, 0, 1)), (Place.CITY, (1, 1, 0))):
        engagement.place = place
        session.flush()
        found = results.counted(session, fair.scope())
        assert tuple(found[name].each for name in ("implemented", "local", "unplaced")) == numbers


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
        "needs_collected", "needs_published",
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
