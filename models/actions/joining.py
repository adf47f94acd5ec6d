"""Coming into an organisation: a person asks, its managers decide, after the due date the organizer."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import Decision, OrgRole, Verification
from models.errors import N_, Conflict, NotNow
from models.queries.accounts import organizers
from models.queries.recipients import Recipient, managers, recipients
from models.queries.settings import setting
from models.rules.calendar import add_working_days
from models.rules.policy import Actor
from models.tables import JoinRequest, Membership, Organisation


def enter(
    session: Session, organisation: Organisation, *, person_id: int | None, role: OrgRole, by: Actor
) -> Membership:
    """Put a person into an organisation; what they had asked for elsewhere is withdrawn.

    Raises Conflict where the person is in an organisation: one at a time, the database decides.
    """
    membership = Membership(person_id=person_id, organisation_id=organisation.id, role=role, started_at=utcnow())
    try:
        with session.begin_nested():
            session.add(membership)
    except IntegrityError:
        raise Conflict(N_("This person is in an organisation already; a person is in one at a time.")) from None
    for pending in session.scalars(
        select(JoinRequest).where(JoinRequest.person_id == person_id, JoinRequest.state == Decision.PENDING)
    ):
        pending.decided_at = utcnow()
        audit.move(session, pending, Decision.DECLINED, "organisation.withdraw_join", by=by)
    return membership


def ask(session: Session, organisation: Organisation, *, today: date, by: Actor) -> JoinRequest:
    """Ask to join. ``today`` is the site's day: the managers have so many working days from it.

    Where nobody manages the organisation the organizer decides at once. Raises Conflict for a second open request.
    """
    if organisation.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” takes nobody in at present."), name=organisation.name)
    readers = managers(session, organisation.id)
    now = utcnow()
    days = setting(session, "join_due_days")
    due_at = now + (add_working_days(today, days, _holidays(session)) - today) if readers else now
    request = JoinRequest(person_id=by.person_id, organisation_id=organisation.id, due_at=due_at)
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        raise Conflict(N_("You have asked to join an organisation already. Withdraw that request first.")) from None
    audit.note_transition(session, request, None, Decision.PENDING, by=by)
    audit.record(session, "organisation.join", organisation, by=by)
    _mail(session, "join_requested", readers, request)
    jobs.add(
        session, "join_escalate", run_after=due_at, unique_key=f"join_escalate:{request.id}", request_id=request.id
    )
    session.flush()
    return request


def withdraw(session: Session, request: JoinRequest, *, by: Actor) -> None:
    """The person does not want to join any more."""
    request.decided_at = utcnow()
    audit.move(session, request, Decision.DECLINED, "organisation.withdraw_join", by=by)
    session.flush()


def decide(session: Session, request: JoinRequest, *, accept: bool, by: Actor) -> None:
    """A manager decides, or after the due date an organizer in the managers' place; the person is told.

    Raises NotNow where it is decided or not yet the organizer's, Conflict where the person is in an organisation.
    """
    organisation = request.organisation
    if not by.manages(organisation.id) and utcnow() < request.due_at:
        raise NotNow(N_("The organisation's managers still have time to decide. After that you can."))
    to = Decision.ACCEPTED if accept else Decision.DECLINED
    behalf = by.behalf(organisation.id)
    request.decided_at, request.decided_by_id = utcnow(), by.person_id
    audit.move(session, request, to, "organisation.decide_join", by=by, on_behalf_of=behalf)
    if accept:
        enter(session, organisation, person_id=request.person_id, role=OrgRole.MEMBER, by=by)
    for reader in recipients(session, [request.person_id]):
        jobs.add_mail(
            session,
            "join_decided",
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            organisation=organisation.name,
            organisation_id=organisation.public_id,
            accepted=accept,
        )
    session.flush()


def escalate(session: Session, request_id: int) -> None:
    """The managers' time is over: tell the organizers. Nothing happens where it has been decided."""
    request = session.get(JoinRequest, request_id)
    if request is None or request.state is not Decision.PENDING:
        return
    audit.record(session, "organisation.escalate_join", request.organisation, by=None)
    _mail(session, "join_escalated", organizers(session), request)
    session.flush()


def _mail(session: Session, template: str, readers: list[Recipient], request: JoinRequest) -> None:
    for reader in readers:
        jobs.add_mail(
            session,
            template,
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            person=request.person.name,
            person_id=request.person.public_id,
            organisation=request.organisation.name,
            organisation_id=request.organisation.public_id,
            due_at=request.due_at.isoformat(),
        )


def _holidays(session: Session) -> list[date]:
    return [date.fromisoformat(day) for day in setting(session, "holidays")]
