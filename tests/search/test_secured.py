"""An Elasticsearch with security on: a role for the site's own indices is enough, and less is told apart."""

from collections.abc import Iterator

import pytest

from scripts.services import Elasticsearch
from search.elastic import ElasticEngine
from search.engine import EngineUnavailable, Upsert
from search.query import Query
from search.trouble import Trouble
from tests.search.conftest import PATIENCE
from tests.search.corpus import PUBLIC, document
from tests.search.test_vectors import Topics


@pytest.fixture(scope="module")
def secured(elasticsearch_url: str) -> Iterator[str]:
    """host:port of a server of its own; `elasticsearch_url` only tells whether there can be one here."""
    with Elasticsearch(users={"site": ("ge:heim/#!", "site"), "other": ("anders1", "other")}) as url:
        yield url.removeprefix("http://")


@pytest.mark.slow
def test_the_role_of_the_sites_own_indices_is_enough(secured: str) -> None:
    engine = ElasticEngine(f"http://site:ge%3Aheim%2F%23!@{secured}/site", patience=PATIENCE)
    engine.new_generation().swap()
    assert engine.write([Upsert(document(1))]) == []
    assert engine.search(Query(audience=PUBLIC)).total == 1
    assert list(engine.all_keys()) == [document(1)["key"]]
    vectors = engine.vectors(Topics(size=2))
    vectors.put([("need:1", "a", [1, 0])])
    assert vectors.nearest([1, 0], "need", 1) == ["need:1"]
    engine.new_generation().swap()  # the second one looks for and drops the first
    health = engine.health()
    assert (health.ready, health.documents, health.trouble) == (True, 0, None)
    engine.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("user", "trouble"),
    [("", Trouble.UNKNOWN_USER), ("site:falsch@", Trouble.UNKNOWN_USER), ("other:anders1@", Trouble.FORBIDDEN)],
)
def test_who_may_not_is_told_so(secured: str, user: str, trouble: Trouble) -> None:
    engine = ElasticEngine(f"http://{user}{secured}/site", patience=PATIENCE)
    for attempt in (
        lambda: engine.search(Query(audience=PUBLIC)),
        lambda: engine.write([Upsert(document(1))]),
        engine.new_generation,
        engine.all_keys,
    ):
        with pytest.raises(EngineUnavailable) as caught:
            attempt()
        assert caught.value.trouble is trouble
        assert "falsch" not in str(caught.value)
        assert "anders1" not in str(caught.value)
    assert engine.health().trouble is trouble
    engine.close()
