"""One contract, every engine."""

import itertools
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.documents import MappingError
from search.engine import Delete, Engine, IndexStale, Stamp, Upsert
from search.generations import Overtaken
from search.query import FACETS, WINDOW, Filter, Page, Query, Sort
from search.question import question
from search.ranking import FIRST, draw
from tests.search.conftest import Place
from tests.search.corpus import PUBLIC, corpus, counts, document, matching, newest_first, questions, selected, words

DOCUMENTS = corpus()
MEMBER = PUBLIC | {"org:3", "user:7"}
SELECTIONS: tuple[tuple[Filter, ...], ...] = (
    (),
    (Filter("field", "field-1"),),
    (Filter("field", "field-1"), Filter("field", "field-2"), Filter("trl", "trl-3")),
    tuple(Filter(name, f"{name}-{code}") for name in ("field", "stage", "mode") for code in (0, 1)),
)
HOSTILE = (
    "",
    " ",
    "。，！？",
    "的",
    "\x00\x01\x07\x1b",
    "\ud800\udfff",
    "a" * 10_000,
    "研究" * 5_000,
    "".join(map(chr, range(0x4E00, 0x4E00 + 10_000))),
    'title:x AND (OR NOT "',
    "*:* ?~ ^9 [a TO z] {} \\ / + - && || !",
    '{"query": {"match_all": {}}}',
    "'; DROP TABLE achievement; --",
    "¤ \u200b \ufeff ﷺ 👩‍🔬 i̇ ß ﬀ",
)


def found(engine: Engine, text: str = "", audience: frozenset[str] = PUBLIC, **asked: object) -> list[str]:
    return [hit.key for hit in engine.search(Query(text=text, audience=audience, **asked)).hits]


def every_hit(engine: Engine, query: Query) -> list[str]:
    """All pages one after the other, the first empty one ending it."""
    pages = (engine.search(replace(query, page=page)).hits for page in itertools.count(1))
    return [hit.key for hits in itertools.takewhile(bool, pages) for hit in hits]


# What is found -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", SELECTIONS, ids=len)
@pytest.mark.parametrize("audience", [PUBLIC, MEMBER], ids=["public", "member"])
def test_hits_total_and_facets_are_exact(filled: Engine, audience: frozenset[str], filters: tuple[Filter, ...]) -> None:
    for text in ("", *questions(25)):
        query = Query(text, filters, audience, size=len(DOCUMENTS))
        page = filled.search(query)
        base = matching(DOCUMENTS, query)
        hits = selected(base, query)
        wanted = {document["key"] for document in hits}
        if not wanted or not set(question(text).strong) <= frozenset().union(*map(words, hits)):
            continue  # then one token is enough, or it is asked what else is meant: tests of their own
        assert {hit.key for hit in page.hits} == wanted, text
        assert page.total == len(wanted)
        assert {f.name: {v.value: v.count for v in f.values if v.count} for f in page.facets} == counts(base, query), (
            text
        )


@pytest.mark.elasticsearch
@pytest.mark.parametrize("sort", Sort)
def test_engines_give_the_same_answer(filled_embedded: Engine, filled_elasticsearch: Engine, sort: Sort) -> None:
    for text, filters in itertools.product(questions(), SELECTIONS[:2]):
        query = Query(text, filters, MEMBER, sort, size=25)
        one, other = filled_embedded.search(query), filled_elasticsearch.search(query)
        assert [hit.key for hit in one.hits] == [hit.key for hit in other.hits], text
        assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], abs=0.005), text
        assert replace(one, hits=()) == replace(other, hits=()), text


def test_relevance_prefers_more_and_rarer_words_and_the_title(engine: Engine) -> None:
    engine.write(
        [
            Upsert(document(1, title="一种高效装置", summary="用于电池")),
            Upsert(document(2, title="固态电池", summary="一种高效装置")),
            Upsert(document(3, title="固态电池电解质", summary="一种高效装置")),
            Upsert(document(4, title="电池", summary="电解质固态一种高效装置")),
            Upsert(document(5, title="播种机", summary="一种高效装置")),
        ]
    )
    assert found(engine, "固态电池电解质") == [f"achievement:{n}:card" for n in (3, 4, 2)]
    assert found(engine, "电池")[-1] == "achievement:1:card"


