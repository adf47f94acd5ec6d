"""Files, content-addressed: written before the commit that refers to them, read by the permission of their row."""

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 20


class Storage(Protocol):
    def put(self, stream: BinaryIO) -> tuple[str, int]:
        """Store a stream; returns its SHA-256 and its size in bytes. The same content is stored once."""

    def open(self, sha256: str) -> BinaryIO:
        """Open stored content. Raises FileNotFoundError."""

    def digests(self) -> Iterator[str]:
        """Digests of everything stored."""

    def remove_orphans(self, used: Collection[str], *, older_than: float) -> int:
        """Delete what no row refers to and is older than so many seconds; returns how many."""


class DirectoryStorage:
    """Two levels of folders under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def put(self, stream: BinaryIO) -> tuple[str, int]:
        self.root.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self.root, delete=False) as file:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = self._path(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        # Also where it exists: the fresh time keeps the orphan sweep away until the row commits.
        os.replace(file.name, target)
        return digest.hexdigest(), size

    def open(self, sha256: str) -> BinaryIO:
        return self._path(sha256).open("rb")

    def digests(self) -> Iterator[str]:
        for path in self.root.glob("??/*"):
            yield path.name

    def remove_orphans(self, used: Collection[str], *, older_than: float) -> int:
        limit, removed = time.time() - older_than, 0
        for path in [*self.root.glob("??/*"), *self.root.glob("tmp*")]:
            if path.name not in used and path.stat().st_mtime < limit:
                path.unlink()
                removed += 1
        return removed
