"""The engine outgrown: Elasticsearch, behind an alias.

    <prefix>-v1              the alias searches and the drainer use, named after the mapping's version
    <prefix>-v1-<number>     a generation (search/generations.py)
    <prefix>-vectors-<...>   what language models made of the records (search/vector_index.py)

All names begin with `<prefix>-`, so that a role for `<prefix>-*` is enough. Core modules only: no plugin, no script.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search.after import After, Places
from search.documents import MAPPING_VERSION, Document, check, prepare
from search.elastic_client import DRAIN_TIMEOUT, SEARCH_PATIENCE, Connection, Readers, failure, unavailable
from search.engine import (
    SCORE_DIGITS,
    Alike,
    Change,
    Engine,
    EngineUnavailable,
    Found,
    Generation,
    Health,
    Stamp,
    Upsert,
    settle,
)
from search.generations import Overtaken, aliases_of, next_number, number_of
from search.likeness import Text
from search.patience import current, within
from search.query import FACETS, WINDOW, Page, Query, Sort, make_facet
from search.question import SLIP_WEIGHT, Known, Question
from search.ranking import Candidate
from search.trouble import Trouble
from search.vectors import Model, Vectors

BATCH = 500  # documents of one request
ALL_VALUES = 60_000  # buckets asked of a facet: every one (the server stops at 65,536)

_KEYWORD = {"type": "keyword"}
_FILTER = {"type": "keyword", "doc_values": False}
_VALUE = {"type": "keyword", "index": False}
_MAPPING = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        "tokens": {"type": "text", "analyzer": "whitespace", "index_options": "freqs"},
        "sounds": {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False},
        "reading": {"type": "text", "index": False, "store": True},
        "key": _KEYWORD,
        "kind": _FILTER,
        "audience": _FILTER,
        "superseded_for": _FILTER,
        **{f"facet_{name}": _KEYWORD for name in FACETS},
        "published_at": {"type": "long"},
        "trl": {"type": "long"},
        "whole": {"type": "byte", "index": False},
        "public_id": _VALUE,
        "digest": _VALUE,
    },
}
# One shard: several would each rank by statistics of their own. No refresh by the clock: it would show half a batch.
_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "-1"}
_LATEST = [{"published_at": "desc"}, {"key": "asc"}]
_ORDERS: dict[Sort, list[Any]] = {
    Sort.RELEVANCE: ["_score", *_LATEST],
    Sort.NEWEST: _LATEST,
    Sort.TRL: [{"trl": {"order": "desc", "missing": "_last"}}, *_LATEST],
}


class ElasticEngine(Engine):
    """Elasticsearch at `url`, http(s)://[user:password@]host:port[/prefix]; several sites may share it by prefix."""

    def __init__(
        self, url: str, *, api_key: str = "", ca: Path | None = None, patience: float = SEARCH_PATIENCE
    ) -> None:
        """Take an API key instead of user and password, a file of authorities to trust, and what a search may take."""
        self._connect = Connection(url, api_key=api_key, ca=ca)
        self._readers = Readers(patience)
        self._patience = patience
        self._prefix = urlsplit(url).path.strip("/").lower() or "matchmaking"
        self._alias = f"{self._prefix}-v{MAPPING_VERSION}"

    def search(self, query: Query) -> Page:
        with self._readers():
            return super().search(query)

    def alike(self, query: Query, texts: Sequence[Text]) -> Alike:
        """A page that waits gives up in time; a job does not."""
        with self._readers() if current() else nullcontext():
            return super().alike(query, texts)

    def write(self, changes: Iterable[Change]) -> list[str]:
        client = self._connect().options(request_timeout=DRAIN_TIMEOUT)
        return _write(client, self._alias, changes, require_alias=True, refresh=True)

    def all_keys(self) -> dict[str, Stamp]:
        return _stamps(self._connect(), self._alias)

    def new_generation(self) -> "ElasticGeneration":
        client = self._connect()
        with unavailable():
            name = f"{self._alias}-{next_number(aliases_of(client, self._prefix))}"
            client.indices.create(index=name, mappings=_MAPPING, settings=_SETTINGS)
        return ElasticGeneration(self._connect, self._prefix, self._alias, name)

    def vectors(self, model: Model) -> Vectors:
        from search.vector_index import IndexVectors

        return IndexVectors(self._connect, self._prefix, model)

    def health(self) -> Health:
        searches = self._readers.report()
        try:
            with within(self._patience), unavailable():
                count = self._connect().count(index=self._alias)["count"]
                blocked = self._is_read_only()
        except EngineUnavailable as error:
            return Health(False, 0, str(error), error.trouble, searches)
        return Health(True, count, f"Elasticsearch, {self._alias}", Trouble.READ_ONLY if blocked else None, searches)

    def _is_read_only(self) -> bool:
        """Whether a block is on the index, as the flood-stage watermark of the disk sets one."""
        told = self._connect().indices.get_settings(index=self._alias, name="index.blocks.*", flat_settings=True)
        return any("true" in index["settings"].values() for index in told.values())

    def close(self) -> None:
        self._connect.close()

    def _find(self, query: Query, asked: Question, low: int, high: int, read: int) -> Found:
        body = _body(query, asked)
        if read:
            body |= {"stored_fields": ["reading"], "docvalue_fields": ["public_id", "whole"]}
        answer: Any = None

        def fetch(low: int, high: int) -> list[tuple[float, Any]]:
            nonlocal answer
            answer = self._ask(body, low, high)
            return [(round(hit["sort"][0], SCORE_DIGITS) if ranked else 0.0, hit) for hit in answer["hits"]["hits"]]

        ranked = query.sort is Sort.RELEVANCE and bool(asked.weights)
        if query.after:
            place = [query.after.published_at, query.after.key]
            body |= {"search_after": [query.after.rank, *place] if len(body["sort"]) > len(_LATEST) else place}
        with unavailable():
            # Only rounding makes ties that the server has not put in order already; beyond the window its order stands.
            tied = ranked and not query.after
            found = settle(fetch, _PLACES, low, high, WINDOW) if tied else fetch(low, high)
        selected = query.selected
        facets = (make_facet(name, _counts(answer, name), selected.get(name, ())) for name in query.facets)
        candidates = [_candidate(hit, score) for score, hit in found]
        last = _last(query, answer["hits"]["hits"], high) if query.after or high == WINDOW else None
        return Found(candidates, answer["hits"]["total"]["value"], tuple(facets), last)

    def _count(self, name: str, terms: Sequence[str]) -> Known:
        with unavailable():
            answer = self._connect().termvectors(
                index=self._alias,
                doc={name: " ".join(terms)},
                fields=[name],
                term_statistics=True,
                field_statistics=True,
                positions=False,
                offsets=False,
            )
        vectors = answer["term_vectors"].get(name)
        if not vectors:
            return Known({}, 0)
        counts = {term: told.get("doc_freq", 0) for term, told in vectors["terms"].items()}
        return Known(counts, vectors["field_statistics"]["doc_count"])

    def _ask(self, body: dict[str, Any], low: int, high: int) -> Any:
        client = self._connect()
        try:
            return client.search(index=self._alias, from_=low, size=high - low, **body)
        except NotFoundError:  # a swap may drop the index between the look at the alias and the search
            return client.search(index=self._alias, from_=low, size=high - low, **body)


