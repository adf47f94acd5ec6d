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
            made = EmbeddedEngine(self._folder / name / "index")  # its vectors will stand beside it
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
        """Megabytes of the newest index, of its vectors, and of a server's heap."""
        sizes: dict[bool, float] = {False: 0.0, True: 0.0}  # of what is no vector, and of vectors
        heap: dict[str, float] = {}
        if not self.server:
            for file in (self._folder / self.name).rglob("*"):
                sizes["vectors" in file.parts] += file.stat().st_size if file.is_file() else 0
        else:
            with Client(self.server) as client:
                for name, told in client.indices.stats(index=f"{self.name}-*", metric="store")["indices"].items():
                    sizes["-vectors-" in name] += told["total"]["store"]["size_in_bytes"]
                nodes = client.nodes.stats(metric="jvm")["nodes"].values()
                heap = {"heap_used_mb": sum(node["jvm"]["mem"]["heap_used_in_bytes"] for node in nodes) / 2**20}
        return {"index_mb": sizes[False] / 2**20, "vectors_mb": sizes[True] / 2**20} | heap

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
