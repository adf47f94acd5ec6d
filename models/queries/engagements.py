"""Questions about engagements: lists by stage, one with its history, its requests and bookings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import Stage
from models.queries.paging import PAGE, KeyPage, key_page
from models.queries.requests import NEED_VERSION, TITLE, VERSION
from models.tables import (
    Achievement,
    AchievementVersion,
    Booking,
    ContactRequest,
    DisclosureGrant,
    Engagement,
    MatchSession,
    Need,
    NeedVersion,
    Organisation,
    Person,
    Slot,
    Transition,
)

Provider, Seeker = aliased(Organisation, name="provider"), aliased(Organisation, name="seeker")


def of(organisation_ids: Collection[int] | None) -> ColumnElement[bool]:
    """Engagements in which the organisations take part; None: all of them, for organizers."""
    if organisation_ids is None:
        return literal(True)
    return or_(Engagement.provider_id.in_(organisation_ids), Engagement.seeker_id.in_(organisation_ids))


def engagements(
    session: Session,
    box: ColumnElement[bool],
    *,
    stage: Stage | None = None,
    after: str = "",
    before: str = "",
    limit: int = PAGE,
) -> KeyPage:
    """A page of engagements with the day of the last entry; at most two queries."""
    last = (
        select(func.max(Transition.at))
        .where(Transition.object_type == Engagement.__tablename__, Transition.object_id == Engagement.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Engagement.public_id,
            Engagement.stage,
            Engagement.origin,
            Engagement.created_at,
            Engagement.is_sample,
            last.label("last_at"),
            TITLE.label("title"),
            Provider.name.label("provider"),
            Seeker.name.label("seeker"),
        )
        .outerjoin(Achievement, Achievement.id == Engagement.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .outerjoin(Need, Need.id == Engagement.need_id)
        .outerjoin(NeedVersion, NEED_VERSION)
        .join(Provider, Provider.id == Engagement.provider_id)
        .join(Seeker, Seeker.id == Engagement.seeker_id)
        .where(box)
    )
    if stage is not None:
        statement = statement.where(Engagement.stage == stage)
    return key_page(session, statement, Engagement, after=after, before=before, limit=limit)


def by_stage(session: Session, box: ColumnElement[bool]) -> Mapping[Stage, int]:
    """How many engagements of a box are at which stage."""
    rows = session.execute(select(Engagement.stage, func.count()).where(box).group_by(Engagement.stage))
    return dict(rows.all())


def head(session: Session, engagement_id: int) -> Any:
    """What stands above and beside an engagement, and since when its details are open to the seeker; one query."""
    return session.execute(
        select(
            TITLE.label("title"),
            Need.public_id.label("need"),
            Need.state.label("need_state"),
            AchievementVersion.title.label("achievement_title"),
            Achievement.public_id.label("achievement"),
            Achievement.state.label("achievement_state"),
            Achievement.tightened_to,
            AchievementVersion.disclosure,
            Provider.public_id.label("provider_public_id"),
            Provider.name.label("provider"),
            Provider.verification.label("provider_verification"),
            Seeker.public_id.label("seeker_public_id"),
            Seeker.name.label("seeker"),
            Seeker.verification.label("seeker_verification"),
            DisclosureGrant.granted_at.label("opened_at"),
        )
        .select_from(Engagement)
        .outerjoin(Achievement, Achievement.id == Engagement.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .outerjoin(Need, Need.id == Engagement.need_id)
        .outerjoin(NeedVersion, NEED_VERSION)
        .join(Provider, Provider.id == Engagement.provider_id)
        .join(Seeker, Seeker.id == Engagement.seeker_id)
        .outerjoin(
            DisclosureGrant,
            (DisclosureGrant.achievement_id == Engagement.achievement_id)
            & (DisclosureGrant.organisation_id == Engagement.seeker_id)
            & DisclosureGrant.withdrawn_at.is_(None),
        )
        .where(Engagement.id == engagement_id)
    ).one()


@dataclass(frozen=True)
class Step:
    """One line of an engagement's history; ``stage`` none: a note or a correction without a change, ``what`` says which."""

    at: datetime
    who: str
    on_behalf: str
    stage: Stage | None
    text: str
    what: str


def history(session: Session, engagement_id: int) -> list[Step]:
    """Changes of stage and notes, oldest first; one query."""
    behalf = aliased(Organisation)
    rows = session.execute(
        select(Transition.at, Person.name, behalf.name, Transition.to_state, Transition.reason)
        .outerjoin(Person, Person.id == Transition.person_id)
        .outerjoin(behalf, behalf.id == Transition.on_behalf_of_id)
        .where(Transition.object_type == Engagement.__tablename__, Transition.object_id == engagement_id)
        .order_by(Transition.at, Transition.id)
    )
    stages = {stage.value: stage for stage in Stage}
    return [Step(at, who or "", org or "", stages.get(to), text, to) for at, who, org, to, text in rows]


def requests_of(session: Session, engagement_id: int) -> Sequence[Any]:
    """The requests for contact that opened or joined an engagement, newest first."""
    return session.execute(
        select(ContactRequest.public_id, ContactRequest.state, ContactRequest.purpose, ContactRequest.created_at)
        .where(ContactRequest.engagement_id == engagement_id)
        .order_by(ContactRequest.id.desc())
    ).all()


def bookings_of(session: Session, engagement_id: int) -> Sequence[Any]:
    """The meetings of an engagement, newest first."""
    starts_at = func.coalesce(Slot.starts_at, MatchSession.starts_at)
    return session.execute(
        select(Booking.public_id, Booking.state, MatchSession.title, starts_at.label("starts_at"))
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(Booking.engagement_id == engagement_id)
        .order_by(starts_at.desc(), Booking.id.desc())
    ).all()