class ElasticGeneration(Generation):
    """One index; it is refreshed when it is listed or swapped in."""

    def __init__(self, connect: Connection, prefix: str, alias: str, name: str) -> None:
        self.name = name
        self._connect, self._prefix, self._alias = connect, prefix, alias

    def write(self, changes: Iterable[Change]) -> list[str]:
        return _write(self._connect(), self.name, changes, require_alias=False, refresh=False)

    def all_keys(self) -> dict[str, Stamp]:
        with unavailable():
            self._connect().indices.refresh(index=self.name)
        return _stamps(self._connect(), self.name)

    def swap(self) -> None:
        client = self._connect()
        indices = client.indices
        with unavailable():
            aliases = aliases_of(client, self._prefix)
            if any(self._alias in held for name, held in aliases.items() if number_of(name) > number_of(self.name)):
                raise Overtaken
            indices.refresh(index=self.name)
            older = [name for name in aliases if number_of(name) < number_of(self.name)]
            take = [{"remove": {"indices": older, "alias": self._alias, "must_exist": False}}] if older else []
            indices.update_aliases(actions=[*take, {"add": {"index": self.name, "alias": self._alias}}])
        with suppress(ApiError, TransportError):  # this one answers by now; what is left over goes with the next swap
            for name in older:
                indices.delete(index=name)

    def discard(self) -> None:
        """Drop it unless it answers: the answer to a swap may have been lost on its way."""
        with suppress(ApiError, TransportError):
            indices = self._connect().indices
            if not indices.exists_alias(index=self.name, name=self._alias):
                indices.delete(index=self.name)