def test_when_no_document_holds_enough_one_word_is_enough(engine: Engine) -> None:
    engine.write([Upsert(document(1, title="电池"))])
    assert found(engine, "固态电池用的硫化物电解质薄膜") == ["achievement:1:card"]


def test_a_single_character_of_a_word_does_not_match(engine: Engine) -> None:
    engine.write([Upsert(document(1, title="水电站")), Upsert(document(2, title="锂电池"))])
    assert found(engine, "锂电池") == ["achievement:2:card"]
    assert set(found(engine, "电")) == {"achievement:2:card", "achievement:1:card"}


@pytest.mark.parametrize("text", ["电池 的", "的 电池 了", "和 电池", "电池的", "的电池"])
def test_particles_decide_nothing(engine: Engine, text: str) -> None:
    """They neither find what holds nothing else of the question, nor keep out what holds all but them."""
    engine.write(
        [
            Upsert(document(1, title="电池")),
            Upsert(document(2, title="电池的冷却和了结")),
            Upsert(document(3, title="新型的电机和池化了的网络")),
        ]
    )
    assert set(found(engine, text)) == {"achievement:1:card", "achievement:2:card"}


def test_particles_alone_are_taken_as_they_are(engine: Engine) -> None:
    engine.write([Upsert(document(1, title="电池的冷却")), Upsert(document(2, title="播种机"))])
    assert found(engine, "的 了 和") == ["achievement:1:card"]
    assert found(engine, "的") == ["achievement:1:card"]


# Who finds it --------------------------------------------------------------------------------------------------------


def test_an_empty_audience_sees_nothing(filled: Engine) -> None:
    for text in ("", "研究", "机密参数"):
        assert filled.search(Query(text)) == Page()


def test_nobody_finds_what_others_may_see(filled: Engine) -> None:
    secret = Query("机密参数", audience=PUBLIC | {"org:4", "org:99"}, size=100)
    assert {d["audience"][0] for d in DOCUMENTS if d["text"]["details"]} == {f"org:{n}" for n in range(5)}
    keys = {hit.key for hit in filled.search(secret).hits}
    assert keys == {d["key"] for d in DOCUMENTS if d["audience"] == ["org:4"]}
    assert found(filled, "机密参数") == []


def test_who_sees_the_fuller_document_does_not_see_the_card(engine: Engine) -> None:
    card = document(1, title="锂电池", superseded_for=["org:1", "user:2"], facets={"field": ["energy"]})
    full = document(
        1, key="achievement:1:full", title="锂电池", audience=["org:1", "user:2"], facets={"field": ["energy"]}
    )
    engine.write([Upsert(card), Upsert(full)])
    for reader, wanted in (({"public"}, "card"), ({"public", "org:1"}, "full"), ({"user:2"}, "full")):
        page = engine.search(Query("锂电池", audience=frozenset(reader)))
        assert [hit.key for hit in page.hits] == [f"achievement:1:{wanted}"]
        assert [(v.value, v.count) for v in page.facets[0].values] == [("energy", 1)]
    assert found(engine, "锂电池", frozenset({"org:3"})) == []


def test_a_reader_may_hold_a_thousand_tokens(filled: Engine) -> None:
    many = PUBLIC | {f"circle:{number}" for number in range(1000)}
    assert found(filled, "研究", many) == found(filled, "研究")


# In which order ------------------------------------------------------------------------------------------------------


def test_newest_and_trl_are_exact(filled: Engine) -> None:
    for text in ("", "研究 电池"):
        query = Query(text, audience=PUBLIC, size=len(DOCUMENTS))
        wanted = sorted(matching(DOCUMENTS, query), key=lambda d: newest_first(d["published_at"], d["key"]))
        assert found(filled, text, sort=Sort.NEWEST, size=300) == [d["key"] for d in wanted]
        wanted.sort(key=lambda d: -(d["trl"] or 0))
        assert found(filled, text, sort=Sort.TRL, size=300) == [d["key"] for d in wanted]


def test_without_a_text_relevance_is_newest(filled: Engine) -> None:
    assert found(filled, "？！") == found(filled, sort=Sort.NEWEST)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_pages_are_pieces_of_one_list(filled: Engine, sort: Sort, size: int) -> None:
    query = Query("激光雷达 传感器标定", audience=PUBLIC, sort=sort, facets=(), size=size)
    whole = found(filled, query.text, sort=sort, size=300)
    assert len(whole) > 20
    assert every_hit(filled, query) == whole


