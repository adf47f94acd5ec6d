"""An owner's own list of records of one kind, and those whose last day is over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from models.enums import RecordState, VersionState
from models.tables import Achievement, Need, Organisation

IN_REVIEW = (VersionState.ORG_REVIEW, VersionState.REVIEW)
OWN_GROUPS = ("returned", "draft", "review", "published", "expired", "withdrawn", "taken_down")


@dataclass(frozen=True)
class OwnLine:
    """A row of the own list; ``working`` is the state of the version under way, if there is one."""

    id: int
    public_id: str
    title: str
    owner: str
    state: RecordState
    working: VersionState | None
    updated_at: datetime | None
    valid_until: date | None
    has_public: bool
    is_sample: bool


# The version under way and the public one, of each kind.
_VERSIONS: Mapping[type[Any], tuple[Any, Any]] = {
    kind: (aliased(kind.version_class), aliased(kind.version_class)) for kind in (Achievement, Need)
}


def _groups(kind: type[Any]) -> Mapping[str, ColumnElement[bool]]:
    working, _public = _VERSIONS[kind]
    under_way = (
        working.state == VersionState.RETURNED,
        working.state == VersionState.DRAFT,
        working.state.in_(IN_REVIEW),
    )
    return dict(
        zip(OWN_GROUPS, (*under_way, *(kind.state == RecordState(name) for name in OWN_GROUPS[3:])), strict=True)
    )


def own(
    session: Session,
    organisation_ids: Collection[int],
    *,
    group: str = "",
    before: int | None = None,
    limit: int = 20,
    kind: type[Any] = Achievement,
) -> list[OwnLine]:
    """Records of organisations, newest first; ``group``: one of OWN_GROUPS; ``before``: the last id seen."""
    working, public = _VERSIONS[kind]
    statement = (
        select(
            kind.id,
            kind.public_id,
            func.coalesce(public.title, working.title, ""),
            Organisation.name,
            kind.state,
            working.state,
            func.coalesce(working.updated_at, public.published_at),
            kind.valid_until,
            kind.public_version_id.is_not(None),
            kind.is_sample,
        )
        .join(Organisation, Organisation.id == kind.organisation_id)
        .outerjoin(working, working.id == kind.working_version_id)
        .outerjoin(public, public.id == kind.public_version_id)
        .where(kind.organisation_id.in_(organisation_ids))
        .order_by(kind.id.desc())
        .limit(limit)
    )
    if group:
        statement = statement.where(_groups(kind)[group])
    if before is not None:
        statement = statement.where(kind.id < before)
    return [OwnLine(*tuple(row)) for row in session.execute(statement)]


def own_counts(session: Session, organisation_ids: Collection[int], *, kind: type[Any] = Achievement) -> dict[str, int]:
    """How many of each group of OWN_GROUPS, and "all"; one query. A record may count in two groups."""
    working, _public = _VERSIONS[kind]
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in _groups(kind).values()]
    row = session.execute(
        select(func.count(), *sums)
        .select_from(kind)
        .outerjoin(working, working.id == kind.working_version_id)
        .where(kind.organisation_id.in_(organisation_ids))
    ).one()
    return dict(zip(("all", *OWN_GROUPS), row, strict=True))


def overdue(session: Session, day: date, *, limit: int = 500, kind: type[Any] = Achievement) -> list[int]:
    """Ids of published records whose last day is before ``day``."""
    return list(
        session.scalars(
            select(kind.id)
            .where(kind.state == RecordState.PUBLISHED, kind.valid_until < day)
            .order_by(kind.id)
            .limit(limit)
        )
    )