def _body(query: Query, asked: Question) -> dict[str, Any]:
    """The request but for its window. Selections filter after the query, so that facets can leave their own aside."""
    reader = sorted(query.audience)
    chosen = {name: {"terms": {f"facet_{name}": values}} for name, values in query.selected.items()}
    must: list[Any] = [{"terms": {"audience": reader}}, {"term": {"kind": query.kind}}]
    must += [{"terms": {"key": query.keys}}] if query.keys else []
    if asked.begins:
        must.append({"bool": {"should": [{"prefix": {name: start}} for name, start in asked.begins]}})
    meant = [*_sounds(asked), *_slips(asked)]
    if meant:
        strong = [{"term": {"tokens": token}} for token in asked.strong]
        must.append({"bool": {"should": [*strong, *meant], "minimum_should_match": asked.needed}})
    elif asked.strong:
        must.append({"match": {"tokens": {"query": " ".join(asked.strong), "minimum_should_match": asked.needed}}})
    body = {
        "query": {
            "bool": {"filter": must, "must_not": {"terms": {"superseded_for": reader}}, "should": _scores(asked)}
        },
        "aggs": {name: _facet(name, [chosen[other] for other in chosen if other != name]) for name in query.facets},
        "sort": _ORDERS[query.sort if asked.weights or query.sort is not Sort.RELEVANCE else Sort.NEWEST],
        "source": False,
        "docvalue_fields": ["public_id"],
        "track_total_hits": True,
        "allow_partial_search_results": False,
    }
    return body | {"post_filter": {"bool": {"filter": list(chosen.values())}}} if chosen else body


def _facet(name: str, others: list[Any]) -> dict[str, Any]:
    counted = {"terms": {"field": f"facet_{name}", "size": ALL_VALUES}}
    return {"filter": {"bool": {"filter": others}}, "aggs": {"values": counted}} if others else counted


def _scores(asked: Question) -> list[Any]:
    """Tokens of equal weight share a clause."""
    by_weight: dict[float, list[str]] = defaultdict(list)
    for token, weight in asked.weights.items():
        by_weight[weight].append(token)
    tokens = [{"match": {"tokens": {"query": " ".join(group), "boost": weight}}} for weight, group in by_weight.items()]
    return [*tokens, *_sounds(asked), *_slips(asked)]


def _sounds(asked: Question) -> list[Any]:
    return [
        {"constant_score": {"filter": {"term": {"sounds": sound}}, "boost": weight}}
        for sound, weight in asked.sounds.items()
    ]


def _slips(asked: Question) -> list[Any]:
    """Words one slip away."""
    return [
        {"fuzzy": {"tokens": {"value": word, "fuzziness": 1, "rewrite": "constant_score", "boost": SLIP_WEIGHT}}}
        for word in asked.slips
    ]


_PLACES: Places[Any] = Places(
    moments=lambda hits: [hit["sort"][-2] for hit in hits], keys=lambda hits: [hit["sort"][-1] for hit in hits]
)


