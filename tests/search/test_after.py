"""Pages that no number reaches: every hit once, in the declared order, while others come and go."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.after import After, Places, follow, parse_after
from search.documents import Document
from search.engine import Delete, Engine, Upsert
from search.query import WINDOW, Query, Sort
from search.ranking import FIRST
from tests.search.conftest import BOTH, PlaceOf
from tests.search.corpus import PUBLIC, document, newest_first

MANY = WINDOW + 2_300
SIZE = 1_000
KINDS = ("achievement", "need")
KEY = "{}:{}:card".format


def _made(number: int, kind: str = "achievement", **changed: object) -> Document:
    """Three lengths of text, so that scores differ, with thousands of ties in each; seven to a moment."""
    given = {
        "title": "锂电池" + "隔膜" * (number % 3),
        "published_at": 1_000_000 + number // 7,
        "trl": number % 10 or None,
    }
    about = {"kind": kind, "key": KEY(kind, number), "facets": {"owner": [f"o{number % 2}"]}}
    return document(number, **(about | given | changed))


@pytest.fixture(scope="module", params=BOTH)
def many(request: pytest.FixtureRequest, place_of: PlaceOf) -> Engine:
    """Of either kind as many, which shall not be seen while the other is walked."""
    engine = place_of(request.param).open()
    generation = engine.new_generation()
    for kind in KINDS:
        generation.write(Upsert(_made((number * 7919) % MANY, kind)) for number in range(MANY))
    generation.write(
        Upsert(document(MANY * 2 + number, title="播种机")) for number in range(4_000)
    )  # words of all weigh nothing
    generation.swap()
    return engine


def walk(engine: Engine, query: Query) -> Iterator[list[str]]:
    """Pages by number as far as they go, then each after the one before."""
    for number in range(1, WINDOW // query.size + 1):
        page = engine.search(replace(query, page=number))
        yield [hit.key for hit in page.hits]
        assert (page.next is None) == (number < WINDOW // query.size)
    while page.next:
        after = parse_after(page.next.token(), query.sort)
        assert after == page.next
        page = engine.search(replace(query, after=after))
        assert page.total == pytest.approx(MANY, abs=20)
        assert sum(value.count for value in page.facets[0].values) == page.total
        yield [hit.key for hit in page.hits]


def declared(kind: str, sort: Sort) -> list[str]:
    rank = {Sort.RELEVANCE: lambda n: n % 3, Sort.NEWEST: lambda n: 0, Sort.TRL: lambda n: -(n % 10)}[sort]
    numbers = sorted(range(MANY), key=lambda n: (rank(n), newest_first(1_000_000 + n // 7, KEY(kind, n))))
    return [KEY(kind, number) for number in numbers]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sort", Sort)
def test_every_hit_comes_once_in_the_declared_order(many: Engine, sort: Sort, kind: str) -> None:
    pages = list(walk(many, Query("锂电池", kind=kind, audience=PUBLIC, sort=sort, size=SIZE, facets=("owner",))))
    assert {len(page) for page in pages[:-1]} == {SIZE}
    keys = [key for page in pages for key in page]
    wanted = declared(kind, sort)
    drawn = FIRST if sort is Sort.RELEVANCE else 0
    assert set(keys[:drawn]) == set(wanted[:drawn])
    assert keys[drawn:] == wanted[drawn:]


@pytest.mark.parametrize(("sort", "kind"), [(Sort.NEWEST, "achievement"), (Sort.TRL, "need")])
def test_also_while_others_come_and_go(many: Engine, sort: Sort, kind: str) -> None:
    """Those that were there all the time are each seen once; what comes before the reader's place is not seen."""
    fresh = itertools.count(MANY)
    added = set()
    seen: list[str] = []
    try:
        for page in walk(many, Query("锂电池", kind=kind, audience=PUBLIC, sort=sort, size=SIZE, facets=("owner",))):
            seen += page
            if len(seen) >= WINDOW:
                number = next(fresh)
                many.write([Upsert(_made(number, kind, trl=9))])
                added.add(KEY(kind, number))
                if number == MANY + 1:  # the very hit that the next page begins after
                    many.write([Delete(seen[-1])])
    finally:
        many.write([Delete(key) for key in added])
        gone = set(declared(kind, sort)) - set(many.all_keys())
        many.write([Upsert(_made(int(key.split(":")[1]), kind)) for key in gone])
    assert len(added) > 2
    assert seen == declared(kind, sort)


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_place_that_is_wrong_the_page_is_right(many: Engine, kind: str) -> None:
    query = Query("锂电池", kind=kind, audience=PUBLIC, sort=Sort.TRL, size=SIZE, facets=("owner",))
    last = many.search(replace(query, page=WINDOW // SIZE)).next
    assert last is not None
    right = many.search(replace(query, after=last)).hits
    assert [hit.key for hit in right] == declared(kind, Sort.TRL)[WINDOW : WINDOW + SIZE]
    for place in (0, 1, 300, 2**31 - 1):
        assert many.search(replace(query, after=last._replace(place=place))).hits == right


@given(
    ranks=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    at=st.integers(0, 59),
    place=st.integers(0, 200),
    size=st.integers(1, 30),
)
def test_following_is_slicing_the_declared_order(ranks: list[int], at: int, place: int, size: int) -> None:
    ordered = sorted(ranks, reverse=True)
    hits = [(float(rank), number * 37 % 61) for number, rank in enumerate(ordered)]  # ties come as the engine likes
    places = {hand: (-(hand % 5), str(hand)) for _, hand in hits}
    right = sorted(hits, key=lambda hit: (-hit[0], places[hit[1]]))
    rank, hand = right[min(at, len(right) - 1)]
    after = After("newest", rank, -places[hand][0], places[hand][1], place)
    found = follow(
        lambda low, high: hits[low:high],
        Places(lambda hands: [-places[each][0] for each in hands], lambda hands: [places[each][1] for each in hands]),
        after,
        size,
        len(hits),
    )
    start = right.index((rank, hand)) + 1
    assert found == right[start : start + size]


@pytest.mark.parametrize("engine_kind", BOTH)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sort", Sort)
def test_a_token_that_was_made_up_finds_something_or_nothing(
    place_of: PlaceOf, engine_kind: str, sort: Sort, kind: str
) -> None:
    engine = place_of(engine_kind).open()
    engine.new_generation().swap()
    engine.write([Upsert(_made(number, kind)) for number in range(30)])
    for rank in (0, -1, 5, 2**63 - 1, -(2**63), *((0.5, 1e18) if sort is Sort.RELEVANCE else ())):
        for published in (0, -1, 2**63 - 1, -(2**63)):
            made = After(sort, rank, published, "nobody", 10)
            after = parse_after(made.token(), sort)
            assert after == made
            for text in ("", "锂电池"):
                page = engine.search(Query(text, kind=kind, audience=PUBLIC, sort=sort, after=after))
                assert page.total == 30


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "é", "\x00", "a" * 400, "bnVsbA", "W10", "e30", "WzEsMiwzXQ", "[" * 299,
        After("trl", 1, 2, "k", 3).token(),
        After("newest", 1.5, 2, "k", 3).token(),
        After("newest", 1, 2**63, "k", 3).token(),
        After("newest", 1, 2, "k", -1).token(),
        After("newest", True, 2, "k", 1).token(),
        After("newest", 1, 2, "\n", 1).token(),
        After("newest", 1, 2, ["k"], 1).token(),  # type: ignore[arg-type]
        After("newest", float("nan"), 2, "k", 1).token(),
        After("newest", 10**40, 2, "k", 1).token(),
    ],
)  # fmt: skip
def test_what_is_no_token_of_this_order_is_none(token: str) -> None:
    assert parse_after(token, Sort.NEWEST) is None


@given(st.text())
def test_any_text_may_be_parsed(text: str) -> None:
    assert parse_after(text, Sort.RELEVANCE) is None
