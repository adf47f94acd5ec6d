"""Intentions at roadshows: of a pair, as lists, on a desk."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.enums import RecordState, Verification
from models.queries.desk_rows import Scope, Statement, row
from models.queries.registrations import OPEN
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    ContactRequest,
    Event,
    Intention,
    Membership,
    Organisation,
    Person,
    Registration,
)

Owner = aliased(Organisation)
WHO = func.coalesce(Registration.name, Person.name)


def of_pair(
    session: Session,
    event_id: int,
    achievement_id: int,
    *,
    registration_id: int | None = None,
    organisation_id: int | None = None,
) -> Intention | None:
    """What a registration, else what an organisation by its own member, has recorded."""
    mine = (
        Intention.registration_id == registration_id
        if registration_id is not None
        else (Intention.organisation_id == organisation_id) & Intention.registration_id.is_(None)
    )
    return session.scalar(
        select(Intention).where(Intention.event_id == event_id, Intention.achievement_id == achievement_id, mine)
    )


def organisation_of(session: Session, registration: Registration) -> int | None:
    """The organisation that can send a visitor's intention: theirs, or the one of exactly the name they gave, as long as
    it is verified, seeks, and has somebody who can log in."""
    acting = (
        select(Account.id)
        .join(Membership, Membership.person_id == Account.person_id)
        .where(
            Membership.organisation_id == Organisation.id,
            Membership.ended_at.is_(None),
            Account.confirmed_at.is_not(None),
            Account.suspended_at.is_(None),
        )
        .exists()
    )
    own = (
        Organisation.id == registration.organisation_id
        if registration.organisation_id is not None
        else Organisation.name == registration.organisation_name
    )
    return session.scalar(
        select(Organisation.id)
        .where(own, Organisation.is_seeker, Organisation.verification == Verification.VERIFIED, acting)
        .order_by(Organisation.id)
        .limit(1)
    )


def _rows() -> Any:
    return (
        select(
            Intention.public_id,
            Intention.kind,
            Intention.way,
            Intention.note,
            Intention.budget_min,
            Intention.budget_max,
            Intention.wanted_within,
            Intention.shares_contact,
            Intention.created_at,
            Intention.dropped_at,
            Intention.is_sample,
            WHO.label("who"),
            func.coalesce(Registration.organisation_name, Organisation.name).label("organisation_name"),
            Organisation.name.label("organisation"),
            AchievementVersion.title.label("achievement"),
            Owner.name.label("owner"),
            ContactRequest.public_id.label("request"),
        )
        .outerjoin(Registration, Registration.id == Intention.registration_id)
        .outerjoin(Person, Person.id == Intention.person_id)
        .outerjoin(Organisation, Organisation.id == Intention.organisation_id)
        .join(Achievement, Achievement.id == Intention.achievement_id)
        .join(Owner, Owner.id == Achievement.organisation_id)
        .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .outerjoin(ContactRequest, ContactRequest.id == Intention.contact_request_id)
    )


def of_event(session: Session, event_id: int) -> Sequence[Any]:
    """Every intention of a roadshow, the latest first; one query."""
    return session.execute(_rows().where(Intention.event_id == event_id).order_by(Intention.id.desc())).all()


def one(session: Session, intention_id: int) -> Any:
    """An intention as its page shows it."""
    return session.execute(_rows().where(Intention.id == intention_id)).one()


def visitors(session: Session, event_id: int, text: str, *, limit: int = 20) -> Sequence[Any]:
    """(public_id, name, organisation_name) of who comes to a roadshow, by a part of name or organisation."""
    return session.execute(
        select(Registration.public_id, Registration.name, Registration.organisation_name)
        .where(
            Registration.event_id == event_id,
            Registration.state.in_(OPEN),
            Registration.name.contains(text, autoescape=True)
            | Registration.organisation_name.contains(text, autoescape=True),
        )
        .order_by(Registration.name, Registration.id)
        .limit(limit)
    ).all()


def waiting(scope: Scope) -> Iterable[Statement]:
    """Intentions of an organisation's visitors that nobody has sent on, for who acts for it."""
    if scope.acts:
        yield (
            row(
                "intention",
                key=Intention.public_id,
                title=AchievementVersion.title,
                who=Registration.name,
                mine=Organisation.name,
                mine_id=Organisation.id,
                at=Intention.created_at,
            )
            .select_from(Intention)
            .join(Registration, Registration.id == Intention.registration_id)
            .join(Organisation, Organisation.id == Intention.organisation_id)
            .join(Achievement, Achievement.id == Intention.achievement_id)
            .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
            .where(
                Intention.organisation_id.in_(scope.acts),
                Intention.contact_request_id.is_(None),
                Intention.dropped_at.is_(None),
                Organisation.is_seeker,
                Organisation.verification == Verification.VERIFIED,
                Achievement.state == RecordState.PUBLISHED,
            )
        )
    if scope.organizer:  # those of nobody on the site
        yield (
            row(
                "intentions",
                key=Event.public_id,
                title=Event.title,
                at=func.min(Intention.created_at),
                number=func.count(Intention.id),
            )
            .select_from(Intention)
            .join(Event, Event.id == Intention.event_id)
            .where(
                Intention.organisation_id.is_(None),
                Intention.contact_request_id.is_(None),
                Intention.dropped_at.is_(None),
            )
            .group_by(Event.id)
        )
