"""Engines to test: the embedded one always, Elasticsearch where a server is given."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Engine, Upsert
from tests.search.corpus import corpus

BOTH = ("embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch))

PATIENCE = 30  # seconds: these tests ask what is found, on a machine that may be busy


class Place:
    """Where one index lives; every `open` is another engine on it, as another process would have."""

    def __init__(self, kind: str, address: Path | str) -> None:
        self.kind = kind
        self._address = address
        self._opened: list[Engine] = []

    def open(self) -> Engine:
        if isinstance(self._address, Path):
            made: Engine = EmbeddedEngine(self._address)
        else:
            made = ElasticEngine(self._address, patience=PATIENCE)
        self._opened.append(made)
        return made

    def close(self) -> None:
        for engine in self._opened:
            engine.close()


@contextmanager
def elasticsearch_place(url: str) -> Iterator[Place]:
    """A prefix of its own, whose indices are dropped at the end."""
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    place = Place("elasticsearch", f"{url}/{prefix}")
    try:
        yield place
    finally:
        place.close()
        with Elasticsearch(url) as client:
            for name in client.indices.get(index=f"{prefix}-*"):
                client.indices.delete(index=name)


PlaceOf = Callable[[str], Place]


@pytest.fixture(scope="module")
def place_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaceOf]:
    """Make a place for a kind of engine; all are cleared at the end of the module."""
    with ExitStack() as stack:

        def make(kind: str) -> Place:
            if kind == "elasticsearch":
                return stack.enter_context(elasticsearch_place(request.getfixturevalue("elasticsearch_url")))
            place = Place(kind, tmp_path_factory.mktemp("index") / "index")
            stack.callback(place.close)
            return place

        yield make


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, place_of: PlaceOf) -> Place:
    """An empty place without any index."""
    return place_of(request.param)


@pytest.fixture
def engine(place: Place) -> Engine:
    """An engine with an empty index."""
    made = place.open()
    made.new_generation().swap()
    return made


def fill(engine: Engine) -> Engine:
    generation = engine.new_generation()
    generation.write(map(Upsert, corpus()))
    generation.swap()
    return engine


@pytest.fixture(scope="module")
def filled_embedded(place_of: PlaceOf) -> Engine:
    """The corpus in the embedded engine; read only."""
    return fill(place_of("embedded").open())


@pytest.fixture(scope="module")
def filled_elasticsearch(place_of: PlaceOf) -> Engine:
    """The corpus in Elasticsearch; read only."""
    return fill(place_of("elasticsearch").open())


@pytest.fixture(scope="module", params=BOTH)
def filled(request: pytest.FixtureRequest) -> Engine:
    """The corpus in either; read only."""
    engine: Engine = request.getfixturevalue(f"filled_{request.param}")
    return engine
