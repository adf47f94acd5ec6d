"""The next step of an engagement: the open one, its history, and who can take it on."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import NextStepState, Side
from models.tables import (
    Achievement,
    Booking,
    BookingAttendee,
    ContactRequest,
    Engagement,
    Membership,
    Need,
    NextStep,
    Organisation,
    Person,
    Transition,
)

ORGANISATION = case((NextStep.side == Side.SEEKER, Engagement.seeker_id), else_=Engagement.provider_id)  # whose turn
SET, PUT_OFF = "set", "postponed"  # Transition.to_state beside those of NextStepState; the reason is the day given


def current(session: Session, engagement_id: int) -> Any:
    """(public_id, text, side, due_on, revision, person, organisation) of the open one, or None."""
    return session.execute(
        select(
            NextStep.public_id,
            NextStep.text,
            NextStep.side,
            NextStep.due_on,
            NextStep.revision,
            Person.name.label("person"),
            Organisation.name.label("organisation"),
        )
        .join(Person, Person.id == NextStep.person_id)
        .join(Engagement, Engagement.id == NextStep.engagement_id)
        .join(Organisation, Organisation.id == ORGANISATION)
        .where(NextStep.engagement_id == engagement_id, NextStep.state == NextStepState.OPEN)
    ).one_or_none()


def by_public_id(session: Session, engagement_id: int, public_id: str) -> NextStep | None:
    """A step of this engagement."""
    return session.scalar(
        select(NextStep).where(NextStep.engagement_id == engagement_id, NextStep.public_id == public_id)
    )


def history(session: Session, engagement_id: int) -> Sequence[Any]:
    """(at, who, on_behalf, what, day, text, person) of everything that became of its next steps, oldest first; one query.

    ``what``: "set", "postponed", or the state it was closed with; ``day``: the day that was given.
    """
    behalf, charged = aliased(Organisation), aliased(Person)
    return session.execute(
        select(
            Transition.at,
            Person.name.label("who"),
            behalf.name.label("on_behalf"),
            Transition.to_state.label("what"),
            Transition.reason.label("day"),
            NextStep.text,
            charged.name.label("person"),
        )
        .join(NextStep, (Transition.object_type == NextStep.__tablename__) & (Transition.object_id == NextStep.id))
        .join(charged, charged.id == NextStep.person_id)
        .outerjoin(Person, Person.id == Transition.person_id)
        .outerjoin(behalf, behalf.id == Transition.on_behalf_of_id)
        .where(NextStep.engagement_id == engagement_id)
        .order_by(Transition.at, Transition.id)
    ).all()


def candidates(
    session: Session, engagement: Engagement, *, all_of: tuple[int, ...] | None = None
) -> Mapping[Side, Sequence[Any]]:
    """Side -> (id, public_id, name, title) of its people now; two queries.

    ``all_of``: organisations whose whole staff the reader may see; of the other side only those who are known from the
    thread: who met, asked, answered, or is the contact of its subject. None: the whole staff of both.
    """
    sides = {Side.SEEKER: engagement.seeker_id, Side.PROVIDER: engagement.provider_id}
    return {
        side: _people(session, organisation_id, None if all_of is None or organisation_id in all_of else engagement)
        for side, organisation_id in sides.items()
    }


def _people(session: Session, organisation_id: int, known_from: Engagement | None) -> Sequence[Any]:
    statement = (
        select(Person.id, Person.public_id, Person.name, Person.title)
        .join(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .where(Membership.organisation_id == organisation_id, Person.deidentified_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    if known_from is not None:
        statement = statement.where(_known(known_from))
    return session.execute(statement).all()


def _known(engagement: Engagement) -> Any:
    met = exists().where(
        BookingAttendee.person_id == Person.id,
        BookingAttendee.booking_id == Booking.id,
        Booking.engagement_id == engagement.id,
    )
    wrote = exists().where(
        ContactRequest.engagement_id == engagement.id,
        or_(ContactRequest.asked_by_id == Person.id, ContactRequest.answered_by_id == Person.id),
    )
    contact = or_(
        exists().where(Achievement.id == engagement.achievement_id, Achievement.contact_id == Person.id),
        exists().where(Need.id == engagement.need_id, Need.contact_id == Person.id),
    )
    return or_(met, wrote, contact)
