"""From rows to documents: an achievement's card for everybody and, where its details are restricted, the whole one."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlalchemy.orm import Session

from models.queries.indexing import PublishedAchievement, owned_ids, pitched_ids, published_achievements
from models.rules.policy import PUBLIC, details_audience
from search.documents import TEXT_FIELDS, Document, seal
from search.engine import Change, Delete, Upsert

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


FAN_OUT = {"organisation": owned_ids, "event": pitched_ids}  # keys of records that show in many documents


def changes(session: Session, keys: Collection[str]) -> list[Change]:
    """What the index must do for record keys (``achievement:<id>`` or one of FAN_OUT), read from the rows now."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        kind, _separator, number = key.partition(":")
        numbers[kind].add(int(number))
    ids = numbers.pop("achievement", set())
    for kind, wider in numbers.items():
        ids.update(FAN_OUT[kind](session, wider))
    return changes_of(session, ids)


def changes_of(session: Session, ids: Collection[int]) -> list[Change]:
    """Upserts of what is published, deletions of every other document that these achievements ever had."""
    made: dict[str, Change] = {
        document["key"]: Upsert(document)
        for record in published_achievements(session, ids)
        for document in documents(record)
    }
    gone = [
        Delete(key) for number in sorted(ids) for form in FORMS if (key := f"achievement:{number}:{form}") not in made
    ]
    return [*made.values(), *gone]
