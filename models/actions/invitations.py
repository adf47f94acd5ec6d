"""Inviting a colleague by address, and accepting."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import accounts, audit, consents, handover, jobs
from models.actions.joining import enter
from models.actions.people import end_membership
from models.base import utcnow
from models.enums import ConsentKind, Decision, OrgRole, Verification
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.people import has_account, membership_of, present_membership, work_of
from models.rules.contacts import is_email, normal_email
from models.rules.policy import Actor
from models.tables import Account, Invitation, Membership, Organisation, Person

VALID = timedelta(days=14)


def invite(
    session: Session, organisation: Organisation, *, email: str, role: OrgRole, by: Actor, person: Person | None = None
) -> Invitation:
    """Invite an address; ``person``: whom the organisation keeps already without a log-in.

    An open invitation to the address is sent again. Raises Invalid (email), Conflict where they are in already.
    """
    address = normal_email(email)
    if not is_email(address):
        raise Invalid(N_("Please check the e-mail address, for example name@example.org."), field="email")
    inside = session.scalar(
        select(Membership.id)
        .join(Account, Account.person_id == Membership.person_id)
        .where(
            Account.email == address,
            Membership.organisation_id == organisation.id,
            Membership.ended_at.is_(None),
        )
    )
    if inside is not None:
        raise Conflict(N_("Somebody with this address is in your organisation already."), field="email")
    if person is not None and (
        has_account(session, person.id) or membership_of(session, organisation.id, person.public_id) is None
    ):
        raise NotNow(N_("%(name)s has a log-in already."), name=person.name)
    invitation = session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == organisation.id,
            Invitation.email == address,
            Invitation.state == Decision.PENDING,
        )
    )
    if invitation is None:
        invitation = Invitation(organisation_id=organisation.id, email=address)
        session.add(invitation)
    if by.person_id is not None:
        invitation.invited_by_id = by.person_id
    invitation.role, invitation.person_id = role, person.id if person else None
    invitation.expires_at = utcnow() + VALID
    session.flush()
    audit.record(session, "organisation.invite", organisation, by=by, invitation=invitation.public_id)
    jobs.add_mail(
        session,
        "invitation",
        to=address,
        locale=by.locale or "zh_CN",
        organisation=organisation.name,
        by=by.name,
        invitation_id=invitation.public_id,
        days=VALID.days,
    )
    session.flush()
    return invitation


def withdraw(session: Session, invitation: Invitation, *, by: Actor) -> None:
    """The organisation takes the invitation back. Raises NotNow where it is answered."""
    audit.move(session, invitation, Decision.DECLINED, "organisation.withdraw_invitation", by=by)
    session.flush()


def decline(session: Session, invitation: Invitation, *, by: Actor) -> None:
    """Who holds the link does not want to come."""
    audit.move(session, invitation, Decision.DECLINED, "organisation.decline_invitation", by=by)
    session.flush()


def accept(session: Session, invitation: Invitation, *, by: Actor) -> Membership:
    """Come into the organisation with the account of the invited address.

    Raises NotNow for an old or answered invitation or another address, Conflict for who is in an organisation.
    """
    check_open(invitation)
    account = accounts.own_account(session, by)
    if account.email != invitation.email:
        raise NotNow(
            N_("This invitation is for another address. Log in with that one, or ask for an invitation to yours.")
        )
    membership = _come_in(session, invitation, account, by=by)
    kept = invitation.person
    if kept is not None and kept.id != account.person_id:
        _take_place_of(session, invitation.organisation, kept, account.person, by=by)
    return membership


def sign_up(
    session: Session, invitation: Invitation, *, name: str, password_hash: str, locale: str, by: Actor
) -> Account:
    """Open an account by an invitation, whose link proves the address, and come in.

    The person whom the organisation kept gets the account. Raises as `accept`, and Conflict for a known address.
    """
    check_open(invitation)
    kept = invitation.person
    usable = kept is not None and kept.deidentified_at is None and not has_account(session, kept.id)
    person = kept if kept is not None and usable else Person()
    person.name, person.email = name.strip(), invitation.email
    account = accounts.open_confirmed(
        session, person, email=invitation.email, password_hash=password_hash, locale=locale, by=by
    )
    themselves = accounts.oneself(account, by)
    consents.give(session, ConsentKind.PRIVACY, person_id=person.id, by=themselves)
    _come_in(session, invitation, account, by=themselves)
    session.flush()
    return account


def check_open(invitation: Invitation) -> None:
    """Raises NotNow with what happened to the invitation."""
    if invitation.state is not Decision.PENDING:
        raise NotNow(N_("This invitation has been answered or withdrawn. Ask for a new one."))
    if invitation.expires_at <= utcnow():
        raise NotNow(N_("This invitation has expired. Ask for a new one."))
    if invitation.organisation.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” takes nobody in at present."), name=invitation.organisation.name)


def _come_in(session: Session, invitation: Invitation, account: Account, *, by: Actor) -> Membership:
    audit.move(session, invitation, Decision.ACCEPTED, "organisation.accept_invitation", by=by)
    organisation = invitation.organisation
    present = present_membership(session, account.person_id)
    if present is not None and present.organisation_id == organisation.id:  # kept there, now with a log-in
        present.role = invitation.role
        session.flush()
        return present
    membership = enter(session, organisation, person_id=account.person_id, role=invitation.role, by=by)
    session.flush()
    return membership


def _take_place_of(session: Session, organisation: Organisation, kept: Person, person: Person, *, by: Actor) -> None:
    """The same human being was kept without a log-in: the work moves, the double entry ends."""
    membership = membership_of(session, organisation.id, kept.public_id)
    if membership is None or has_account(session, kept.id):
        return
    if work_of(session, organisation.id, kept.id):
        handover.hand_over(session, organisation, kept, person, by=by)
    end_membership(session, membership, by=by)
