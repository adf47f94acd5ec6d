"""Cards of published achievements: what everybody may see of them, in a constant number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import Disclosure, EventState, RecordState
from models.queries.indexing import effective_disclosure
from models.queries.open_sessions import about, in_force
from models.queries.versions import Content, published_contents
from models.tables import Achievement, AchievementCircle, AchievementVersion, AgendaItem, MatchSession, Organisation


@dataclass(frozen=True)
class NextSession:
    public_id: str
    title: str
    starts_at: datetime


@dataclass(frozen=True)
class Card:
    """What a list shows of a published achievement; codes are dictionary keys. Nothing that disclosure governs."""

    id: int
    public_id: str
    title: str
    summary: str
    problem: str
    advantage: str
    scenes: str
    keywords: Sequence[str]
    fields: Sequence[str]
    stage: str
    trl: int | None
    modes: Sequence[str]
    owner: str
    owner_public_id: str
    disclosure: Disclosure
    is_sample: bool
    published_at: datetime | None
    next_session: NextSession | None = None


def cards(session: Session, public_ids: Sequence[str]) -> list[Card]:
    """The cards of those that are published now, in the order given: an index that lags never shows a withdrawn one.

    Two queries, and at most three more for versions this process has not seen yet.
    """
    wanted = list(dict.fromkeys(public_ids))
    found_rows = session.execute(
        select(
            Achievement.id,
            Achievement.public_id,
            Achievement.state,
            Achievement.public_version_id,
            Achievement.tightened_to,
            Achievement.is_sample,
            Achievement.published_at,
            AchievementVersion.published_at.label("stamp"),
            Organisation.name.label("owner"),
            Organisation.public_id.label("owner_public_id"),
        )
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(Achievement.public_id.in_(wanted))
    ).all()
    # Not in the WHERE: SQLite without statistics then walks all published ones instead of looking up these ids.
    rows = [row for row in found_rows if row.state is RecordState.PUBLISHED]
    contents = published_contents(session, {row.public_version_id: row.stamp for row in rows})
    coming = next_sessions(session, [row.id for row in rows])
    found = {row.public_id: _card(row, contents[row.public_version_id], coming.get(row.id)) for row in rows}
    return [found[public_id] for public_id in wanted if public_id in found]


def _card(row: Any, content: Content, coming: NextSession | None) -> Card:
    return Card(
        id=row.id,
        public_id=row.public_id,
        title=content.title,
        summary=content.summary,
        problem=content.problem,
        advantage=content.advantage,
        scenes=content.scenes,
        keywords=content.keywords,
        fields=content.fields,
        stage=content.stage,
        trl=content.trl,
        modes=content.modes,
        owner=row.owner,
        owner_public_id=row.owner_public_id,
        disclosure=effective_disclosure(content.disclosure, row.tightened_to),
        is_sample=row.is_sample,
        published_at=row.published_at,
        next_session=coming,
    )


def newest(session: Session, *, limit: int) -> list[Card]:
    """The cards published last."""
    ids = session.scalars(
        select(Achievement.public_id)
        .where(Achievement.state == RecordState.PUBLISHED)
        .order_by(Achievement.published_at.desc(), Achievement.id.desc())
        .limit(limit)
    ).all()
    return cards(session, ids)


def next_sessions(session: Session, achievement_ids: Collection[int]) -> dict[int, NextSession]:
    """Achievement id -> the next published session of its owner, or of one of its circles or roadshows; one query."""
    if not achievement_ids:
        return {}
    match = MatchSession
    coming = (match.state == EventState.PUBLISHED) & (match.starts_at > utcnow())
    columns = (match.public_id, match.title, match.starts_at, match.id)
    both = union_all(
        select(AchievementCircle.achievement_id, *columns)
        .join(match, match.circle_id == AchievementCircle.circle_id)
        .where(AchievementCircle.achievement_id.in_(achievement_ids), coming, match.owner_id.is_(None)),
        select(AgendaItem.achievement_id, *columns)
        .join(match, match.event_id == AgendaItem.event_id)
        .where(AgendaItem.achievement_id.in_(achievement_ids), coming),
        select(Achievement.id, *columns)
        .join(match, match.owner_id == Achievement.organisation_id)
        .where(Achievement.id.in_(achievement_ids), coming, about(Achievement.id), in_force()),
    ).subquery()
    found: dict[int, NextSession] = {}
    for achievement_id, public_id, title, starts_at, _id in session.execute(
        select(both).order_by(both.c.starts_at, both.c.id)
    ):
        found.setdefault(achievement_id, NextSession(public_id, title, starts_at))
    return found
