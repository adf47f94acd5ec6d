"""Requests for contact: asked, answered, talked about, closed. (The clocks: request_clocks.py; mails: request_mails.py.)"""

from datetime import tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, consents, engagements, jobs, matches
from models.actions.kinds import KINDS
from models.actions.request_clocks import start_clock
from models.actions.request_mails import handlers_at_receiver, receiver_hidden, sender_side, tell
from models.base import utcnow
from models.enums import ConsentKind, Origin, RecordState, RequestState, Verification
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.dictionaries import in_use
from models.queries.hanging import OPEN_REQUESTS
from models.queries.recipients import acting, recipients
from models.rules.calendar import DEFAULT_ZONE
from models.rules.policy import Actor
from models.rules.threads import (
    MEET_LENGTH,
    MESSAGE_LENGTH,
    PURPOSE_LENGTH,
    check_budget,
    may_ask_for,
    origin_of,
    sides_of,
)
from models.tables import (
    Account,
    Achievement,
    ContactRequest,
    Engagement,
    Match,
    Membership,
    Message,
    Need,
    Organisation,
)

OUT_OF_USE = (Verification.SUSPENDED, Verification.MERGED)


def ask(
    session: Session,
    record: Achievement | Need,
    *,
    by: Actor,
    sender_id: int | None,
    achievement_id: int | None = None,
    purpose: str,
    meet_when: str = "",
    asked_by_id: int | None = None,
    origin: Origin = Origin.LINK,
    origin_event_id: int | None = None,
    budget_min: int | None = None,
    budget_max: int | None = None,
    share_contact: bool = False,
    suggestion: Match | None = None,
    zone: tzinfo = DEFAULT_ZONE,
) -> ContactRequest:
    """Ask the owner of a published achievement for contact, or answer a published need, in an organisation's name.

    ``achievement_id``: what a need is answered with, a published achievement of the asking organisation.
    ``asked_by_id``: whose question it is, a person of the asking organisation (default: the actor); the actor is kept
    beside. ``budget_min``, ``budget_max``: in fen, of one end or both, where it comes from a roadshow. ``suggestion``: which one is taken up by it. Raises Conflict where an earlier request of the pair still waits, Invalid and NotNow with the form's fields.
    """
    sender = session.get(Organisation, sender_id) if sender_id else None
    if sender is None or not may_ask_for(by, sender, capability=KINDS[type(record)].asks):
        raise NotNow(N_("You cannot ask in the name of this organisation."), field="sender")
    _check_subject(record, sender)
    _check_offer(session, record, sender, achievement_id)
    purpose, meet_when = _text(purpose, PURPOSE_LENGTH, "purpose"), meet_when.strip()
    if len(meet_when) > MEET_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="meet_when", max=MEET_LENGTH)
    check_budget(budget_min, budget_max)
    if asked_by_id is None and by.organisation_id == sender.id:
        asked_by_id = by.person_id
    if not _is_member(session, asked_by_id, sender.id):
        raise Invalid(N_("Please choose who of the organisation asks."), field="asked_by")
    now = utcnow()
    request = ContactRequest(
        sender_id=sender.id,
        receiver_id=record.organisation_id,
        achievement_id=achievement_id if isinstance(record, Need) else record.id,
        need_id=record.id if isinstance(record, Need) else None,
        asked_by_id=asked_by_id,
        acted_by_id=by.person_id,
        assigned_to_id=_first_in_charge(session, record),
        purpose=purpose,
        meet_when=meet_when,
        origin=origin_of(by, sender.id, origin),
        origin_event_id=origin_event_id,
        budget_min=budget_min,
        budget_max=budget_max,
        shares_sender_contact=share_contact,
        due_on=now.date(),
        expires_at=now,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        raise Conflict(
            N_("Your organisation has asked about this already, and that request still waits for an answer.")
        ) from None
    behalf = by.behalf(sender.id)
    if share_contact and request.asked_by_id == by.person_id:
        consents.give(session, ConsentKind.CONTACT, person_id=request.asked_by_id, by=by)
    start_clock(session, request, now=now, zone=zone)
    audit.note_transition(session, request, None, RequestState.PENDING, by=by, on_behalf_of=behalf)
    audit.record(session, "request.create", request, by=by, on_behalf_of=behalf, shares_contact=share_contact)
    if suggestion is not None:
        matches.take_up(session, suggestion, request, by=by)
    tell(session, request, "request_received", handlers_at_receiver(session, request), purpose=purpose)
    session.flush()
    return request


def accept(
    session: Session, request: ContactRequest, *, by: Actor, share_contact: bool = False, open_details: bool = False
) -> Engagement:
    """Accept; an engagement opens or is joined.

    ``share_contact``: the actor agrees that the other side sees their phone and e-mail. ``open_details``: what is
    disclosed after consent opens to the asking organisation, where that is verified and the achievement has such details.
    """
    _answer(session, request, RequestState.ACCEPTED, "request.accept", by=by)
    if share_contact and by.person_id is not None:
        request.shares_receiver_contact = True
        consents.give(session, ConsentKind.CONTACT, person_id=by.person_id, by=by)
        audit.record(session, "request.share_contact", request, by=by, on_behalf_of=by.behalf(request.receiver_id))
    engagement = engagements.open_or_join(
        session,
        provider_id=request.sender_id if request.need_id else request.receiver_id,
        seeker_id=request.receiver_id if request.need_id else request.sender_id,
        achievement_id=request.achievement_id,
        need_id=request.need_id,
        origin=request.origin,
        by=by,
    )
    request.engagement_id = engagement.id
    if open_details and request.need_id is None and engagements.can_open_details(engagement):
        engagements.open_details(session, engagement, by=by)
    tell(session, request, "request_answered", sender_side(session, request), answer="accepted")
    session.flush()
    return engagement


def decline(session: Session, request: ContactRequest, *, by: Actor, reason: str, note: str = "") -> None:
    """Decline with a reason of the dictionary "stop_reason"; ``note`` is needed with the reason "other"."""
    note = note.strip()
    if not in_use(session, "stop_reason", reason):
        raise Invalid(N_("Please choose a reason."), field="reason")
    if reason == "other" and not note:
        raise Invalid(N_("Please say why in a sentence."), field="note")
    if len(note) > MESSAGE_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="note", max=MESSAGE_LENGTH)
    _answer(session, request, RequestState.DECLINED, "request.decline", by=by)
    request.decline_reason, request.decline_note = reason, note
    tell(
        session, request, "request_answered", sender_side(session, request), answer="declined", reason=reason, text=note
    )
    session.flush()


