"""Suggestions: kept, decided on, passed on. What is computed comes from search/matching.py; people decide."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import Choice, RecordState, Side, Unsuitable
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.gaps import concealed
from models.queries.matches import current, in_touch
from models.queries.recipients import acting, managers
from models.rules.matches import NOTE_LENGTH, PUT_OFF_DAYS, mandated_sides, owner_of, sides_of
from models.rules.naming import names_in
from models.rules.policy import Actor
from models.tables import Account, ContactRequest, Match, MatchDecision, MatchForward


def decline(
    session: Session, match: Match, *, side: Side, by: Actor, reason: str, note: str = "", today: date
) -> MatchDecision:
    """This pair is not suitable: it is not shown again to this side until something of it changes.

    ``reason`` a value of Unsuitable; ``note`` is needed with OTHER. Raises Invalid (reason, note), NotNow, Conflict.
    """
    if reason not in set(Unsuitable):
        raise Invalid(N_("Please choose a reason."), field="reason")
    note = note.strip()
    if reason == Unsuitable.OTHER and not note:
        raise Invalid(N_("Please say why in a sentence."), field="note")
    _check_length(note)
    values = {"choice": Choice.DECLINED, "reason": Unsuitable(reason), "note": note}
    return _decide(session, match, side, by=by, today=today, **values)


def put_off(session: Session, match: Match, *, side: Side, by: Actor, days: int, today: date) -> MatchDecision:
    """Ask again after ``days`` (one of PUT_OFF_DAYS). Raises Invalid, NotNow, Conflict."""
    if days not in PUT_OFF_DAYS:
        raise Invalid(N_("Please choose until when."), field="days")
    until = today + timedelta(days=days)
    return _decide(session, match, side, by=by, today=today, choice=Choice.PUT_OFF, until=until)


def undo(session: Session, match: Match, *, side: Side, by: Actor) -> None:
    """Take a decision back; the suggestion is open again. Raises NotNow where there is none or a request was sent."""
    _check_side(match, side, by)
    found = current(session, match, side)
    if found is None:
        raise NotNow(N_("This has been taken back already."))
    if found.choice is Choice.ACCEPTED:
        raise NotNow(N_("A request for contact has been sent; it can be withdrawn on its own page."))
    found.ended_at = utcnow()
    audit.record(session, "match.undo", match, by=by, on_behalf_of=by.behalf(owner_of(match, side)))
    session.flush()


def take_up(session: Session, match: Match, request: ContactRequest, *, by: Actor) -> None:
    """A request for contact was sent on this suggestion. Raises NotNow where it is about something else.

    A need that was answered with another achievement leaves the suggestion as it is.
    """
    side = Side.PROVIDER if request.need_id else Side.SEEKER
    fits = request.achievement_id == match.achievement_id if side is Side.SEEKER else request.need_id == match.need_id
    if not fits or request.sender_id != owner_of(match, side):
        raise NotNow(N_("This request is not about the suggestion that you opened."))
    if request.achievement_id != match.achievement_id:
        return
    found = current(session, match, side)
    if found is not None:
        found.ended_at = utcnow()
        session.flush()
    _add(session, match, side, by=by, choice=Choice.ACCEPTED, request_id=request.id)


def pass_on(session: Session, match: Match, *, side: Side, by: Actor, note: str) -> MatchForward:
    """A technology manager recommends a pair to an organisation that gave a mandate; its people are told.

    Raises Invalid (note), NotNow (also where it has decided, or asked already), Conflict where another one was first.
    """
    if side not in mandated_sides(by, match):
        raise NotNow(N_("You have no mandate of this organisation."))
    _check_published(match)
    decision = current(session, match, side)
    if decision is not None and _final(decision, match):
        raise NotNow(N_("The organisation has decided on this suggestion already."))
    if in_touch(session, match, side):
        raise NotNow(N_("The two are in touch already: a request for contact was sent."))
    note = note.strip()
    if not note:
        raise Invalid(N_("Please write why it is worth a look."), field="note")
    _check_length(note)
    if side is Side.PROVIDER and names_in(note, concealed(session, match.need)):
        raise Invalid(N_("The owner of this need is not named yet. Please leave its name out."), field="note")
    owner = owner_of(match, side)
    made = MatchForward(match_id=match.id, side=side, organisation_id=owner, person_id=by.person_id, note=note)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(N_("This has been passed on to the organisation already.")) from None
    audit.record(session, "match.pass_on", match, by=by, on_behalf_of=owner, side=side.value)
    own: Any = match.need if side is Side.SEEKER else match.achievement
    other: Any = match.achievement if side is Side.SEEKER else match.need
    readers = {one.person_id: one for one in acting(session, owner, [own.contact_id])}
    readers |= {one.person_id: one for one in managers(session, owner)}
    for reader in readers.values():
        jobs.add_mail(
            session,
            "suggestion_passed_on",
            to=reader.email,
            locale=reader.locale,
            who=by.name,
            note=note,
            own=own.public_version.title,
            other=other.public_version.title,
            kind=other.kind,
            public_id=match.public_id,
            side=side.value,
        )
    session.flush()
    return made


def switch(session: Session, *, on: bool, by: Actor) -> None:
    """Whether the actor wants suggestions at all; without them the program picks nothing for them."""
    account = session.get_one(Account, by.account_id)
    if (account.suggestions_off_at is None) == on:
        return
    account.suggestions_off_at = None if on else utcnow()
    audit.record(session, "account.suggestions", account, by=by, on=on)
    session.flush()


# --- what all decisions share -------------------------------------------------------------------------------------


def _decide(session: Session, match: Match, side: Side, *, by: Actor, today: date, **values: Any) -> MatchDecision:
    """Add the side's decision; one that does not hold any more, or only put it off, is ended."""
    _check_side(match, side, by)
    _check_published(match)
    found = current(session, match, side)
    if found is not None:
        if _final(found, match):
            raise _decided_already()
        found.ended_at = utcnow()
        session.flush()
    return _add(session, match, side, by=by, **values)


