"""What every test can rely on: services that are real or skipped, a closed network, --fast, REQUIRE_ALL."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from scripts.services import temporary_database
from tests.compiled import share_compiled
from tests.network import close_network

# Fixture: the mark of the tests that use it. --fast leaves out what carries one of these marks, or "slow".
NEEDS = {
    "chromium_path": "browser",
    "elasticsearch_url": "elasticsearch",
    "postgresql_server_url": "postgresql",
    "redis_url": "redis",
    "vnu_url": "html_checker",
}
# A test says itself which backend it means: what this machine sets for a site must not reach it.
SITE_VARIABLES = ("DATABASE_URL", "SEARCH_URL", "REDIS_URL", "STORAGE_URL", "SMTP_URL")
SERVICE_VARIABLES = ("TEST_DATABASE_URL", "TEST_SEARCH_URL", "TEST_REDIS_URL", "TEST_VNU_URL")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                      "--disable-component-update", "--disable-sync"]  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="embedded backends only: no server, no browser, nothing slow")


def calmly() -> None:
    """Hypothesis asserts no time: the machine may be busy. A fixture of a function may serve all examples: they say how."""
    unasked = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("calmly", deadline=None, suppress_health_check=unasked)
    settings.load_profile("calmly")


def pytest_configure() -> None:
    calmly()
    for variable in SITE_VARIABLES:
        os.environ.pop(variable, None)
    share_compiled()
    close_network(urlsplit(os.environ.get(variable, "")).hostname for variable in SERVICE_VARIABLES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in NEEDS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(NEEDS[fixture])
    if config.getoption("--fast"):
        outside = [item for item in items if any(item.get_closest_marker(mark) for mark in (*NEEDS.values(), "slow"))]
        config.hook.pytest_deselected(items=outside)
        items[:] = [item for item in items if item not in outside]
    # The long ones first, so that at the end no worker waits for the other.
    items.sort(key=lambda item: not any(item.iter_markers("browser")) and not any(item.iter_markers("slow")))


# REQUIRE_ALL=1: a skip is a failure -----------------------------------------------------------------------------------


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn the report of a skip into one of a failure where REQUIRE_ALL=1 is set; an expected failure is no skip."""
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, but this was skipped: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if report.skipped and call.excinfo and isinstance(call.excinfo.value, ServiceMissing):
        # One place for all of them, so that the summary folds them into one line for each service.
        report.longrepr = (__file__, 1, f"Skipped: {call.excinfo.value.msg}")
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    fail_if_skipped(report)
    return report


# The real services ----------------------------------------------------------------------------------------------------


class ServiceMissing(pytest.skip.Exception):
    """A skip for want of a service."""


def needed(variable: str) -> str:
    """The value of a TEST_... variable that ./scripts/test sets; skips with the reason where it could not."""
    if value := os.environ.get(variable):
        return value
    raise ServiceMissing(
        os.environ.get(f"{variable}_WHY") or f"{variable} is unset: run ./scripts/test, which starts what it names"
    )


@pytest.fixture(scope="session")
def postgresql_server_url() -> str:
    """The server, for tests that want databases of their own: `with temporary_database(postgresql_server_url) as url`."""
    return needed("TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server_url: str) -> Iterator[str]:
    """A fresh, empty database of this session (of this xdist worker), dropped at the end."""
    with temporary_database(postgresql_server_url) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """An empty database of the Redis server, no other session's or xdist worker's; flush it as you like."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    url = urlsplit(needed("TEST_REDIS_URL"))._replace(path=f"/{15 - worker % 15}").geturl()
    with redis.Redis.from_url(url) as client:
        if client.dbsize():
            pytest.skip(f"database {15 - worker % 15} of the given Redis is not empty, and tests would empty it")
        yield url
        client.flushdb()


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """The server without a prefix, common to all workers: a test makes a prefix of its own and deletes its indices."""
    return urlsplit(needed("TEST_SEARCH_URL"))._replace(path="").geturl()


@pytest.fixture(scope="session")
def vnu_url() -> str:
    """The Nu HTML checker: POST a page with a User-Agent to `vnu_url + "?out=json"`."""
    return needed("TEST_VNU_URL")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return needed("TEST_CHROMIUM")


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The one browser of this session: Playwright allows no second one in a thread. Tests open contexts of their own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()