def ask_back(session: Session, request: ContactRequest, *, by: Actor, text: str, zone: tzinfo = DEFAULT_ZONE) -> None:
    """Ask the asking side something before answering; the clock starts anew, for them."""
    text = _text(text, MESSAGE_LENGTH, "text")
    behalf = by.behalf(request.receiver_id)
    audit.move(session, request, RequestState.ASKED_BACK, "request.ask_back", by=by, on_behalf_of=behalf)
    _add_message(session, request, request.receiver_id, text, by=by)
    start_clock(session, request, now=utcnow(), zone=zone)
    tell(session, request, "request_answered", sender_side(session, request), answer="asked_back", text=text)
    session.flush()


def write(
    session: Session,
    request: ContactRequest,
    *,
    by: Actor,
    text: str,
    side_id: int | None = None,
    zone: tzinfo = DEFAULT_ZONE,
) -> None:
    """Write to the other side. On a question asked back the asking side's message is the answer: the receiver is on again.

    ``side_id``: for which of both organisations, needed only by somebody who acts for both.
    """
    side = _side(request, by, side_id)
    if request.state not in (*OPEN_REQUESTS, RequestState.ACCEPTED):
        raise NotNow(
            N_("This request is closed: %(state)s. You can ask anew on its page."),
            state=request.state.label,
        )
    text = _text(text, MESSAGE_LENGTH, "text")
    behalf = by.behalf(side)
    if request.state is RequestState.ASKED_BACK and side == request.sender_id:
        audit.move(session, request, RequestState.PENDING, "request.answer_back", by=by, on_behalf_of=behalf)
        start_clock(session, request, now=utcnow(), zone=zone)
    else:
        audit.record(session, "request.write", request, by=by, on_behalf_of=behalf)
    _add_message(session, request, side, text, by=by)
    from_sender = side == request.sender_id
    readers = handlers_at_receiver(session, request) if from_sender else sender_side(session, request)
    tell(
        session,
        request,
        "request_message",
        [reader for reader in readers if reader.person_id != by.person_id],
        who=by.name if from_sender or not receiver_hidden(request) else "",
        writer=request.sender.name if from_sender else "" if receiver_hidden(request) else request.receiver.name,
        text=text,
    )
    session.flush()


def withdraw(session: Session, request: ContactRequest, *, by: Actor) -> None:
    """The asking side does not need an answer any more; who handled it is told."""
    behalf = by.behalf(request.sender_id)
    audit.move(session, request, RequestState.WITHDRAWN, "request.withdraw", by=by, on_behalf_of=behalf)
    tell(session, request, "request_closed", handlers_at_receiver(session, request))
    session.flush()


def assign(session: Session, request: ContactRequest, *, by: Actor, person_id: int) -> None:
    """Give the request to a colleague who can log in; they are told."""
    if request.state not in (*OPEN_REQUESTS, RequestState.ACCEPTED):
        raise NotNow(N_("This request is closed: %(state)s."), state=request.state.label)
    if not _is_member(session, person_id, request.receiver_id) or not _can_log_in(session, person_id):
        raise Invalid(N_("Please choose a colleague who can log in."), field="person")
    if request.assigned_to_id == person_id:
        return
    request.assigned_to_id = person_id
    audit.record(
        session, "request.assign", request, by=by, on_behalf_of=by.behalf(request.receiver_id), person_id=person_id
    )
    if person_id != by.person_id:
        readers = acting(session, request.receiver_id, [person_id])
        tell(session, request, "request_received", readers, purpose=request.purpose, assigned_by=by.name)
    session.flush()


