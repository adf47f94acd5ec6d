"""Mandates: an organisation lets a technology manager act for it, until one of both ends that."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import GrantRole
from models.errors import N_, Conflict, NotNow
from models.queries.recipients import managers, recipients
from models.rules.policy import Actor
from models.tables import Grant, Mandate, Organisation, Person


def give(session: Session, organisation: Organisation, broker: Person, *, by: Actor) -> Mandate:
    """Let a technology manager act for the organisation. Raises NotNow if the person is none, Conflict if it is given."""
    is_broker = session.scalar(
        select(Grant.id).where(Grant.person_id == broker.id, Grant.role == GrantRole.BROKER, Grant.ended_at.is_(None))
    )
    if is_broker is None:
        raise NotNow(N_("%(name)s is not registered as a technology manager."), field="broker", name=broker.name)
    mandate = Mandate(
        organisation_id=organisation.id, broker_id=broker.id, given_by_id=by.person_id, started_at=utcnow()
    )
    try:
        with session.begin_nested():
            session.add(mandate)
    except IntegrityError:
        raise Conflict(N_("%(name)s acts for your organisation already."), field="broker", name=broker.name) from None
    audit.record(session, "organisation.give_mandate", organisation, by=by, broker=broker.public_id)
    for reader in recipients(session, [broker.id]):
        jobs.add_mail(
            session,
            "mandate_given",
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            organisation=organisation.name,
            organisation_id=organisation.public_id,
        )
    session.flush()
    return mandate


def end(session: Session, mandate: Mandate, *, by: Actor) -> None:
    """End a mandate; the other side is told. Raises NotNow where it has ended."""
    if mandate.ended_at is not None:
        raise NotNow(N_("This mandate has ended already."))
    _end(session, mandate, by=by)
    session.flush()


def end_mandates_of(session: Session, broker: Person, *, by: Actor) -> None:
    """End everything a technology manager may do for others, when the role ends or the person leaves."""
    for mandate in session.scalars(
        select(Mandate).where(Mandate.broker_id == broker.id, Mandate.ended_at.is_(None)).order_by(Mandate.id)
    ):
        _end(session, mandate, by=by)


def _end(session: Session, mandate: Mandate, *, by: Actor) -> None:
    mandate.ended_at = utcnow()
    mandate.ended_by_id = by.person_id
    organisation, broker = mandate.organisation, mandate.broker
    audit.record(session, "organisation.end_mandate", organisation, by=by, broker=broker.public_id)
    readers = managers(session, organisation.id, without=[by.person_id])
    if by.person_id != broker.id:
        readers += recipients(session, [broker.id])
    for reader in readers:
        jobs.add_mail(
            session,
            "mandate_ended",
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            organisation=organisation.name,
            broker=broker.name,
            to_broker=reader.person_id == broker.id,
        )
