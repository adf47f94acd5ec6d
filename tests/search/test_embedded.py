"""What is Tantivy's own: its lock, forks, folders that go."""

import os
from pathlib import Path

import pytest

from search.embedded import EmbeddedEngine
from search.engine import EngineUnavailable, Upsert
from search.query import Query
from tests.search.corpus import PUBLIC, document


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    made = EmbeddedEngine(tmp_path / "index")
    made.new_generation().swap()
    return made


def total(engine: EmbeddedEngine) -> int:
    return engine.search(Query(audience=PUBLIC)).total


def test_one_writer_at_a_time(engine: EmbeddedEngine, tmp_path: Path) -> None:
    other = EmbeddedEngine(tmp_path / "index")
    engine.write([Upsert(document(1))])
    with pytest.raises(EngineUnavailable):
        other.write([Upsert(document(2))])
    assert total(other) == 1
    engine.close()
    other.write([Upsert(document(2))])
    assert total(engine) == 2


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_searches_but_does_not_write(engine: EmbeddedEngine) -> None:
    engine.write([Upsert(document(1))])
    assert total(engine) == 1
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = f"{total(engine)}"
            engine.write([Upsert(document(2))])
        except EngineUnavailable:
            said += " unavailable"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with open(reading) as answer:
        assert answer.read() == "1 unavailable"
    engine.write([Upsert(document(3))])
    assert total(engine) == 2


def test_the_writer_follows_a_swap_by_another_process(engine: EmbeddedEngine, tmp_path: Path) -> None:
    engine.write([Upsert(document(1))])
    EmbeddedEngine(tmp_path / "index").new_generation().swap()
    assert total(engine) == 0
    engine.write([Upsert(document(2))])
    assert total(engine) == 1
    assert len(list((tmp_path / "index").glob("v*"))) == 1


def test_a_folder_that_is_gone_or_broken_is_unavailable(engine: EmbeddedEngine, tmp_path: Path) -> None:
    (folder,) = (tmp_path / "index").glob("v*")
    (folder / "meta.json").write_text("{")
    with pytest.raises(EngineUnavailable):
        total(engine)
    assert not engine.health().ready
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    for attempt in (lambda: total(engine), engine.all_keys, lambda: engine.write([Upsert(document(1))])):
        with pytest.raises(EngineUnavailable):
            attempt()
    engine.new_generation().swap()
    assert total(engine) == 0


def test_a_failed_batch_leaves_nothing_and_can_be_repeated(engine: EmbeddedEngine, tmp_path: Path) -> None:
    engine.write([Upsert(document(1))])
    (folder,) = (tmp_path / "index").glob("v*")
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(EngineUnavailable):
        engine.write([Upsert(document(2))])
    (tmp_path / "elsewhere").rename(folder)
    assert total(engine) == 1
    engine.write([Upsert(document(2))])
    assert total(engine) == 2
