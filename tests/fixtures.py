"""Databases, applications and clients for tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

import models.changes  # noqa: F401 - the index listeners belong to every session
from models.base import Base, Database
from models.tables import Account
from tests.factories import PASSWORD
from web import create_app
from web.config import Settings


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: making them takes a hundred times as long."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    made = Database(f"sqlite:///{path}")
    Base.metadata.create_all(made.engine)
    made.dispose()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_sqlite: Path) -> Iterator[Database]:
    """A fresh SQLite database."""
    made = Database(f"sqlite:///{shutil.copyfile(empty_sqlite, tmp_path / 'test.db')}")
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "pg_database")
    return found


@pytest.fixture
def pg_database(postgresql_url: str) -> Iterator[Database]:
    """An emptied PostgreSQL database of this worker."""
    made = Database(postgresql_url)
    Base.metadata.drop_all(made.engine)
    Base.metadata.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session that the test may commit."""
    with database.session(write=True) as opened:
        yield opened
        with suppress(Exception):
            opened.rollback()


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    return Settings(
        var_dir=tmp_path / "var",
        database_url=database.url.render_as_string(hide_password=False),
        secret_key="only-for-tests",
        testing=True,
    )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once for all the applications of a session."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(
    settings: Settings, compiled_templates: FileSystemBytecodeCache, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The whole site on a fresh database; CSRF is on only where a test turns it on."""
    # Read again after seconds, settings and terms would add their queries to some page on a busy machine.
    monkeypatch.setattr("web.site.HOLD_SECONDS", 600.0)
    made = create_app(settings)
    made.jinja_env.bytecode_cache = compiled_templates
    made.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield made
    made.extensions["backends"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def log_in(app: Flask) -> Callable[[Account], FlaskClient]:
    """A client logged in through the log-in page."""

    def enter(account: Account) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/account/login", data={"email": account.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return enter
