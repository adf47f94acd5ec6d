"""The services the tests run on are real, start, answer and leave nothing behind; the network guard and skips hold."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from elasticsearch import Elasticsearch

from scripts import provision
from scripts.provision import Unavailable
from scripts.services import Redis, Service, free_port, temporary_database
from tests.network import NetworkClosed

ROOT = Path(__file__).parent.parent


def messages(vnu_url: str, page: str) -> list[dict[str, str]]:
    """What the HTML checker says about a page."""
    connection = http.client.HTTPConnection(urlsplit(vnu_url).netloc, timeout=60)
    headers = {"User-Agent": "tests", "Content-Type": "text/html; charset=utf-8"}
    connection.request("POST", "/?out=json", page.encode(), headers)
    found: list[dict[str, str]] = json.load(connection.getresponse())["messages"]
    connection.close()
    return found


@pytest.fixture
def own_redis() -> None:
    """For tests that start a Redis themselves, whatever REDIS_URL names."""
    try:
        provision.redis_server()
    except Unavailable as why:
        pytest.skip(str(why))


def test_a_temporary_database_is_empty_and_holds_all_characters(postgresql_server_url: str) -> None:
    with (
        temporary_database(postgresql_server_url) as url,
        psycopg.connect(url.replace("+psycopg", "")) as connection,
    ):
        encoding = connection.execute("SELECT current_setting('server_encoding')").fetchone()
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert (encoding, tables) == (("UTF8",), (0,))


def test_each_worker_has_a_database_of_its_own(postgresql_url: str, postgresql_server_url: str) -> None:
    assert urlsplit(postgresql_url).path.startswith("/matchmaking_test_")
    assert urlsplit(postgresql_url).port == urlsplit(postgresql_server_url).port


def test_a_temporary_database_is_dropped_even_while_somebody_is_connected(postgresql_server_url: str) -> None:
    with temporary_database(postgresql_server_url) as url:
        plain = url.replace("+psycopg", "")
        left_open = psycopg.connect(plain)
        left_open.execute("CREATE TABLE kept (id int)")
        left_open.commit()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(plain)
    left_open.close()


def test_a_temporary_database_can_be_a_copy(postgresql_server_url: str) -> None:
    with temporary_database(postgresql_server_url) as template:
        with psycopg.connect(template.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
        with (
            temporary_database(postgresql_server_url, template=urlsplit(template).path[1:]) as copy,
            psycopg.connect(copy.replace("+psycopg", "")) as connection,
        ):
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]


def test_redis_keeps_a_value_in_a_database_that_is_not_the_sites(redis_url: str) -> None:
    assert urlsplit(redis_url).path != "/0"
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.set("test-services", "成果")
        assert client.get("test-services") == "成果"
        client.delete("test-services")


def test_elasticsearch_keeps_a_document(elasticsearch_url: str) -> None:
    index = f"test-services-{uuid.uuid4().hex}"
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        assert client.cluster.health(wait_for_status="yellow", timeout="30s")["status"] in ("yellow", "green")
        client.index(index=index, id="1", document={"title": "成果"})
        assert client.get(index=index, id="1")["_source"] == {"title": "成果"}
        client.indices.delete(index=index)


def test_the_html_checker_finds_a_stray_end_tag(vnu_url: str) -> None:
    page = '<!doctype html><html lang="en"><head><title>x</title></head><body><p>x</p>{}</body></html>'
    assert messages(vnu_url, page.format("")) == []
    assert "Stray end tag" in messages(vnu_url, page.format("</div>"))[0]["message"]


def test_chromium_renders_a_page(chromium_path: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>x</title><script>document.title = 6 * 7</script>")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [chromium_path, *flags, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "<title>42</title>" in done.stdout


@pytest.mark.redis
@pytest.mark.usefixtures("own_redis")
def test_a_service_answers_inside_its_block_and_is_gone_with_its_files_after_it() -> None:
    service = Redis()
    with service as url:
        folder, process = service.folder, service.process
        with redis.Redis.from_url(url) as client:
            assert client.ping()
    assert folder is not None
    assert not folder.exists()
    assert process is not None
    assert process.poll() is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", service.port)) != 0


class Broken(Service):
    """Ends at once, as a server does whose port was taken."""

    name = "broken"
    variable = "BROKEN_URL"

    def command(self, folder, rights):
        return ["sh", "-c", "echo the port is taken; exit 1"], {}

    def is_ready(self) -> bool:
        return False


def test_a_server_that_ends_at_once_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(Unavailable, match="the port is taken"), Broken():
        pytest.fail("the block must not be entered")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.redis
@pytest.mark.usefixtures("own_redis")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_and_all_services(how: signal.Signals, tmp_path: Path) -> None:
    """The others being named as given, only Redis is started; the command waits until it is told to end."""
    given = {"DATABASE_URL": "postgresql://x", "SEARCH_URL": "http://x", "VNU_URL": "http://x", "TMPDIR": str(tmp_path)}
    script = "import os, signal; print(os.environ['TEST_REDIS_URL'], flush=True); signal.pause()"
    environment = {key: value for key, value in os.environ.items() if key != "REDIS_URL"} | given
    runner = subprocess.Popen(
        [sys.executable, "-m", "scripts.with_services", sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    with runner:
        port = urlsplit(runner.stdout.readline().strip()).port
        # To the whole group, as a terminal does, or to the one process, as a supervisor does.
        os.killpg(runner.pid, how) if how == signal.SIGINT else runner.send_signal(how)
        assert runner.wait(timeout=60) == 128 + how
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert list(tmp_path.iterdir()) == []


def test_the_network_beyond_this_machine_is_shut() -> None:
    for address in ("192.0.2.1", "example.org"):
        with pytest.raises(NetworkClosed, match=address):
            http.client.HTTPConnection(address, 80, timeout=1).connect()
    with socket.socket() as probe, pytest.raises(NetworkClosed):
        probe.connect_ex(("198.51.100.7", 9))


def test_this_machine_can_be_reached() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
        server.listen()
        for name in ("127.0.0.1", "localhost"):
            socket.create_connection((name, server.getsockname()[1]), timeout=5).close()


CASES = """
import pytest

