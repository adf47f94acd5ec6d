"""The register: what counts, once per circle and once in the sum, and who may keep it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import register
from models.base import Database
from models.enums import GrantRole, Measure
from models.errors import Conflict, Invalid, NotNow
from models.queries.actors import load_actor
from models.queries.register import Selection, entries, figures, present, repeated, sizes, subjects_like
from models.rules.policy import Actor
from models.rules.register import Period, Stay, counts, overlaps, usual_periods
from models.tables import AuditEntry, Circle, RegisterEntry
from tests.factories import make_account, make_circle, make_org

HALF = Period(date(2026, 1, 1), date(2026, 6, 30))
TODAY = date(2026, 11, 23)


def make_entry(
    session: Session, circle: Circle, key: str, arrived: str, left: str = "", **values: Any
) -> RegisterEntry:
    entry = RegisterEntry(
        kind=values.pop("kind", "enterprise"),
        subject=values.pop("subject", f"企业{key}"),
        subject_key=key,
        circle_id=circle.id,
        arrived_on=date.fromisoformat(arrived),
        left_on=date.fromisoformat(left) if left else None,
        evidence="入园协议",
        **values,
    )
    session.add(entry)
    session.flush()
    return entry


def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def enter(session: Session, circle: Circle, by: Actor, subject: str, **values: Any) -> RegisterEntry:
    values = {"kind": "enterprise", "arrived_on": date(2026, 3, 1), "evidence": "协议", "today": TODAY, **values}
    return register.enter(session, by=by, subject=subject, circle_id=circle.id, **values)


def test_a_firm_in_both_circles_counts_once_in_each_and_once_in_the_sum(session: Session) -> None:
    one, two = make_circle(session), make_circle(session)
    make_entry(session, one, "a", "2026-01-01")
    make_entry(session, two, "a", "2026-06-30")
    make_entry(session, two, "b", "2026-02-01", "2026-05-01")
    make_entry(session, two, "c", "2026-02-01", kind="platform")
    found = figures(session, HALF)
    assert found["enterprise", one.id].arrivals == 1
    assert found["enterprise", two.id].arrivals == 2
    assert found["enterprise", None].arrivals == 2
    assert (found["enterprise", None].departures, found["enterprise", None].end) == (1, 1)
    assert found["platform", None].arrivals == 1
    assert ("platform", one.id) not in found


@pytest.mark.parametrize(
    ("arrived", "left", "expected"),
    [
        ("2025-12-31", "", ("begin", "end")),
        ("2026-01-01", "", ("arrivals", "end")),
        ("2026-06-30", "", ("arrivals", "end")),
        ("2026-07-01", "", ()),
        ("2025-12-31", "2025-12-31", ()),
        ("2025-12-31", "2026-01-01", ("begin", "departures")),
        ("2025-01-01", "2026-06-30", ("begin", "departures")),
        ("2025-01-01", "2026-07-01", ("begin", "end")),
        ("2026-06-30", "2026-06-30", ("arrivals", "departures")),
    ],
)
def test_the_first_and_the_last_day_belong_to_the_period(
    session: Session, arrived: str, left: str, expected: tuple[str, ...]
) -> None:
    circle = make_circle(session)
    make_entry(session, circle, "a", arrived, left)
    found = figures(session, HALF).get(("enterprise", None))
    assert found is not None
    assert tuple(name for name in ("begin", "arrivals", "departures", "end") if getattr(found, name)) == expected


def test_a_period_over_the_year_end_counts_both_years(session: Session) -> None:
    circle = make_circle(session)
    make_entry(session, circle, "a", "2025-12-31")
    make_entry(session, circle, "b", "2026-01-01")
    found = figures(session, Period(date(2025, 12, 31), date(2026, 1, 1)))
    assert found["enterprise", None].arrivals == 2


def test_leaving_and_coming_back_counts_once_and_balances(session: Session) -> None:
    circle = make_circle(session)
    make_entry(session, circle, "a", "2025-03-01", "2026-02-01")
    make_entry(session, circle, "a", "2026-04-01")
    found = figures(session, HALF)["enterprise", circle.id]
    assert (found.begin, found.arrivals, found.departures, found.end) == (1, 1, 1, 1)


def test_arrivals_nobody_checked_are_counted_beside(session: Session) -> None:
    circle = make_circle(session)
    checker = make_account(session)
    make_entry(session, circle, "a", "2026-01-01", checked_by_id=checker.person_id)
    make_entry(session, circle, "b", "2026-01-02")
    found = figures(session, HALF)["enterprise", None]
    assert (found.arrivals, found.unchecked) == (2, 1)


DAYS = st.dates(date(2025, 11, 1), date(2026, 8, 31))
STAYS = st.tuples(st.sampled_from("abcd"), st.integers(0, 1), DAYS, st.none() | st.integers(0, 200))


@settings(max_examples=60)
@given(stays=st.lists(STAYS, max_size=12), first=DAYS, length=st.integers(0, 250))
def test_the_database_counts_as_a_naive_count_does(
    database: Database, stays: list[tuple[str, int, date, int | None]], first: date, length: int
) -> None:
    period = Period(first, first + timedelta(days=length))
    with database.session(write=True) as session:
        circles = [make_circle(session), make_circle(session)]
        made = []
        for key, place, arrived, days in stays:
            left = None if days is None else arrived + timedelta(days=days)
            make_entry(session, circles[place], key, arrived.isoformat(), left.isoformat() if left else "")
            made.append((place, Stay(key, arrived, left)))
        ids = [circle.id for circle in circles]
        found = figures(session, period, circle_ids=ids)
        for measure in Measure:
            behind = [(place, stay.subject_key) for place, stay in made if counts(measure, stay, period)]
            total = found.get(("enterprise", None))
            assert (getattr(total, measure.value) if total else 0) == len({key for _place, key in behind})
            for place, circle_id in enumerate(ids):
                here = found.get(("enterprise", circle_id))
                expected = len({key for where, key in behind if where == place})
                assert (getattr(here, measure.value) if here else 0) == expected
                selection = Selection(kind="enterprise", circle_id=circle_id, measure=measure, period=period)
                assert sizes(session, selection) == (expected, len([1 for where, _key in behind if where == place]))
        session.rollback()


def test_a_figure_opens_its_rows_page_by_page(session: Session) -> None:
    circle = make_circle(session)
    for number in range(7):
        make_entry(session, circle, f"k{number}", "2026-03-01" if number < 4 else "2026-04-01")
    make_entry(session, circle, "outside", "2025-03-01")
    selection = Selection(kind="enterprise", measure=Measure.ARRIVALS, period=HALF)
    seen, after = [], ""
    while True:
        page = entries(session, selection, after=after, limit=3)
        seen += [row.subject_key for row in page.rows]
        after = page.next_key
        if not after:
            break
    assert seen == ["k6", "k5", "k4", "k3", "k2", "k1", "k0"]


def test_rows_of_a_subject_in_several_circles_are_named(session: Session) -> None:
    one, two = make_circle(session), make_circle(session)
    make_entry(session, one, "a", "2026-01-05")
    make_entry(session, two, "a", "2026-02-05")
    make_entry(session, two, "b", "2026-02-06")
    selection = Selection(kind="enterprise", measure=Measure.ARRIVALS, period=HALF)
    assert repeated(session, selection, ["a", "b"]) == {"a": [one.name, two.name]}


def test_present_shows_each_subject_once_and_nobody_who_left(session: Session) -> None:
    circle = make_circle(session)
    make_entry(session, circle, "a", "2025-01-01", kind="talent", subject="甲")
    make_entry(session, circle, "b", "2025-01-01", "2026-01-01", kind="talent", subject="乙")
    make_entry(session, circle, "c", "2026-12-01", kind="talent", subject="丙")
    assert [row.subject for row in present(session, circle.id, "talent", TODAY, limit=5)] == ["甲"]


def test_overlaps_let_a_subject_come_back_on_the_day_it_left() -> None:
    before = Stay("a", date(2026, 1, 1), date(2026, 2, 1))
    assert overlaps(Stay("a", date(2026, 2, 1)), [before]) is None
    assert overlaps(Stay("a", date(2026, 1, 31)), [before]) is before
    assert overlaps(Stay("a", date(2025, 1, 1), date(2026, 1, 1)), [before]) is None


def test_usual_periods_at_the_edges_of_the_year() -> None:
    first_day, last_day = usual_periods(date(2026, 1, 1)), usual_periods(date(2026, 12, 31))
    assert first_day[0] == Period(date(2026, 1, 1), date(2026, 6, 30))
    assert first_day[1] == Period(date(2025, 7, 1), date(2025, 12, 31))
    assert last_day[0] == Period(date(2026, 7, 1), date(2026, 12, 31))


def test_entering_uses_the_code_and_finds_the_organisation_again(session: Session) -> None:
    one, two, by = make_circle(session), make_circle(session), organizer(session)
    firm = make_org(session, name="北澜示例装备有限公司", uscc="91230699MA00000017")
    first = enter(session, one, by, firm.name, organisation=firm)
    second = enter(session, two, by, "北澜示例装备", organisation=firm)
    assert first.subject_key == second.subject_key == "91230699MA00000017"
    assert figures(session, HALF)["enterprise", None].arrivals == 1
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "register.enter")).all()
    assert [row.object_id for row in logged] == [first.id, second.id]


def test_a_known_name_asks_whether_it_is_the_same(session: Session) -> None:
    one, two, by = make_circle(session), make_circle(session), organizer(session)
    first = enter(session, one, by, "王 伟", kind="talent")
    with pytest.raises(Invalid) as refusal:
        enter(session, two, by, "王 伟", kind="talent")
    assert refusal.value.field == "same_as"
    [known] = subjects_like(session, kind="talent", name="王 伟", organisation_id=None)
    assert known.circles == (one.name,)
    same = enter(session, two, by, "王 伟", kind="talent", same_as=known.key)
    other = enter(session, two, by, "王 伟", kind="talent", same_as=register.ANOTHER)
    assert first.subject_key == same.subject_key != other.subject_key
    assert figures(session, HALF)["talent", None].arrivals == 2


def test_nobody_is_twice_in_one_circle_at_a_time(session: Session) -> None:
    circle, by = make_circle(session), organizer(session)
    entry = enter(session, circle, by, "甲公司")
    with pytest.raises(Conflict):
        enter(session, circle, by, "甲公司", same_as=entry.subject_key, arrived_on=date(2026, 5, 1))
    register.end(session, entry, by=by, revision=1, left_on=date(2026, 4, 1), reason="租约到期", today=TODAY)
    again = enter(session, circle, by, "甲公司", same_as=entry.subject_key, arrived_on=date(2026, 5, 1))
    assert again.subject_key == entry.subject_key


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"arrived_on": TODAY + timedelta(days=1)}, "arrived_on"),
        ({"arrived_on": date(1026, 3, 1)}, "arrived_on"),
        ({"left_on": date(2026, 2, 28)}, "left_on"),
        ({"left_on": TODAY + timedelta(days=1)}, "left_on"),
    ],
)
def test_impossible_days_are_refused_at_their_field(session: Session, values: dict[str, date], field: str) -> None:
    circle, by = make_circle(session), organizer(session)
    with pytest.raises(Invalid) as refusal:
        enter(session, circle, by, "甲公司", **values)
    assert refusal.value.field == field


def test_another_person_checks_and_a_correction_asks_for_a_new_check(session: Session) -> None:
    circle, one, two = make_circle(session), organizer(session), organizer(session)
    entry = enter(session, circle, one, "甲公司")
    with pytest.raises(NotNow):
        register.check(session, entry, by=one, revision=1)
    register.check(session, entry, by=two, revision=1)
    assert entry.checked_by_id == two.person_id
    values = {"kind": "enterprise", "subject": "甲公司", "circle_id": circle.id, "evidence": "新协议", "today": TODAY}
    with pytest.raises(Conflict):
        register.correct(session, entry, by=two, revision=1, arrived_on=date(2026, 3, 2), **values)
    register.correct(session, entry, by=two, revision=2, arrived_on=date(2026, 3, 2), **values)
    assert (entry.checked_by_id, entry.entered_by_id, entry.revision) == (None, two.person_id, 3)
    with pytest.raises(NotNow):
        register.check(session, entry, by=two, revision=3)
    change = session.scalars(select(AuditEntry).where(AuditEntry.action == "register.correct")).one()
    assert change.detail["changed"]["arrived_on"] == ["2026-03-01", "2026-03-02"]


def test_a_removed_entry_stays_in_the_log_and_counts_no_more(session: Session) -> None:
    circle, by = make_circle(session), organizer(session)
    entry = enter(session, circle, by, "甲公司")
    register.remove(session, entry, by=by, revision=1, reason="重复录入")
    assert figures(session, HALF) == {}
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "register.remove")).one()
    assert (logged.detail["reason"], logged.detail["entry"]["subject"]) == ("重复录入", "甲公司")
