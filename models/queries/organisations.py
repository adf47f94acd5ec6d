"""Questions about organisations: finding one, its public page, who waits for verification."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import Verification
from models.queries.indexing import listed
from models.rules.identifiers import normal_code
from models.tables import Achievement, Organisation, Transition

SHOWN = 8  # suggestions
PAGE = 10  # records of a kind on an organisation's page


def search(session: Session, text: str, *, limit: int = SHOWN) -> Sequence[Any]:
    """Organisations by a part of the name or the beginning of the code, for somebody who looks for their own.

    Suspended ones are left out; a merged one leads to its successor. Columns: id, public_id, name, kind, region,
    verification, is_sample. Exact hits first, verified ones before others.
    """
    wanted = " ".join(text.split())
    if len(wanted) < 2:
        return []
    code = normal_code(wanted)
    successor = aliased(Organisation)
    hit = or_(
        Organisation.name.contains(wanted, autoescape=True),
        Organisation.uscc.startswith(code, autoescape=True) if len(code) >= 6 else Organisation.uscc == code,
    )
    ids = (
        select(func.coalesce(successor.id, Organisation.id).label("id"))
        .select_from(Organisation)
        .outerjoin(successor, successor.id == Organisation.merged_into_id)
        .where(hit)
        .distinct()
        .subquery()
    )
    exact = or_(func.lower(Organisation.name) == wanted.lower(), Organisation.uscc == code)
    return session.execute(
        select(
            Organisation.id,
            Organisation.public_id,
            Organisation.name,
            Organisation.kind,
            Organisation.region,
            Organisation.verification,
            Organisation.is_sample,
        )
        .join(ids, ids.c.id == Organisation.id)
        .where(Organisation.verification.not_in([Verification.SUSPENDED, Verification.MERGED]))
        .order_by(
            case((exact, 0), else_=1),
            case((Organisation.verification == Verification.VERIFIED, 0), else_=1),
            func.length(Organisation.name),
            Organisation.id,
        )
        .limit(limit)
    ).all()


def newest_published(
    session: Session, organisation_id: int, *, kind: type[Any] = Achievement, limit: int = PAGE
) -> Sequence[str]:
    """Public ids of what an organisation has published under its name, newest first."""
    return session.scalars(
        select(kind.public_id)
        .where(kind.organisation_id == organisation_id, *listed(kind))
        .order_by(kind.published_at.desc(), kind.id.desc())
        .limit(limit)
    ).all()


def published_count(session: Session, organisation_id: int, *, kind: type[Any] = Achievement) -> int:
    """How many records of a kind an organisation has published under its name."""
    statement = select(func.count()).select_from(kind).where(kind.organisation_id == organisation_id, *listed(kind))
    return session.scalar(statement) or 0


def last_reason(session: Session, organisation_id: int) -> str:
    """Why the organisation is in its present verification state, where somebody said so."""
    return (
        session.scalar(
            select(Transition.reason)
            .where(Transition.object_type == Organisation.__tablename__, Transition.object_id == organisation_id)
            .order_by(Transition.id.desc())
            .limit(1)
        )
        or ""
    )


def by_public_id(session: Session, public_id: str) -> Organisation | None:
    return session.scalar(select(Organisation).where(Organisation.public_id == public_id))


def public_id_of(session: Session, organisation_id: int | None) -> str | None:
    return session.scalar(select(Organisation.public_id).where(Organisation.id == organisation_id))


def merged_into(session: Session, organisation: Organisation) -> str | None:
    """The public id of the organisation that this one was merged into."""
    return session.scalar(select(Organisation.public_id).where(Organisation.id == organisation.merged_into_id))


def listing(
    session: Session,
    *,
    text: str = "",
    verification: Verification | None = None,
    before: int | None = None,
    limit: int = 20,
) -> Sequence[Any]:
    """Organisations for organizers and administrators, newest first; ``before`` is the last id of the page before.

    Those that wait for verification: ``verification=Verification.PENDING``.
    """
    statement = (
        select(
            Organisation.id,
            Organisation.public_id,
            Organisation.name,
            Organisation.kind,
            Organisation.uscc,
            Organisation.uscc_conforms,
            Organisation.region,
            Organisation.verification,
            Organisation.is_provider,
            Organisation.is_seeker,
            Organisation.created_at,
            Organisation.is_sample,
        )
        .order_by(Organisation.id.desc())
        .limit(limit)
    )
    if text.strip():
        wanted = text.strip()
        statement = statement.where(
            or_(
                Organisation.name.contains(wanted, autoescape=True),
                Organisation.uscc.startswith(normal_code(wanted), autoescape=True),
            )
        )
    if verification is not None:
        statement = statement.where(Organisation.verification == verification)
    if before is not None:
        statement = statement.where(Organisation.id < before)
    return session.execute(statement).all()


def waiting_for_verification(session: Session) -> int:
    """How many organisations wait to be verified."""
    return (
        session.scalar(
            select(func.count()).select_from(Organisation).where(Organisation.verification == Verification.PENDING)
        )
        or 0
    )
