"""The real services for development and tests: Elasticsearch, PostgreSQL, Redis, the Nu HTML checker.

Each is a context manager that starts a server of its own on a free port of 127.0.0.1 and yields its URL:
``with Redis() as url: ...``; scripts.with_services starts them all for a command. Not for production: there is no
password, and the data lies in a temporary folder that goes away at the end.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import psycopg
from sqlalchemy import create_engine, make_url, text

from scripts import provision
from scripts.provision import Unavailable

ATTEMPTS = 3


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now; somebody may be faster, so a start is tried again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str, statuses: Sequence[int] = (http.HTTPStatus.OK,)) -> bool:
    """Whether GET `path` on 127.0.0.1:`port` returns 200, or one of `statuses`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        # The HTML checker refuses whoever does not say who they are.
        connection.request("GET", path, headers={"User-Agent": "matchmaking"})
        return connection.getresponse().status in statuses
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Service:
    """One server on a free port of 127.0.0.1. launch() starts it, wait() returns when it answers, stop() ends it."""

    name: ClassVar[str]
    # TEST_<variable> holds the address; a server that <variable> names is used instead if it speaks one of `schemes`.
    variable: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]] = ()
    # Seconds until "it does not start" is believed: several times what two busy cores needed.
    patience: ClassVar[float] = 60
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    may_be_root: ClassVar[bool] = True

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.folder: Path | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, folder: Path, rights: dict[str, Any]) -> tuple[Sequence[str | Path], dict[str, str]]:
        """Make the files the server needs in `folder`; its command line and additional environment.

        `rights` are the arguments that start a process under the server's user. Raises Unavailable."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def launch(self) -> None:
        """Start the process without waiting for it. Raises Unavailable when it cannot be had on this machine."""
        rights = {} if self.may_be_root else provision.unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="matchmaking-"))
        if rights:
            shutil.chown(self.folder, rights["user"], rights["group"])
        self.port = free_port()
        command, environment = self.command(self.folder, rights)
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"HOME": str(self.folder)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C must not reach it: the tests need their servers until they have ended.
                start_new_session=True,
                **rights,
            )

    def wait(self) -> None:
        """Return when the server answers; start it again if it died, its port being taken. Raises Unavailable."""
        for attempt in range(1, ATTEMPTS + 1):
            deadline = time.monotonic() + self.patience
            while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
                if self.is_ready():
                    return
                time.sleep(0.1)
            words = self.last_words()
            self.stop()
            if attempt == ATTEMPTS or time.monotonic() >= deadline:
                raise Unavailable(f"it did not start: {words}")
            self.launch()

    def last_words(self) -> str:
        log = self.folder / "server.log" if self.folder else None
        lines = log.read_text(errors="replace").splitlines() if log and log.exists() else []
        telling = [line for line in lines if re.search(r"\b(ERROR|FATAL)\b", line)][:1] or lines[-3:]
        return " / ".join(telling)[:400] or "it said nothing"

    def stop(self) -> None:
        """End the process and all that it started, delete its files. May be called at any time and twice."""
        if self.process is not None:
            self.process.send_signal(self.stop_signal)
            try:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=15)
            finally:
                # What is left of its session: itself if it did not listen, and children.
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self) -> str:
        try:
            self.launch()
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Elasticsearch(Service):
    """The server that Elastic builds for integration tests: core modules only. Its URL is Elasticsearch's HTTP."""

    name = "Elasticsearch"
    variable = "SEARCH_URL"
    schemes = ("http", "https")
    patience = 180
    may_be_root = False

    def __init__(self, heap_mb: int = 512, users: Mapping[str, tuple[str, str]] | None = None) -> None:
        """With `users` (name: password, prefix of the indices that are theirs) everybody must log in."""
        super().__init__()
        self.heap_mb = heap_mb
        self.users = users or {}

    def command(self, folder: Path, rights: dict[str, Any]) -> tuple[Sequence[str | Path], dict[str, str]]:
        java = provision.java()
        with zipfile.ZipFile(provision.elasticsearch_zip()) as archive:
            archive.extractall(folder)
        home = next(folder.glob("elasticsearch-*"))
        settings = {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": free_port(),
            "xpack.security.enabled": "true" if self.users else "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        (home / "config/elasticsearch.yml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
        for program in (home / "bin").iterdir():
            program.chmod(0o755)
        temporary = folder / "temporary"
        temporary.mkdir()
        if rights:
            for path in folder.rglob("*"):
                os.chown(path, rights["user"], rights["group"])
        environment = {
            "ES_JAVA_HOME": str(java.parent.parent),
            "ES_JAVA_OPTS": f"-Xms{self.heap_mb}m -Xmx{self.heap_mb}m",
            # Of the server and of its launcher; elsewhere they would stay behind.
            "ES_TMPDIR": str(temporary),
            "CLI_JAVA_OPTS": f"-Djava.io.tmpdir={temporary}",
        }
        self._add_users(home, environment, rights)
        return [home / "bin/elasticsearch"], environment

    def _add_users(self, home: Path, environment: dict[str, str], rights: dict[str, Any]) -> None:
        roles = [
            f'{name}: {{cluster: [monitor], indices: [{{names: ["{prefix}-*"], privileges: [all]}}]}}\n'
            for name, (_, prefix) in self.users.items()
        ]
        if self.users:
            (home / "config/roles.yml").write_text("".join(roles))
        for name, (password, _) in self.users.items():
            command: list[str | Path] = [home / "bin/elasticsearch-users", "useradd", name, "-p", password, "-r", name]
            subprocess.run(
                command, cwd=home, env=os.environ | environment, check=True, capture_output=True, timeout=120, **rights
            )

    def is_ready(self) -> bool:
        path = "/_cluster/health?wait_for_status=yellow&timeout=2s"
        # With security a node that has not joined yet says 503, one that has asks who is there.
        return answers(self.port, path, (http.HTTPStatus.UNAUTHORIZED,) if self.users else (http.HTTPStatus.OK,))


class PostgreSQL(Service):
    """An empty PostgreSQL; the URL names its superuser and the database `postgres`: see temporary_database()."""

    name = "PostgreSQL"
    variable = "DATABASE_URL"
    schemes = ("postgresql", "postgresql+psycopg")
    stop_signal = signal.SIGINT  # PostgreSQL's "fast": roll back, disconnect, end.
    may_be_root = False

    @property
    def url(self) -> str:
        return f"postgresql://app@127.0.0.1:{self.port}/postgres"

    def command(self, folder: Path, rights: dict[str, Any]) -> tuple[Sequence[str | Path], dict[str, str]]:
        programs, data = provision.postgresql_bin(), folder / "data"
        made = subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "app",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **rights,
        )
        if made.returncode != 0:
            raise Unavailable(f"initdb failed: {' '.join(made.stderr.split())[-300:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            # No socket: its path may be too long for the system, and nobody needs it.
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 300,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [programs / "postgres", "-D", data, *options], {}

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(Service):
    """An empty Redis that keeps nothing on disk."""

    name = "Redis"
    variable = "REDIS_URL"
    schemes = ("redis", "rediss")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self, folder: Path, rights: dict[str, Any]) -> tuple[Sequence[str | Path], dict[str, str]]:
        options = {"--port": str(self.port), "--bind": "127.0.0.1", "--save": "", "--appendonly": "no"}
        return [provision.redis_server(), *(part for option in options.items() for part in option)], {}

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class HtmlChecker(Service):
    """The Nu HTML checker as a server: POST a page to `url`?out=json."""

    name = "Nu HTML checker"
    variable = "VNU_URL"
    schemes = ("http", "https")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def command(self, folder: Path, rights: dict[str, Any]) -> tuple[Sequence[str | Path], dict[str, str]]:
        address = "-Dnu.validator.servlet.bind-address=127.0.0.1"
        jar, main = provision.html_checker_jar(), "nu.validator.servlet.Main"
        return [provision.java(), "-Xmx512m", "-cp", jar, address, main, str(self.port)], {}

    def is_ready(self) -> bool:
        return answers(self.port, "/")


@contextmanager
def temporary_database(server_url: str, *, template: str | None = None) -> Iterator[str]:
    """A fresh database on the PostgreSQL server of `server_url`, its URL; dropped at the end with its connections.

    `template` names a database to copy, to which nobody may be connected."""
    server = make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"matchmaking_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} ENCODING 'UTF8'"))
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()
