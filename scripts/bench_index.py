"""Plain documents as the site would index them, in an engine of either kind made for one measurement."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch as Client

from scripts.services import Elasticsearch
from search.documents import TEXT_FIELDS, Document, seal
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Engine, Upsert
from search.query import FACETS, Query

ENGINES = ("embedded", "elasticsearch")
EVERYBODY = frozenset({"public"})
BATCH = 2_000
HEAP_MB = 2_048
PATIENCE = 60.0  # seconds: it is asked what is found, and how long that takes, not what a page would wait for
PUBLISHED = 1_700_000_000  # epoch seconds, of every document that says nothing else

_numbers = count(1)


class Place:
    """Where indexes are made: a folder, or a server; `engine()` is an empty one each time."""

    def __init__(self, kind: str, folder: Path, server: str) -> None:
        self.kind, self._folder, self.server = kind, folder, server
        self.name = ""  # of the newest: the folder's, or the prefix of its indices
        self._opened: list[Engine] = []

    def engine(self) -> Engine:
        name = self.name = f"bench-{next(_numbers)}"
        made: Engine
        if self.kind == "embedded":
            made = EmbeddedEngine(self._folder / name)
        else:
            made = ElasticEngine(f"{self.server}/{name}", patience=PATIENCE)
        self._opened.append(made)
        return made

    def filled(self, documents: Iterable[Document]) -> Engine:
        """An engine with these documents, in few segments."""
        made = self.engine()
        load(made, documents)
        self.merge()
        return made

    def merge(self) -> None:
        """Leave the newest index one segment; Tantivy keeps to its own policy."""
        if self.server:
            with Client(self.server, request_timeout=600) as client:
                client.indices.forcemerge(index=f"{self.name}-*", max_num_segments=1)

    def memory(self) -> dict[str, float]:
        """Megabytes of the newest index, and of a server's heap."""
        if not self.server:
            files = (self._folder / self.name).rglob("*")
            return {"index_mb": sum(file.stat().st_size for file in files if file.is_file()) / 2**20}
        with Client(self.server) as client:
            store = client.indices.stats(index=f"{self.name}-*", metric="store")["_all"]["total"]["store"]
            heap = [
                node["jvm"]["mem"]["heap_used_in_bytes"] for node in client.nodes.stats(metric="jvm")["nodes"].values()
            ]
            return {"index_mb": store["size_in_bytes"] / 2**20, "heap_used_mb": sum(heap) / 2**20}

    def close(self) -> None:
        for engine in self._opened:
            engine.close()


@contextmanager
def place(kind: str, server: str = "") -> Iterator[Place]:
    """A place of this kind; an Elasticsearch of its own is started where none is given, and stopped after."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if kind == "elasticsearch" and not server:
            server = stack.enter_context(Elasticsearch(heap_mb=HEAP_MB))
        made = Place(kind, folder, server)
        stack.callback(made.close)
        yield made


def load(engine: Engine, documents: Iterable[Document]) -> None:
    """Put them into a new generation, as a rebuild does, and swap."""
    generation = engine.new_generation()
    batch: list[Upsert] = []
    for document in documents:
        batch.append(Upsert(document))
        if len(batch) == BATCH:
            generation.write(batch)
            batch = []
    generation.write(batch)
    generation.swap()


def document(number: int, public_id: str, kind: str = "achievement", **said: Any) -> Document:
    """A document with texts by the names of TEXT_FIELDS; `facets` and `published_at` may be given too."""
    facets = dict.fromkeys(FACETS, ()) | said.pop("facets", {})
    return seal(
        {
            "key": f"{kind}:{number}:card",
            "kind": kind,
            "public_id": public_id,
            "audience": sorted(EVERYBODY),
            "superseded_for": [],
            "published_at": said.pop("published_at", PUBLISHED),
            "trl": said.pop("trl", None),
            "version": 1,
            "text": dict.fromkeys(TEXT_FIELDS, "") | said,
            "facets": {name: list(codes) for name, codes in facets.items()},
        }
    )


def asked(text: str, **more: Any) -> Query:
    """A question of everybody on a day that stays, so that two runs draw the same lots."""
    return Query(text, audience=EVERYBODY, day=PUBLISHED // 86_400, **more)


def lines(path: Path) -> list[Mapping[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def corpus(paths: Sequence[Path]) -> list[Mapping[str, Any]]:
    """The documents (id, title, abstract) of JSONL files."""
    return [row for path in paths for row in lines(path)]
