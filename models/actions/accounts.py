"""Accounts: signing up, logging in, passwords, addresses. Passwords come in as hashes: hashing is slow and the web's.

What a visitor learns about an address is the same whether an account has it or not; the mail says the rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, consents, jobs
from models.base import utcnow
from models.enums import ConsentKind, GrantRole, OrgRole, Verification
from models.errors import N_, Conflict, NotNow
from models.queries.accounts import link_state, locked_until
from models.rules.contacts import normal_email
from models.rules.policy import Actor
from models.tables import Account, Grant, LoginFailure, Membership, Organisation, Person, Registration

KEEP_FAILURES = timedelta(days=2)  # longer than any lock-out
OUTDATED = N_("This link has been used or replaced by a newer one. Ask for a new one.")


@dataclass(frozen=True)
class LogIn:
    """How an attempt to log in ended: an account, or nothing, perhaps with a time until which the address is locked."""

    account_id: int | None = None
    first: bool = False  # the account's first log-in
    locked_until: datetime | None = None


# --- signing up -----------------------------------------------------------------------------------------------------


def sign_up(
    session: Session, *, email: str, name: str, password_hash: str, locale: str, by: Actor, next_page: str = ""
) -> None:
    """Open an account that waits for its address to be confirmed; the person has agreed to the privacy notice.

    A confirmed address gets a mail that says so and nothing changes. An unconfirmed one starts afresh: whoever reads its
    mail decides. ``next_page`` is where the confirm link leads on to.
    """
    email = normal_email(email)
    account = _by_email(session, email)
    if account is not None and (account.confirmed_at is not None or account.suspended_at is not None):
        jobs.add_mail(session, "account_exists", to=email, locale=account.locale, name=account.person.name)
        return
    if account is None:
        try:
            with session.begin_nested():
                account = _open(session, Person(name=name, email=email), email, password_hash, locale)
        except IntegrityError:  # the same address, sent twice at the same moment
            account = _by_email(session, email)
            if account is None:
                raise
    account.person.name = name
    account.password_hash = password_hash
    account.locale = locale
    account.session_epoch += 1
    themselves = oneself(account, by)
    consents.give(session, ConsentKind.PRIVACY, person_id=account.person_id, by=themselves)
    audit.record(session, "account.sign_up", account, by=themselves)
    _send_confirmation(session, account, next_page)
    session.flush()


def open_confirmed(
    session: Session, person: Person, *, email: str, password_hash: str, locale: str, by: Actor, sample: bool = False
) -> Account:
    """Open an account for a person whose address is known to be theirs (an invitation came there, an operator says so).

    Raises Conflict where the address has an account.
    """
    email = normal_email(email)
    try:
        with session.begin_nested():
            account = _open(session, person, email, password_hash, locale)
    except IntegrityError:
        raise Conflict(N_("This address has an account already. Please log in with it."), field="email") from None
    account.is_sample = sample
    themselves = oneself(account, by)
    audit.record(session, "account.sign_up", account, by=themselves)
    _confirm(session, account, themselves)
    session.flush()
    return account


def create_administrator(
    session: Session, *, email: str, name: str, organisation_name: str, password_hash: str
) -> Account:
    """The first administrator, made by whoever runs the machine; their organisation is founded, verified, if missing.

    Raises Conflict where the address has an account.
    """
    operator = Actor()
    person = Person(name=name, email=normal_email(email))
    account = open_confirmed(session, person, email=email, password_hash=password_hash, locale="zh_CN", by=operator)
    session.add(Grant(person_id=person.id, role=GrantRole.ADMINISTRATOR, started_at=utcnow()))
    audit.record(session, "admin.grant", account, by=None, role=GrantRole.ADMINISTRATOR.value)
    if organisation_name:
        organisation = session.scalar(select(Organisation).where(Organisation.name == organisation_name))
        if organisation is None:
            organisation = Organisation(
                name=organisation_name,
                kind="government",
                verification=Verification.VERIFIED,
                verified_at=utcnow(),
            )
            session.add(organisation)
            session.flush()
            audit.record(session, "organisation.found", organisation, by=None)
        session.add(
            Membership(person_id=person.id, organisation_id=organisation.id, role=OrgRole.MANAGER, started_at=utcnow())
        )
    session.flush()
    return account


def confirm_email(session: Session, account_id: int, *, state: str, by: Actor) -> Account:
    """Confirm the address of a sign-up link. Raises NotNow where the link was used or overtaken."""
    account = session.get(Account, account_id)
    if account is None or account.suspended_at is not None or state != link_state(account):
        raise NotNow(OUTDATED)
    _confirm(session, account, oneself(account, by))
    session.flush()
    return account


def send_confirmation_again(session: Session, *, by: Actor, next_page: str = "") -> None:
    """Send the confirm link once more to whoever is logged in with an unconfirmed address."""
    account = own_account(session, by)
    if account.confirmed_at is None:
        _send_confirmation(session, account, next_page)
        session.flush()


# --- logging in -----------------------------------------------------------------------------------------------------


def log_in(session: Session, *, email: str, account_id: int | None, right: bool, by: Actor) -> LogIn:
    """Note an attempt; ``right``: the password fits. Never raises, since a failure must be kept.

    A locked address is refused with the right password too, and such attempts do not lengthen the lock.
    """
    # The row lock lets attempts on one account wait for each other, so that none slips past the count.
    account = session.get(Account, account_id, with_for_update=True) if account_id is not None else None
    now = utcnow()
    until = locked_until(session, email, now=now)
    if until is not None:
        return LogIn(locked_until=until)
    if account is None or not right or account.suspended_at is not None:
        session.execute(delete(LoginFailure).where(LoginFailure.at < now - KEEP_FAILURES))
        session.add(LoginFailure(email=normal_email(email)[:254], ip=by.ip, at=now))
        audit.record(session, "account.log_in_failed", account, by=by)
        session.flush()
        return LogIn(locked_until=locked_until(session, email, now=now))
    _forget_failures(session, account)
    first, account.last_login_at = account.last_login_at is None, now
    audit.record(session, "account.log_in", account, by=oneself(account, by))
    session.flush()
    return LogIn(account.id, first=first)


def log_out_everywhere(session: Session, account: Account, *, by: Actor) -> None:
    """End every session of the account, this one too."""
    account.session_epoch += 1
    audit.record(session, "account.log_out_everywhere", account, by=by)
    session.flush()


def set_locale(session: Session, locale: str, *, by: Actor) -> None:
    """Remember the language for mails and for other devices."""
    own_account(session, by).locale = locale
    session.flush()


# --- passwords and addresses ----------------------------------------------------------------------------------------


def request_reset(session: Session, *, email: str, locale: str, by: Actor) -> None:
    """Mail a reset link to a known address, and to an unknown one that nobody has an account with it."""
    email = normal_email(email)
    account = _by_email(session, email)
    if account is None:
        jobs.add_mail(session, "reset_unknown", to=email, locale=locale)
    elif account.suspended_at is not None:
        jobs.add_mail(session, "account_suspended", to=email, locale=account.locale, name=account.person.name)
    else:
        jobs.add_mail(
            session,
            "reset",
            to=email,
            locale=account.locale,
            name=account.person.name,
            account_id=account.id,
            state=link_state(account),
        )
        audit.record(session, "account.request_reset", account, by=by)
    session.flush()


def reset_password(session: Session, account_id: int, *, state: str, password_hash: str, by: Actor) -> Account:
    """Set a new password by a mailed link, which also proves the address. Raises NotNow for a used or overtaken link."""
    account = session.get(Account, account_id)
    if account is None or account.suspended_at is not None or state != link_state(account):
        raise NotNow(OUTDATED)
    themselves = oneself(account, by)
    if account.confirmed_at is None:
        _confirm(session, account, themselves)
    _forget_failures(session, account)
    _set_password(session, account, password_hash, "account.reset_password", by=themselves)
    return account


def change_password(session: Session, *, password_hash: str, by: Actor) -> Account:
    """Set a new password and end every session; the caller opens a new one for this browser."""
    account = own_account(session, by)
    _set_password(session, account, password_hash, "account.change_password", by=by)
    return account


def request_new_email(session: Session, *, email: str, by: Actor) -> None:
    """Mail a link to the new address; the present one stays until it is opened."""
    email, account = normal_email(email), own_account(session, by)
    other = _by_email(session, email)
    if other is not None:
        jobs.add_mail(session, "account_exists", to=email, locale=other.locale, name=other.person.name)
    else:
        jobs.add_mail(
            session,
            "new_email",
            to=email,
            locale=account.locale,
            name=account.person.name,
            account_id=account.id,
            state=link_state(account),
            email=email,
        )
    session.flush()


def take_new_email(session: Session, account_id: int, *, email: str, state: str, by: Actor) -> Account:
    """Change the address by the link mailed to it; the old address is told. Raises NotNow, or Conflict if taken."""
    account = session.get(Account, account_id)
    if account is None or account.suspended_at is not None or state != link_state(account):
        raise NotNow(OUTDATED)
    old, person = account.email, account.person
    try:
        with session.begin_nested():
            account.email = email
    except IntegrityError:
        raise Conflict(N_("Another account has this address already.")) from None
    if normal_email(person.email) == old:
        person.email = email
    if account.confirmed_at is None:
        _confirm(session, account, oneself(account, by))
    audit.record(session, "account.change_email", account, by=oneself(account, by))
    jobs.add_mail(session, "email_changed", to=old, locale=account.locale, name=person.name)
    session.flush()
    return account


# --- parts ----------------------------------------------------------------------------------------------------------


def oneself(account: Account, by: Actor) -> Actor:
    """Whoever holds the account, acting from where the request came."""
    return Actor(account_id=account.id, person_id=account.person_id, name=account.person.name, ip=by.ip)


def own_account(session: Session, by: Actor) -> Account:
    account = session.get(Account, by.account_id)
    if account is None:
        raise NotNow(N_("Please log in first."))
    return account


def _by_email(session: Session, email: str) -> Account | None:
    return session.scalar(select(Account).where(Account.email == email))


def _open(session: Session, person: Person, email: str, password_hash: str, locale: str) -> Account:
    session.add(person)
    session.flush()
    account = Account(person_id=person.id, person=person, email=email, password_hash=password_hash, locale=locale)
    session.add(account)
    session.flush()
    return account


def _send_confirmation(session: Session, account: Account, next_page: str) -> None:
    jobs.add_mail(
        session,
        "confirm",
        to=account.email,
        locale=account.locale,
        name=account.person.name,
        account_id=account.id,
        state=link_state(account),
        next_page=next_page,
    )


def _confirm(session: Session, account: Account, by: Actor) -> None:
    """The address is theirs; so are the roadshow registrations made with it before there was an account."""
    account.confirmed_at = utcnow()
    session.execute(
        update(Registration)
        .where(
            Registration.person_id.is_(None),
            or_(Registration.contact == account.email, func.lower(Registration.email) == account.email),
        )
        .values(person_id=account.person_id)
        .execution_options(synchronize_session=False)
    )
    audit.record(session, "account.confirm", account, by=by)


def _set_password(session: Session, account: Account, password_hash: str, action: str, *, by: Actor) -> None:
    account.password_hash = password_hash
    account.session_epoch += 1
    audit.record(session, action, account, by=by)
    jobs.add_mail(session, "password_changed", to=account.email, locale=account.locale, name=account.person.name)
    session.flush()


def _forget_failures(session: Session, account: Account) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.email == account.email))
