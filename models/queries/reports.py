"""Reports of what is wrong, for the organizers who handle them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.enums import RecordState
from models.tables import Achievement, AchievementVersion, Need, NeedVersion, Organisation, Report


@dataclass(frozen=True)
class ReportLine:
    """A report with the record it is about."""

    id: int
    public_id: str
    reason: str
    email: str
    created_at: datetime
    handled_at: datetime | None
    kind: str
    record: str  # public id
    title: str
    owner: str
    state: RecordState | None


def _lines() -> Any:
    achievement, need = Report.object_type == Achievement.__tablename__, Report.object_type == Need.__tablename__
    return (
        select(
            Report.id,
            Report.public_id,
            Report.reason,
            Report.email,
            Report.created_at,
            Report.handled_at,
            Report.object_type,
            func.coalesce(Achievement.public_id, Need.public_id, ""),
            func.coalesce(AchievementVersion.title, NeedVersion.title, ""),
            func.coalesce(Organisation.name, ""),
            func.coalesce(Achievement.state, Need.state),
        )
        .outerjoin(Achievement, achievement & (Achievement.id == Report.object_id))
        .outerjoin(
            AchievementVersion,
            AchievementVersion.id == func.coalesce(Achievement.public_version_id, Achievement.working_version_id),
        )
        .outerjoin(Need, need & (Need.id == Report.object_id))
        .outerjoin(NeedVersion, NeedVersion.id == func.coalesce(Need.public_version_id, Need.working_version_id))
        .outerjoin(Organisation, Organisation.id == func.coalesce(Achievement.organisation_id, Need.organisation_id))
    )


def reports(session: Session, *, handled: bool, after: int | None = None, limit: int = 20) -> list[ReportLine]:
    """Open ones oldest first, or handled ones newest first; ``after``: the id of the last one seen."""
    if handled:
        statement = _lines().where(Report.handled_at.is_not(None)).order_by(Report.id.desc())
        statement = statement if after is None else statement.where(Report.id < after)
    else:
        statement = _lines().where(Report.handled_at.is_(None)).order_by(Report.id)
        statement = statement if after is None else statement.where(Report.id > after)
    return [ReportLine(*tuple(row)) for row in session.execute(statement.limit(limit))]


def count_open(session: Session) -> int:
    """How many reports wait."""
    return session.scalar(select(func.count()).select_from(Report).where(Report.handled_at.is_(None))) or 0


def report(session: Session, public_id: str) -> tuple[Report, ReportLine] | None:
    """One report, as row and line."""
    found = session.scalar(select(Report).where(Report.public_id == public_id))
    if found is None:
        return None
    row = session.execute(_lines().where(Report.id == found.id)).one()
    return found, ReportLine(*tuple(row))
