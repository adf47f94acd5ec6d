"""What waits for a reviewer: the organizers' queue and an organisation's own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import Verification, VersionState
from models.tables import Achievement, AchievementVersion, Organisation


@dataclass(frozen=True)
class QueueLine:
    """A version that waits for a reviewer."""

    public_id: str
    title: str
    number: int
    owner: str
    owner_verified: bool
    submitted_at: datetime
    version_id: int
    first: bool  # nothing of the record was published before
    is_sample: bool


def waiting_for(
    session: Session,
    state: VersionState,
    *,
    organisation_ids: Collection[int] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 20,
) -> list[QueueLine]:
    """Versions under way in a state, longest waiting first; ``after``: the key of the last one seen."""
    version = AchievementVersion
    since = func.coalesce(version.submitted_at, version.created_at)
    statement = (
        select(
            Achievement.public_id, version.title, version.number, Organisation.name,
            Organisation.verification == Verification.VERIFIED, since, version.id, Achievement.public_version_id.is_(None), Achievement.is_sample,
        )
        .join(Achievement, Achievement.working_version_id == version.id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(version.state == state)
        .order_by(since, version.id)
        .limit(limit)
    )  # fmt: skip
    if organisation_ids is not None:
        statement = statement.where(Achievement.organisation_id.in_(organisation_ids))
    if after is not None:
        at, id_ = after
        statement = statement.where((since > at) | ((since == at) & (version.id > id_)))
    return [QueueLine(*row) for row in session.execute(statement)]


def count_waiting(session: Session, state: VersionState) -> int:
    """How many versions wait in a state."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AchievementVersion)
            .join(Achievement, Achievement.working_version_id == AchievementVersion.id)
            .where(AchievementVersion.state == state)
        )
        or 0
    )
