"""What the pages of the circles show."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models.queries.indexing import listed
from models.tables import Achievement, Circle, CircleMember, Organisation


def _member_on(day: date) -> ColumnElement[bool]:
    return (CircleMember.since <= day) & or_(CircleMember.until.is_(None), CircleMember.until > day)


def circles(session: Session, *, today: date) -> Sequence[Any]:
    """Every circle with its anchor and the number of its present members, in the order they were founded."""
    members = (
        select(func.count())
        .where(CircleMember.circle_id == Circle.id, _member_on(today))
        .correlate(Circle)
        .scalar_subquery()
    )
    return session.execute(
        select(
            Circle.id,
            Circle.public_id,
            Circle.key,
            Circle.name,
            Circle.introduction,
            Circle.is_sample,
            Organisation.name.label("anchor"),
            Organisation.public_id.label("anchor_public_id"),
            members.label("members"),
        )
        .outerjoin(Organisation, Organisation.id == Circle.anchor_id)
        .order_by(Circle.id)
    ).all()


def choices(session: Session) -> list[tuple[int, str]]:
    """(id, name) of every circle, for forms and filters."""
    return [(row[0], row[1]) for row in session.execute(select(Circle.id, Circle.name).order_by(Circle.id))]


def by_public_id(session: Session, public_id: str) -> Any:
    """(id, public_id, name) of a circle, or None."""
    return session.execute(
        select(Circle.id, Circle.public_id, Circle.name).where(Circle.public_id == public_id)
    ).one_or_none()


def by_id(session: Session, circle_id: int | None) -> Any:
    """(public_id, name) of a circle, or None."""
    return session.execute(select(Circle.public_id, Circle.name).where(Circle.id == circle_id)).one_or_none()


def organisation(session: Session, organisation_id: int | None) -> Any:
    """(name, public_id, kind) of an organisation, or None."""
    return session.execute(
        select(Organisation.name, Organisation.public_id, Organisation.kind).where(Organisation.id == organisation_id)
    ).one_or_none()


def newest(session: Session, circle_id: int, *, kind: type[Any] = Achievement, limit: int) -> Sequence[str]:
    """Public ids of the records of a kind in a circle that were published last."""
    link = kind.circle_class
    return session.scalars(
        select(kind.public_id)
        .join(link, link.record_id == kind.id)
        .where(link.circle_id == circle_id, *listed(kind))
        .order_by(kind.published_at.desc(), kind.id.desc())
        .limit(limit)
    ).all()


def members(session: Session, circle_id: int, *, today: date) -> Sequence[Any]:
    """Present members, the longest first."""
    return session.execute(
        select(
            Organisation.public_id,
            Organisation.name,
            Organisation.kind,
            Organisation.region,
            Organisation.verification,
            Organisation.is_sample,
            CircleMember.since,
        )
        .join(CircleMember, CircleMember.organisation_id == Organisation.id)
        .where(CircleMember.circle_id == circle_id, _member_on(today))
        .order_by(CircleMember.since, Organisation.name)
    ).all()


def memberships(session: Session, circle_id: int) -> Sequence[Any]:
    """Every membership, present ones first, for who keeps them."""
    return session.execute(
        select(CircleMember.id, CircleMember.since, CircleMember.until, Organisation.public_id, Organisation.name)
        .join(Organisation, Organisation.id == CircleMember.organisation_id)
        .where(CircleMember.circle_id == circle_id)
        .order_by(CircleMember.until.is_not(None), CircleMember.since.desc(), CircleMember.id)
    ).all()


def membership(session: Session, circle_id: int, member_id: int) -> CircleMember | None:
    """One membership of this circle."""
    return session.scalar(select(CircleMember).where(CircleMember.circle_id == circle_id, CircleMember.id == member_id))


def organisation_named(session: Session, text: str) -> Organisation | None:
    """The organisation with this very name or unified social credit code."""
    text = text.strip()
    if not text:
        return None
    return session.scalar(select(Organisation).where(or_(Organisation.name == text, Organisation.uscc == text.upper())))


def of_organisation(session: Session, organisation_id: int, *, today: date) -> Sequence[Any]:
    """(id, public_id, name) of the circles to which an organisation belongs, as anchor or member."""
    member = select(CircleMember.circle_id).where(CircleMember.organisation_id == organisation_id, _member_on(today))
    return session.execute(
        select(Circle.id, Circle.public_id, Circle.name)
        .where(or_(Circle.anchor_id == organisation_id, Circle.id.in_(member)))
        .order_by(Circle.id)
    ).all()
