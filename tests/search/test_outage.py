"""What searches and writes do while Elasticsearch is gone, silent, unwell, locked or read-only, and when it returns."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.faults import Fault, Relay
from search.breaker import State
from search.elastic import ElasticEngine
from search.engine import EngineUnavailable, Searches, Upsert
from search.patience import within
from search.query import Query
from search.trouble import Trouble
from tests.search.conftest import elasticsearch_place
from tests.search.corpus import PUBLIC, document

ASKED = Query("锂电池", audience=PUBLIC)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as made:
        yield made


@pytest.fixture
def engine(relay: Relay) -> Iterator[ElasticEngine]:
    made = ElasticEngine(f"http://finder:geheim%2F%23!@127.0.0.1:{relay.port}/site")
    yield made
    made.close()


def trouble_of(engine: ElasticEngine) -> tuple[Trouble | None, str]:
    with pytest.raises(EngineUnavailable) as caught:
        engine.search(ASKED)
    return caught.value.trouble, str(caught.value)


FAULTS = {
    Fault.GONE: Trouble.UNREACHABLE,
    Fault.RESET: Trouble.UNREACHABLE,
    Fault.DROPPED: Trouble.SLOW,
    Fault.SILENT: Trouble.SLOW,
    Fault.STALLED: Trouble.SLOW,
    Fault.UNWELL: Trouble.UNWELL,
    Fault.BUSY: Trouble.UNWELL,
    Fault.UNKNOWN_USER: Trouble.UNKNOWN_USER,
    Fault.FORBIDDEN: Trouble.FORBIDDEN,
}


@pytest.mark.parametrize(("fault", "trouble"), FAULTS.items())
def test_each_fault_is_named_and_after_three_nobody_asks(
    relay: Relay, engine: ElasticEngine, fault: Fault, trouble: Trouble
) -> None:
    relay.fault = fault
    told = [trouble_of(engine) for _ in range(3)]
    assert [each for each, _ in told] == [trouble] * 3
    asked = relay.requests
    assert trouble_of(engine) == (None, f"not asked, for it failed: {told[-1][1]}")
    assert relay.requests == asked
    health = engine.health()
    assert (health.ready, health.trouble) == (False, trouble)
    assert health.searches is not None
    assert health.searches.state is State.OPEN
    assert health.searches.failing_since is not None
    assert health.searches.error == told[-1][1]
    for text in (*(words for _, words in told), health.detail, health.searches.error):
        assert trouble.sentence in text
        assert "geheim" not in text


@pytest.mark.parametrize(
    ("fault", "requests"),
    [(Fault.RESET, 2), (Fault.UNWELL, 2), (Fault.BUSY, 2), (Fault.SILENT, 1), (Fault.STALLED, 1), (Fault.UNKNOWN_USER, 1), (Fault.FORBIDDEN, 1)],
)  # fmt: skip
def test_only_what_a_second_try_may_mend_is_tried_again(
    relay: Relay, engine: ElasticEngine, fault: Fault, requests: int
) -> None:
    relay.fault = fault
    trouble_of(engine)
    assert relay.requests == requests


def test_a_search_ends_while_the_server_is_still_silent(relay: Relay, engine: ElasticEngine) -> None:
    relay.fault = Fault.SILENT
    ended = threading.Event()

    def ask() -> None:
        trouble_of(engine)
        ended.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert ended.wait(60)  # the silence ends only below
    asking.join()
    relay.fault = Fault.NONE


def test_a_hurried_page_says_nothing_about_the_engine(relay: Relay, engine: ElasticEngine) -> None:
    relay.fault = Fault.SILENT
    with within(0.05):
        for _ in range(4):
            assert trouble_of(engine)[0] is Trouble.SLOW
    assert engine.health().searches == Searches(State.CLOSED, None, "", None)
    assert relay.requests  # it was asked, though not for long


def test_a_search_that_asks_nobody_says_nothing_about_the_engine(relay: Relay, engine: ElasticEngine) -> None:
    relay.fault = Fault.GONE
    for _ in range(2):
        trouble_of(engine)
    assert engine.search(Query("锂电池", audience=frozenset())).total == 0
    trouble_of(engine)
    assert engine.health().searches.state is State.OPEN


def test_writes_are_not_stopped_by_the_readers_breaker_and_do_not_open_it(relay: Relay, engine: ElasticEngine) -> None:
    relay.fault = Fault.UNWELL
    for _ in range(4):
        with pytest.raises(EngineUnavailable) as caught:
            engine.write([Upsert(document(1))])
        assert caught.value.trouble is Trouble.UNWELL
    assert engine.health().searches.state is State.CLOSED
    for _ in range(3):
        trouble_of(engine)
    asked = relay.requests
    with pytest.raises(EngineUnavailable):
        engine.write([Upsert(document(1))])
    assert relay.requests == asked + 2


@pytest.mark.elasticsearch
@pytest.mark.parametrize("fault", [Fault.RESET, Fault.UNWELL])
def test_one_bad_answer_is_not_noticed(elasticsearch_url: str, fault: Fault) -> None:
    with Relay(elasticsearch_url) as relay, elasticsearch_place(elasticsearch_url) as place:
        place.open().new_generation().swap()
        engine = ElasticEngine(f"{relay.url}/{place.open()._prefix}", patience=30)
        relay.faults = [fault]
        assert engine.search(ASKED).total == 0
        relay.faults = [fault]
        assert engine.write([Upsert(document(1))]) == []
        assert engine.search(Query(audience=PUBLIC)).total == 1
        engine.close()


@pytest.mark.elasticsearch
def test_as_the_flood_stage_leaves_it(elasticsearch_url: str) -> None:
    with elasticsearch_place(elasticsearch_url) as place, Elasticsearch(elasticsearch_url) as client:
        engine = place.open()
        engine.new_generation().swap()
        engine.write([Upsert(document(1))])
        assert engine.health().trouble is None
        client.indices.put_settings(index=f"{engine._prefix}-*", settings={"index.blocks.read_only_allow_delete": True})
        with pytest.raises(EngineUnavailable, match="blocked") as caught:
            engine.write([Upsert(document(2))])
        assert caught.value.trouble is Trouble.READ_ONLY
        health = engine.health()
        assert (health.ready, health.documents, health.trouble) == (True, 1, Trouble.READ_ONLY)
        assert engine.search(Query(audience=PUBLIC)).total == 1
        client.indices.put_settings(index=f"{engine._prefix}-*", settings={"index.blocks.read_only_allow_delete": None})
        engine.write([Upsert(document(2))])
        assert engine.health().trouble is None


# Credentials and an authority of one's own ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "options", "authorization"),
    [
        ("", {}, ""),
        ("finder:geheim%2F%23!@", {}, "Basic ZmluZGVyOmdlaGVpbS8jIQ=="),  # finder:geheim/#!
        ("", {"api_key": "aWQ6a2V5"}, "ApiKey aWQ6a2V5"),
    ],
)
def test_credentials_are_sent_as_given(relay: Relay, user: str, options: dict[str, str], authorization: str) -> None:
    relay.fault = Fault.UNKNOWN_USER
    engine = ElasticEngine(f"http://{user}127.0.0.1:{relay.port}/site", **options)
    trouble_of(engine)
    engine.close()
    assert relay.authorizations == {authorization}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(401)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class QuietServer(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up for want of trust is what is tested."""


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signed itself; its key lies beside it."""
    path = tmp_path / "ca.pem"
    names = ["-subj", "/CN=site test", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", tmp_path / "key.pem"]
    subprocess.run([*made, "-out", path, *names], check=True, capture_output=True)
    return path


@pytest.fixture
def encrypted(authority: Path) -> Iterator[str]:
    """A server with that certificate, which answers 401."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    with QuietServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/site"
        server.shutdown()
        thread.join()


def test_an_authority_of_ones_own(encrypted: str, authority: Path) -> None:
    stranger = ElasticEngine(encrypted, patience=60)  # on a busy machine the handshake takes its time
    assert trouble_of(stranger)[0] is Trouble.UNTRUSTED
    stranger.close()
    known = ElasticEngine(encrypted, ca=authority, patience=60)
    assert trouble_of(known)[0] is Trouble.UNKNOWN_USER  # it got as far as HTTP
    known.close()
