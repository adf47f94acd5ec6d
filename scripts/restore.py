"""`python -m scripts.restore FILE`: a backup into an empty installation, of either database. The index is rebuilt."""

import argparse
import json
import tarfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, Date, func, insert, select, text, update
from tqdm import tqdm

import models.tables  # noqa: F401 - every table must be known
from models.base import Base, UtcDateTime
from scripts import migrate
from scripts.backup import FORMAT, ROWS
from search.sync import RebuildUnderway, rebuild
from web.backends import Backends, connect
from web.config import Settings


class CannotRestore(Exception):
    """A sentence that says what to do."""


def restore(backends: Backends, file: Path) -> dict[str, int]:
    """Migrate, load rows and attachments; returns the counts of the manifest.

    Attachments first, then all rows in one transaction: what fails leaves the installation empty. Raises CannotRestore.
    """
    try:
        with tarfile.open(file, "r:gz") as archive:
            return _restore(backends, archive)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise CannotRestore(f"{file} cannot be read as a whole backup: {error}") from error


def _restore(backends: Backends, archive: tarfile.TarFile) -> dict[str, int]:
    manifest = _manifest(archive)
    migrate.migrate(backends.database)
    members = {member.name: member for member in archive.getmembers()}
    for name in tqdm([name for name in members if name.startswith("files/")], desc="Attachments", unit=" files"):
        digest, _size = backends.storage.put(_open(archive, members[name]))
        if digest != name.removeprefix("files/"):
            raise CannotRestore(f"{name} of the backup is damaged. Use another backup.")
    options = {"immediate": True, "bulk": True}
    with backends.database.engine.connect().execution_options(**options) as connection, connection.begin():
        _refuse_filled(connection)
        _load(connection, archive, members, sqlite=backends.database.is_sqlite)
    return dict(manifest["counts"])


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.load(_open(archive, archive.getmember("manifest.json")))
    except (KeyError, ValueError) as error:
        raise CannotRestore("This is not a whole backup of this program.") from error
    if manifest.get("format") != FORMAT or manifest.get("revision") != migrate.head():
        raise CannotRestore(
            f"The backup is of revision {manifest.get('revision')}, this program of {migrate.head()}: "
            "restore with the version that made it, then upgrade."
        )
    return manifest


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    content = archive.extractfile(member)
    if content is None:
        raise CannotRestore(f"{member.name} of the backup is no file. Use another backup.")
    return cast(BinaryIO, content)


def _refuse_filled(connection: Connection) -> None:
    for name in ("organisation", "person", "account", "achievement"):
        if connection.scalar(select(func.count()).select_from(Base.metadata.tables[name])):
            raise CannotRestore("This installation is not empty; restore only into a new one.")


def _load(connection: Connection, archive: tarfile.TarFile, members: dict[str, Any], *, sqlite: bool) -> None:
    """Insert every table in the order of its references; columns that refer in a circle are filled afterwards."""
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())  # dictionary terms of the migration's first start
    later: list[tuple[Any, list[dict[str, Any]]]] = []
    for table in tqdm(Base.metadata.sorted_tables, desc="Tables"):
        circular = [key.parent.name for key in table.foreign_keys if key.use_alter or key.column.table is table]
        for rows in _batches(archive, members, table):
            if circular:
                later.append((table, [{name: row[name] for name in ("id", *circular)} for row in rows]))
                rows = [{**row, **dict.fromkeys(circular)} for row in rows]
            connection.execute(insert(table), rows)
    for table, rows in later:
        for row in rows:
            filled = {name: value for name, value in row.items() if name != "id" and value is not None}
            if filled:
                connection.execute(update(table).where(table.c.id == row["id"]).values(filled))
    if not sqlite:
        for table in Base.metadata.sorted_tables:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 - our own table names
                    f"COALESCE((SELECT max(id) FROM {table.name}), 0) + 1, false)"
                )
            )


def _batches(archive: tarfile.TarFile, members: dict[str, Any], table: Any) -> Iterator[list[dict[str, Any]]]:
    readers = {
        column.name: _moment if isinstance(column.type, UtcDateTime) else date.fromisoformat
        for column in table.columns
        if isinstance(column.type, UtcDateTime | Date)
    }
    with _open(archive, members[f"tables/{table.name}.jsonl"]) as lines:
        batch: list[dict[str, Any]] = []
        for line in lines:
            row = json.loads(line)
            for name, reader in readers.items():
                row[name] = reader(row[name]) if row[name] is not None else None
            batch.append(row)
            if len(batch) >= ROWS:
                yield batch
                batch = []
        if batch:
            yield batch


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    settings = Settings.from_env()
    backends = connect(settings)
    try:
        counts = restore(backends, arguments.file)
        print(f"{sum(counts.values()) - counts['files']} rows, {counts['files']} attachments restored")
        print(f"{rebuild(backends.database, backends.engine, settings.var_dir)} records indexed")
    except CannotRestore as error:
        print(error)
        return 2
    except RebuildUnderway as error:
        print(f"{error} What it holds may be from before: run python -m scripts.reindex when it has ended.")
        return 1
    finally:
        backends.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
