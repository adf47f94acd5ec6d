"""The people of an organisation: enter somebody without a log-in, roles, leaving."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.actions import audit, handover, jobs
from models.actions.forgetting import deidentify
from models.actions.joining import enter
from models.base import utcnow
from models.enums import OrgRole
from models.errors import N_, Invalid, NotNow
from models.queries.people import colleagues, has_account, other_managers, work_of
from models.queries.recipients import recipients
from models.rules.contacts import is_email, normal_email
from models.rules.policy import Actor
from models.tables import Membership, Organisation, Person


def add(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    title: str,
    email: str,
    phone: str,
    declared: bool,
    by: Actor,
) -> Person:
    """Enter somebody who does not log in (a professor). ``declared``: they agree, says who enters them.

    With an address they get a mail that says what is kept and how to object. Raises Invalid (field declared, email).
    """
    if not declared:
        raise Invalid(
            N_("Please confirm that this person agrees. Without that we may not keep the data."), field="declared"
        )
    now = utcnow()
    person = Person(
        name=name.strip(),
        title=title.strip(),
        email=_checked_email(email),
        phone=phone.strip(),
        declared_by_id=by.person_id,
        declared_at=now,
    )
    session.add(person)
    session.flush()
    enter(session, organisation, person_id=person.id, role=OrgRole.MEMBER, by=by)
    audit.record(session, "person.add", person, by=by, on_behalf_of=by.behalf(organisation.id))
    if person.email:
        jobs.add_mail(
            session,
            "person_entered",
            to=person.email,
            locale="zh_CN",
            name=person.name,
            organisation=organisation.name,
            organisation_id=organisation.public_id,
            has_phone=bool(person.phone),
        )
    session.flush()
    return person


def edit(session: Session, person: Person, *, name: str, title: str, email: str, phone: str, by: Actor) -> None:
    """Correct the data of somebody without a log-in. Raises NotNow for people who can do it themselves."""
    if has_account(session, person.id):
        raise NotNow(N_("%(name)s has a log-in and corrects these data under “My data”."), name=person.name)
    values = {"name": name.strip(), "title": title.strip(), "email": _checked_email(email), "phone": phone.strip()}
    changed = sorted(key for key, value in values.items() if getattr(person, key) != value)
    for key in changed:
        setattr(person, key, values[key])
    if changed:
        audit.record(session, "person.edit", person, by=by, changed=changed)
    session.flush()


def set_role(session: Session, membership: Membership, role: OrgRole, *, by: Actor) -> None:
    """Make somebody manager or member. Raises NotNow without a log-in, or where no manager would be left."""
    _current(session, membership)
    if membership.role is role:
        return
    person = membership.person
    if role is OrgRole.MANAGER and not has_account(session, person.id):
        raise NotNow(N_("%(name)s has no log-in yet. Invite them first."), name=person.name)
    if role is OrgRole.MEMBER and not other_managers(session, membership.organisation_id, without=person.id):
        raise NotNow(N_("An organisation needs a manager. Make somebody else manager first."))
    membership.role = role
    audit.record(
        session, "organisation.set_role", membership.organisation, by=by, person=person.public_id, role=role.value
    )
    if by.person_id != person.id:
        _tell(session, membership, "manager" if role is OrgRole.MANAGER else "member")
    session.flush()


def end_membership(session: Session, membership: Membership, *, by: Actor, successor: Person | None = None) -> None:
    """A person leaves; a colleague takes over the work. Somebody without a log-in is de-identified as well.

    Raises Invalid (field successor) where work is open, NotNow for the last manager while others stay.
    """
    _current(session, membership)
    organisation, person = membership.organisation, membership.person
    others = colleagues(session, organisation.id, without=person.id)
    if (
        membership.role is OrgRole.MANAGER
        and others
        and not other_managers(session, organisation.id, without=person.id)
    ):
        raise NotNow(N_("An organisation needs a manager. Make somebody else manager first."))
    if successor is not None:
        handover.hand_over(session, organisation, person, successor, by=by)
    elif work_of(session, organisation.id, person.id):
        if others:
            raise Invalid(N_("Please choose who takes over the open work."), field="successor")
        handover.release(session, organisation, person)
    membership.ended_at = utcnow()
    audit.record(session, "organisation.end_membership", organisation, by=by, person=person.public_id)
    if by.person_id != person.id:
        _tell(session, membership, "ended")
    session.flush()
    if not has_account(session, person.id):
        deidentify(session, person, by=by)


def _current(session: Session, membership: Membership) -> None:
    # Its managers' rows too, in one order: two who step down at once must not each hold what the other waits for.
    session.execute(
        select(Membership.id)
        .where(
            Membership.organisation_id == membership.organisation_id,
            Membership.ended_at.is_(None),
            or_(Membership.role == OrgRole.MANAGER, Membership.id == membership.id),
        )
        .order_by(Membership.id)
        .with_for_update()
    )
    session.refresh(membership)
    if membership.ended_at is not None:
        raise NotNow(N_("%(name)s has left already."), name=membership.person.name)


def _checked_email(email: str) -> str:
    address = normal_email(email)
    if address and not is_email(address):
        raise Invalid(N_("Please check the e-mail address, for example name@example.org."), field="email")
    return address


def _tell(session: Session, membership: Membership, outcome: str) -> None:
    for reader in recipients(session, [membership.person_id]):
        jobs.add_mail(
            session,
            "membership_changed",
            to=reader.email,
            locale=reader.locale,
            name=reader.name,
            organisation=membership.organisation.name,
            organisation_id=membership.organisation.public_id,
            outcome=outcome,
        )