def look_at_contact(session: Session, request: ContactRequest, *, by: Actor) -> None:
    """Leave the audit row of a look at the contact data of a thread. Raises NotNow before acceptance."""
    _side(request, by, None)
    if request.state is not RequestState.ACCEPTED:
        raise NotNow(N_("Contact details are shown after the request has been accepted."))
    side = sides_of(by, request.sender_id, request.receiver_id)[0]
    audit.record(session, "request.look_at_contact", request, by=by, on_behalf_of=by.behalf(side))
    session.flush()


def stop_sharing(session: Session, request: ContactRequest, *, by: Actor, side_id: int | None = None) -> None:
    """Take back that the other side sees the contact data of one's own side."""
    side = _side(request, by, side_id)
    if side == request.sender_id:
        request.shares_sender_contact = False
    else:
        request.shares_receiver_contact = False
    audit.record(session, "request.stop_sharing", request, by=by, on_behalf_of=by.behalf(side))
    session.flush()


def close_for(session: Session, record: Any, *, by: Actor | None, reason: str) -> int:
    """Close every open request about a record that leaves the site and tell who asked; returns how many."""
    found = session.scalars(
        select(ContactRequest)
        .where(getattr(ContactRequest, f"{record.kind}_id") == record.id, ContactRequest.state.in_(OPEN_REQUESTS))
        .order_by(ContactRequest.id)
    ).all()
    version = record.public_version or record.working_version
    for request in found:
        audit.move(session, request, RequestState.CLOSED, "request.close", by=by, reason=reason)
        for person in sender_side(session, request) or recipients(session, [request.asked_by_id]):
            jobs.add_mail(
                session,
                "record_gone",
                to=person.email,
                locale=person.locale,
                what="request",
                public_id=request.public_id,
                title=version.title if version else "",
                place="",
                reason=reason,
            )
    session.flush()
    return len(found)


# --- parts ------------------------------------------------------------------------------------------------------------


def _check_subject(record: Achievement | Need, sender: Organisation) -> None:
    if record.state is not RecordState.PUBLISHED or record.organisation.verification in OUT_OF_USE:
        raise NotNow(N_("This is not published any more, so nobody can be asked about it."))
    if record.organisation_id == sender.id:
        raise NotNow(N_("This belongs to the organisation that asks."), field="sender")
    if sender.verification in OUT_OF_USE:
        raise NotNow(N_("“%(name)s” cannot ask at present."), field="sender", name=sender.name)


def _check_offer(session: Session, record: Achievement | Need, sender: Organisation, offered: int | None) -> None:
    if offered is None:
        return
    achievement = session.get(Achievement, offered)
    own = achievement is not None and achievement.organisation_id == sender.id
    if not isinstance(record, Need) or not own or achievement.state is not RecordState.PUBLISHED:  # type: ignore[union-attr]
        raise Invalid(N_("Please choose a published achievement of the organisation that asks."), field="achievement")


def _answer(session: Session, request: ContactRequest, to: RequestState, action: str, *, by: Actor) -> None:
    audit.move(session, request, to, action, by=by, on_behalf_of=by.behalf(request.receiver_id))
    request.answered_by_id, request.answered_at = by.person_id, utcnow()
    session.flush()  # a colleague's faster answer is met here, before anything follows from this one


def _side(request: ContactRequest, by: Actor, chosen: int | None) -> int:
    """For which of both organisations the actor speaks."""
    sides = sides_of(by, request.sender_id, request.receiver_id)
    if not sides:
        raise NotNow(N_("You do not act for any side of this request any more."))
    return chosen if chosen in sides else sides[0]


def _text(text: str, most: int, field: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(N_("Please write something here."), field=field)
    if len(text) > most:
        raise Invalid(N_("Please write at most %(max)s characters."), field=field, max=most)
    return text


def _add_message(session: Session, request: ContactRequest, side_id: int, text: str, *, by: Actor) -> None:
    session.add(
        Message(contact_request_id=request.id, person_id=by.person_id, organisation_id=side_id, text=text,
                created_at=utcnow())
    )  # fmt: skip


def _is_member(session: Session, person_id: int | None, organisation_id: int) -> bool:
    found = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id == organisation_id,
        Membership.ended_at.is_(None),
    )
    return session.scalar(found) is not None


def _can_log_in(session: Session, person_id: int | None) -> bool:
    found = select(Account.id).where(
        Account.person_id == person_id, Account.confirmed_at.is_not(None), Account.suspended_at.is_(None)
    )
    return session.scalar(found) is not None


def _first_in_charge(session: Session, record: Achievement | Need) -> int | None:
    """The record's contact, if that is a colleague who can answer; else everybody of the organisation may."""
    contact, owner = record.contact_id, record.organisation_id
    return contact if _is_member(session, contact, owner) and _can_log_in(session, contact) else None
