"""Tables, changes by hand and comparisons of timetables, as pure rules."""

from hypothesis import given
from hypothesis import strategies as st

from models.rules.timetable import (
    Entry,
    Person,
    Problem,
    Seated,
    Wish,
    compare,
    free_tables,
    hindered,
    may_swap,
    seat,
    shares,
)

PROBLEM = Problem(
    3,
    (Person("A", 0b111), Person("B", 0b011), Person("O", 0b111), Person("P", 0b110)),
    (Wish((0, 2), 1), Wish((1, 2), 1), Wish((0, 3), 1)),
    (2,),
)


def test_who_is_in_the_way() -> None:
    entries = {0: Entry(0, 7), 2: Entry(1, 7)}
    assert hindered(PROBLEM, entries, 1, 0) is not None
    found = hindered(PROBLEM, entries, 1, 0)
    assert found is not None
    assert (found.people, found.by) == ((2,), 0)
    away = hindered(PROBLEM, entries, 1, 2)
    assert away is not None
    assert (away.people, away.by) == ((1,), None)
    assert hindered(PROBLEM, entries, 1, 1) is None
    assert free_tables(entries, [7, 8], 1) == [8]


def test_exchanging() -> None:
    entries = {0: Entry(0, 7), 1: Entry(1, 7), 2: Entry(2, 8)}
    assert may_swap(PROBLEM, entries, 0, 1)
    assert not may_swap(PROBLEM, entries, 0, 2), "P is not there at the first slot"


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=15, unique=True),
    st.integers(0, 100),
)
def test_no_two_at_a_table_and_who_can_stay_stays(meetings: list[tuple[int, int]], keeps: int) -> None:
    """As many tables as there are meetings at a slot; every third keeps the table it has."""
    many = {slot: sum(one == slot for one, _host in meetings) for slot in range(5)}
    tables = {slot: list(range(10, 10 + count)) for slot, count in many.items()}
    held: dict[int, int] = {}
    seated = []
    for number, (slot, host) in enumerate(meetings):
        keep = None
        if (number + keeps) % 3 == 0:
            keep = 10 + held.get(slot, 0)
            held[slot] = held.get(slot, 0) + 1
        seated.append(Seated(slot, host, keep))
    found = seat(seated, tables)
    assert len({(one.slot, table) for one, table in zip(seated, found, strict=True)}) == len(meetings)
    assert all(one.keeps in (None, table) for one, table in zip(seated, found, strict=True))
    assert all(table in tables[one.slot] for one, table in zip(seated, found, strict=True))


def test_what_differs() -> None:
    found = compare({1: "a", 2: "b", 3: "c"}, {2: "b", 3: "d", 4: "a"})
    assert (found.first, found.second, found.moved, found.same) == ((1,), (4,), (3,), 1)


def test_what_each_gets() -> None:
    people = {1: [10, 20], 2: [10, 21], 3: [11, 20]}
    found = shares({1: 0, 2: 3}, people)
    assert {person: (one.meetings, one.breaks) for person, one in found.items()} == {
        10: (2, 1), 20: (1, 0), 21: (1, 0), 11: (0, 0),
    }  # fmt: skip