def test_ties_are_broken_as_declared_across_pages(engine: Engine) -> None:
    order = [(number * 37) % 150 for number in range(150)]
    engine.write([Upsert(document(n, title="锂电池", published_at=1000 + n // 3)) for n in order])
    wanted = sorted(range(150), key=lambda n: (-(n // 3), f"achievement:{n}:card"))
    newest = [f"achievement:{n}:card" for n in wanted]
    for day in (1, 2):
        query = Query("锂电池", audience=PUBLIC, size=20, day=day)
        drawn = sorted(newest[:FIRST], key=lambda key: draw(key, day))
        assert every_hit(engine, query) == drawn + newest[FIRST:]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("page", [-3, 0, 13, WINDOW // 20, WINDOW, 10**30])
def test_page_numbers_out_of_range(filled: Engine, sort: Sort, page: int) -> None:
    first = filled.search(Query("研究", audience=PUBLIC, sort=sort))
    asked = filled.search(Query("研究", audience=PUBLIC, sort=sort, page=page))
    assert asked == (first if page < 1 else replace(first, hits=()))


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_raises_or_shows_more(filled: Engine, text: str) -> None:
    for sort in Sort:
        page = filled.search(Query(text, audience=PUBLIC, sort=sort, size=300))
        assert page.total == len(page.hits)
        assert {hit.key for hit in page.hits} <= {d["key"] for d in DOCUMENTS if d["audience"] == ["public"]}


@given(text=st.text(), value=st.text(min_size=1))
@settings(max_examples=50)
def test_any_text_and_value_may_be_asked(filled_embedded: Engine, text: str, value: str) -> None:
    clean = value.encode(errors="replace").decode()
    assert filled_embedded.search(Query(text, (Filter("owner", clean),), PUBLIC)).total == 0


def test_unknown_values_find_nothing_and_stay_listed(filled: Engine) -> None:
    page = filled.search(Query("", (Filter("stage", 'x" OR 1'), Filter("circle", "没有")), PUBLIC))
    assert (page.total, page.hits) == (0, ())
    for facet in page.facets:
        ticked = [(v.value, v.count) for v in facet.values if v.selected]
        assert ticked == {"stage": [('x" OR 1', 0)], "circle": [("没有", 0)]}.get(facet.name, [])


def test_facets_are_those_asked_for(filled: Engine) -> None:
    assert [facet.name for facet in filled.search(Query(audience=PUBLIC)).facets] == list(FACETS)
    assert [facet.name for facet in filled.search(Query(audience=PUBLIC, facets=("trl", "mode"))).facets] == [
        "trl",
        "mode",
    ]
    assert filled.search(Query(audience=PUBLIC, facets=())).facets == ()


# Writing -------------------------------------------------------------------------------------------------------------


def test_a_change_is_found_when_write_returns(engine: Engine) -> None:
    assert engine.write([Upsert(document(1, title="锂电池")), Upsert(document(2, title="播种机"))]) == []
    assert found(engine, "锂电池") == ["achievement:1:card"]
    engine.write([Upsert(document(1, title="激光雷达", version=2))])
    assert found(engine, "锂电池") == []
    assert found(engine, "激光雷达") == ["achievement:1:card"]
    assert engine.write([]) == []
    assert engine.search(Query(audience=PUBLIC)).total == 2


def test_an_older_version_is_refused_and_the_same_is_applied(engine: Engine) -> None:
    engine.write([Upsert(document(1, title="第五版", version=5))])
    older = Upsert(document(1, title="第四版", version=4))
    other = Upsert(document(2, title="别的", version=1))
    assert engine.write([older, other]) == ["achievement:1:card"]
    assert (found(engine, "第五版"), found(engine, "第四版")) == (["achievement:1:card"], [])
    assert found(engine, "别的") == ["achievement:2:card"]
    assert engine.write([Upsert(document(1, title="改名", version=5))]) == []
    assert found(engine, "改名") == ["achievement:1:card"]


def test_deletion(engine: Engine) -> None:
    engine.write([Upsert(document(n, title="锂电池", version=5)) for n in (1, 2, 3)])
    first, second, third = (f"achievement:{n}:card" for n in (1, 2, 3))
    assert engine.write([Delete(first, 4), Delete(second, 5), Delete(third), Delete("achievement:9:card")]) == [first]
    assert found(engine, "锂电池") == [first]
    assert set(engine.all_keys()) == {first}


def test_what_was_deleted_may_come_back_in_the_same_version(engine: Engine) -> None:
    """An organisation is suspended and restored: its achievements go and return, their versions stay."""
    put = Upsert(document(1, title="锂电池", version=5))
    for gone in (Delete(put.key), Delete(put.key, 5)):
        engine.write([put])
        engine.write([gone])
        assert found(engine, "锂电池") == []
        assert engine.write([put]) == []
        assert found(engine, "锂电池") == [put.key]


def test_changes_of_one_batch_are_applied_in_their_order(engine: Engine) -> None:
    put = [Upsert(document(1, title=f"第{version}版", version=version)) for version in (1, 2, 3)]
    refused = engine.write([put[0], put[2], put[1], Delete(put[0].key), put[2], Delete(put[0].key, 2)])
    assert refused == [put[0].key] * 2
    assert found(engine) == [put[0].key]
    engine.write([put[2], Delete(put[0].key)])
    assert found(engine) == []


def test_a_document_that_is_not_of_the_mapping_is_refused_with_its_batch(engine: Engine) -> None:
    strange = document(2, title="播种机") | {"colour": "red"}
    with pytest.raises(MappingError, match="colour"):
        engine.write([Upsert(document(1, title="锂电池")), Upsert(strange)])
    assert engine.all_keys() == {}


def test_all_keys_lists_version_and_digest(filled: Engine) -> None:
    assert filled.all_keys() == {d["key"]: Stamp(d["version"], d["digest"]) for d in DOCUMENTS}


def test_another_process_sees_what_was_written(place: Place, engine: Engine) -> None:
    reader = place.open()
    for number in (1, 2, 3):
        engine.write([Upsert(document(number, title="锂电池"))])
        assert len(found(reader, "锂电池")) == number


def test_an_engine_that_was_closed_opens_again(engine: Engine) -> None:
    engine.write([Upsert(document(1))])
    engine.close()
    engine.write([Upsert(document(2))])
    engine.close()
    assert len(found(engine)) == 2


# Generations ---------------------------------------------------------------------------------------------------------


def test_without_an_index_everything_says_so(place: Place) -> None:
    engine = place.open()
    for attempt in (
        lambda: engine.search(Query(audience=PUBLIC)),
        lambda: engine.write([Upsert(document())]),
        lambda: engine.write([Delete("achievement:1:card")]),
        engine.all_keys,
    ):
        with pytest.raises(IndexStale, match=r"scripts\.reindex"):
            attempt()
    health = engine.health()
    assert (health.ready, health.documents) == (False, 0)
    assert "scripts.reindex" in health.detail


def test_health_counts_documents(engine: Engine) -> None:
    engine.write([Upsert(document(n)) for n in range(3)])
    health = engine.health()
    assert (health.ready, health.documents) == (True, 3)


def test_a_generation_is_seen_from_the_swap_on(engine: Engine) -> None:
    engine.write([Upsert(document(1, title="旧")), Upsert(document(2, title="旧"))])
    built = engine.new_generation()
    built.write([Upsert(document(1, title="新", version=2))])
    assert built.write([Upsert(document(1, title="旧", version=1))]) == ["achievement:1:card"]
    assert set(built.all_keys()) == {"achievement:1:card"}
    engine.write([Upsert(document(3, title="旧"))])
    assert len(found(engine, "旧")) == 3
    assert found(engine, "新") == []
    built.swap()
    assert (found(engine, "旧"), found(engine, "新")) == ([], ["achievement:1:card"])
    engine.write([Upsert(document(4, title="新"))])
    assert len(found(engine, "新")) == 2


def test_a_discarded_generation_leaves_no_trace(engine: Engine) -> None:
    engine.write([Upsert(document(1))])
    built = engine.new_generation()
    built.write([Upsert(document(2))])
    built.discard()
    built.discard()
    assert found(engine) == ["achievement:1:card"]


def test_of_two_rebuilds_the_later_one_wins(engine: Engine) -> None:
    earlier, later = engine.new_generation(), engine.new_generation()
    earlier.write([Upsert(document(1))])
    later.write([Upsert(document(2))])
    earlier.swap()
    assert found(engine) == ["achievement:1:card"]
    later.swap()
    assert found(engine) == ["achievement:2:card"]


def test_an_older_rebuild_does_not_take_the_place_of_a_later_one(place: Place, engine: Engine) -> None:
    earlier, later = engine.new_generation(), place.open().new_generation()
    earlier.write([Upsert(document(1))])
    later.write([Upsert(document(2))])
    later.swap()
    with pytest.raises(Overtaken):
        earlier.swap()
    earlier.discard()
    assert found(engine) == ["achievement:2:card"]
    engine.write([Upsert(document(3))])
    assert len(found(engine)) == 2


def test_a_rebuild_after_the_clock_was_set_back_is_the_later_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.write([Upsert(document(1))])
    monkeypatch.setattr("search.generations.time_ns", lambda: 1)
    for number in (2, 3):
        built = engine.new_generation()
        built.write([Upsert(document(number))])
        built.swap()
        assert found(engine) == [f"achievement:{number}:card"]


def test_an_index_of_another_mapping_is_stale_until_rebuilt(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    old = place.open()
    old.new_generation().swap()
    monkeypatch.setattr("search.elastic.MAPPING_VERSION", 999)
    monkeypatch.setattr("search.embedded._PREFIX", "v999-")
    new = place.open()
    with pytest.raises(IndexStale):
        new.search(Query(audience=PUBLIC))
    new.new_generation().swap()
    new.write([Upsert(document(1))])
    assert len(found(new)) == 1


def test_searches_go_on_while_generations_are_swapped(place: Place, engine: Engine) -> None:
    """Every answer is whole: all documents of one generation, none of another."""
    engine.write([Upsert(document(n, title="零")) for n in range(40)])
    answers: list[set[str]] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def look() -> None:
        other = place.open()
        try:
            while not done.is_set():
                page = other.search(Query("零 一 二 三 四", audience=PUBLIC, size=100, facets=("owner",)))
                answers.append(
                    {value.value for value in page.facets[0].values} | {f"{page.total}", f"{len(page.hits)}"}
                )
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for name in "零一二三四":
        built = engine.new_generation()
        built.write([Upsert(document(n, title=name, facets={"owner": [name]})) for n in range(50)])
        built.swap()
        engine.write([Upsert(document(n, title=name, facets={"owner": [name]})) for n in range(5)])
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert answers
    assert all(answer in ({"40"}, *({"50", name} for name in "零一二三四")) for answer in answers)


def test_writers_and_searchers_at_once(engine: Engine) -> None:
    """Readers see whole batches only."""
    errors: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            total = engine.search(Query("锂电池", audience=PUBLIC)).total
            if total % 10:
                errors.append(total)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for batch in range(8):
        engine.write([Upsert(document(batch * 10 + n, title="锂电池")) for n in range(10)])
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_question_of_some_keys_finds_those_that_it_finds_without_them(engine: Engine) -> None:
    """A saved search asks so of one new record: less of the question is enough only where it is enough for all."""
    titles = ("低温锂电池正极材料", "秸秆还田材料腐熟剂", "玉米正级栽培")
    documents = [document(number, title=title) for number, title in enumerate(titles, start=1)]
    engine.new_generation().swap()
    engine.write(map(Upsert, documents))
    keys = [each["key"] for each in documents]
    for text in ("低温锂电池正极材料", "正极", "低温锂电池负极", "材料"):
        assert [key for key in keys if found(engine, text, keys=(key,), size=1)] == sorted(found(engine, text)), text
    assert found(engine, titles[0]) == keys[:1]


def test_a_long_question_finds_what_has_any_of_it_where_nothing_has_its_weightiest(engine: Engine) -> None:
    """Its weightiest tokens are those of documents of another kind here."""
    said = "".join(map(chr, range(0x5000, 0x5040)))
    common = [document(number, title="丁戊") for number in range(1, 9)]
    engine.new_generation().swap()
    engine.write(map(Upsert, [*common, document(9, key="need:9:card", kind="need", title=said)]))
    assert question(f"{said}，丁戊").long
    assert set(found(engine, f"{said}，丁戊")) == {each["key"] for each in common}
