"""The part of published records that disclosure governs, for one reader."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import RecordState
from models.queries import needs
from models.queries.indexing import effective_disclosure, grouped
from models.rules.policy import details_audience
from models.tables import Achievement, AchievementVersion, DisclosureGrant, Need, NeedVersion


def achievement_details(session: Session, public_ids: Collection[str], tokens: Collection[str]) -> dict[str, str]:
    """Public id -> details, of those whose details these tokens may read now; two queries."""
    rows = [
        row
        for row in session.execute(
            select(
                Achievement.id, Achievement.public_id, Achievement.organisation_id, Achievement.tightened_to,
                Achievement.state, AchievementVersion.disclosure, AchievementVersion.details,
            )
            .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
            .where(Achievement.public_id.in_(public_ids))
        )
        if row.state is RecordState.PUBLISHED
    ]  # fmt: skip
    granted = grouped(
        session,
        select(DisclosureGrant.achievement_id, DisclosureGrant.organisation_id).where(
            DisclosureGrant.achievement_id.in_([row.id for row in rows]), DisclosureGrant.withdrawn_at.is_(None)
        ),
    )
    reader = set(tokens)
    return {
        row.public_id: row.details
        for row in rows
        if reader
        & details_audience(effective_disclosure(row.disclosure, row.tightened_to), row.organisation_id, granted[row.id])
    }


def need_details(session: Session, public_ids: Collection[str], tokens: Collection[str]) -> dict[str, str]:
    """Public id -> what was tried, the same for needs; two queries."""
    rows = [
        row
        for row in session.execute(
            select(
                Need.id, Need.public_id, Need.organisation_id, Need.tightened_to, Need.state,
                NeedVersion.disclosure, NeedVersion.tried,
            )
            .join(NeedVersion, NeedVersion.id == Need.public_version_id)
            .where(Need.public_id.in_(public_ids))
        )
        if row.state is RecordState.PUBLISHED
    ]  # fmt: skip
    granted = needs.accepted(session, [row.id for row in rows])
    reader = set(tokens)
    return {
        row.public_id: row.tried
        for row in rows
        if reader & needs.audience(row, effective_disclosure(row.disclosure, row.tightened_to), granted[row.id])
    }
