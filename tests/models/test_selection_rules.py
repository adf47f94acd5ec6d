"""The ranking as a rule: bounds, order of scorers, monotone; conflicts of interest; even shares."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import Level, Outcome
from models.rules.selection import (
    DEFAULT,
    Applying,
    Entry,
    Interest,
    Ties,
    assign,
    interest,
    mean_of,
    proposal,
    rank,
    score,
    usual_level,
)

WEIGHTS = (60, 40)
START = datetime(2026, 3, 1, tzinfo=UTC)
POINTS = st.tuples(st.integers(1, 10), st.integers(1, 10))
SHEETS = st.lists(POINTS, max_size=7).map(tuple)


def entries_of(sheets: list[tuple[tuple[int, ...], ...]]) -> list[Entry]:
    return [Entry(key, START + timedelta(minutes=key), rows, asked=len(rows)) for key, rows in enumerate(sheets)]


def test_default_weights_are_whole() -> None:
    assert sum(weight for _name, weight in DEFAULT) == 100


def test_five_scorers_lose_the_highest_and_the_lowest() -> None:
    assert mean_of([100, 500, 600, 700, 1000], drops_extremes=True) == 600
    assert mean_of([100, 500, 600, 700, 1000], drops_extremes=False) == 580
    assert mean_of([100, 500, 600, 1000], drops_extremes=True) == 550
    assert mean_of([], drops_extremes=True) is None


def test_ties_are_settled_in_the_declared_order() -> None:
    """First criterion before second, then who came earlier."""
    even = Entry(1, START, (((5, 5)),))
    first = Entry(2, START + timedelta(hours=1), ((7, 2),))
    twin = Entry(3, START - timedelta(hours=1), ((5, 5),))
    assert [one.key for one in rank([even, first, twin], WEIGHTS, drops_extremes=False)] == [2, 3, 1]


def test_what_a_standing_says() -> None:
    (found,) = rank([Entry(1, START, ((10, 5), (6, 5)), asked=3)], WEIGHTS, drops_extremes=True)
    assert (found.mean, found.lowest, found.highest) == (Fraction(680), 560, 800)
    assert found.criteria == (8, 5)
    assert (found.given, found.missing, found.dropped) == (2, 1, False)


def test_without_scores_last_and_not_selected() -> None:
    ranked = rank([Entry(1, START, ()), Entry(2, START, ((1, 1),))], WEIGHTS, drops_extremes=True)
    assert [(one.key, one.rank) for one in ranked] == [(2, 1), (1, 2)]
    assert proposal(ranked, places=5, reserves=5) == {2: Outcome.SELECTED, 1: Outcome.NOT_SELECTED}


def test_points_and_weights_belong_together() -> None:
    with pytest.raises(ValueError, match="longer"):
        score((5,), WEIGHTS)


@given(sheets=st.lists(SHEETS, max_size=6), drops=st.booleans())
def test_bounds(sheets: list[tuple[tuple[int, ...], ...]], drops: bool) -> None:
    for one in rank(entries_of(sheets), WEIGHTS, drops_extremes=drops):
        if one.mean is not None:
            assert one.lowest is not None
            assert one.highest is not None
            assert 100 <= one.lowest <= one.mean <= one.highest <= 1000


@given(sheets=st.lists(SHEETS, max_size=6), drops=st.booleans(), data=st.data())
def test_the_order_of_scorers_and_applications_changes_nothing(
    sheets: list[tuple[tuple[int, ...], ...]], drops: bool, data: st.DataObject
) -> None:
    entries = entries_of(sheets)
    shuffled = [
        Entry(one.key, one.submitted_at, tuple(data.draw(st.permutations(one.sheets))), one.asked)
        for one in data.draw(st.permutations(entries))
    ]
    assert rank(entries, WEIGHTS, drops_extremes=drops) == rank(shuffled, WEIGHTS, drops_extremes=drops)


@given(sheets=st.lists(SHEETS.filter(bool), min_size=1, max_size=6), drops=st.booleans(), data=st.data())
def test_a_better_point_never_costs_a_rank(
    sheets: list[tuple[tuple[int, ...], ...]], drops: bool, data: st.DataObject
) -> None:
    entries = entries_of(sheets)
    chosen = data.draw(st.sampled_from(entries))
    which = data.draw(st.integers(0, len(chosen.sheets) - 1))
    criterion = data.draw(st.integers(0, 1))
    row = list(chosen.sheets[which])
    row[criterion] = data.draw(st.integers(row[criterion], 10))
    better = Entry(
        chosen.key, chosen.submitted_at, (*chosen.sheets[:which], tuple(row), *chosen.sheets[which + 1 :]), chosen.asked
    )
    places = [
        {one.key: one.rank for one in rank(case, WEIGHTS, drops_extremes=drops)}[chosen.key]
        for case in (entries, [better if one is chosen else one for one in entries])
    ]
    assert places[1] <= places[0]


@given(sheets=st.lists(SHEETS, max_size=8), places=st.integers(1, 5), reserves=st.integers(0, 3))
def test_the_proposal_takes_no_more_than_there_is(
    sheets: list[tuple[tuple[int, ...], ...]], places: int, reserves: int
) -> None:
    ranked = rank(entries_of(sheets), WEIGHTS, drops_extremes=True)
    found = proposal(ranked, places=places, reserves=reserves)
    scored = sum(one.mean is not None for one in ranked)
    assert list(found.values()).count(Outcome.SELECTED) == min(places, scored)
    assert list(found.values()).count(Outcome.RESERVE) == min(reserves, max(0, scored - places))


def test_usual_levels() -> None:
    assert [usual_level(one) for one in Outcome] == [Level.ROADSHOW, Level.RECOMMENDED, None]


@pytest.mark.parametrize(
    ("scorer", "why"),
    [
        (Ties(7), Interest.PRESENTER),
        (Ties(8), Interest.APPLIED),
        (Ties(9, present=frozenset({1})), Interest.MEMBER),
        (Ties(9, ever=frozenset({1})), Interest.MEMBER),
        (Ties(9, mandates=frozenset({1})), Interest.MANDATE),
        (Ties(9, present=frozenset({2})), Interest.COLLEAGUE),
        (Ties(9, ever=frozenset({2})), None),
        (Ties(9, present=frozenset({3}), ever=frozenset({4})), None),
    ],
)
def test_conflicts_of_interest(scorer: Ties, why: Interest | None) -> None:
    behind = Applying(organisation=1, presenter=7, presenter_with=frozenset({2}), entered_by=8)
    assert interest(scorer, behind) is why


@given(
    applications=st.integers(0, 12),
    scorers=st.integers(1, 6),
    each=st.one_of(st.none(), st.integers(1, 4)),
    data=st.data(),
)
def test_shares(applications: int, scorers: int, each: int | None, data: st.DataObject) -> None:
    """Nobody gets a barred pair, everybody who can be had is had; without bars the shares are even. Again: nothing more."""
    pairs = [(one, who) for one in range(applications) for who in range(scorers)]
    barred = data.draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    found = assign(range(applications), range(scorers), barred=barred, each=each)
    assert not set(found) & barred
    assert len(set(found)) == len(found)
    for one in range(applications):
        able = sum((one, who) not in barred for who in range(scorers))
        assert sum(pair[0] == one for pair in found) == min(able, able if each is None else each)
    again = assign(range(applications), range(scorers), barred=barred, present=found, each=each)
    assert again == []
    load = [sum(pair[1] == who for pair in found) for who in range(scorers)]
    if not barred:
        assert max(load) - min(load) <= 1
