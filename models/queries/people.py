"""Questions about the people of an organisation, and who wants in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import Decision, EventState, GrantRole, OrgRole, RequestState, Side
from models.queries.hanging import OPEN_BOOKINGS, OPEN_REQUESTS
from models.tables import (
    Account,
    Achievement,
    Booking,
    BookingAttendee,
    ContactRequest,
    Grant,
    Invitation,
    JoinRequest,
    Mandate,
    MatchSession,
    Membership,
    Organisation,
    Person,
    SessionTable,
    Slot,
)


@dataclass(frozen=True)
class Work:
    """What a person does for an organisation now, as counts: nobody would do it if they left."""

    requests: int = 0  # requests for contact assigned to them or asked by them, and threads going on
    achievements: int = 0  # achievements that name them as contact
    meetings: int = 0  # coming meetings they attend, and own sessions in which they receive

    def __bool__(self) -> bool:
        return bool(self.requests or self.achievements or self.meetings)


def people(session: Session, organisation_id: int) -> Sequence[Any]:
    """The people of an organisation now, managers first. Contact data is not among the columns."""
    return session.execute(
        select(
            Person.id,
            Person.public_id,
            Person.name,
            Person.title,
            Membership.role,
            Membership.started_at,
            Account.id.label("account_id"),
            Account.confirmed_at,
            Account.suspended_at,
        )
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by((Membership.role != OrgRole.MANAGER), Account.id.is_(None), Person.name, Person.id)
    ).all()


def membership_of(session: Session, organisation_id: int, person_public_id: str) -> Membership | None:
    """The present membership of a person in an organisation."""
    return session.scalar(
        select(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Person.public_id == person_public_id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
    )


def present_membership(session: Session, person_id: int | None) -> Membership | None:
    """The organisation a person is in now."""
    return session.scalar(select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None)))


def has_account(session: Session, person_id: int) -> bool:
    return session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None


def colleagues(session: Session, organisation_id: int, *, without: int | None) -> Sequence[Any]:
    """(id, public_id, name, title) of those who could take over work: they can log in."""
    return session.execute(
        select(Person.id, Person.public_id, Person.name, Person.title)
        .join(Membership, Membership.person_id == Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
            Account.confirmed_at.is_not(None),
            Account.suspended_at.is_(None),
            Person.id != (without or 0),
        )
        .order_by(Person.name, Person.id)
    ).all()


def other_managers(session: Session, organisation_id: int, *, without: int) -> int:
    """How many others manage the organisation and can log in; their rows are locked until the end of the transaction."""
    rows = session.scalars(
        select(Membership.id)
        .join(Account, Account.person_id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == OrgRole.MANAGER,
            Membership.ended_at.is_(None),
            Account.suspended_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update(of=Membership)
    )
    own = session.scalar(select(Membership.id).where(Membership.person_id == without, Membership.ended_at.is_(None)))
    return len([row for row in rows if row != own])


# --- work -------------------------------------------------------------------------------------------------------------


def requests_of(organisation_id: int, person_id: int) -> Any:
    """Condition: requests for contact that a person handles for an organisation."""
    return or_(
        and_(
            ContactRequest.receiver_id == organisation_id,
            ContactRequest.assigned_to_id == person_id,
            ContactRequest.state.in_((*OPEN_REQUESTS, RequestState.ACCEPTED)),
        ),
        and_(
            ContactRequest.sender_id == organisation_id,
            ContactRequest.asked_by_id == person_id,
            ContactRequest.state.in_(OPEN_REQUESTS),
        ),
    )


def meetings_of(organisation_id: int, person_id: int) -> Select[Booking, BookingAttendee]:
    """Coming bookings that a person attends for an organisation."""
    return (
        select(Booking, BookingAttendee)
        .join(BookingAttendee, BookingAttendee.booking_id == Booking.id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(
            BookingAttendee.person_id == person_id,
            or_(
                and_(Booking.seeker_id == organisation_id, BookingAttendee.side == Side.SEEKER),
                and_(Booking.provider_id == organisation_id, BookingAttendee.side == Side.PROVIDER),
            ),
            Booking.state.in_(OPEN_BOOKINGS),
            func.coalesce(Slot.ends_at, MatchSession.ends_at) > utcnow(),
        )
        .order_by(Booking.id)
    )


def receiving(organisation_id: int, person_id: int) -> Select[SessionTable]:
    """Where a person receives in coming sessions of the organisation's own."""
    return (
        select(SessionTable)
        .join(MatchSession, MatchSession.id == SessionTable.match_session_id)
        .where(
            SessionTable.host_id == person_id,
            MatchSession.owner_id == organisation_id,
            MatchSession.state != EventState.CANCELLED,
            MatchSession.ends_at > utcnow(),
        )
        .order_by(MatchSession.id)
    )


def work_of(session: Session, organisation_id: int, person_id: int) -> Work:
    """What would be left undone; four queries."""
    meetings = meetings_of(organisation_id, person_id).with_only_columns(Booking.id).order_by(None).subquery()
    tables = receiving(organisation_id, person_id).with_only_columns(SessionTable.id).order_by(None).subquery()
    return Work(
        requests=session.scalar(
            select(func.count()).select_from(ContactRequest).where(requests_of(organisation_id, person_id))
        )
        or 0,
        achievements=session.scalar(
            select(func.count())
            .select_from(Achievement)
            .where(Achievement.organisation_id == organisation_id, Achievement.contact_id == person_id)
        )
        or 0,
        meetings=(session.scalar(select(func.count()).select_from(meetings)) or 0)
        + (session.scalar(select(func.count()).select_from(tables)) or 0),
    )


