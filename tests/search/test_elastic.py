"""What is Elasticsearch's own: a server that is not there, is silent, wants a password, refuses to write."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from elasticsearch import ConnectionTimeout, Elasticsearch

from search.elastic import ElasticEngine
from search.engine import EngineUnavailable, Upsert
from search.query import Query
from tests.search.conftest import elasticsearch_place
from tests.search.corpus import PUBLIC, document

ASKED = Query("锂电池", audience=PUBLIC)


def assert_unavailable(engine: ElasticEngine) -> None:
    for attempt in (
        lambda: engine.search(ASKED),
        lambda: engine.write([Upsert(document(1))]),
        engine.all_keys,
        engine.new_generation,
    ):
        with pytest.raises(EngineUnavailable) as caught:
            attempt()
        assert caught.value.__cause__ is not None
    assert not engine.health().ready
    engine.close()


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert_unavailable(ElasticEngine(f"http://127.0.0.1:{port}"))


@contextmanager
def answering(status: int, seen: list[str]) -> Iterator[str]:
    """A server that answers every request with a status, and notes the credentials it was given."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_refuses(status: int) -> None:
    seen: list[str] = []
    with answering(status, seen) as address:
        assert_unavailable(ElasticEngine(f"http://finder:geheim@{address}/site"))
    assert set(seen) == {"Basic ZmluZGVyOmdlaGVpbQ=="}


@pytest.mark.elasticsearch
def test_an_index_that_may_not_be_written(elasticsearch_url: str) -> None:
    with elasticsearch_place(elasticsearch_url) as place, Elasticsearch(elasticsearch_url) as client:
        engine = place.open()
        engine.new_generation().swap()
        engine.write([Upsert(document(1))])
        (name,) = client.indices.get(index=f"{engine._prefix}-*")
        client.indices.put_settings(index=name, settings={"index.blocks.write": True})
        with pytest.raises(EngineUnavailable, match="blocked"):
            engine.write([Upsert(document(2))])
        assert engine.search(Query(audience=PUBLIC)).total == 1
        client.indices.put_settings(index=name, settings={"index.blocks.write": False})
        engine.write([Upsert(document(2))])
        assert engine.search(Query(audience=PUBLIC)).total == 2


@pytest.mark.elasticsearch
def test_the_server_itself_refuses_unknown_names(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.elastic._row", lambda document: {"colour": "red"})
    with elasticsearch_place(elasticsearch_url) as place:
        engine = place.open()
        engine.new_generation().swap()
        with pytest.raises(EngineUnavailable, match="colour"):
            engine.write([Upsert(document(1))])


@pytest.mark.elasticsearch
def test_sites_share_a_server_by_prefix(elasticsearch_url: str) -> None:
    with elasticsearch_place(elasticsearch_url) as one, elasticsearch_place(elasticsearch_url) as other:
        first, second = one.open(), other.open()
        for engine in (first, second):
            engine.new_generation().swap()
        first.write([Upsert(document(1))])
        second.new_generation().swap()
        assert first.search(Query(audience=PUBLIC)).total == 1
        assert second.search(Query(audience=PUBLIC)).total == 0


@pytest.mark.elasticsearch
def test_what_a_swap_cannot_delete_does_not_undo_it(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise ConnectionTimeout("no answer")

    with elasticsearch_place(elasticsearch_url) as place:
        engine = place.open()
        engine.new_generation().swap()
        built = engine.new_generation()
        built.write([Upsert(document(1))])
        with monkeypatch.context() as patch:
            patch.setattr("elasticsearch._sync.client.indices.IndicesClient.delete", silent)
            built.swap()
        built.discard()  # as a rebuild does whose swap was not answered
        assert engine.search(Query(audience=PUBLIC)).total == 1
