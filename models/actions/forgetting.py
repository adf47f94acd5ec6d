"""De-identifying a person: contracts, threads and the audit log stay, who it was is gone."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models.actions import audit, saved_searches, seats
from models.actions.agenda_settings import forget_speaker
from models.actions.mandates import end_mandates_of
from models.base import utcnow
from models.enums import Decision, RegistrationState
from models.rules.policy import Actor
from models.rules.uploads import clean_name
from models.tables import (
    Absence,
    Account,
    ApplicationFile,
    Consent,
    ContactRequest,
    Event,
    EventLink,
    Grant,
    Intention,
    Invitation,
    JoinRequest,
    LoginFailure,
    MeetingLimit,
    Person,
    ProjectApplication,
    Registration,
    Report,
    SavedSearch,
)

NOBODY = "已注销用户"  # shown in the place of a name, with four characters that keep two such people apart


def nowhere(public_id: str) -> str:
    """An address that cannot exist, unique where a column must be."""
    return f"deleted-{public_id}@invalid"


def deidentify(session: Session, person: Person, *, by: Actor) -> None:
    """Take name and contact data off a person and shut the account. Memberships must have ended before."""
    now = utcnow()
    addresses = {person.email.casefold()} - {""}
    account = session.scalar(select(Account).where(Account.person_id == person.id))
    if account is not None:
        addresses.add(account.email)
        _shut(session, account, person)
    _applications(session, person)
    person.name = f"{NOBODY} {person.public_id[:4]}"
    person.title = person.email = person.phone = ""
    person.deidentified_at = now
    for consent in session.scalars(
        select(Consent).where(Consent.person_id == person.id, Consent.withdrawn_at.is_(None))
    ):
        consent.withdrawn_at = now
    for grant in session.scalars(select(Grant).where(Grant.person_id == person.id, Grant.ended_at.is_(None))):
        grant.ended_at = now
    end_mandates_of(session, person, by=by)
    for request in session.scalars(
        select(JoinRequest).where(JoinRequest.person_id == person.id, JoinRequest.state == Decision.PENDING)
    ):
        audit.move(session, request, Decision.DECLINED, "organisation.withdraw_join", by=by)
    for table in (Absence, MeetingLimit):
        session.execute(delete(table).where(table.person_id == person.id))
    _registrations(session, person, by=by)
    _contact_data(session, person)
    forget_speaker(session, person.id)
    _invitations(session, person, addresses, by=by)
    audit.record(session, "person.deidentify", person, by=by)
    session.flush()


def _shut(session: Session, account: Account, person: Person) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.email == account.email))
    # The row stays: its number must not be given again, or an old cookie would open somebody else's account.
    for search in session.scalars(select(SavedSearch).where(SavedSearch.account_id == account.id)):
        saved_searches.delete(session, search)
    account.email = nowhere(person.public_id)
    account.password_hash = "!"  # noqa: S105 - fits no password
    account.suspended_at = account.suspended_at or utcnow()
    account.session_epoch += 1


def _registrations(session: Session, person: Person, *, by: Actor) -> None:
    """Coming ones end and their seats go to who waits; nothing stays readable, and no link opens anything any more."""
    mine = select(Registration).where(Registration.person_id == person.id).order_by(Registration.event_id)
    ids = []
    for registration in session.scalars(mine).all():
        ids.append(registration.id)
        event = session.get_one(Event, registration.event_id)
        if event.ends_at > utcnow() and registration.state.open:
            seats.lock(session, event)
            seats.give_back(session, registration, RegistrationState.CANCELLED, "registration.cancel", by=by)
            seats.sweep(session, event)
        registration.name = NOBODY
        registration.email = registration.contact = nowhere(registration.public_id)
        registration.mobile = registration.need = registration.accessibility = ""
        registration.answers = {}
    for link in session.scalars(
        select(EventLink).where(or_(EventLink.person_id == person.id, EventLink.registration_id.in_(ids)))
    ):
        link.revoked_at = link.revoked_at or utcnow()
    for intention in session.scalars(
        select(Intention).where(or_(Intention.person_id == person.id, Intention.registration_id.in_(ids)))
    ):
        intention.note, intention.shares_contact = "", False


def _applications(session: Session, person: Person) -> None:
    """Slides are the organisation's and stay; their names, often the presenter's, no longer tell whose they were."""
    mine = ProjectApplication.presenter_id == person.id
    session.execute(update(ProjectApplication).where(mine).values(presenter_title=""))
    for file in session.scalars(select(ApplicationFile).join(ProjectApplication).where(mine)):
        file.name = clean_name(file.name.replace(person.name, NOBODY))


def _contact_data(session: Session, person: Person) -> None:
    asked, answered = ContactRequest.asked_by_id == person.id, ContactRequest.answered_by_id == person.id
    for request in session.scalars(select(ContactRequest).where(or_(asked, answered))):
        if request.asked_by_id == person.id:
            request.shares_sender_contact = False
        if request.answered_by_id == person.id:
            request.shares_receiver_contact = False
    session.execute(update(Report).where(Report.person_id == person.id).values(email=""))


def _invitations(session: Session, person: Person, addresses: set[str], *, by: Actor) -> None:
    for invitation in session.scalars(
        select(Invitation).where(or_(Invitation.person_id == person.id, Invitation.email.in_(addresses)))
    ):
        invitation.email = nowhere(invitation.public_id)
        if invitation.state is Decision.PENDING:
            audit.move(session, invitation, Decision.DECLINED, "organisation.withdraw_invitation", by=by)
