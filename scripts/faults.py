"""A relay before a real server that can be told to fail: for tests and benchmarks of outages.

``with Relay(url) as relay:`` passes requests to the HTTP server at `url` until ``relay.fault`` says otherwise.
"""

import http.client
import socket
import threading
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit


class Fault(StrEnum):
    """How the server behaves."""

    NONE = "none"
    GONE = "gone"  # refuses connections
    DROPPED = "dropped"  # lets them wait, as a firewall does that drops packets
    SILENT = "silent"  # accepts them and never answers
    STALLED = "stalled"  # begins an answer and never ends it
    RESET = "reset"  # accepts them and hangs up
    UNWELL = "unwell"  # 503
    BUSY = "busy"  # 429
    UNKNOWN_USER = "unknown_user"  # 401
    FORBIDDEN = "forbidden"  # 403


_STATUS = {Fault.UNWELL: 503, Fault.BUSY: 429, Fault.UNKNOWN_USER: 401, Fault.FORBIDDEN: 403}


class Relay:
    """Its address stays the same; `requests` counts what reached it, `faults` is taken from first, one a request."""

    def __init__(self, target: str = "http://127.0.0.1:9") -> None:
        self._target = urlsplit(target)
        self._fault = Fault.NONE
        self._changed = threading.Event()  # set at the end of each period of silence
        self._server: _Server | None = None
        self._full: list[socket.socket] = []
        self.port = 0
        self.requests = 0
        self.authorizations: set[str] = set()
        self.faults: list[Fault] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        """Change the behaviour; connections of the old one are closed."""
        self._stop()
        self._fault = fault
        if fault is Fault.DROPPED:
            self._fill()
        elif fault is not Fault.GONE:
            self._start()

    def next_fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else self._fault

    def wait_while_silent(self) -> None:
        self._changed.wait()

    def forward(self, handler: "_Handler", body: bytes) -> None:
        """Ask the real server and hand its answer back."""
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=120)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
            connection.request(handler.command, handler.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            handler.reply(answer.status, content, kept)
        finally:
            connection.close()

    def __enter__(self) -> "Relay":
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self) -> None:
        self._changed = threading.Event()
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _fill(self) -> None:
        """Listen with a queue so short that it is full: the system drops whoever wants to join it."""
        self._full = [socket.create_server(("127.0.0.1", self.port), backlog=0)]
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.port))
            self._full.append(waiting)

    def _stop(self) -> None:
        for each in self._full:
            each.close()
        self._full = []
        if self._server is None:
            return
        self._changed.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._server = None


_HOP = ("transfer-encoding", "content-length", "connection", "content-encoding")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], relay: Relay) -> None:
        self.relay = relay
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        relay = self.server.relay
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        relay.requests += 1
        relay.authorizations.add(self.headers.get("Authorization", ""))
        fault = relay.next_fault()
        if fault is Fault.NONE:
            relay.forward(self, body)
        elif fault in _STATUS:
            kept = [("Content-Type", "application/json"), ("X-Elastic-Product", "Elasticsearch")]
            self.reply(_STATUS[fault], b"{}", kept)
        else:
            if fault is Fault.STALLED:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
            if fault in (Fault.SILENT, Fault.STALLED):
                relay.wait_while_silent()
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def reply(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":  # a body there would be taken for the next answer's first bytes
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
