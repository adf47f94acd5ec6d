"""Saying whom one wants to meet in a session, before the timetable is computed; and the other side's answer.

There is one wish for a session, an enterprise and an achievement. Whoever says it second answers the first.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import before_timetable, owner_of, people_of, seeking, short
from models.actions.wish_mails import keep_reminder, tell_declined, tell_owner, tell_seeker
from models.base import utcnow
from models.enums import Side, WishOrigin
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.meeting_wishes import of_pair
from models.queries.timetables import any_published
from models.rules.policy import Actor
from models.tables import Achievement, Booking, MatchSession, MeetingWish, Organisation

STRENGTHS = (1, 2, 3)
CANCELLED = "other"  # of the dictionary "stop_reason"; what was written about it stands with the booking
DECLINED_ALREADY = N_("The other side has declined this meeting already.")


def wish(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker_id: int,
    achievement: Achievement,
    strength: int,
    attendees: Collection[int],
    note: str = "",
) -> MeetingWish:
    """An enterprise says, or changes, how much it wants to meet the owner of an achievement, and who would come.

    It answers the owner's or the organizer's wish where there is one, also after declining it. Else the owner is told,
    once. Raises Invalid at a field, NotNow where session, achievement or organisation do not allow it.
    """
    _open(match_session)
    seeker = seeking(session, seeker_id, by)
    owner_of(achievement, seeker)
    people = people_of(session, seeker_id, attendees, "attendees")
    said = {"seeker_strength": _strength(strength), "seeker_people": people}
    found, new = _find_or_make(
        session, match_session, seeker, achievement, WishOrigin.SEEKER, by=by, note=short(note, "note"), **said
    )
    _say(session, found, Side.SEEKER, new=new, by=by, note=short(note, "note"), **said)
    if new:
        tell_owner(session, found)
    session.flush()
    return found


def wish_enterprise(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker: Organisation,
    achievement: Achievement,
    strength: int,
    attendees: Collection[int],
    note: str = "",
) -> MeetingWish:
    """The owner of an achievement says, or changes, how much it wants to meet an enterprise, and who would come.

    It answers the enterprise's or the organizer's wish where there is one. Else the enterprise is told, once. Raises as
    ``wish``.
    """
    _open(match_session)
    _may_be_met(seeker)
    owner_of(achievement, seeker)
    if not by.acts_for(achievement.organisation_id):
        raise NotNow(N_("You cannot speak for the owner of this achievement."), field="achievement")
    said = {"provider_strength": _strength(strength), **_of_owner(session, achievement, attendees)}
    found, new = _find_or_make(
        session, match_session, seeker, achievement, WishOrigin.PROVIDER, by=by, note=short(note, "note"), **said
    )
    _say(session, found, Side.PROVIDER, new=new, by=by, note=short(note, "note"), **said)
    if new:
        tell_seeker(session, found)
    session.flush()
    return found


def propose(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker: Organisation,
    achievement: Achievement,
    note: str = "",
) -> MeetingWish:
    """The organizer proposes that two meet; both are told and answer. Raises Conflict where one of them said so already."""
    _open(match_session)
    _may_be_met(seeker)
    owner_of(achievement, seeker)
    found, new = _find_or_make(
        session, match_session, seeker, achievement, WishOrigin.ORGANIZER, by=by, note=short(note, "note")
    )
    if not new:
        raise Conflict(N_("These two are in the list of wishes already."), field="achievement")
    tell_owner(session, found)
    tell_seeker(session, found)
    session.flush()
    return found


def withdraw(session: Session, one: MeetingWish, *, by: Actor) -> None:
    """Take a wish back. A meeting that came of it stays; it is cancelled by itself. Raises NotNow once the session began."""
    before_timetable(one.match_session)
    behalf = by.behalf(one.provider_id if one.origin is WishOrigin.PROVIDER else one.seeker_id)
    audit.record(session, "meeting_wish.withdraw", one, by=by, on_behalf_of=behalf)
    session.delete(one)
    session.flush()


def accept(
    session: Session,
    one: MeetingWish,
    *,
    by: Actor,
    strength: int,
    attendees: Collection[int],
    revision: int | None = None,
) -> None:
    """The owner wants the meeting too, and names who would come; also after declining. Raises as ``wish``, Conflict."""
    _open(one.match_session)
    _same(one, revision)
    said = {"provider_strength": _strength(strength), **_of_owner(session, one.achievement, attendees)}
    _say(session, one, Side.PROVIDER, new=False, by=by, **said)
    session.flush()


def decline(
    session: Session,
    one: MeetingWish,
    *,
    by: Actor,
    reason: str,
    side: Side = Side.PROVIDER,
    revision: int | None = None,
) -> None:
    """A side does not want the meeting; ``reason`` is a key of the dictionary "stop_reason". It is never placed then, and the
    other side is told.

    Raises NotNow where the other side declined before, or answers are closed.
    """
    _open(one.match_session)
    _same(one, revision)
    if not reason:
        raise Invalid(N_("Please choose a reason; the other side reads it."), field="reason")
    if one.declined_side not in (None, side):
        raise NotNow(DECLINED_ALREADY)
    again = one.declined_side is side
    _decline(session, one, side, by=by, reason=reason)
    if not again:
        tell_declined(session, one, without=by.person_id)


def end_with(session: Session, booking: Booking, *, by: Actor) -> None:
    """One of the sides cancels a meeting of the timetable: it counts as declined by it, so that no new plan brings it back.

    Where an organizer cancels, or no timetable was published, the wish stands.
    """
    side = next((one for one in Side if by.acts_for(booking.side_id(one))), None)
    if side is None or booking.achievement_id is None or not any_published(session, booking.match_session_id):
        return
    one = of_pair(session, booking.match_session_id, booking.seeker_id, booking.achievement_id, lock=True)
    if one is not None and one.declined_side is None:
        _decline(session, one, side, by=by, reason=CANCELLED)


# --- what the verbs share ---------------------------------------------------------------------------------------------


def _find_or_make(
    session: Session,
    match_session: MatchSession,
    seeker: Organisation,
    achievement: Achievement,
    origin: WishOrigin,
    *,
    by: Actor,
    **said: object,
) -> tuple[MeetingWish, bool]:
    """The wish of this pair, and whether it is new; the unique key decides where both sides say it at this moment."""
    found = of_pair(session, match_session.id, seeker.id, achievement.id, lock=True)
    if found is not None:
        return found, False
    made = MeetingWish(
        match_session=match_session, seeker=seeker, achievement=achievement, origin=origin,
        acted_by_id=by.person_id, **said,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        found = of_pair(session, match_session.id, seeker.id, achievement.id, lock=True)
        if found is None:  # and taken back at this moment
            raise Conflict(N_("Several people changed this wish at this very moment. Please try again.")) from None
        return found, False
    behalf = None if origin is WishOrigin.ORGANIZER else by.behalf(made.side_id(origin.side))
    audit.record(session, "meeting_wish.create", made, by=by, on_behalf_of=behalf)
    keep_reminder(session, match_session)
    return made, True


def _say(
    session: Session, one: MeetingWish, side: Side, *, new: bool, by: Actor, note: str | None = None, **said: object
) -> None:
    """Write down what one side says of a wish that is there; its declining is over then."""
    if new:
        return
    answers = one.origin.side is not side
    if one.declined_side is side:
        one.declined_reason = one.declined_side = None
    elif answers and one.declined_side is not None:
        raise NotNow(DECLINED_ALREADY)
    for name, value in said.items():
        setattr(one, name, value)
    if note is not None:
        setattr(one, "answer_note" if answers else "note", note)
    if not answers:
        one.acted_by_id = by.person_id
    action = "meeting_wish.accept" if answers else "meeting_wish.edit"
    audit.record(session, action, one, by=by, on_behalf_of=by.behalf(one.side_id(side)))


def _decline(session: Session, one: MeetingWish, side: Side, *, by: Actor, reason: str) -> None:
    setattr(one, f"{side}_strength", None)
    one.declined_reason, one.declined_side = reason, side
    audit.record(session, "meeting_wish.decline", one, by=by, on_behalf_of=by.behalf(one.side_id(side)), reason=reason)
    session.flush()


def _of_owner(session: Session, achievement: Achievement, attendees: Collection[int]) -> dict[str, Any]:
    """Who comes of the owner: the achievement's contact first, if it is among them. Raises Invalid (attendees)."""
    people = people_of(session, achievement.organisation_id, attendees, "attendees")
    first = achievement.contact_id if achievement.contact_id in people else people[0]
    return {"provider_person_id": first, "provider_beside": [one for one in people if one != first]}


def _may_be_met(seeker: Organisation) -> None:
    if not seeker.is_seeker or not seeker.is_verified:
        raise NotNow(N_("“%(name)s” cannot be met at the moment."), field="seeker", name=seeker.name)


def _open(match_session: MatchSession) -> None:
    before_timetable(match_session)
    if match_session.wishes_close_at <= utcnow():
        raise NotNow(
            N_("Wishes and answers were possible until %(until)s; the timetable is made now."),
            until=[match_session.wishes_close_at],
        )


def _same(one: MeetingWish, revision: int | None) -> None:
    if revision is not None and one.revision != revision:
        raise Conflict(N_("This wish has changed since you opened it. Please read the present one and decide again."))


def _strength(strength: int) -> int:
    if strength not in STRENGTHS:
        raise Invalid(N_("Please choose how much you want to meet."), field="strength")
    return strength
