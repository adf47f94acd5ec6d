"""The benchmark of availability runs the site's own pages; here it only has to work."""

from scripts import bench_availability as bench


def test_a_small_session_is_asked_for_by_each_reader() -> None:
    lines = bench.measure("SQLite", "", bench.Size(4, 3, 4), 1)
    assert {line.answers for line in lines} == {4}
    assert len({line.page for line in lines}) == 5
    assert all(line.queries == line.smaller for line in lines)
