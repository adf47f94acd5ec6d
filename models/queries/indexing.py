"""What the index is made of: published achievements as plain rows, a constant number of queries a batch."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.enums import Disclosure, EventState, RecordState
from models.tables import (
    Achievement,
    AchievementCircle,
    AchievementVersion,
    AgendaItem,
    Circle,
    DisclosureGrant,
    Event,
    Need,
    Organisation,
)


@dataclass(frozen=True)
class PublishedAchievement:
    """A published achievement with everything its documents say."""

    id: int
    public_id: str
    revision: int
    published_at: datetime
    owner_id: int
    owner_public_id: str
    owner_name: str
    disclosure: Disclosure  # the stricter of the version's and what it was tightened to
    version: Any  # a row of the text and code columns below
    circles: Sequence[str]  # keys
    roadshows: Sequence[str]  # public ids of announced events
    granted: Sequence[int]  # organisations that may read after consent


VERSION_COLUMNS = (
    AchievementVersion.title,
    AchievementVersion.summary,
    AchievementVersion.problem,
    AchievementVersion.advantage,
    AchievementVersion.scenes,
    AchievementVersion.details,
    AchievementVersion.keywords,
    AchievementVersion.fields,
    AchievementVersion.industries,
    AchievementVersion.stage,
    AchievementVersion.trl,
    AchievementVersion.modes,
)


def published_achievements(session: Session, ids: Collection[int]) -> list[PublishedAchievement]:
    """Those of ``ids`` that are published, in ascending order of id; four queries."""
    found = session.execute(
        select(
            Achievement.id,
            Achievement.public_id,
            Achievement.state,
            Achievement.revision,
            Achievement.published_at,
            Achievement.tightened_to,
            Organisation.id.label("owner_id"),
            Organisation.public_id.label("owner_public_id"),
            Organisation.name.label("owner_name"),
            AchievementVersion.disclosure,
            *VERSION_COLUMNS,
        )
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(Achievement.id.in_(ids))
        .order_by(Achievement.id)
    ).all()
    # Not in the WHERE: SQLite without statistics then walks all published ones, a batch of twenty as slowly as a rebuild.
    rows = [row for row in found if row.state is RecordState.PUBLISHED]
    circles = grouped(
        session,
        select(AchievementCircle.achievement_id, Circle.key)
        .join(Circle, Circle.id == AchievementCircle.circle_id)
        .where(AchievementCircle.achievement_id.in_(ids))
        .order_by(Circle.key),
    )
    roadshows = grouped(
        session,
        select(AgendaItem.achievement_id, Event.public_id)
        .join(Event, Event.id == AgendaItem.event_id)
        .where(AgendaItem.achievement_id.in_(ids), Event.state == EventState.PUBLISHED)
        .order_by(Event.starts_at),
    )
    granted = grouped(
        session,
        select(DisclosureGrant.achievement_id, DisclosureGrant.organisation_id)
        .where(DisclosureGrant.achievement_id.in_(ids), DisclosureGrant.withdrawn_at.is_(None))
        .order_by(DisclosureGrant.organisation_id),
    )
    return [
        PublishedAchievement(
            id=row.id,
            public_id=row.public_id,
            revision=row.revision,
            published_at=row.published_at,
            owner_id=row.owner_id,
            owner_public_id=row.owner_public_id,
            owner_name=row.owner_name,
            disclosure=effective_disclosure(row.disclosure, row.tightened_to),
            version=row,
            circles=circles[row.id],
            roadshows=roadshows[row.id],
            granted=granted[row.id],
        )
        for row in rows
    ]


def effective_disclosure(version: Disclosure, tightened_to: Disclosure | None) -> Disclosure:
    """The stricter of both."""
    return max((version, tightened_to or version), key=lambda level: level.strictness)


def grouped(session: Session, statement: Any) -> dict[int, list[Any]]:
    """First column -> values of the second, in the statement's order; empty lists for what it does not name."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for owner, value in session.execute(statement):
        groups[owner].append(value)
    return groups


def published_records(session: Session, *, batch: int) -> Iterator[tuple[str, list[int]]]:
    """Kind and ids of everything published, in batches."""
    for kind in (Achievement, Need):
        for ids in published_ids(session, batch=batch, kind=kind):
            yield kind.kind, ids


def published_ids(session: Session, *, batch: int, kind: type[Any] = Achievement) -> Iterator[list[int]]:
    """Ids of all published records of a kind in batches, by key."""
    last = 0
    while True:
        ids = list(
            session.scalars(
                select(kind.id)
                .where(kind.state == RecordState.PUBLISHED, kind.id > last)
                .order_by(kind.id)
                .limit(batch)
            )
        )
        if not ids:
            return
        yield ids
        last = ids[-1]


def owned_ids(session: Session, organisation_ids: Collection[int], kind: type[Any] = Achievement) -> list[int]:
    """Ids of the records of a kind that organisations own."""
    return list(session.scalars(select(kind.id).where(kind.organisation_id.in_(organisation_ids))))


def pitched_ids(session: Session, event_ids: Collection[int]) -> list[int]:
    """Ids of the achievements on the agendas of events."""
    return list(
        session.scalars(
            select(AgendaItem.achievement_id).where(
                AgendaItem.event_id.in_(event_ids), AgendaItem.achievement_id.is_not(None)
            )
        )
    )


def listed(kind: type[Any]) -> list[ColumnElement[bool]]:
    """What a page of an organisation or circle shows of a kind: there a masked need would say whose it is."""
    published = kind.state == RecordState.PUBLISHED
    return [published, Need.masked.is_(False)] if kind is Need else [published]


def titles(session: Session, public_ids: Collection[str], kind: type[Any] = Achievement) -> dict[str, str]:
    """Public id -> title of the published ones among these records of a kind."""
    version = kind.version_class
    return dict(
        session.execute(
            select(kind.public_id, version.title)
            .join(version, version.id == kind.public_version_id)
            .where(kind.public_id.in_(public_ids), kind.state == RecordState.PUBLISHED)
        ).all()
    )
