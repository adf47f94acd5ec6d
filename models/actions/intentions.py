"""Intentions at a roadshow (意向登记): recorded by a code or at the desk, once a pair, and sent on as requests for contact.

A signed-in member's becomes a request at once. Somebody's without account stays with their registration: their organisation
finds it on its desk and sends it, else the organizer does.
"""

from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, requests
from models.base import utcnow
from models.enums import EventState, IntentionKind, IntentionWay, LinkKind, Origin, WantedWithin
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.asking import open_between, pitched_at
from models.queries.intentions import of_pair, organisation_of
from models.rules.policy import Actor
from models.rules.registration import LINK_STAYS
from models.rules.threads import check_budget
from models.tables import Achievement, ContactRequest, Event, Intention, Registration

LONGEST_NOTE = 200


@dataclass(frozen=True)
class Wanted:
    """What somebody may say beside the kind; all of it optional. Money in fen, one end is enough."""

    budget_min: int | None = None
    budget_max: int | None = None
    wanted_within: WantedWithin | None = None


NOTHING_MORE = Wanted()


def by_member(
    session: Session,
    event: Event,
    achievement: Achievement,
    *,
    by: Actor,
    sender_id: int,
    kind: IntentionKind,
    purpose: str,
    note: str = "",
    wanted: Wanted = NOTHING_MORE,
    shares_contact: bool = False,
    zone: tzinfo,
) -> tuple[Intention, bool]:
    """A member records an intention of their organisation, and asks for contact with it; False: it was recorded before.

    Raises NotNow where roadshow, achievement or organisation do not allow it.
    """
    _open(session, event, achievement)
    made, new = _once(
        session,
        Intention(
            event_id=event.id, achievement_id=achievement.id, organisation_id=sender_id, person_id=by.person_id,
            kind=kind, way=IntentionWay.CODE, note=_short(note), shares_contact=shares_contact,
            **_checked(wanted),
        ),
        by=by,
    )  # fmt: skip
    if new:
        send(session, made, by=by, sender_id=sender_id, asked_by_id=by.person_id if by.organisation_id == sender_id else None,
             purpose=purpose, share_contact=shares_contact, zone=zone)  # fmt: skip
    return made, new


def by_registration(
    session: Session,
    registration: Registration,
    achievement: Achievement,
    *,
    by: Actor,
    kind: IntentionKind,
    way: IntentionWay,
    note: str = "",
    wanted: Wanted = NOTHING_MORE,
    shares_contact: bool = False,
) -> tuple[Intention, bool]:
    """Somebody who is registered records an intention, or the organizer for them; False: it was recorded before.

    Where their organisation is on the site with somebody who can act, it stands on its desk.
    """
    event = session.get_one(Event, registration.event_id)
    _open(session, event, achievement)
    if not registration.state.open:
        raise NotNow(N_("This registration has ended: %(state)s."), state=registration.state.label)
    organisation_id = organisation_of(session, registration)
    if achievement.organisation_id in (organisation_id, registration.organisation_id):
        raise NotNow(N_("This achievement is your own organisation's."))
    return _once(
        session,
        Intention(
            event_id=event.id, achievement_id=achievement.id, registration_id=registration.id,
            organisation_id=organisation_id, kind=kind, way=way, note=_short(note), shares_contact=shares_contact,
            entered_by_id=by.person_id if way is IntentionWay.DESK else None, **_checked(wanted),
        ),
        by=by,
    )  # fmt: skip


def send(
    session: Session,
    intention: Intention,
    *,
    by: Actor,
    sender_id: int,
    asked_by_id: int | None,
    purpose: str,
    share_contact: bool = False,
    zone: tzinfo,
) -> ContactRequest:
    """Ask the achievement's owner for contact with an intention; a request that waits already is joined.

    A second time gives the request that is there. Raises as requests.ask.
    """
    session.refresh(intention, with_for_update=True)
    if intention.contact_request_id is not None:
        return session.get_one(ContactRequest, intention.contact_request_id)
    try:
        asked = requests.ask(
            session,
            intention.achievement,
            by=by,
            sender_id=sender_id,
            asked_by_id=asked_by_id,
            purpose=purpose,
            origin=Origin.ROADSHOW,
            origin_event_id=intention.event_id,
            share_contact=share_contact,
            zone=zone,
        )
    except Conflict:  # the organisation has asked already; both say the same to the owner
        waiting = open_between(session, sender_id, intention.achievement)
        if waiting is None:
            raise
        asked = waiting
    intention.contact_request_id = asked.id
    if intention.organisation_id is None:
        intention.organisation_id = sender_id
    intention.dropped_at = None
    audit.record(session, "intention.send", intention, by=by, on_behalf_of=by.behalf(sender_id))
    session.flush()
    return asked


def drop(session: Session, intention: Intention, *, by: Actor) -> None:
    """It is not sent on. Raises NotNow where it was sent."""
    session.refresh(intention, with_for_update=True)
    if intention.contact_request_id is not None:
        raise NotNow(N_("This intention was sent on already."))
    if intention.dropped_at is None:
        intention.dropped_at = utcnow()
        audit.record(session, "intention.drop", intention, by=by, on_behalf_of=by.behalf(intention.organisation_id))
        session.flush()


def take_back(session: Session, intention: Intention, *, by: Actor) -> None:
    """A slip of the finger: as if it had not been recorded. Raises NotNow where it was sent on."""
    session.refresh(intention, with_for_update=True)
    if intention.contact_request_id is not None:
        raise NotNow(N_("This intention was sent on already."))
    audit.record(session, "intention.take_back", intention, by=by, kind=intention.kind.value)
    session.delete(intention)
    session.flush()


def _open(session: Session, event: Event, achievement: Achievement) -> None:
    if event.state is not EventState.PUBLISHED or event.ends_at + LINK_STAYS[LinkKind.DAY] <= utcnow():
        raise NotNow(N_("Intentions of this roadshow are not recorded any more."))
    if pitched_at(session, event.public_id, achievement.id) is None:
        raise NotNow(N_("This achievement is not in the programme any more."))


def _once(session: Session, intention: Intention, *, by: Actor) -> tuple[Intention, bool]:
    """Add it where the pair has none yet; else the one that is there, and False."""
    if found := _known(session, intention):
        return found, False
    try:
        with session.begin_nested():
            session.add(intention)
    except IntegrityError:  # somebody was faster
        found = _known(session, intention)
        assert found is not None
        return found, False
    detail: dict[str, Any] = {"kind": intention.kind.value, "shares_contact": intention.shares_contact}
    audit.record(
        session, "intention.create", intention, by=by, on_behalf_of=by.behalf(intention.organisation_id), **detail
    )
    session.flush()
    return intention, True


def _known(session: Session, intention: Intention) -> Intention | None:
    return of_pair(
        session,
        intention.event_id,
        intention.achievement_id,
        registration_id=intention.registration_id,
        organisation_id=intention.organisation_id,
    )


def _short(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(N_("Please write at most %(max)s characters."), field="note", max=LONGEST_NOTE)
    return note


def _checked(wanted: Wanted) -> dict[str, Any]:
    """As columns. Raises Invalid where the ends of the budget are exchanged."""
    check_budget(wanted.budget_min, wanted.budget_max)
    return asdict(wanted)
