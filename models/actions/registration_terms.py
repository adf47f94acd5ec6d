"""Under which terms people register for a roadshow: from when until when, approved by whom, asked what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, seats
from models.errors import N_, Conflict, Invalid
from models.rules.policy import Actor
from models.rules.registration import Question, check_questions
from models.tables import Event, RegistrationTerms
from models.tables.attending import LONGEST_OFFER

CHANGED = N_("Somebody else changed these settings in the meantime. Open them again and compare.")


def set_terms(
    session: Session,
    event: Event,
    *,
    by: Actor,
    revision: int,
    opens_at: datetime | None,
    closes_at: datetime | None,
    approval: bool,
    online: bool,
    offer_hours: int,
    questions: Sequence[Question],
) -> RegistrationTerms:
    """Write the terms; ``revision`` 0 where none were set. Answers given stay with their questions.

    Raises Conflict where somebody else was faster, Invalid at a field, NotNow where nobody can come any more.
    """
    seats.lock(session, event)
    _check(event, opens_at, closes_at, offer_hours)
    check_questions(questions)
    found = session.scalar(select(RegistrationTerms).where(RegistrationTerms.event_id == event.id).with_for_update())
    if (found.revision if found is not None else 0) != revision:
        raise Conflict(CHANGED)
    terms = found or RegistrationTerms(event_id=event.id)
    terms.opens_at, terms.closes_at, terms.approval, terms.online = opens_at, closes_at, approval, online
    terms.offer_hours, terms.questions = offer_hours, [question.stored() for question in questions]
    try:
        with session.begin_nested():
            session.add(terms)
    except IntegrityError:
        raise Conflict(CHANGED) from None
    audit.record(session, "registration_terms.edit", event, by=by, approval=approval, questions=len(questions))
    session.flush()
    return terms


def _check(event: Event, opens_at: datetime | None, closes_at: datetime | None, offer_hours: int) -> None:
    if not 1 <= offer_hours <= LONGEST_OFFER:
        raise Invalid(N_("Please choose %(min)s to %(max)s hours."), field="offer_hours", min=1, max=LONGEST_OFFER)
    if opens_at is not None and opens_at >= event.ends_at:
        raise Invalid(N_("The roadshow is over by then."), field="opens_at")
    if closes_at is not None and closes_at > event.ends_at:
        raise Invalid(N_("The roadshow is over by then."), field="closes_at")
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise Invalid(N_("The end must be after the beginning."), field="closes_at")
