"""Killed under writes and started again: the index equals the database and nothing acknowledged is lost."""

from pathlib import Path

import pytest

from scripts.crashes import play
from scripts.services import temporary_database
from scripts.site_process import SiteProcess
from web.config import Settings

ROUNDS = 5


def play_rounds(folder: Path, *options: str, **urls: str) -> None:
    settings = Settings.from_env({"VAR_DIR": str(folder), **urls})
    with SiteProcess(folder, *options, **urls) as site:
        for seed in range(ROUNDS):
            found = play(site, settings, seed)
            assert found.writes > 0
            assert found.good, found


@pytest.mark.slow
def test_embedded(tmp_path: Path) -> None:
    play_rounds(tmp_path)


@pytest.mark.postgresql
@pytest.mark.elasticsearch
@pytest.mark.redis
def test_on_postgresql_and_elasticsearch(
    tmp_path: Path, postgresql_server_url: str, elasticsearch_url: str, redis_url: str
) -> None:
    with temporary_database(postgresql_server_url) as database_url:
        play_rounds(
            tmp_path,
            "--production",
            DATABASE_URL=database_url,
            SEARCH_URL=f"{elasticsearch_url.rstrip('/')}/kill",
            REDIS_URL=redis_url,
        )
