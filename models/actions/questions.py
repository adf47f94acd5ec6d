"""Public questions on a need: a verified provider asks, the owner answers, an organizer can hide. Nobody is named."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import RecordState
from models.errors import N_, Invalid, NotNow
from models.queries.gaps import concealed
from models.queries.recipients import Recipient, acting, managers, recipients
from models.rules.completeness import CONTACT_DATA
from models.rules.naming import names_in
from models.rules.policy import Actor
from models.tables import Need, Question

LONGEST = 1000
TWICE = timedelta(minutes=10)  # the same words of the same person within this time are one question


def ask(session: Session, need: Need, *, by: Actor, text: str) -> Question:
    """Ask in public; the owner is told. Raises NotNow (not published, one's own), Invalid (text)."""
    if need.state is not RecordState.PUBLISHED:
        raise NotNow(N_("This is not published any more, so nobody can be asked about it."))
    side = next((side for side in _sides(by) if side != need.organisation_id), None)
    if side is None or by.acts_for(need.organisation_id) or by.person_id is None:
        raise NotNow(N_("You cannot ask in public about your own need. Write it into the need itself."))
    text = _text(session, need, text, "text")
    before = session.scalar(
        select(Question).where(
            Question.need_id == need.id,
            Question.person_id == by.person_id,
            Question.text == text,
            Question.created_at > utcnow() - TWICE,
        )
    )
    if before is not None:
        return before
    question = Question(need_id=need.id, person_id=by.person_id, organisation_id=side, text=text)
    session.add(question)
    session.flush()
    audit.record(session, "need.ask", need, by=by, on_behalf_of=by.behalf(side), question=question.public_id)
    title = need.public_version.title if need.public_version else ""
    for reader in _owners(session, need):
        jobs.add_mail(
            session, "question_asked", to=reader.email, locale=reader.locale, title=title, text=text,
            public_id=need.public_id,
        )  # fmt: skip
    session.flush()
    return question


def answer(session: Session, need: Need, question: Question, *, by: Actor, text: str) -> None:
    """Answer for the owner, in public; who asked is told. A later answer replaces the first. Raises Invalid, NotNow."""
    if question.hidden_at is not None:
        raise NotNow(N_("An organizer has hidden this question."))
    text = _text(session, need, text, "text")
    first = question.answered_at is None
    question.answer, question.answered_at, question.answered_by_id = text, utcnow(), by.person_id
    behalf = by.behalf(need.organisation_id)
    audit.record(session, "need.reply", need, by=by, on_behalf_of=behalf, question=question.public_id)
    title = need.public_version.title if need.public_version else ""
    for reader in recipients(session, [question.person_id]) if first else ():
        jobs.add_mail(
            session, "question_answered", to=reader.email, locale=reader.locale, title=title, question=question.text,
            text=text, public_id=need.public_id,
        )  # fmt: skip
    session.flush()


def hide(session: Session, need: Need, question: Question, *, by: Actor, reason: str) -> None:
    """An organizer takes a question with its answer off the page; asker and owner are told why.

    Raises NotNow a second time, Invalid (reason): also where it names a masked owner, the asker reads it.
    """
    if question.hidden_at is not None:
        raise NotNow(N_("An organizer has hidden this question."))
    if not reason.strip():
        raise Invalid(N_("Please give a reason; the people concerned will read it."), field="reason")
    reason = reason.strip()
    if names_in(reason, concealed(session, need)):
        raise Invalid(N_("This names the organisation, which is not to be shown."), field="reason")
    question.hidden_at, question.hidden_by_id, question.hidden_reason = utcnow(), by.person_id, reason
    audit.record(session, "need.hide", need, by=by, question=question.public_id, reason=reason)
    title = need.public_version.title if need.public_version else ""
    told = [(reader, False) for reader in recipients(session, [question.person_id])]
    for reader, mine in (*told, *((reader, True) for reader in _owners(session, need))):
        jobs.add_mail(
            session, "question_hidden", to=reader.email, locale=reader.locale, title=title, question=question.text,
            reason=reason, mine=mine, public_id=need.public_id,
        )  # fmt: skip
    session.flush()


def _owners(session: Session, need: Need) -> list[Recipient]:
    """Who answers for the need: its contact, else the managers."""
    return acting(session, need.organisation_id, [need.contact_id]) or managers(session, need.organisation_id)


def _sides(by: Actor) -> list[int]:
    """The verified providers for which the actor can ask."""
    own = [by.organisation_id] if by.organisation_id and by.provider and by.verified else []
    own = own if by.member_of(by.organisation_id) else []
    return own + [mandator.organisation_id for mandator in by.mandated if mandator.provider and mandator.verified]


def _text(session: Session, need: Need, text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(N_("Please write something here."), field=field)
    if len(text) > LONGEST:
        raise Invalid(N_("Please write at most %(max)s characters."), field=field, max=LONGEST)
    if CONTACT_DATA.search(text):
        raise Invalid(N_("Everybody reads this: please leave out telephone numbers and e-mail addresses."), field=field)
    if names_in(text, concealed(session, need)):
        raise Invalid(N_("This names the organisation, which is not to be shown."), field=field)
    return text
