"""Who is asking: an account as the plain Actor that the policy decides on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import GrantRole, Verification
from models.rules.policy import VISITOR, Actor, Mandator
from models.tables import Account, Grant, Mandate, Membership, Organisation, Person


def load_actor(session: Session, account_id: int, *, ip: str = "") -> Actor:
    """The actor of an account (at most three queries); VISITOR where it does not exist or is suspended."""
    row = session.execute(
        select(
            Account.person_id,
            Account.confirmed_at,
            Account.suspended_at,
            Account.session_epoch,
            Account.locale,
            Account.suggestions_off_at,
            Person.name,
            Membership.role,
            Organisation.id,
            Organisation.name.label("organisation_name"),
            Organisation.verification,
            Organisation.is_provider,
            Organisation.is_seeker,
        )
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Account.id == account_id)
    ).one_or_none()
    if row is None or row.suspended_at is not None:
        return VISITOR
    grants = frozenset(
        session.scalars(select(Grant.role).where(Grant.person_id == row.person_id, Grant.ended_at.is_(None)))
    )
    return Actor(
        account_id=account_id,
        person_id=row.person_id,
        name=row.name,
        confirmed=row.confirmed_at is not None,
        organisation_id=row.id,
        organisation_name=row.organisation_name or "",
        role=row.role,
        verified=row.verification is Verification.VERIFIED,
        suspended=row.verification is Verification.SUSPENDED,
        provider=bool(row.is_provider),
        seeker=bool(row.is_seeker),
        grants=grants,
        mandates=_mandates(session, row.person_id) if GrantRole.BROKER in grants else (),
        ip=ip,
        epoch=row.session_epoch,
        locale=row.locale,
        suggestions=row.suggestions_off_at is None,
    )


def _mandates(session: Session, person_id: int) -> tuple[Mandator, ...]:
    rows = session.execute(
        select(Organisation.id, Organisation.verification, Organisation.is_provider, Organisation.is_seeker)
        .join(Mandate, Mandate.organisation_id == Organisation.id)
        .where(
            Mandate.broker_id == person_id,
            Mandate.ended_at.is_(None),
            Organisation.verification != Verification.SUSPENDED,
        )
        .order_by(Organisation.id)
    )
    return tuple(
        Mandator(row.id, row.verification is Verification.VERIFIED, row.is_provider, row.is_seeker) for row in rows
    )


def actor_by_email(session: Session, email: str) -> Actor | None:
    """The actor behind a log-in address, for scripts that read ``--as EMAIL``; None where there is none."""
    account_id = session.scalar(select(Account.id).where(Account.email == email.casefold()))
    return None if account_id is None else load_actor(session, account_id)
