"""Journeys: the whole site as a process, real Chromium, and pages that fail the test on what the console would show."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from playwright.sync_api import Browser

from scripts.services import temporary_database
from scripts.site_process import SiteProcess
from tests.journeys.reader import Reader

SERVERS = [pytest.mark.postgresql, pytest.mark.elasticsearch, pytest.mark.redis, pytest.mark.browser]


@pytest.fixture(scope="session")
def embedded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteProcess]:
    """One process with SQLite, Tantivy and memory, and the sample data."""
    with SiteProcess(tmp_path_factory.mktemp("embedded")) as site:
        yield site


@pytest.fixture(scope="session")
def served_site(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server_url: str, elasticsearch_url: str, redis_url: str
) -> Iterator[SiteProcess]:
    """Several processes with PostgreSQL, Elasticsearch and Redis, and the sample data."""
    prefix = f"journeys-{uuid.uuid4().hex[:12]}"
    try:
        with (
            temporary_database(postgresql_server_url) as database_url,
            SiteProcess(
                tmp_path_factory.mktemp("served"), "--production",
                DATABASE_URL=database_url, SEARCH_URL=f"{elasticsearch_url}/{prefix}", REDIS_URL=redis_url,
                SEARCH_MILLISECONDS="20000",  # journeys are about what is found, on a machine that may be busy
            ) as site,
        ):  # fmt: skip
            yield site
    finally:
        with Elasticsearch(elasticsearch_url) as client:
            for name in client.indices.get(index=f"{prefix}-*"):
                client.indices.delete(index=name)


@pytest.fixture(params=["embedded_site", pytest.param("served_site", marks=SERVERS)])
def site(request: pytest.FixtureRequest) -> SiteProcess:
    """The same journey on both sets of backends."""
    found: SiteProcess = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def cookies() -> dict[tuple[str, str], Path]:
    """Who is logged in already, by site and address: the form is walked once for each."""
    return {}


OpenReader = Callable[..., Reader]


@pytest.fixture
def reader_of(
    chromium: Browser, cookies: dict[tuple[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenReader]:
    """``reader_of(site, email="", locale="zh-CN", script=True, phone=False)``: somebody at a browser of their own.

    At the end the test fails on whatever the console showed, on answers of 500 and above and on parts that were missing.
    """
    opened: list[Reader] = []

    def open_reader(
        site: SiteProcess, email: str = "", *, locale: str = "zh-CN", script: bool = True, phone: bool = False
    ) -> Reader:
        state = cookies.get((site.url, email))
        reader = Reader(chromium, site, locale=locale, script=script, phone=phone, cookies=state)
        opened.append(reader)
        if email and state is None:
            reader.log_in(email)
            cookies[site.url, email] = reader.keep_cookies(tmp_path_factory.mktemp("cookies"))
        return reader

    yield open_reader
    problems = [problem for reader in opened for problem in reader.problems]
    for reader in opened:
        reader.close()
    assert not problems, "\n".join(problems + sorted({reader.site.log() for reader in opened}))
