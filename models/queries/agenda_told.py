"""Who is told of changes of a programme, and of which of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CompoundSelect, func, select, union_all
from sqlalchemy.orm import Session

from models.enums import RegistrationState, Told
from models.queries.events import presenting
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.recipients import recipients
from models.rules.agenda_changes import Change
from models.tables import (
    Achievement,
    Booking,
    ContactRequest,
    Event,
    MatchSession,
    MeetingWish,
    Membership,
    Registration,
)


@dataclass(frozen=True)
class Reader:
    """One mail: to who is registered, or (``email``) to who presents; ``keys`` are the items it names."""

    name: str
    email: str
    locale: str
    keys: frozenset[str]
    registration_id: int | None = None
    person_id: int | None = None


def told_of(session: Session, event: Event, changes: Sequence[Change], tell: Told) -> list[Reader]:
    """The mails that would go out, one for each address; a constant number of queries.

    A change concerns its speakers, the contact of its achievement, and who is registered from an organisation that owns
    the achievement, asked for it, or wants to meet or meets its owner about it.
    """
    if tell is Told.NOBODY or not changes:
        return []
    about = _about(session, event.id, {change.achievement_id for change in changes if change.achievement_id})
    everything = frozenset(change.key for change in changes)
    readers: dict[str, Reader] = {}
    for row in _registered(session, event.id):
        keys = everything if tell is Told.EVERYBODY else _keys(changes, about, row.person_id, row.organisation_id)
        if keys:
            readers[row.email.casefold()] = Reader(row.name, row.email, row.locale, keys, row.id)
    people = {person for change in changes for person in change.speakers} | {
        contact for _org, contact in about.values() if contact
    }
    if tell is Told.EVERYBODY:
        people |= presenting(session, event.id)
    for person in recipients(session, people):
        keys = everything if tell is Told.EVERYBODY else _keys(changes, about, person.person_id, None)
        address = person.email.casefold()
        if address in readers:
            readers[address] = replace(readers[address], keys=readers[address].keys | keys)
        elif keys:
            readers[address] = Reader(person.name, person.email, person.locale, keys, person_id=person.person_id)
    return list(readers.values())


def _keys(
    changes: Sequence[Change],
    about: dict[int, tuple[set[int], int | None]],
    person_id: int | None,
    organisation_id: int | None,
) -> frozenset[str]:
    """The changes that concern a person who comes from an organisation."""
    found = set()
    for change in changes:
        organisations, contact = about.get(change.achievement_id or 0, (set(), None))
        spoken = person_id is not None and (person_id in change.speakers or person_id == contact)
        if spoken or (organisation_id is not None and organisation_id in organisations):
            found.add(change.key)
    return frozenset(found)


def _about(session: Session, event_id: int, achievement_ids: Collection[int]) -> dict[int, tuple[set[int], int | None]]:
    """Achievement -> (organisations that own it or have something going on about it, its contact); two queries."""
    found: dict[int, tuple[set[int], int | None]] = {}
    for key, owner, contact in session.execute(
        select(Achievement.id, Achievement.organisation_id, Achievement.contact_id).where(
            Achievement.id.in_(achievement_ids)
        )
    ):
        found[key] = ({owner}, contact)
    here = select(MatchSession.id).where(MatchSession.event_id == event_id)
    interested: CompoundSelect[Any] = union_all(
        select(ContactRequest.achievement_id, ContactRequest.sender_id).where(
            ContactRequest.achievement_id.in_(achievement_ids)
        ),
        select(MeetingWish.achievement_id, MeetingWish.seeker_id).where(
            MeetingWish.achievement_id.in_(achievement_ids), MeetingWish.match_session_id.in_(here)
        ),
        select(Booking.achievement_id, Booking.seeker_id).where(
            Booking.achievement_id.in_(achievement_ids),
            Booking.match_session_id.in_(here),
            Booking.state.in_(OPEN_BOOKINGS),
        ),
    )
    for key, organisation in session.execute(interested):
        if key in found:
            found[key][0].add(organisation)
    return found


def _registered(session: Session, event_id: int) -> Sequence[Any]:
    """Who can be written to; the organisation is that of the registration, else the person's present one."""
    own = (
        select(func.max(Membership.organisation_id))
        .where(Membership.person_id == Registration.person_id, Membership.ended_at.is_(None))
        .correlate(Registration)
        .scalar_subquery()
    )
    return session.execute(
        select(
            Registration.id,
            Registration.name,
            Registration.email,
            Registration.locale,
            Registration.person_id,
            func.coalesce(Registration.organisation_id, own).label("organisation_id"),
        )
        .where(
            Registration.event_id == event_id,
            Registration.state == RegistrationState.REGISTERED,
            Registration.email != "",
        )
        .order_by(Registration.id)
    ).all()