def _add(session: Session, match: Match, side: Side, *, by: Actor, choice: Choice, **values: Any) -> MatchDecision:
    owner = owner_of(match, side)
    made = MatchDecision(
        match_id=match.id,
        side=side,
        organisation_id=owner,
        person_id=by.person_id,
        for_another=by.organisation_id != owner,
        choice=choice,
        need_version_id=match.need.public_version_id,
        achievement_version_id=match.achievement.public_version_id,
        score=match.score,
        reasons=[reason["code"] for reason in match.reasons],
        missing=[reason["code"] for reason in match.missing],
        **values,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # a colleague's click came first
        raise _decided_already() from None
    audit.record(
        session, f"match.{choice.value}", match, by=by, on_behalf_of=by.behalf(owner), side=side.value
    )  # fmt: skip
    session.flush()
    return made


def _final(decision: MatchDecision, match: Match) -> bool:
    """It was taken up or declined as it is now."""
    return decision.choice is Choice.ACCEPTED or (
        decision.choice is Choice.DECLINED
        and decision.need_version_id == match.need.public_version_id
        and decision.achievement_version_id == match.achievement.public_version_id
    )


def _decided_already() -> Conflict:
    return Conflict(N_("Somebody of your side has decided on this suggestion already. Reload the page to see it."))


def _check_side(match: Match, side: Side, by: Actor) -> None:
    if side not in sides_of(by, match):
        raise NotNow(N_("You do not act for this side of the suggestion."))


def _check_published(match: Match) -> None:
    if not match.need.state is match.achievement.state is RecordState.PUBLISHED:
        raise NotNow(N_("One of the two is not published any more."))


def _check_length(note: str) -> None:
    if len(note) > NOTE_LENGTH:
        raise Invalid(N_("Please write at most %(max)s characters."), field="note", max=NOTE_LENGTH)
