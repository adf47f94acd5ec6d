"""Who would build the index anew while another does so says it, and builds nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.base import Database
from models.enums import Lane
from models.tables import Job
from scripts import reindex, serve
from search.sync import REBUILD, LaneLock
from tests.factories import make_achievement, make_provider
from web.backends import Backends, connect
from web.config import Settings


@pytest.fixture
def backends(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backends]:
    """The site of this test, with one record, for scripts too."""
    for name in ("var_dir", "database_url", "secret_key"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    with database.write() as session:
        make_achievement(session, make_provider(session))
    made = connect(settings)
    yield made
    made.close()


def test_the_second_script_says_that_one_is_under_way(
    backends: Backends, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with LaneLock(backends.database, settings.var_dir, REBUILD).hold(wait=True):
        assert reindex.main() == 1
    assert "being built anew already" in capsys.readouterr().out
    assert not backends.engine.health().ready
    assert reindex.main() == 0
    assert "1 records indexed" in capsys.readouterr().out
    assert backends.engine.health().ready


def test_a_site_that_starts_meanwhile_does_so_without_index_and_asks_for_one(
    backends: Backends, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve.migrate, "is_current", lambda _: True)  # its tables were made without a migration
    monkeypatch.setattr(serve.seed, "load", lambda *_, **__: None)
    with LaneLock(backends.database, settings.var_dir, REBUILD).hold(wait=True):
        serve.prepare(settings, backends)
    assert "being built anew already" in capsys.readouterr().out
    with backends.database.read() as session:
        payloads = session.scalars(select(Job.payload).where(Job.lane == Lane.LONG, Job.name == "rebuild_index")).all()
    assert payloads == [{"if_missing": True}]
