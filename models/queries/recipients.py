"""To whom a mail goes, and in which language."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.enums import OrgRole
from models.tables import Account, Mandate, Membership, Person


@dataclass(frozen=True)
class Recipient:
    person_id: int
    name: str
    email: str
    locale: str


def recipients(session: Session, person_ids: Collection[int | None]) -> list[Recipient]:
    """The people that can be reached: by their log-in address, else by the one the organisation keeps."""
    return _reachable(session, Person.id.in_([i for i in person_ids if i is not None]))


def acting(session: Session, organisation_id: int, person_ids: Collection[int | None]) -> list[Recipient]:
    """Those of the people who act for the organisation today, as members or with its mandate."""
    members = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    brokers = select(Mandate.broker_id).where(Mandate.organisation_id == organisation_id, Mandate.ended_at.is_(None))
    return _reachable(
        session,
        Person.id.in_([i for i in person_ids if i is not None]) & (Person.id.in_(members) | Person.id.in_(brokers)),
    )


def managers(session: Session, organisation_id: int, *, without: Collection[int | None] = ()) -> list[Recipient]:
    """The present managers of an organisation who can log in, but for some people."""
    return _reachable(
        session,
        Person.id.in_(
            select(Membership.person_id).where(
                Membership.organisation_id == organisation_id,
                Membership.role == OrgRole.MANAGER,
                Membership.ended_at.is_(None),
            )
        )
        & Person.id.not_in([i for i in without if i is not None])
        & Account.confirmed_at.is_not(None),
    )


def _reachable(session: Session, condition: ColumnElement[bool]) -> list[Recipient]:
    address = func.coalesce(Account.email, Person.email)
    rows = session.execute(
        select(Person.id, Person.name, address, func.coalesce(Account.locale, "zh_CN"))
        .outerjoin(Account, Account.person_id == Person.id)
        .where(condition, Person.deidentified_at.is_(None), Account.suspended_at.is_(None), address != "")
        .order_by(Person.id)
    )
    return [Recipient(*row) for row in rows]
