"""The way to Elasticsearch: credentials, time-outs, the one retry, the readers' circuit breaker, what went wrong."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from elastic_transport import TlsError, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, ConnectionError, ConnectionTimeout, Elasticsearch, NotFoundError, TransportError
from urllib3 import Timeout

from models.base import utcnow
from search.breaker import Breaker
from search.documents import MAPPING_VERSION
from search.engine import EngineUnavailable, IndexStale, Searches
from search.patience import Patience, current, within
from search.trouble import Trouble

# Seconds; Any, for the client's hints know numbers only, while its transport takes both apart.
DRAIN_TIMEOUT: Any = Timeout(connect=1, read=30)  # a batch of changes; the drainer repeats it
BUILD_TIMEOUT: Any = Timeout(connect=1, read=120)  # a rebuild would have to begin anew
SEARCH_PATIENCE = 0.6  # a search with all its requests; the rest of a second is for the page from the database
CONNECTIONS = 256  # of a process, more than it has threads: none waits for another's connection
PASSING = frozenset({429, 502, 503, 504})  # what a busy or restarting server, or a proxy before it, says
LONGEST_DETAIL = 500
NO_INDEX = f"Elasticsearch has no index of mapping {MAPPING_VERSION}: run python -m scripts.reindex"


class _Node(Urllib3HttpNode):
    """Bounds a request by the patience of who asks, and tries once more what a second try may mend."""

    def perform_request(
        self, method: str, target: str, body: Any = None, headers: Any = None, request_timeout: Any = DEFAULT
    ) -> Any:
        request = method, target, body, headers
        patience = current()
        try:
            answer = self._try(patience, request, request_timeout)
            if answer.meta.status not in PASSING or (patience and not patience.left):
                return answer
        except TlsError:
            raise
        except ConnectionError:  # refused or reset; a time-out has been waited for and is of another class
            if patience and not patience.left:
                raise
        return self._try(patience, request, request_timeout)

    def _try(self, patience: Patience | None, request: tuple[str, str, Any, Any], timeout: Any) -> Any:
        if patience:
            patience.asked = True
            if not patience.left:
                raise ConnectionTimeout("the time for this search was used up")
            timeout = Timeout(total=patience.left)
        return super().perform_request(*request, timeout)


class Connection:
    """A client of this process: one made before a fork would share its sockets."""

    def __init__(self, url: str, *, api_key: str = "", ca: Path | None = None) -> None:
        """Take the server of `url`, without a port 9200; user and password in it are percent-encoded."""
        parts = urlsplit(url)
        self._host: dict[str, str | int] = {
            "scheme": parts.scheme,
            "host": parts.hostname or "",
            "port": parts.port or 9200,
        }
        self._options: dict[str, Any] = {}
        if api_key:
            self._options["api_key"] = api_key
        elif parts.username:
            self._options["basic_auth"] = unquote(parts.username), unquote(parts.password or "")
        if ca:
            self._options["ca_certs"] = str(ca)
        self._pid = 0

    def __call__(self) -> Elasticsearch:
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._client = Elasticsearch(
                [self._host], node_class=_Node, connections_per_node=CONNECTIONS, max_retries=0, **self._options
            ).options(request_timeout=BUILD_TIMEOUT)
        return self._client

    def close(self) -> None:
        if self._pid == os.getpid():
            self._client.close()
        self._pid = 0


class Readers:
    """What the searches of a process share: the time one may take, and the breaker."""

    def __init__(self, patience: float, breaker: Breaker | None = None) -> None:
        self._seconds = patience
        self._breaker = breaker or Breaker()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Surround a search. Raises EngineUnavailable at once while the breaker is open."""
        ticket = self._breaker.enter()
        if ticket is None:
            raise EngineUnavailable(f"not asked, for it failed: {self._breaker.report().error}")
        outer = current()
        short = outer is not None and outer.left < self._seconds * 0.9
        try:
            with within(self._seconds) as patience:
                yield
        except EngineUnavailable as error:
            if error.trouble is None or not error.trouble.hits_searches:
                self._breaker.succeeded(ticket)
            elif error.trouble is Trouble.SLOW and short:
                self._breaker.abandoned(ticket)
            else:
                self._breaker.failed(ticket, str(error))
            raise
        except BaseException:
            self._breaker.abandoned(ticket)
            raise
        if patience.asked:
            self._breaker.succeeded(ticket)
        else:
            self._breaker.abandoned(ticket)

    def report(self) -> Searches:
        """How searches of this process fare, with moments instead of ages."""
        told = self._breaker.report()
        since, last = (
            None if age is None else utcnow() - timedelta(seconds=age) for age in (told.failing_for, told.error_age)
        )
        return Searches(told.state, since, told.error, last)


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn what the client raises into EngineUnavailable.

    Raises:
        IndexStale: there is no such index.
    """
    try:
        yield
    except NotFoundError as error:
        raise IndexStale(NO_INDEX, Trouble.NO_INDEX) from error
    except (ApiError, TransportError) as error:
        raise _explained(_trouble(error), str(error)) from error


def failure(error: dict[str, Any]) -> EngineUnavailable:
    """What an item of an answer says went wrong."""
    if error["type"] == "index_not_found_exception":
        return IndexStale(NO_INDEX, Trouble.NO_INDEX)
    return _explained(_BY_TYPE.get(error["type"], Trouble.REFUSED), error["reason"])


def _explained(trouble: Trouble, detail: str) -> EngineUnavailable:
    return EngineUnavailable(f"Elasticsearch: {trouble.sentence} [{detail[:LONGEST_DETAIL]}]", trouble)


_BY_TYPE = {
    "cluster_block_exception": Trouble.READ_ONLY,
    "es_rejected_execution_exception": Trouble.UNWELL,
    "circuit_breaking_exception": Trouble.UNWELL,
    "unavailable_shards_exception": Trouble.UNWELL,
    "security_exception": Trouble.FORBIDDEN,
}


def _trouble(error: ApiError | TransportError) -> Trouble:
    if isinstance(error, ApiError):
        status = error.meta.status
        if status == 403 and error.error == "cluster_block_exception":
            return Trouble.READ_ONLY
        if status == 429 or status >= 500:
            return Trouble.UNWELL
        return {401: Trouble.UNKNOWN_USER, 403: Trouble.FORBIDDEN}.get(status, Trouble.REFUSED)
    if isinstance(error, ConnectionTimeout):
        return Trouble.SLOW
    if isinstance(error, TlsError):
        return Trouble.UNTRUSTED
    return Trouble.UNREACHABLE
