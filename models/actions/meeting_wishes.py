"""Saying whom one wants to meet in a session, before the timetable is computed; and the owner's answer."""

from collections.abc import Collection

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.booking_checks import open_for, owner_of, people_of, seeking, short, timetabled
from models.base import utcnow
from models.enums import SessionKind
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.meeting_wishes import of_pair
from models.queries.recipients import acting, managers
from models.rules.policy import Actor
from models.tables import Achievement, MatchSession, MeetingWish

STRENGTHS = (1, 2, 3)


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
    """Say, or change, how much an enterprise wants to meet the owner of an achievement, and who would come.

    The owner is told once. Raises Invalid at a field, NotNow where session, achievement or organisation do not allow it.
    """
    _before(match_session)
    seeker = seeking(session, seeker_id, by)
    owner_of(achievement, seeker)
    people = people_of(session, seeker_id, attendees, "attendees")
    said = {"seeker_strength": _strength(strength), "seeker_people": people, "note": short(note, "note")}
    found = of_pair(session, match_session.id, seeker_id, achievement.id, lock=True)
    if found is None:
        made = MeetingWish(
            match_session=match_session, seeker=seeker, achievement=achievement, acted_by_id=by.person_id, **said
        )
        try:
            with session.begin_nested():
                session.add(made)
        except IntegrityError:  # a colleague said it at this moment
            found = of_pair(session, match_session.id, seeker_id, achievement.id, lock=True)
        else:
            audit.record(session, "meeting_wish.create", made, by=by, on_behalf_of=by.behalf(seeker_id))
            _tell_owner(session, made)
            session.flush()
            return made
    assert found is not None
    for name, value in said.items():
        setattr(found, name, value)
    found.acted_by_id = by.person_id
    audit.record(session, "meeting_wish.edit", found, by=by, on_behalf_of=by.behalf(seeker_id))
    session.flush()
    return found


def withdraw(session: Session, one: MeetingWish, *, by: Actor) -> None:
    """Take a wish back. A meeting that came of it stays; it is cancelled by itself. Raises NotNow once the session began."""
    _before(one.match_session)
    audit.record(session, "meeting_wish.withdraw", one, by=by, on_behalf_of=by.behalf(one.seeker_id))
    session.delete(one)
    session.flush()


def accept(
    session: Session, one: MeetingWish, *, by: Actor, strength: int, person_id: int, revision: int | None = None
) -> None:
    """The owner wants the meeting too, and names who would come; also after declining. Raises as ``wish``, Conflict."""
    _before(one.match_session)
    _same(one, revision)
    (person,) = people_of(session, one.provider_id, [person_id], "person")
    one.provider_strength, one.provider_person_id, one.declined_reason = _strength(strength), person, None
    audit.record(session, "meeting_wish.accept", one, by=by, on_behalf_of=by.behalf(one.provider_id))
    session.flush()


def decline(session: Session, one: MeetingWish, *, by: Actor, reason: str, revision: int | None = None) -> None:
    """The owner does not want the meeting; ``reason`` is a key of the dictionary "stop_reason". It is never placed then."""
    _before(one.match_session)
    _same(one, revision)
    if not reason:
        raise Invalid(N_("Please choose a reason; the other side reads it."), field="reason")
    one.provider_strength, one.declined_reason = None, reason
    audit.record(session, "meeting_wish.decline", one, by=by, on_behalf_of=by.behalf(one.provider_id), reason=reason)
    session.flush()


def _before(match_session: MatchSession) -> None:
    open_for(match_session, SessionKind.ONE_TO_ONE)
    timetabled(match_session)
    if match_session.starts_at <= utcnow():
        raise NotNow(N_("This session has begun already."))


def _same(one: MeetingWish, revision: int | None) -> None:
    if revision is not None and one.revision != revision:
        raise Conflict(N_("This wish has changed since you opened it. Please read the present one and decide again."))


def _strength(strength: int) -> int:
    if strength not in STRENGTHS:
        raise Invalid(N_("Please choose how much you want to meet."), field="strength")
    return strength


def _tell_owner(session: Session, one: MeetingWish) -> None:
    """The achievement's contact, else the managers: once for each wish, not for its changes."""
    contact = acting(session, one.provider_id, [one.achievement.contact_id])
    version = one.achievement.public_version
    for person in contact or managers(session, one.provider_id):
        jobs.add_mail(
            session,
            "meeting_wished",
            to=person.email,
            locale=person.locale,
            event=one.match_session.title,
            public_id=one.match_session.public_id,
            seeker=one.seeker.name,
            achievement=version.title if version else "",
        )
