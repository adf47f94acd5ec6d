"""The store of vectors beside the embedded engine: a file of float32 for each kind, and a SQLite file of what stands where.

    <folder>/<kind>.f32    read by memory map; a vector's slot is its place
    <folder>/rows.db       its lock lets one process write at a time
    <folder>/scale.json    what was measured of a model whose scale is not known

Of what was dropped the slot stays empty: 1.5 KB for 384 numbers.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy

from search.vectors import Model, cosines, place_of

_TABLE = (
    "CREATE TABLE IF NOT EXISTS row (key TEXT PRIMARY KEY, kind TEXT, slot INTEGER, digest TEXT, UNIQUE (kind, slot))"
)
_PUT = (
    "INSERT INTO row (key, kind, digest, slot)"
    " VALUES (:key, :kind, :digest, (SELECT COALESCE(MAX(slot) + 1, 0) FROM row WHERE kind = :kind))"
    " ON CONFLICT (key) DO UPDATE SET digest = excluded.digest RETURNING slot"
)
# A list of any length is one parameter, as JSON.
_PLACES = "SELECT key, kind, slot FROM row WHERE key IN (SELECT value FROM json_each(?))"
_DIGESTS = "SELECT key, digest FROM row WHERE key IN (SELECT value FROM json_each(?))"
_DROP = "DELETE FROM row WHERE key IN (SELECT value FROM json_each(?))"
_AT = "SELECT key, slot FROM row WHERE kind = ? AND slot IN (SELECT value FROM json_each(?))"
_SAMPLE = "SELECT key, slot FROM row WHERE kind = ? ORDER BY digest LIMIT ?"


class FileVectors:
    """Vectors of one model in a folder of its own inside `folder`, which processes of one machine may share."""

    def __init__(self, folder: Path, model: Model) -> None:
        self._folder, self._size = folder / place_of(model), model.size
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._rows() as rows:
            rows.execute(_TABLE)

    def put(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        with self._rows() as rows:
            rows.execute("BEGIN IMMEDIATE")
            for key, digest, vector in kept:
                kind = _kind(key)
                slot = rows.execute(_PUT, {"key": key, "kind": kind, "digest": digest}).fetchone()[0]
                self._file(kind).touch()
                with self._file(kind).open("r+b") as file:
                    file.seek(slot * self._size * 4)
                    file.write(numpy.asarray(vector, dtype="float32").tobytes())

    def get(self, keys: Collection[str]) -> dict[str, Any]:
        with self._rows() as rows:
            found = rows.execute(_PLACES, (_list(keys),)).fetchall()
        slots: dict[str, dict[str, int]] = defaultdict(dict)
        for key, kind, slot in found:
            slots[kind][key] = slot
        return {key: row for kind, some in slots.items() for key, row in self._read(kind, some).items()}

    def digests(self, keys: Collection[str]) -> dict[str, str]:
        with self._rows() as rows:
            return dict(rows.execute(_DIGESTS, (_list(keys),)).fetchall())

    def drop(self, keys: Collection[str]) -> None:
        with self._rows() as rows:
            rows.execute(_DROP, (_list(keys),))

    def nearest(self, vector: Any, kind: str, limit: int) -> list[str]:
        """Looks at all of them, and up in the rows only at the best: slots whose key was dropped are passed over."""
        every = self._all(kind) @ numpy.asarray(vector, dtype="float32")
        wanted = 2 * limit
        while True:
            best = numpy.argpartition(every, -wanted)[-wanted:] if wanted < len(every) else range(len(every))
            found = self._slots(kind, map(int, best))
            if len(found) >= limit or wanted >= len(every):
                return list(cosines(vector, self._read(kind, found)))[:limit]
            wanted *= 2

    def sample(self, kind: str, limit: int) -> list[Any]:
        with self._rows() as rows:
            found = dict(rows.execute(_SAMPLE, (kind, limit)).fetchall())
        return list(self._read(kind, found).values())

    def keep_scale(self, low: float, high: float) -> None:
        (self._folder / "scale.json").write_text(json.dumps([low, high]))

    def scale(self) -> tuple[float, float] | None:
        try:
            low, high = json.loads((self._folder / "scale.json").read_text())
        except FileNotFoundError:
            return None
        return low, high

    def _slots(self, kind: str, slots: Iterable[int]) -> dict[str, int]:
        with self._rows() as rows:
            return dict(rows.execute(_AT, (kind, _list(slots))).fetchall())

    def _read(self, kind: str, slots: dict[str, int]) -> dict[str, Any]:
        return dict(zip(slots, self._all(kind)[list(slots.values())], strict=True)) if slots else {}

    def _all(self, kind: str) -> Any:
        """What stands in the file, but for a row that another process is just writing."""
        file, row = self._file(kind), 4 * self._size
        count = file.stat().st_size // row if file.exists() else 0
        if not count:
            return numpy.empty((0, self._size), dtype="float32")
        return numpy.memmap(file, dtype="float32", mode="r", shape=(count, self._size))

    def _file(self, kind: str) -> Path:
        return self._folder / f"{kind}.f32"

    @contextmanager
    def _rows(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._folder / "rows.db", timeout=30)) as rows, rows:
            yield rows


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _list(values: Iterable[object]) -> str:
    return json.dumps(list(values))
