"""A load generator: clients on keep-alive connections, each asking the next address as soon as it has an answer.

Bare sockets, because a client library costs as much as the pages that are measured.
"""

import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from itertools import count

TIMEOUT = 30  # seconds for one answer
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

Address = Callable[[int], str]  # the number of a request -> its path and query


class BadAnswer(RuntimeError):
    """An answer other than 200, or one that cannot be read."""


@dataclass
class Timing:
    """Answers of one measurement; several are put together by ``add``."""

    seconds: float = 0.0  # measured, all clients at once
    latencies: list[float] = field(default_factory=list)  # seconds

    def add(self, other: "Timing") -> None:
        self.seconds += other.seconds
        self.latencies += other.latencies

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """The latency in milliseconds that ``part`` (0 to 1) of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1000


class Connection:
    """One keep-alive connection to 127.0.0.1."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        cookies = f"Cookie: {cookie}\r\n" if cookie else ""
        self._rest = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: zh-CN\r\n{cookies}\r\n".encode()

    def get(self, path: str) -> bytes:
        """The body of a page. Raises BadAnswer."""
        self._socket.sendall(b"GET " + path.encode() + self._rest)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[:end], [received[end + 4 :]]
        if b" 200 " not in head[:20]:
            raise BadAnswer(f"{path}: {head[:200].decode(errors='replace')}")
        length = LENGTH.search(head)
        if length is None:
            raise BadAnswer(f"{path}: no Content-Length")
        left = int(length[1]) - len(body[0])
        while left > 0:
            body.append(self._more())
            left -= len(body[-1])
        return b"".join(body)

    def _more(self) -> bytes:
        found = self._socket.recv(1 << 18)
        if not found:
            raise BadAnswer("the server closed the connection")
        return found

    def close(self) -> None:
        self._socket.close()


def measure(port: int, address: Address, *, clients: int, seconds: float, cookie: str = "", first: int = 0) -> Timing:
    """Ask for ``seconds`` with ``clients`` at once; requests are numbered from ``first``. Raises BadAnswer."""
    numbers = count(first)
    found: list[list[float]] = [[] for _client in range(clients)]
    problems: list[Exception] = []
    begin = threading.Barrier(clients + 1)

    def ask(latencies: list[float]) -> None:
        connection = Connection(port, cookie)
        begin.wait()
        until = time.perf_counter() + seconds
        try:
            while (asked := time.perf_counter()) < until:
                connection.get(address(next(numbers)))
                latencies.append(time.perf_counter() - asked)
        except (BadAnswer, OSError) as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(latencies,)) for latencies in found]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if problems:
        raise BadAnswer(str(problems[0]))
    return Timing(time.perf_counter() - began, [latency for latencies in found for latency in latencies])


def log_in(url: str, email: str, password: str) -> str:
    """Log in through the page; returns the Cookie header. Raises BadAnswer."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{url}/account/login", timeout=TIMEOUT) as page:
        token = TOKEN.search(page.read().decode())
    if token is None:
        raise BadAnswer("the log-in page has no token")
    form = urllib.parse.urlencode({"csrf_token": token[1], "email": email, "password": password}).encode()
    with opener.open(f"{url}/account/login", form, timeout=TIMEOUT) as answer:
        if answer.url.endswith("/account/login"):
            raise BadAnswer("the log-in was refused")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