def test_alone():
    pass

def test_skips():
    pytest.skip("no such thing here")

@pytest.mark.xfail(strict=True)
def test_known_fault():
    assert False

def test_on_redis(redis_url):
    pass

def test_on_redis_again(redis_url):
    pass
"""
A_MODULE_THAT_SKIPS = "import pytest; pytest.skip('not on this machine', allow_module_level=True)"


def run_pytest(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run CASES under our ground rules, without any service; the exit code and what was printed."""
    (folder / "test_cases.py").write_text(CASES)
    (folder / "test_module.py").write_text(A_MODULE_THAT_SKIPS)
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("TEST_", "REQUIRE_", "PYTEST_"))
    }
    ours = ["-c", ROOT / "pyproject.toml", "--rootdir", folder, "-p", "tests.harness", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ours, "--continue-on-collection-errors", *arguments, folder],
        cwd=ROOT,
        env=inherited | variables,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_what_could_not_be_had_is_skipped_with_its_reason(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, "-rs", TEST_REDIS_URL_WHY="Redis: redis-server is not installed")
    assert code == 0
    assert sum(line.endswith("Redis: redis-server is not installed") for line in output.splitlines()) == 1
    assert "1 passed, 4 skipped, 1 xfailed" in output.splitlines()[-1]


@pytest.mark.parametrize("workers", ["-n0", pytest.param("-n1", marks=pytest.mark.slow)])
def test_a_skip_is_a_failure_when_all_is_required(tmp_path: Path, workers: str) -> None:
    code, output = run_pytest(tmp_path, workers, REQUIRE_ALL="1")
    assert code == 1
    assert "1 failed, 1 passed, 1 xfailed, 3 errors" in output.splitlines()[-1]
    for reason in ("no such thing here", "not on this machine", "TEST_REDIS_URL is unset"):
        assert f"REQUIRE_ALL=1, but this was skipped: Skipped: {reason}" in output


def test_fast_leaves_out_what_needs_a_server(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, "--fast")
    assert code == 0
    assert "1 passed, 2 skipped, 2 deselected, 1 xfailed" in output.splitlines()[-1]