# --- who wants in -----------------------------------------------------------------------------------------------------


def _join_requests() -> Select[*tuple[Any, ...]]:
    return (
        select(
            JoinRequest.id,
            JoinRequest.created_at,
            JoinRequest.due_at,
            Person.public_id.label("person_public_id"),
            Person.name,
            Account.email,
            Organisation.public_id.label("organisation_public_id"),
            Organisation.name.label("organisation_name"),
        )
        .join(Person, Person.id == JoinRequest.person_id)
        .join(Account, Account.person_id == Person.id)
        .join(Organisation, Organisation.id == JoinRequest.organisation_id)
        .where(JoinRequest.state == Decision.PENDING)
        .order_by(JoinRequest.due_at, JoinRequest.id)
    )


def join_requests(session: Session, organisation_id: int) -> Sequence[Any]:
    """Open requests to join one organisation, oldest due first. Show the address masked."""
    return session.execute(_join_requests().where(JoinRequest.organisation_id == organisation_id)).all()


def overdue_join_requests(session: Session) -> Sequence[Any]:
    """Open requests to join whose managers let the due date pass: the organizer decides."""
    return session.execute(_join_requests().where(JoinRequest.due_at <= utcnow())).all()


def open_join_request(session: Session, organisation_id: int, person_public_id: str) -> JoinRequest | None:
    return session.scalar(
        select(JoinRequest)
        .join(Person, Person.id == JoinRequest.person_id)
        .where(
            Person.public_id == person_public_id,
            JoinRequest.organisation_id == organisation_id,
            JoinRequest.state == Decision.PENDING,
        )
    )


def own_join_request(session: Session, person_id: int | None) -> JoinRequest | None:
    """The request to join that a person waits for."""
    return session.scalar(
        select(JoinRequest).where(JoinRequest.person_id == person_id, JoinRequest.state == Decision.PENDING)
    )


def invitations(session: Session, organisation_id: int) -> Sequence[Any]:
    """Invitations that nobody has answered, newest first."""
    return session.execute(
        select(Invitation.public_id, Invitation.email, Invitation.role, Invitation.created_at, Invitation.expires_at)
        .where(Invitation.organisation_id == organisation_id, Invitation.state == Decision.PENDING)
        .order_by(Invitation.id.desc())
    ).all()


def invitation(session: Session, public_id: str) -> Invitation | None:
    return session.scalar(select(Invitation).where(Invitation.public_id == public_id))


def invitations_to(session: Session, email: str) -> Sequence[Any]:
    """Open invitations to an address (case-folded)."""
    return session.execute(
        select(Invitation.public_id, Invitation.expires_at, Organisation.name.label("organisation_name"))
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.email == email, Invitation.state == Decision.PENDING, Invitation.expires_at > utcnow())
        .order_by(Invitation.id)
    ).all()


# --- technology managers ----------------------------------------------------------------------------------------------


def brokers(session: Session) -> Sequence[Any]:
    """(public_id, name, title, organisation_name) of everybody who may be given a mandate."""
    return session.execute(
        select(Person.public_id, Person.name, Person.title, Organisation.name.label("organisation_name"))
        .join(Grant, Grant.person_id == Person.id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.ended_at.is_(None))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Grant.role == GrantRole.BROKER, Grant.ended_at.is_(None), Person.deidentified_at.is_(None))
        .order_by(Person.name, Person.id)
    ).all()


def broker(session: Session, public_id: str) -> Person | None:
    """A person by public id; whether they are a technology manager the action decides."""
    return session.scalar(select(Person).where(Person.public_id == public_id))


def mandates(session: Session, *, organisation_id: int | None = None, broker_id: int | None = None) -> Sequence[Any]:
    """Mandates of an organisation or of a technology manager: present ones first, then ended ones, newest first."""
    statement = (
        select(
            Mandate.id,
            Mandate.started_at,
            Mandate.ended_at,
            Person.public_id.label("broker_public_id"),
            Person.name.label("broker_name"),
            Organisation.public_id.label("organisation_public_id"),
            Organisation.name.label("organisation_name"),
        )
        .join(Person, Person.id == Mandate.broker_id)
        .join(Organisation, Organisation.id == Mandate.organisation_id)
        .order_by(Mandate.ended_at.is_not(None), Mandate.id.desc())
    )
    if organisation_id is not None:
        statement = statement.where(Mandate.organisation_id == organisation_id)
    if broker_id is not None:
        statement = statement.where(Mandate.broker_id == broker_id)
    return session.execute(statement).all()


def current_mandate(session: Session, organisation_id: int, broker_public_id: str) -> Mandate | None:
    return session.scalar(
        select(Mandate)
        .join(Person, Person.id == Mandate.broker_id)
        .where(
            Mandate.organisation_id == organisation_id,
            Person.public_id == broker_public_id,
            Mandate.ended_at.is_(None),
        )
    )
