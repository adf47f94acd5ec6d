"""Questions and answers as values: names are checked, pages are cut, facets are ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import (
    FACET_SIZE,
    LONGEST_VALUE,
    WINDOW,
    Filter,
    Query,
    UnknownFacet,
    make_facet,
    parse_filters,
)


def test_filters_are_parsed_cleaned_and_kept_once() -> None:
    pairs = [("field", " energy "), ("trl", "6"), ("field", "energy"), ("trl", " "), ("mode", "\ud800")]
    assert parse_filters(pairs) == (Filter("field", "energy"), Filter("trl", "6"), Filter("mode", "?"))
    assert parse_filters([("owner", "长" * 999)]) == (Filter("owner", "长" * LONGEST_VALUE),)


@pytest.mark.parametrize("name", ["", "title", "Field", "facet_field", "audience"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownFacet):
        parse_filters([("field", "energy"), (name, "x")])
    with pytest.raises(UnknownFacet):
        Query(facets=("field", name))


@given(st.lists(st.tuples(st.just("field"), st.text())))
def test_any_value_can_be_written_out(pairs: list[tuple[str, str]]) -> None:
    for parsed in parse_filters(pairs):
        assert parsed.value.strip()
        parsed.value.encode()


@pytest.mark.parametrize(
    ("page", "start", "stop"),
    [
        (1, 0, 30),
        (2, 30, 60),
        (0, 0, 30),
        (-9, 0, 30),
        (334, 9990, WINDOW),
        (335, WINDOW, WINDOW),
        (10**40, WINDOW, WINDOW),
    ],
)
def test_where_a_page_lies(page: int, start: int, stop: int) -> None:
    query = Query(page=page, size=30)
    assert (query.start, query.stop) == (start, stop)


@pytest.mark.parametrize("size", [0, -1, WINDOW + 1])
def test_a_size_that_no_page_has(size: int) -> None:
    with pytest.raises(ValueError, match="size"):
        Query(size=size)


def test_selected_values_by_facet() -> None:
    ticked = (Filter("trl", "6"), Filter("field", "b"), Filter("trl", "5"), Filter("trl", "6"))
    assert Query(filters=ticked).selected == {"trl": ("6", "5"), "field": ("b",)}


def test_a_query_can_be_a_key() -> None:
    assert len({Query("锂", audience=frozenset({"public"})), Query("锂", audience=frozenset({"public"}))}) == 1


def test_facets_are_ordered_cut_and_keep_what_is_selected() -> None:
    facet = make_facet("owner", [(f"o{number:03}", 1 + number // 50) for number in range(200)], ["o000", "gone"])
    shown = [(value.value, value.count) for value in facet.values]
    assert shown[:2] == [("o150", 4), ("o151", 4)]
    assert shown[-2:] == [("o000", 1), ("gone", 0)]
    assert len(shown) == FACET_SIZE + 2
    assert [value.value for value in facet.values if value.selected] == ["o000", "gone"]
