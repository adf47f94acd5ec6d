"""Questions about accounts: logging in, links, consent, and the administrator's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.enums import ConsentKind, GrantRole
from models.queries.recipients import Recipient
from models.queries.settings import all_settings
from models.rules import lockout
from models.rules.contacts import normal_email
from models.rules.links import fingerprint
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, Consent, Grant, LoginFailure, Membership, Organisation, Person


@dataclass(frozen=True)
class LogInRow:
    """What the log-in and the link pages need to know before anything is written."""

    account_id: int
    person_id: int
    name: str
    email: str
    password_hash: str
    confirmed: bool
    state: str  # what links are bound to


def link_state(account: Account) -> str:
    """Changes when the address, the password or the confirmation does: links signed before are dead then."""
    return fingerprint(account.email, account.password_hash, account.confirmed_at is not None)


def log_in_row(session: Session, *, email: str = "", account_id: int | None = None) -> LogInRow | None:
    """The account of an address or an id; None where there is none."""
    wanted = Account.id == account_id if account_id is not None else Account.email == normal_email(email)
    account = session.scalar(select(Account).where(wanted))
    if account is None:
        return None
    return LogInRow(
        account_id=account.id,
        person_id=account.person_id,
        name=account.person.name,
        email=account.email,
        password_hash=account.password_hash,
        confirmed=account.confirmed_at is not None,
        state=link_state(account),
    )


def locked_until(session: Session, email: str, *, now: datetime) -> datetime | None:
    """Until when log-ins at an address are refused; an unknown address is locked like a known one."""
    settings = all_settings(session)
    attempts = settings["lockout_attempts"]
    failures = session.scalars(
        select(LoginFailure.at)
        .where(LoginFailure.email == normal_email(email))
        .order_by(LoginFailure.at.desc(), LoginFailure.id.desc())
        .limit(attempts)
    ).all()
    return lockout.locked_until(failures, attempts=attempts, minutes=settings["lockout_minutes"], now=now)


def consent_due(session: Session, person_id: int) -> bool:
    """Whether a person must (again) agree to the privacy notice: theirs was withdrawn, or is of an earlier version.

    People whom an operator entered have no consent row and are not asked.
    """
    rows = session.execute(
        select(Consent.version, Consent.withdrawn_at).where(
            Consent.person_id == person_id, Consent.kind == ConsentKind.PRIVACY
        )
    ).all()
    return bool(rows) and not any(row.version == PRIVACY_VERSION and row.withdrawn_at is None for row in rows)


def current_consents(session: Session, person_id: int | None) -> dict[ConsentKind, Any]:
    """kind -> (version, given_at) of what a person agrees to now."""
    rows = session.execute(
        select(Consent.kind, Consent.version, Consent.given_at)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    return {row.kind: row for row in rows}


def organizers(session: Session) -> list[Recipient]:
    """Everybody who is an organizer now and can be reached."""
    rows = session.execute(
        select(Person.id, Person.name, Account.email, Account.locale)
        .join(Account, Account.person_id == Person.id)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Grant.role == GrantRole.ORGANIZER,
            Grant.ended_at.is_(None),
            Account.confirmed_at.is_not(None),
            Account.suspended_at.is_(None),
        )
        .order_by(Person.id)
    )
    return [Recipient(*row) for row in rows]


def accounts_page(session: Session, *, text: str = "", before: int | None = None, limit: int = 20) -> Sequence[Any]:
    """Accounts for administrators, newest first: those whose name, address or organisation contains ``text``.

    ``before`` is the id of the last row of the page before. Grants: `grants_of`.
    """
    statement = (
        select(
            Account.id,
            Account.person_id,
            Person.public_id.label("person_public_id"),
            Person.name,
            Account.email,
            Account.confirmed_at,
            Account.suspended_at,
            Account.last_login_at,
            Account.is_sample,
            Organisation.public_id.label("organisation_public_id"),
            Organisation.name.label("organisation_name"),
            Membership.role,
        )
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Person.deidentified_at.is_(None))
        .order_by(Account.id.desc())
        .limit(limit)
    )
    if text.strip():
        wanted = text.strip()
        statement = statement.where(
            or_(
                Person.name.contains(wanted, autoescape=True),
                Account.email.contains(normal_email(wanted), autoescape=True),
                Organisation.name.contains(wanted, autoescape=True),
            )
        )
    if before is not None:
        statement = statement.where(Account.id < before)
    return session.execute(statement).all()


def grants_of(session: Session, person_ids: Sequence[int]) -> dict[int, list[GrantRole]]:
    """person id -> roles granted now."""
    found: dict[int, list[GrantRole]] = {person_id: [] for person_id in person_ids}
    for person_id, role in session.execute(
        select(Grant.person_id, Grant.role)
        .where(Grant.person_id.in_(person_ids), Grant.ended_at.is_(None))
        .order_by(Grant.id)
    ):
        found[person_id].append(role)
    return found
