"""From rows to documents: a record's card for everybody and, where its details are restricted, the whole one."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlalchemy.orm import Session

from models.queries.indexing import PublishedAchievement, owned_ids, pitched_ids, published_achievements
from models.queries.needs import PublishedNeed, published_needs
from models.rules.policy import PROVIDERS, PUBLIC, details_audience
from models.tables import Need
from search.documents import TEXT_FIELDS, Document, seal
from search.engine import Change, Delete, Upsert
from search.query import FACETS

FORMS = ("card", "full")


def documents(record: PublishedAchievement) -> Iterator[Document]:
    """One document where all may read everything; else a card without details, and the whole for its own audience."""
    inner = details_audience(record.disclosure, record.owner_id, record.granted)
    if PUBLIC in inner:
        yield _document(record, "card", audience=inner, superseded_for=(), details=record.version.details)
        return
    yield _document(record, "card", audience={PUBLIC}, superseded_for=inner, details="")
    yield _document(record, "full", audience=inner, superseded_for=(), details=record.version.details)


def _document(
    record: PublishedAchievement, form: str, *, audience: Collection[str], superseded_for: Collection[str], details: str
) -> Document:
    version = record.version
    text = {name: getattr(version, name) or "" for name in TEXT_FIELDS if name not in ("keywords", "owner", "details")}
    return seal(
        {
            "key": f"achievement:{record.id}:{form}",
            "kind": "achievement",
            "public_id": record.public_id,
            "audience": sorted(audience),
            "superseded_for": sorted(superseded_for),
            "text": {**text, "keywords": " ".join(version.keywords), "owner": record.owner_name, "details": details},
            "facets": {
                "field": list(version.fields),
                "industry": list(version.industries),
                "stage": [version.stage] if version.stage else [],
                "trl": [str(version.trl)] if version.trl else [],
                "mode": list(version.modes),
                "owner": [record.owner_public_id],
                "circle": list(record.circles),
                "roadshow": list(record.roadshows),
            },
            "published_at": int(record.published_at.timestamp()),
            "trl": version.trl,
            "version": record.revision,
        }
    )


def need_documents(record: PublishedNeed) -> Iterator[Document]:
    """The same for a need: what was tried stands in the document of those who may read it."""
    inner = details_audience(record.disclosure, record.organisation_id, record.granted, verified=PROVIDERS)
    if PUBLIC in inner:
        yield _need_document(record, "card", audience=inner, superseded_for=(), details=record.version.tried)
        return
    yield _need_document(record, "card", audience={PUBLIC}, superseded_for=inner, details="")
    yield _need_document(record, "full", audience=inner, superseded_for=(), details=record.version.tried)


def _need_document(
    record: PublishedNeed, form: str, *, audience: Collection[str], superseded_for: Collection[str], details: str
) -> Document:
    version = record.version
    low, high = version.trl_from or version.trl_to, version.trl_to or version.trl_from
    text = dict.fromkeys(TEXT_FIELDS, "") | {
        "title": version.title,
        "keywords": " ".join(version.keywords),
        "owner": record.owner_name,
        "summary": version.description,
        "problem": "；".join(str(row.get("name", "")) for row in version.indicators),
        "details": details,
    }
    facets: dict[str, list[str]] = {name: [] for name in FACETS}
    facets |= {
        "field": list(version.fields),
        "industry": list(version.industries),
        "trl": [str(level) for level in range(low, high + 1)] if low and high else [],
        "mode": list(version.modes),
        "owner": [record.owner_public_id] if record.owner_public_id else [],
        "circle": list(record.circles),
    }
    return seal(
        {
            "key": f"need:{record.id}:{form}",
            "kind": "need",
            "public_id": record.public_id,
            "audience": sorted(audience),
            "superseded_for": sorted(superseded_for),
            "text": text,
            "facets": facets,
            "published_at": int(record.published_at.timestamp()),
            "trl": low,
            "version": record.revision,
        }
    )


def changes(session: Session, keys: Collection[str]) -> list[Change]:
    """What the index must do for record keys (``achievement:<id>``, ``need:<id>``, or an organisation's or event's)."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        kind, _separator, number = key.partition(":")
        numbers[kind].add(int(number))
    owners, events = numbers["organisation"], numbers["event"]  # they show in many documents
    achievements = numbers["achievement"].union(owned_ids(session, owners), pitched_ids(session, events))
    needs = numbers["need"].union(owned_ids(session, owners, Need))
    return [*changes_of(session, achievements), *changes_of(session, needs, "need")]


def changes_of(session: Session, ids: Collection[int], kind: str = "achievement") -> list[Change]:
    """Upserts of what is published, deletions of every other document that these records ever had."""
    if not ids:
        return []
    found = (
        [document for need in published_needs(session, ids) for document in need_documents(need)]
        if kind == "need"
        else [document for record in published_achievements(session, ids) for document in documents(record)]
    )
    made: dict[str, Change] = {document["key"]: Upsert(document) for document in found}
    gone = [Delete(key) for number in sorted(ids) for form in FORMS if (key := f"{kind}:{number}:{form}") not in made]
    return [*made.values(), *gone]
