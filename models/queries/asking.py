"""What the form of a contact request needs to know: the subject, in whose name, whose question, from which roadshow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models.enums import EventState, OrgRole, RecordState, Verification
from models.queries.hanging import OPEN_REQUESTS
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    ContactRequest,
    Event,
    Membership,
    Need,
    Organisation,
    Person,
)


@dataclass(frozen=True)
class Subject:
    """What the form says about a published achievement, or about a need that is to be answered."""

    kind: str
    id: int
    public_id: str
    title: str
    receiver_id: int
    receiver: str  # empty: the masked owner of a need

    @property
    def capability(self) -> str:
        """What an organisation must be to ask."""
        return "is_provider" if self.kind == "need" else "is_seeker"


def subject(session: Session, public_id: str, kind: type[Any] = Achievement) -> Subject | None:
    """The published record that somebody asks about."""
    version = kind.version_class
    row = session.execute(
        select(kind, version.title, Organisation.id, Organisation.name)
        .join(version, version.id == kind.public_version_id)
        .join(Organisation, Organisation.id == kind.organisation_id)
        .where(kind.public_id == public_id, kind.state == RecordState.PUBLISHED)
    ).one_or_none()
    if row is None:
        return None
    found, title, receiver_id, receiver = row
    named = "" if getattr(found, "masked", False) else receiver
    return Subject(kind.kind, found.id, found.public_id, title, receiver_id, named)


def record(session: Session, subject: Subject) -> Achievement | Need:
    kind: type[Any] = Need if subject.kind == "need" else Achievement
    return session.get_one(kind, subject.id)


def offers(session: Session, organisation_id: int) -> Sequence[Any]:
    """(id, title) of an organisation's published achievements: what it can answer a need with."""
    return session.execute(
        select(Achievement.id, AchievementVersion.title)
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .where(Achievement.organisation_id == organisation_id, Achievement.state == RecordState.PUBLISHED)
        .order_by(AchievementVersion.title)
        .limit(200)
    ).all()


def senders(
    session: Session, actor: Actor, *, name: str = "", limit: int = 20, capability: str = "is_seeker"
) -> Sequence[Any]:
    """(id, public_id, name, verification) of organisations in whose name the actor may ask.

    One's own and those with a mandate; an organizer finds any that seeks by a part of its ``name``.
    """
    own = {actor.organisation_id} if actor.member_of(actor.organisation_id) else set()
    ids = own | {m.organisation_id for m in actor.mandated}
    wanted: ColumnElement[bool] = Organisation.id.in_(ids)
    if actor.organizer and name:
        wanted = or_(wanted, Organisation.name.contains(name, autoescape=True))
    return session.execute(
        select(Organisation.id, Organisation.public_id, Organisation.name, Organisation.verification)
        .where(
            wanted,
            getattr(Organisation, capability).is_(True),
            Organisation.verification.not_in((Verification.SUSPENDED, Verification.MERGED)),
        )
        .order_by(Organisation.name)
        .limit(limit)
    ).all()


def sender(session: Session, public_id: str, *, capability: str = "is_seeker") -> Organisation | None:
    """An organisation that may ask; whether the actor may ask for it decides the action."""
    return session.scalar(
        select(Organisation).where(Organisation.public_id == public_id, getattr(Organisation, capability).is_(True))
    )


def persons(session: Session, organisation_id: int) -> Sequence[Any]:
    """(id, name, title) of an organisation's people, with and without log-in: whose question it can be."""
    return session.execute(
        select(Person.id, Person.name, Person.title)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Membership.role != OrgRole.MANAGER, Person.name, Person.id)
    ).all()


def open_between(session: Session, sender_id: int, subject: Subject | Achievement | Need) -> ContactRequest | None:
    """The pair's request that still waits."""
    return session.scalar(
        select(ContactRequest).where(
            ContactRequest.sender_id == sender_id,
            getattr(ContactRequest, f"{subject.kind}_id") == subject.id,
            ContactRequest.need_id.is_not(None) if subject.kind == "need" else ContactRequest.need_id.is_(None),
            ContactRequest.state.in_(OPEN_REQUESTS),
        )
    )


def pitched_at(session: Session, event_public_id: str, achievement_id: int) -> int | None:
    """Id of the announced roadshow in whose programme the achievement stands: only then a request can come from it."""
    return session.scalar(
        select(Event.id)
        .join(AgendaItem, AgendaItem.event_id == Event.id)
        .where(
            Event.public_id == event_public_id,
            Event.state == EventState.PUBLISHED,
            AgendaItem.achievement_id == achievement_id,
        )
        .limit(1)
    )
