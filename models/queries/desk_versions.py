"""What can stand on a desk about the versions of records, of every kind alike."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased

from models.enums import RecordState, VersionState
from models.queries.desk_rows import Scope, Statement, row
from models.tables import Achievement, Need, Organisation

EXPIRES_SOON = timedelta(days=30)
Owner = aliased(Organisation, name="owner")


def _version_row(record: Any, kind: str, **columns: Any) -> Statement:
    version = record.version_class
    return (
        row(
            kind if record is Achievement else f"{record.kind}_{kind}",
            key=record.public_id,
            title=version.title,
            who=Owner.name,
            mine=Owner.name,
            mine_id=record.organisation_id,
            state=version.state,
            **{"at": func.coalesce(version.submitted_at, version.created_at), **columns},
        )
        .select_from(record)
        .join(Owner, Owner.id == record.organisation_id)
    )


def own_version(record: Any, kind: str, scope: Scope) -> Statement:
    """A version under way of the reader's own hand, or any of the organisation for its manager or broker."""
    version = record.version_class
    return (
        _version_row(record, kind)
        .join(version, version.id == record.working_version_id)
        .where(
            record.organisation_id.in_(scope.acts),
            or_(
                version.author_id == scope.me,
                version.submitted_by_id == scope.me,
                record.organisation_id.in_(scope.managed),
            ),
        )
    )


def versions(scope: Scope) -> Iterable[Statement]:
    for record in (Achievement, Need):
        yield from _versions_of(record, scope)


def _versions_of(record: Any, scope: Scope) -> Iterable[Statement]:
    version = record.version_class
    under_way = version.id == record.working_version_id
    if scope.acts:
        yield own_version(record, "returned", scope).where(version.state == VersionState.RETURNED)
        soon = and_(record.state == RecordState.PUBLISHED, record.valid_until <= scope.today + EXPIRES_SOON)
        gone = and_(record.state == RecordState.EXPIRED, record.valid_until >= scope.today - EXPIRES_SOON)
        yield (
            _version_row(record, "expiring", due_on=record.valid_until, at=None)
            .join(version, version.id == record.public_version_id)
            .where(
                record.organisation_id.in_(scope.acts),
                or_(soon, gone),
                or_(
                    record.contact_id == scope.me,
                    version.author_id == scope.me,
                    record.organisation_id.in_(scope.managed + scope.mandates),
                ),
            )
        )
    if scope.managed:
        yield (
            _version_row(record, "org_review")
            .join(version, under_way)
            .where(
                version.state == VersionState.ORG_REVIEW,
                record.organisation_id.in_(scope.managed),
                func.coalesce(version.author_id, 0) != scope.me,
                func.coalesce(version.submitted_by_id, 0) != scope.me,
            )
        )
    if scope.organizer:
        yield _version_row(record, "review").join(version, under_way).where(version.state == VersionState.REVIEW)
