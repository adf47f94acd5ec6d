"""What the matching compares: texts and codes of published records, as far as everybody may read them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Disclosure, RecordState
from models.queries.indexing import effective_disclosure
from models.rules.calendar import today
from models.rules.scoring import AchievementFacts, Facts, NeedFacts
from models.tables import Achievement, AchievementVersion, Need, NeedVersion, Organisation

DAY = 86_400  # seconds
_SHARED = ("title", "keywords", "fields", "industries", "modes")
_ACHIEVEMENT = (*_SHARED, "summary", "problem", "advantage", "scenes", "trl", "price_min", "price_max")
_NEED = (*_SHARED, "description", "indicators", "trl_from", "trl_to", "budget_min", "budget_max", "disclosure")


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a pair. The texts and codes are what its card and page show to everybody; the owner is not told."""

    id: int
    organisation_id: int
    title: str
    keywords: str
    body: str
    facts: Facts


def compared(session: Session, kind: str, ids: Collection[int]) -> dict[int, Compared]:
    """Id -> what is compared, of those that are published now and not wanted by a day that is over; one query."""
    record: Any = Need if kind == "need" else Achievement
    version: Any = NeedVersion if kind == "need" else AchievementVersion
    columns = [getattr(version, name) for name in (_NEED if kind == "need" else _ACHIEVEMENT)]
    if kind == "need":
        columns += [Need.masked, Need.tightened_to, NeedVersion.deadline]
    rows = session.execute(
        select(record.id, record.organisation_id, record.state, record.published_at, Organisation.region, *columns)
        .join(version, version.id == record.public_version_id)
        .join(Organisation, Organisation.id == record.organisation_id)
        .where(record.id.in_(ids))
    )
    make = _need if kind == "need" else _achievement
    return {row.id: make(row) for row in rows if row.state is RecordState.PUBLISHED and not _over(kind, row)}


def _over(kind: str, row: Any) -> bool:
    return kind == "need" and row.deadline is not None and bool(row.deadline < today())


def _need(row: Any) -> Compared:
    budget = effective_disclosure(row.disclosure, row.tightened_to) is Disclosure.PUBLIC
    wanted = [str(indicator.get("name", "")) for indicator in row.indicators]
    return Compared(
        id=row.id,
        organisation_id=row.organisation_id,
        title=row.title,
        keywords=" ".join(row.keywords),
        body="\n".join((row.description, *wanted)),
        facts=NeedFacts(
            fields=row.fields,
            industries=row.industries,
            modes=row.modes,
            low=row.budget_min if budget else None,
            high=row.budget_max if budget else None,
            region="" if row.masked else row.region,
            day=_day(row),
            trl_from=row.trl_from,
            trl_to=row.trl_to,
        ),
    )


def _achievement(row: Any) -> Compared:
    return Compared(
        id=row.id,
        organisation_id=row.organisation_id,
        title=row.title,
        keywords=" ".join(row.keywords),
        body="\n".join((row.summary, row.problem, row.advantage, row.scenes)),
        facts=AchievementFacts(
            fields=row.fields,
            industries=row.industries,
            modes=row.modes,
            low=row.price_min,
            high=row.price_max,
            region=row.region,
            day=_day(row),
            trl=row.trl,
        ),
    )


def _day(row: Any) -> int:
    return int(row.published_at.timestamp() // DAY)