def _last(query: Query, hits: Sequence[Any], high: int) -> After | None:
    """The end of what the server gave, in its own order: of hits equal but for rounding all have been shown by then."""
    if not hits:
        return None
    *_, published, key = sort = hits[-1]["sort"]
    place = query.after.place + len(hits) if query.after else high
    return After(query.sort, sort[0], published, key, place)


def _candidate(hit: Any, score: float) -> Candidate:
    *_, published, key = hit["sort"]
    fields = hit["fields"]
    return Candidate(
        key, fields["public_id"][0], score, published, fields.get("whole", [0])[0], fields.get("reading", [""])[0]
    )


def _counts(answer: Any, name: str) -> Iterator[tuple[str, int]]:
    counted = answer["aggregations"][name]
    return ((bucket["key"], bucket["doc_count"]) for bucket in counted.get("values", counted)["buckets"])


def _write(
    client: Elasticsearch, index: str, changes: Iterable[Change], *, require_alias: bool, refresh: bool
) -> list[str]:
    changes = [Upsert(check(change.document)) if isinstance(change, Upsert) else change for change in changes]
    refused: list[str] = []
    with unavailable():
        for start in range(0, len(changes), BATCH):
            if operations := _operations(client, index, changes[start : start + BATCH]):
                answer = client.bulk(index=index, operations=operations, require_alias=require_alias, refresh=refresh)
                refused += _refused(answer["items"])
    return refused


def _operations(client: Elasticsearch, index: str, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The lines of a bulk request.

    A deletion without a version carries that of what is indexed: with none, the server would count it as one more and
    for a minute refuse the same version again.
    """
    blind = list({change.key for change in changes if change.version is None})
    versions = _versions(client, index, blind) if blind else {}
    lines: list[dict[str, Any]] = []
    for change in changes:
        version = versions.get(change.key) if change.version is None else change.version
        if version is None:
            continue  # nothing to delete
        versions[change.key] = max(version, versions.get(change.key, 0))
        head = {"_id": change.key, "version": version, "version_type": "external_gte"}
        lines += [{"index": head}, _row(change.document)] if isinstance(change, Upsert) else [{"delete": head}]
    return lines


def _versions(client: Elasticsearch, index: str, keys: list[str]) -> dict[str, int]:
    found = client.mget(index=index, ids=keys, source=False)["docs"]
    for item in found:
        if "error" in item:
            raise failure(item["error"])
    return {item["_id"]: item["_version"] for item in found if item["found"]}


def _row(document: Document) -> dict[str, Any]:
    plain = ("key", "kind", "audience", "superseded_for", "published_at", "trl", "public_id", "digest")
    return {
        **prepare(document)._asdict(),
        **{name: value for name, value in document.items() if name in plain},
        **{f"facet_{name}": codes for name, codes in document["facets"].items()},
    }


def _refused(items: Iterable[dict[str, Any]]) -> list[str]:
    """Keys whose version was older; any other error is raised."""
    refused = []
    for item in items:
        ((_, result),) = item.items()
        if result["status"] == 409:
            refused.append(result["_id"])
        elif "error" in result:
            raise failure(result["error"])
    return refused


def _stamps(client: Elasticsearch, index: str) -> dict[str, Stamp]:
    stamps: dict[str, Stamp] = {}
    after = None
    with unavailable():
        moment = client.open_point_in_time(index=index, keep_alive="1m")["id"]
        try:
            while True:
                answer = client.search(
                    pit={"id": moment, "keep_alive": "1m"},
                    sort=[{"_shard_doc": "asc"}],
                    search_after=after,
                    size=WINDOW,
                    version=True,
                    source=False,
                    docvalue_fields=[{"field": "digest"}],
                    track_total_hits=False,
                )
                hits = answer["hits"]["hits"]
                if not hits:
                    return stamps
                stamps |= {hit["_id"]: Stamp(hit["_version"], hit["fields"]["digest"][0]) for hit in hits}
                after = hits[-1]["sort"]
        finally:
            client.close_point_in_time(id=moment)
