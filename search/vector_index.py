"""The store of vectors in Elasticsearch: an index for each model, which no rebuild touches.

    <prefix>-vectors-<form and model>    made by the first `put`; where there is none, nothing is kept

A vector stands there twice: as the server finds the nearest by (a byte a number, looked at one after the other; decision
0018 says why no graph), and in bytes as it was put, for without scripts it tells no cosine of chosen documents.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy
from elasticsearch import BadRequestError

from search.elastic_client import DRAIN_TIMEOUT, Connection, failure, unavailable
from search.vectors import FORM, Model, cosines, place_of

BATCH = 500  # vectors of one request, 2 to 3 MB
SPARE = 2  # times as many are asked for as are wanted, which are then the nearest by their exact cosines: none missed
MOST = 10_000  # that the server looks at
NUMBER_DIGITS = 6  # a byte is kept of each; seventeen digits would only be sent

_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "-1"}


class IndexVectors:
    """Vectors of one model on the server and under the prefix of an engine."""

    def __init__(self, connect: Connection, prefix: str, model: Model) -> None:
        self.name = f"{prefix}-vectors-{place_of(model)}"
        self._connect, self._model = connect, model

    def put(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        self._make()
        lines: list[dict[str, Any]] = []
        for key, digest, vector in kept:
            lines += [{"index": {"_id": key}}, _row(key, digest, numpy.asarray(vector, dtype="float32"))]
        self._write(lines)

    def get(self, keys: Collection[str]) -> dict[str, Any]:
        return dict(map(_vector, self._kept(keys, "bytes")))

    def digests(self, keys: Collection[str]) -> dict[str, str]:
        return {hit["_id"]: hit["fields"]["digest"][0] for hit in self._kept(keys, "digest")}

    def drop(self, keys: Collection[str]) -> None:
        self._write([{"delete": {"_id": key}} for key in keys])

    def nearest(self, vector: Any, kind: str, limit: int) -> list[str]:
        wanted = min(SPARE * limit, MOST)
        asked = {
            "field": "vector",
            "query_vector": _numbers(numpy.asarray(vector)),
            "k": wanted,
            "num_candidates": wanted,
            "filter": {"term": {"kind": kind}},
        }
        found = dict(map(_vector, self._search("bytes", size=wanted, knn=asked)))
        return list(cosines(vector, found))[:limit]

    def sample(self, kind: str, limit: int) -> list[Any]:
        hits = self._search("bytes", size=limit, query={"term": {"kind": kind}}, sort=[{"digest": "asc"}])
        return [vector for _, vector in map(_vector, hits)]

    def keep_scale(self, low: float, high: float) -> None:
        with unavailable():
            self._connect().indices.put_mapping(index=self.name, meta=self._meta() | {"scale": [low, high]})

    def scale(self) -> tuple[float, float] | None:
        with unavailable():
            told = self._connect().indices.get_mapping(index=self.name, ignore_unavailable=True)
        kept = [each["mappings"]["_meta"].get("scale") for each in told.values()]
        return (kept[0][0], kept[0][1]) if kept and kept[0] else None

    def _make(self) -> None:
        """Before each `put`, for the server may have been wiped: it would make an index of a mapping of its own."""
        indices = self._connect().indices
        with unavailable():
            if indices.exists(index=self.name):
                return
            try:
                indices.create(index=self.name, mappings=self._mapping(), settings=_SETTINGS)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":  # another process was faster
                    raise

    def _mapping(self) -> dict[str, Any]:
        return {
            "dynamic": "strict",
            "_meta": self._meta(),
            "_source": {"enabled": False},
            "properties": {
                "kind": {"type": "keyword", "doc_values": False},
                "digest": {"type": "keyword", "index": False},
                "vector": {
                    "type": "dense_vector",
                    "dims": self._model.size,
                    "index": True,
                    "similarity": "cosine",
                    "index_options": {"type": "int8_flat"},
                },
                "bytes": {"type": "binary", "doc_values": True},
            },
        }

    def _meta(self) -> dict[str, Any]:
        return {"form": FORM, "model": self._model.name}

    def _kept(self, keys: Collection[str], name: str) -> Iterator[dict[str, Any]]:
        """The documents of some keys with one of their fields."""
        every = list(keys)
        for start in range(0, len(every), BATCH):
            some = every[start : start + BATCH]
            yield from self._search(name, size=len(some), query={"ids": {"values": some}})

    def _search(self, name: str, **asked: Any) -> list[dict[str, Any]]:
        with unavailable():
            answer = self._connect().search(
                index=self.name,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                source=False,
                docvalue_fields=[{"field": name}],
                track_total_hits=False,
                **asked,
            )
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        client = self._connect().options(request_timeout=DRAIN_TIMEOUT)
        for start in range(0, len(lines), 2 * BATCH):
            with unavailable():
                answer = client.bulk(index=self.name, operations=lines[start : start + 2 * BATCH], refresh=True)
            for item in answer["items"]:
                ((action, result),) = item.items()
                if "error" in result and not (action == "delete" and result["status"] == 404):  # nothing was kept
                    raise failure(result["error"])


def _row(key: str, digest: str, vector: Any) -> dict[str, Any]:
    return {
        "kind": key.partition(":")[0],
        "digest": digest,
        "vector": _numbers(vector),
        "bytes": b64encode(vector.tobytes()).decode(),
    }


def _numbers(vector: Any) -> list[float]:
    return [round(number, NUMBER_DIGITS) for number in vector.tolist()]


def _vector(hit: dict[str, Any]) -> tuple[str, Any]:
    return hit["_id"], numpy.frombuffer(b64decode(hit["fields"]["bytes"][0]), dtype="float32")
