"""Backup while the site runs, restore into an empty installation: the same rows and files, on and across both databases."""

import io
import tarfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from models.base import Base
from models.enums import AttachmentKind
from models.tables import Achievement, Attachment, Organisation
from scripts import migrate
from scripts.backup import backup
from scripts.dictionaries import load as load_dictionaries
from scripts.restore import CannotRestore, restore
from scripts.services import temporary_database
from search.sync import rebuild, verify
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_provider,
    make_seeker,
    make_session,
)
from web.backends import Backends, connect
from web.config import Settings


def installation(folder: Path, database_url: str = "") -> Backends:
    return connect(Settings(var_dir=folder, database_url=database_url))


def filled(backends: Backends) -> None:
    migrate.migrate(backends.database)
    digest, size = backends.storage.put(io.BytesIO(b"%PDF-1.4 sample"))
    with backends.database.write() as session:
        load_dictionaries(session)
        owner = make_provider(session)
        make_account(session, owner)
        make_account(session, make_seeker(session))
        achievement = make_achievement(session, owner, circle=make_circle(session))
        session.add(
            Attachment(
                version_id=achievement.public_version_id,
                kind=AttachmentKind.DOCUMENT,
                name="说明书.pdf",
                media_type="application/pdf",
                size=size,
                sha256=digest,
            )
        )
        make_event(session, achievement)
        make_session(session)


def rows(backends: Backends) -> dict[str, list[tuple]]:
    with backends.database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
            for table in Base.metadata.sorted_tables
        }


def urls(request: pytest.FixtureRequest, names: tuple[str, str]):
    from contextlib import ExitStack

    stack = ExitStack()
    made = [
        ""
        if name == "sqlite"
        else stack.enter_context(temporary_database(request.getfixturevalue("postgresql_server_url")))
        for name in names
    ]
    return stack, made


@pytest.mark.parametrize(
    "names",
    [
        ("sqlite", "sqlite"),
        pytest.param(("postgresql", "postgresql"), marks=pytest.mark.postgresql),
        pytest.param(("sqlite", "postgresql"), marks=pytest.mark.postgresql),
        pytest.param(("postgresql", "sqlite"), marks=pytest.mark.postgresql),
    ],
    ids="-to-".join,
)
def test_what_was_backed_up_comes_back(request: pytest.FixtureRequest, tmp_path: Path, names: tuple[str, str]) -> None:
    stack, (source_url, target_url) = urls(request, names)
    with stack:
        source, target = installation(tmp_path / "a", source_url), installation(tmp_path / "b", target_url)
        filled(source)
        backup(source, tmp_path / "site.backup")
        restore(target, tmp_path / "site.backup")
        assert rows(target) == rows(source)
        with target.database.read() as session:
            digest = session.scalars(select(Attachment.sha256)).one()
        with target.storage.open(digest) as content:
            assert content.read() == b"%PDF-1.4 sample"
        rebuild(target.database, target.engine, tmp_path / "b")
        assert verify(target.database, target.engine) == 0
        with target.database.write() as session:  # the sequences stand behind the restored rows
            make_provider(session, name="恢复之后的新单位")
        source.close()
        target.close()


def test_a_backup_is_of_one_moment(tmp_path: Path) -> None:
    """While others write: never a child without its parent, never half of a transaction."""
    source = installation(tmp_path / "a")
    filled(source)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with source.database.write() as session:
                make_achievement(session, make_provider(session))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(source, tmp_path / f"{number}.backup")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        target = installation(tmp_path / f"target{number}")
        restore(target, tmp_path / f"{number}.backup")
        with target.database.read() as session:
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
            providers = session.scalar(select(func.count(Organisation.id)).where(Organisation.is_provider))
            assert session.scalar(select(func.count(Achievement.id))) == providers
        target.close()
    source.close()


def test_a_filled_installation_is_not_restored_into(tmp_path: Path) -> None:
    source = installation(tmp_path / "a")
    filled(source)
    backup(source, tmp_path / "site.backup")
    before = rows(source)
    with pytest.raises(CannotRestore, match="not empty"):
        restore(source, tmp_path / "site.backup")
    assert rows(source) == before
    source.close()


@pytest.mark.parametrize("damage", ["no archive", "no manifest", "cut"])
def test_a_damaged_backup_restores_nothing(tmp_path: Path, damage: str) -> None:
    source, target = installation(tmp_path / "a"), installation(tmp_path / "b")
    filled(source)
    file = tmp_path / "site.backup"
    backup(source, file)
    if damage == "no archive":
        file.write_bytes(b"something else")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        with tarfile.open(file, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("tables/organisation.jsonl"))
    with pytest.raises(CannotRestore):
        restore(target, file)
    source.close()
    target.close()
