"""`python -m scripts.backup FILE`: one file with the database and the attachments, of one moment, while the site runs.

The file is a gzipped tar: manifest.json, one JSON Lines file a table, the attachments. The database is read in a single
snapshot first; attachments are written before the rows that name them and swept a day after, so that everything the
snapshot names is still there. The index is not in it: it is rebuilt. The form is the same for both databases, so a
backup of one can be restored into the other.
"""

import argparse
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from tqdm import tqdm

import models.tables  # noqa: F401 - every table must be known
from models.base import Base, Database, utcnow
from scripts import migrate
from web.backends import Backends, connect
from web.config import Settings

FORMAT = 1
ROWS = 2_000


class CannotBackUp(Exception):
    """A sentence that says what to do."""


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A connection that sees one moment for as long as it is open."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**level) as connection, connection.begin():
        yield connection


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def backup(backends: Backends, file: Path) -> dict[str, int]:
    """Write the backup; returns rows by table and the number of attachments ("files").

    Raises CannotBackUp, OSError. An unfinished file is removed.
    """
    if not migrate.is_current(backends.database):
        raise CannotBackUp("The database is not at the newest revision: run python -m scripts.migrate first.")
    counts: dict[str, int] = {}
    digests: set[str] = set()
    partial = file.with_name(f".{file.name}.partial")
    try:
        with tarfile.open(partial, "w:gz") as archive:
            with snapshot(backends.database) as connection:
                for table in Base.metadata.sorted_tables:
                    counts[table.name] = _table(archive, connection, table, digests)
            for digest in tqdm(sorted(digests), desc="Attachments", unit=" files"):
                with backends.storage.open(digest) as content:
                    _add(archive, f"files/{digest}", content)
            counts["files"] = len(digests)
            manifest = {"format": FORMAT, "revision": migrate.head(), "made_at": utcnow().isoformat(), "counts": counts}
            _add(archive, "manifest.json", io.BytesIO(json.dumps(manifest, indent=1).encode()))
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return counts


def _table(archive: tarfile.TarFile, connection: Connection, table: Any, digests: set[str]) -> int:
    count = 0
    with tempfile.TemporaryFile() as rows:
        for row in connection.execute(select(table).order_by(table.c.id).execution_options(yield_per=ROWS)).mappings():
            values = {name: plain(value) for name, value in row.items()}
            if "sha256" in values:
                digests.add(values["sha256"])
            rows.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
            count += 1
        rows.seek(0)
        _add(archive, f"tables/{table.name}.jsonl", rows)
    return count


def _add(archive: tarfile.TarFile, name: str, content: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    archive.addfile(info, content)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    backends = connect(Settings.from_env())
    try:
        counts = backup(backends, arguments.file)
    except (CannotBackUp, OSError) as error:
        print(error)
        return 2
    finally:
        backends.close()
    print(f"{arguments.file}: {sum(counts.values()) - counts['files']} rows, {counts['files']} attachments")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
