"""Handing over what a person does for an organisation: the work stays, somebody else does it."""

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.enums import OccupancyKind, RequestState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.people import Work, colleagues, meetings_of, receiving, requests_of, work_of
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    Booking,
    BookingAttendee,
    ContactRequest,
    MatchSession,
    Need,
    Occupancy,
    Organisation,
    Person,
)


def hand_over(session: Session, organisation: Organisation, person: Person, to: Person, *, by: Actor) -> Work:
    """Give a person's open requests, achievements and coming meetings to a colleague, who is told.

    Raises Invalid (field successor) if the colleague cannot take it, Conflict if the colleague is in another meeting then.
    """
    if to.id not in [colleague.id for colleague in colleagues(session, organisation.id, without=person.id)]:
        raise Invalid(N_("Please choose a colleague of this organisation who can log in."), field="successor")
    work = work_of(session, organisation.id, person.id)
    _requests(session, organisation, person, to)
    _records(session, organisation, person, to)
    _meetings(session, organisation, person, to)
    _receiving(session, organisation, person, to)
    audit.record(
        session,
        "organisation.hand_over",
        organisation,
        by=by,
        person=person.public_id,
        successor=to.public_id,
        requests=work.requests,
        achievements=work.achievements,
        meetings=work.meetings,
    )
    if work and to.id != by.person_id:
        for reader in recipients(session, [to.id]):
            jobs.add_mail(
                session,
                "work_handed_over",
                to=reader.email,
                locale=reader.locale,
                name=reader.name,
                person=person.name,
                requests=work.requests,
                achievements=work.achievements,
                meetings=work.meetings,
            )
    session.flush()
    return work


def release(session: Session, organisation: Organisation, person: Person) -> None:
    """Nobody is there to take over: requests and achievements stay with the organisation, without a name.

    Raises NotNow where somebody is expected at a meeting: that must be cancelled first.
    """
    if session.execute(meetings_of(organisation.id, person.id)).first() is not None:
        raise NotNow(N_("There are coming meetings, and nobody who could go instead. Cancel them first."))
    if session.scalar(receiving(organisation.id, person.id)) is not None:
        raise NotNow(N_("There are coming sessions in which they receive, and nobody who could. Cancel them first."))
    _requests(session, organisation, person, None)
    _records(session, organisation, person, None)
    session.flush()


def _requests(session: Session, organisation: Organisation, person: Person, to: Person | None) -> None:
    for request in session.scalars(select(ContactRequest).where(requests_of(organisation.id, person.id))):
        if request.receiver_id == organisation.id and request.assigned_to_id == person.id:
            request.assigned_to_id = to.id if to else None
        if to and request.state is not RequestState.ACCEPTED and request.asked_by_id == person.id:
            # The consent to pass on contact data was this person's, not the colleague's.
            request.asked_by_id, request.shares_sender_contact = to.id, False


def _records(session: Session, organisation: Organisation, person: Person, to: Person | None) -> None:
    """Achievements and needs whose contact the person is."""
    kinds: tuple[type[Any], ...] = (Achievement, Need)
    for kind in kinds:
        mine = select(kind).where(kind.organisation_id == organisation.id, kind.contact_id == person.id)
        for record in session.scalars(mine):
            record.contact_id = to.id if to else None


def _meetings(session: Session, organisation: Organisation, person: Person, to: Person) -> None:
    for booking, attendee in session.execute(meetings_of(organisation.id, person.id)).all():
        attends = session.scalar(
            select(BookingAttendee.id).where(
                BookingAttendee.booking_id == booking.id, BookingAttendee.person_id == to.id
            )
        )
        cells = _take_cells(session, booking, person)
        if attends is None:
            attendee.person_id = to.id
            _hold_cells(session, booking, to, cells)
        else:
            session.delete(attendee)
        booking.sequence += 1
    session.flush()


def _receiving(session: Session, organisation: Organisation, person: Person, to: Person) -> None:
    """Own sessions in which the person receives; the colleague's time in a group session is held."""
    for table in session.scalars(receiving(organisation.id, person.id)):
        match_session = table.match_session
        if any(one.host_id == to.id for one in match_session.tables):
            raise Conflict(
                N_("%(name)s receives in “%(session)s” already. Choose somebody else, or change that session first."),
                field="successor",
                name=to.name,
                session=match_session.title,
            )
        table.host_id = to.id
        cells = _take_cells(session, match_session, person)
        _hold_cells(session, match_session, to, cells)
        match_session.sequence += 1
    session.flush()


def _of(where: Booking | MatchSession) -> dict[str, int]:
    """What holds a cell, as columns of Occupancy."""
    return {"booking_id" if isinstance(where, Booking) else "match_session_id": where.id}


def _take_cells(session: Session, where: Booking | MatchSession, person: Person) -> list[int]:
    held = (
        *(getattr(Occupancy, name) == value for name, value in _of(where).items()),
        Occupancy.kind == OccupancyKind.PERSON,
        Occupancy.holder_id == person.id,
    )
    cells = sorted(session.scalars(select(Occupancy.cell).where(*held)))
    session.execute(delete(Occupancy).where(*held))
    return cells


def _hold_cells(session: Session, where: Booking | MatchSession, to: Person, cells: list[int]) -> None:
    """Sorted and in one statement, so that two hand-overs at once cannot wait for each other in a circle."""
    if not cells:
        return
    rows = [{"kind": OccupancyKind.PERSON, "holder_id": to.id, "cell": cell, **_of(where)} for cell in cells]
    try:
        with session.begin_nested():
            session.execute(insert(Occupancy).values(rows))
    except IntegrityError:
        raise Conflict(
            N_(
                "%(name)s is in another meeting during “%(session)s”. Choose somebody else, or move one of the two meetings first."
            ),
            field="successor",
            name=to.name,
            session=(where.match_session if isinstance(where, Booking) else where).title,
        ) from None
