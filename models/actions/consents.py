"""Consent: who agreed to which version of what, when and from where; withdrawn as easily as given."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.actions import audit
from models.base import utcnow
from models.enums import ConsentKind
from models.rules.policy import Actor
from models.rules.settings import PRIVACY_VERSION
from models.tables import Account, Consent, ContactRequest


def give(session: Session, kind: ConsentKind, *, person_id: int, by: Actor, version: str = PRIVACY_VERSION) -> None:
    """Note that a person agrees to ``version``; nothing happens where that is noted already."""
    if any(consent.version == version for consent in _current(session, kind, person_id)):
        return
    consent = Consent(person_id=person_id, kind=kind, version=version, ip=by.ip, given_at=utcnow())
    session.add(consent)
    audit.record(session, "consent.give", consent, by=by, kind=kind.value, version=version)


def withdraw(session: Session, kind: ConsentKind, *, by: Actor) -> None:
    """End the present consents of a kind, and what stands on them.

    Contact data: shown nowhere any more. Privacy notice: every log-in ends, and the next one asks again first.
    """
    for consent in _current(session, kind, by.person_id):
        consent.withdrawn_at = utcnow()
        audit.record(session, "consent.withdraw", consent, by=by, kind=kind.value, version=consent.version)
    if kind is ConsentKind.CONTACT:
        _hide_contact(session, by.person_id)
    else:
        account = session.scalars(select(Account).where(Account.person_id == by.person_id)).one()
        account.session_epoch += 1
    session.flush()


def _current(session: Session, kind: ConsentKind, person_id: int | None) -> list[Consent]:
    return list(
        session.scalars(
            select(Consent)
            .where(Consent.person_id == person_id, Consent.kind == kind, Consent.withdrawn_at.is_(None))
            .order_by(Consent.id)
        )
    )


def _hide_contact(session: Session, person_id: int | None) -> None:
    asked, answered = ContactRequest.asked_by_id == person_id, ContactRequest.answered_by_id == person_id
    for request in session.scalars(select(ContactRequest).where(or_(asked, answered))):
        if request.asked_by_id == person_id:
            request.shares_sender_contact = False
        if request.answered_by_id == person_id:
            request.shares_receiver_contact = False
