"""Booking a meeting or a seat, answering, cancelling, waiting, and the end of a hold.

Every verb holds the lock of the session; the unique keys of ``occupancy`` and of the seats decide across sessions.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import (
    booking_unchanged,
    not_full,
    not_own,
    nothing_free,
    one_person,
    open_for,
    owner_of,
    people_of,
    receiving,
    same,
    seeking,
    short,
    subject_of,
)
from models.actions.booking_ends import close, coming, due, end, let_go, lock_and_sweep
from models.actions.booking_mails import (
    INVITE,
    answering,
    attending,
    everybody,
    seeker_people,
    tell,
    times,
)
from models.actions.engagements import of_meeting
from models.actions.meeting_wishes import end_with
from models.actions.occupancy import lock, release
from models.actions.places import hold, hold_people, keep_deadline, promote, seat, settle, waiting
from models.base import utcnow
from models.enums import BookingState, SessionKind, Side
from models.errors import N_, Invalid, NotNow
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.limits import HOLDING
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    Booking,
    BookingAttendee,
    MatchSession,
    Organisation,
    Slot,
)


def book(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker_id: int,
    achievement: Achievement,
    slot: Slot | None,
    attendees: Collection[int],
    asked_for: int | None = None,
    note: str = "",
) -> Booking:
    """Ask for a slot of a 1:1 session with an achievement's owner: the first free table, held until the owner answers.

    ``attendees`` are people of the seeker; ``asked_for`` is the person of the owner they want to meet, if anybody; in an
    organisation's own session one who receives there, else whoever of them is free. A second submit of the same gives the booking that is there. Raises Conflict naming the slots still free, Invalid at a
    field, NotNow where session, achievement or organisation do not allow it.
    """
    _stays_published(session, achievement)
    lock_and_sweep(session, match_session, slot, _ids(attendees, asked_for))
    open_for(match_session, SessionKind.ONE_TO_ONE)
    seeker = seeking(session, seeker_id, by)
    owner_of(achievement, seeker)
    subject_of(match_session, achievement)
    people = people_of(session, seeker_id, attendees, "attendees")
    host, asked = None, []
    if asked_for and match_session.owner_id is not None:
        host = receiving(match_session, asked_for)
    elif asked_for:
        asked = people_of(session, achievement.organisation_id, [asked_for], "asked_for")
    if slot is None or slot.match_session_id != match_session.id:
        raise Invalid(N_("This slot does not exist any more. Please choose another one."), field="slot")
    if twin := same(session, match_session, slot, seeker_id, achievement.id, people, HOLDING):
        return twin
    if slot.starts_at <= utcnow():
        raise NotNow(N_("This slot has begun already. Please choose a later one."), field="slot")
    firms = (seeker_id, achievement.organisation_id)
    not_full(session, match_session, people=[*people, *asked], organisations=firms)
    with session.begin_nested():
        booking = _begin(session, match_session, seeker, by=by, achievement=achievement, note=note)
        _attend(booking, people, asked)
        session.flush()
        settle(session, booking, slot, [*people, *asked], host=host)
        hold(session, booking)
    _noted(session, booking, by, "booking.create")
    keep_deadline(session, booking)
    tell(session, booking, "booking_requested", answering(session, booking), without=by.person_id)
    session.flush()
    return booking


def take_seat(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker_id: int,
    attendees: Collection[int],
    note: str = "",
) -> Booking:
    """Take a seat of a group session for one person; it is confirmed at once. Raises as ``book``."""
    lock_and_sweep(session, match_session, match_session, attendees)
    open_for(match_session, SessionKind.GROUP)
    seeker = seeking(session, seeker_id, by)
    not_own(match_session, seeker)
    people = one_person(people_of(session, seeker_id, attendees, "attendees"))
    if twin := same(session, match_session, None, seeker_id, None, people, HOLDING):
        return twin
    if match_session.starts_at <= utcnow():
        raise NotNow(N_("This session has begun already."))
    with session.begin_nested():
        booking = _begin(session, match_session, seeker, by=by, note=note)
        booking.state = BookingState.CONFIRMED
        _attend(booking, people, [])
        session.flush()
        seat(session, booking, people)
    _noted(session, booking, by, "booking.create")
    tell(session, booking, "booking_confirmed", attending(booking), calendar=INVITE)
    session.flush()
    return booking


def wait(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    seeker_id: int,
    attendees: Collection[int],
    achievement: Achievement | None = None,
    slot: Slot | None = None,
    note: str = "",
) -> Booking:
    """Join the waiting list: for one slot, for any (``slot`` None), or for a seat. The first in the list who can come
    gets what becomes free. Raises Conflict where a place is free now, else as ``book``."""
    if achievement is not None:
        _stays_published(session, achievement)
    lock(session, match_session, people=attendees)
    open_for(match_session, match_session.kind)
    seeker = seeking(session, seeker_id, by)
    not_own(match_session, seeker)
    people = people_of(session, seeker_id, attendees, "attendees")
    if match_session.kind is SessionKind.GROUP:
        people, achievement, slot = one_person(people), None, None
    elif achievement is None:
        raise Invalid(N_("Please choose an achievement first."), field="achievement")
    else:
        owner_of(achievement, seeker)
        subject_of(match_session, achievement)
    subject = achievement.id if achievement else None
    if twin := same(session, match_session, slot, seeker_id, subject, people, OPEN_BOOKINGS):
        return twin
    provider = achievement.organisation_id if achievement else None
    nothing_free(session, match_session, slot, people, provider_id=provider)
    booking = _begin(session, match_session, seeker, by=by, achievement=achievement, note=note)
    booking.state, booking.slot_id = BookingState.WAITING, slot.id if slot else None
    _attend(booking, people, [])
    _noted(session, booking, by, "booking.wait")
    keep_deadline(session, booking)
    session.flush()
    return booking


def confirm(
    session: Session, booking: Booking, *, by: Actor, attendees: Collection[int], revision: int | None = None
) -> None:
    """The owner agrees and names who comes; opens or joins the engagement of the pair.

    Raises Conflict where one of them cannot come then or the form is stale, NotNow where the hold is over.
    """
    _hold_still(session, booking, revision, people=attendees)
    _pending(booking)
    if not booking.seeker.is_verified:
        raise NotNow(
            N_("“%(name)s” is not verified at the moment, so nothing can be confirmed."), name=booking.seeker.name
        )
    assert booking.provider_id is not None  # only seats have no achievement, and those are never pending
    people = people_of(session, booking.provider_id, attendees, "attendees")
    before = set(attending(booking, Side.PROVIDER))
    not_full(session, booking.match_session, people=[one for one in people if one not in before], organisations=())
    with session.begin_nested():
        release(session, [booking.id], people=before - set(people))
        hold_people(session, booking, [one for one in people if one not in before])
    for one in list(booking.attendees):
        if one.side is Side.PROVIDER and one.person_id not in people:
            booking.attendees.remove(one)
    _attend(booking, [], [one for one in people if one not in before])
    booking.engagement = of_meeting(session, booking, by=by)
    booking.answered_by_id, booking.hold_until = by.person_id, None
    booking.sequence += 1
    behalf = by.behalf(booking.provider_id)
    audit.move(session, booking, BookingState.CONFIRMED, "booking.confirm", by=by, on_behalf_of=behalf)
    tell(session, booking, "booking_confirmed", everybody(session, booking), calendar=INVITE)
    session.flush()


def decline(
    session: Session, booking: Booking, *, by: Actor, reason: str, note: str = "", revision: int | None = None
) -> None:
    """The owner declines; ``reason`` is a key of the dictionary "stop_reason". What was held goes to who waits."""
    _hold_still(session, booking, revision)
    _pending(booking)
    if not reason:
        raise Invalid(N_("Please choose a reason; the other side reads it."), field="reason")
    note = short(note, "note")
    behalf = by.behalf(booking.provider_id)
    booking.decline_reason, booking.state_reason, booking.answered_by_id = reason, note, by.person_id
    audit.move(session, booking, BookingState.DECLINED, "booking.decline", by=by, reason=note, on_behalf_of=behalf)
    tell(session, booking, "booking_declined", seeker_people(booking), reason_key=reason, reason=note)
    let_go(session, [booking])
    promote(session, booking.match_session)
    session.flush()


def cancel(session: Session, booking: Booking, *, by: Actor, reason: str = "", revision: int | None = None) -> None:
    """Either side, or an organizer, cancels before the meeting begins. What was held goes to who waits.

    A side that cancels a meeting of the timetable is not brought to it again by a new plan.
    """
    _hold_still(session, booking, revision)
    if times(booking)[0] <= utcnow() and booking.state is BookingState.CONFIRMED:
        raise NotNow(N_("This meeting has begun already; it cannot be cancelled any more."))
    if booking.state is BookingState.CONFIRMED:
        end_with(session, booking, by=by)
    close(session, [booking], by=by, reason=short(reason, "reason"))
    promote(session, booking.match_session)
    session.flush()


def cancel_for_achievement(session: Session, achievement: Achievement, *, by: Actor | None, reason: str) -> int:
    """Cancel every coming booking with an achievement that leaves the site and tell the people; returns how many."""
    found = coming(session, Booking.achievement_id == achievement.id)
    concerned = {booking.match_session_id: booking.match_session for booking in found}
    for match_session in concerned.values():
        lock(session, match_session, others=concerned)
    found = [booking for booking in found if booking.state in OPEN_BOOKINGS]
    close(session, found, by=by, reason=reason)
    for match_session in concerned.values():
        promote(session, match_session)
    session.flush()
    return len(found)


def cancel_for_session(session: Session, match_session: MatchSession, *, by: Actor, reason: str) -> int:
    """Cancel every coming booking of a session that is cancelled; the caller holds its lock. Returns how many."""
    found = coming(session, Booking.match_session_id == match_session.id)
    close(session, found, by=by, reason=reason, template="session_cancelled")
    session.flush()
    return len(found)


def expire(session: Session, booking: Booking) -> bool:
    """End a hold that nobody answered, or waiting that is over; returns whether it was due. Not due: nothing happens."""
    lock(session, booking.match_session)
    if not due(booking):
        return False
    end(session, booking)
    promote(session, booking.match_session)
    session.flush()
    return True


def serve(session: Session, match_session: MatchSession) -> list[Booking]:
    """Look at a waiting list since something elsewhere has changed; returns who got a place."""
    found = waiting(session, match_session.id)
    if not found:
        return []
    lock(session, match_session, people={person for booking in found for person in attending(booking)})
    served = promote(session, match_session)
    session.flush()
    return served


# --- what the verbs share ---------------------------------------------------------------------------------------------


def _ids(*people: Collection[int] | int | None) -> list[int]:
    found: list[int] = []
    for one in people:
        found += [] if one is None else [one] if isinstance(one, int) else list(one)
    return found


def _stays_published(session: Session, achievement: Achievement) -> None:
    """Whoever takes the achievement off the site now waits for this transaction, and then closes its booking too."""
    session.refresh(achievement, with_for_update={"read": True})


def _begin(
    session: Session,
    match_session: MatchSession,
    seeker: Organisation,
    *,
    by: Actor,
    achievement: Achievement | None = None,
    note: str = "",
) -> Booking:
    booking = Booking(
        match_session=match_session,
        seeker=seeker,
        provider=achievement.organisation if achievement else match_session.owner,
        achievement=achievement,
        note=short(note, "note"),
        acted_by_id=by.person_id,
        state=BookingState.PENDING,
    )
    session.add(booking)
    return booking


def _attend(booking: Booking, seeker_side: Collection[int], provider_side: Collection[int]) -> None:
    for side, people in ((Side.SEEKER, seeker_side), (Side.PROVIDER, provider_side)):
        booking.attendees += [BookingAttendee(person_id=person, side=side) for person in people]


def _noted(session: Session, booking: Booking, by: Actor, action: str) -> None:
    behalf = by.behalf(booking.seeker_id)
    audit.note_transition(session, booking, None, booking.state, by=by, on_behalf_of=behalf)
    audit.record(session, action, booking, by=by, on_behalf_of=behalf)


def _hold_still(session: Session, booking: Booking, revision: int | None, *, people: Collection[int] = ()) -> None:
    """Lock the session and read the booking anew. Raises Conflict where it is not what the form showed."""
    lock(session, booking.match_session, people=people)
    booking_unchanged(booking, revision)


def _pending(booking: Booking) -> None:
    if booking.state is BookingState.PENDING and (
        (booking.hold_until and booking.hold_until <= utcnow()) or times(booking)[0] <= utcnow()
    ):
        raise NotNow(N_("Nobody answered in time, so this booking has expired."))
    if booking.state is not BookingState.PENDING:
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=booking.state.label,
        )
