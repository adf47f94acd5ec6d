"""What waits for a reviewer: the organizers' queue and an organisation's own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.enums import Verification, VersionState
from models.tables import Achievement, Need, Organisation

KINDS: tuple[type[Any], ...] = (Achievement, Need)


@dataclass(frozen=True)
class QueueLine:
    """A version that waits for a reviewer."""

    kind: str  # of record
    public_id: str
    title: str
    number: int
    owner: str
    owner_verified: bool
    submitted_at: datetime
    key: int  # with the time the place in the queue; unique over all kinds
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
    """Versions under way in a state, of every kind, longest waiting first; ``after``: the key of the last one seen."""
    both = union_all(*(_waiting(kind, state, organisation_ids) for kind in KINDS)).subquery()
    statement = select(both).order_by(both.c.since, both.c.key).limit(limit)
    if after is not None:
        at, key = after
        statement = statement.where((both.c.since > at) | ((both.c.since == at) & (both.c.key > key)))
    return [QueueLine(*row) for row in session.execute(statement)]


def _waiting(kind: type[Any], state: VersionState, organisation_ids: Collection[int] | None) -> Select[Any]:
    version = kind.version_class
    statement = (
        select(
            literal(kind.kind).label("kind"), kind.public_id, version.title, version.number, Organisation.name,
            (Organisation.verification == Verification.VERIFIED).label("verified"),
            func.coalesce(version.submitted_at, version.created_at).label("since"),
            (version.id * len(KINDS) + KINDS.index(kind)).label("key"),
            kind.public_version_id.is_(None).label("first"), kind.is_sample,
        )
        .join(kind, kind.working_version_id == version.id)
        .join(Organisation, Organisation.id == kind.organisation_id)
        .where(version.state == state)
    )  # fmt: skip
    return statement if organisation_ids is None else statement.where(kind.organisation_id.in_(organisation_ids))


def count_waiting(session: Session, state: VersionState) -> int:
    """How many versions of every kind wait in a state; one query."""
    counts = [
        select(func.count())
        .select_from(kind.version_class)
        .join(kind, kind.working_version_id == kind.version_class.id)
        .where(kind.version_class.state == state)
        .scalar_subquery()
        for kind in KINDS
    ]
    return session.execute(select(sum(counts[1:], counts[0]))).scalar_one()
