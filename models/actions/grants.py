"""What administrators do with accounts: grant and revoke roles, suspend and restore."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.mandates import end_mandates_of
from models.base import utcnow
from models.enums import GrantRole
from models.errors import N_, Conflict, NotNow
from models.rules.policy import Actor
from models.tables import Account, Grant, Person

# Who reads the log must not be able to change what it is about (administration, audit and organizing are kept apart).
ACTING = frozenset({GrantRole.ADMINISTRATOR, GrantRole.ORGANIZER})


def grant(session: Session, person: Person, role: GrantRole, *, by: Actor) -> Grant:
    """Give a role beside what the organisation gives. Raises Conflict if it is given, NotNow if roles exclude each other."""
    present = set(session.scalars(select(Grant.role).where(Grant.person_id == person.id, Grant.ended_at.is_(None))))
    if (role is GrantRole.AUDITOR and present & ACTING) or (role in ACTING and GrantRole.AUDITOR in present):
        raise NotNow(N_("An auditor cannot be organizer or administrator as well: that would be checking oneself."))
    made = Grant(person_id=person.id, role=role, granted_by_id=by.person_id, started_at=utcnow())
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(N_("%(name)s has this role already."), name=person.name) from None
    audit.record(session, "admin.grant", person, by=by, role=role.value)
    session.flush()
    return made


def revoke(session: Session, person: Person, role: GrantRole, *, by: Actor) -> None:
    """End a role at once. Raises NotNow where it is not given, or where nobody would administrate the site any more."""
    current = session.scalar(
        select(Grant).where(Grant.person_id == person.id, Grant.role == role, Grant.ended_at.is_(None))
    )
    if current is None:
        raise NotNow(N_("%(name)s does not have this role any more."), name=person.name)
    if role is GrantRole.ADMINISTRATOR and _administrators(session) <= 1:
        raise NotNow(N_("This is the last administrator. Make somebody else administrator first."))
    current.ended_at = utcnow()
    if role is GrantRole.BROKER:
        end_mandates_of(session, person, by=by)
    audit.record(session, "admin.revoke", person, by=by, role=role.value)
    session.flush()


def suspend(session: Session, account: Account, *, reason: str, by: Actor) -> None:
    """Shut an account: nobody can log in with it, its sessions end. The holder is told why."""
    if account.id == by.account_id:
        raise NotNow(N_("You cannot suspend your own account."))
    if account.suspended_at is not None:
        raise NotNow(N_("This account is suspended already."))
    account.suspended_at = utcnow()
    account.session_epoch += 1
    audit.record(session, "admin.suspend_account", account, by=by, reason=reason)
    jobs.add_mail(
        session,
        "account_suspended",
        to=account.email,
        locale=account.locale,
        name=account.person.name,
        reason=reason,
    )
    session.flush()


def restore(session: Session, account: Account, *, by: Actor) -> None:
    """Open a suspended account again. Raises NotNow for one that is open, or whose holder deleted it."""
    if account.suspended_at is None or account.person.deidentified_at is not None:
        raise NotNow(N_("This account cannot be opened again."))
    account.suspended_at = None
    audit.record(session, "admin.restore_account", account, by=by)
    session.flush()


def _administrators(session: Session) -> int:
    """How many administrators can log in; their rows are locked, so that two revocations at once see each other."""
    rows = session.scalars(
        select(Grant.id)
        .join(Account, Account.person_id == Grant.person_id)
        .where(
            Grant.role == GrantRole.ADMINISTRATOR,
            Grant.ended_at.is_(None),
            Account.suspended_at.is_(None),
            Account.confirmed_at.is_not(None),
        )
        .with_for_update(of=Grant)
    )
    return len(list(rows))
