"""Matchmaking sessions: plan, change, publish, postpone, cancel. What hangs on one moves or closes with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import session_unchanged
from models.actions.booking_ends import close
from models.actions.booking_mails import INVITE, NO_FILE, everybody, tell_all, times, to_tell_of
from models.actions.bookings import cancel_for_session
from models.actions.occupancy import Taken, lock, release, release_sessions, take
from models.actions.places import ATTEMPTS, MEANWHILE, keep_deadline, promote
from models.actions.session_hosts import hold_hosts, of_series, owner_behind, tell_owner
from models.actions.session_plan import (
    Plan,
    check,
    check_texts,
    columns,
    lay_out,
    number_of_seats,
    number_of_tables,
    set_meetings,
    shift_slots,
    what_about,
    who_receives,
)
from models.actions.wish_mails import keep_reminder
from models.base import utcnow
from models.enums import BookingState, EventState, OccupancyKind, SessionKind
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.hanging import OPEN_BOOKINGS
from models.queries.places import whereabouts
from models.rules.calendar import cells
from models.rules.conflicts import aligned
from models.rules.policy import Actor
from models.tables import Booking, BookingAttendee, MatchSession, Occupancy

MOST_REASON = 500
ELSEWHERE = N_("Somebody who was to come is elsewhere at the new time.")


@dataclass(frozen=True)
class Moved:
    """What a postponement did: bookings that moved along, and those that had to be closed."""

    moved: int
    closed: int


def create(session: Session, *, by: Actor, plan: Plan) -> MatchSession:
    """Plan a session as a draft, with its tables and slots. Raises Invalid at a field."""
    check(plan)
    twin = select(MatchSession.id).where(
        MatchSession.title == plan.title,
        MatchSession.starts_at == plan.starts_at,
        MatchSession.state != EventState.CANCELLED,
        MatchSession.owner_id.is_(None) if plan.owner_id is None else MatchSession.owner_id == plan.owner_id,
    )
    if session.scalar(twin.limit(1)) is not None:
        raise Invalid(N_("A session of this title at this time exists already."), field="title")
    match_session = MatchSession(created_by_id=by.person_id, **columns(plan))
    session.add(match_session)
    session.flush()
    lay_out(session, match_session, plan)
    behalf = owner_behind(match_session, by)
    audit.note_transition(session, match_session, None, EventState.DRAFT, by=by, on_behalf_of=behalf)
    audit.record(session, "session.create", match_session, by=by, on_behalf_of=behalf, title=plan.title)
    session.flush()
    return match_session


def edit(session: Session, match_session: MatchSession, *, by: Actor, revision: int, plan: Plan) -> None:
    """Change a session: a draft in everything; a published one in its texts, place, tables and seats.

    Raises Conflict for a stale revision, NotNow where it is over, Invalid at a field (its times move by ``postpone``).
    """
    lock(session, match_session, people=plan.hosts)
    session_unchanged(match_session, revision)
    _going_on(match_session)
    place_before = match_session.venue
    if match_session.state is EventState.DRAFT:
        check(plan)
        for name, value in columns(plan).items():
            setattr(match_session, name, value)
        lay_out(session, match_session, plan)
    else:
        check_texts(plan)
        match_session.title, match_session.introduction = plan.title, plan.introduction
        match_session.venue, match_session.circle_id = plan.venue, plan.circle_id
        match_session.event_id = plan.event_id
        if match_session.owner_id is not None:
            who_receives(session, match_session, plan.hosts)
            what_about(session, match_session, plan.achievements)
        elif match_session.kind is SessionKind.ONE_TO_ONE:
            number_of_tables(session, match_session, plan.tables)
            set_meetings(session, match_session, plan)
        if match_session.kind is SessionKind.GROUP:
            number_of_seats(session, match_session, plan.capacity)
    audit.record(session, "session.edit", match_session, by=by, on_behalf_of=owner_behind(match_session, by))
    session.flush()
    if match_session.state is EventState.PUBLISHED:
        hold_hosts(session, [match_session], field="hosts")
        if match_session.venue != place_before:
            match_session.sequence += 1
            _tell_moved(session, _open_bookings(session, match_session), by=by, reason="")
        promote(session, match_session)
    session.flush()


def publish(session: Session, match_session: MatchSession, *, by: Actor) -> int:
    """Announce a session, and the later dates of its weekly repetition; from now on they can be booked. Returns how many.

    Raises NotNow where it would begin in the past, or its owner is not verified; Conflict where one who receives is elsewhere.
    """
    found = of_series(session, match_session, EventState.DRAFT)
    lock(session, match_session, others=[one.id for one in found], shift=found[-1].ends_at - match_session.ends_at)
    if match_session.starts_at <= utcnow():
        raise NotNow(N_("This session would begin in the past. Change its time first."))
    if match_session.owner is not None and not match_session.owner.is_verified:
        raise NotNow(
            N_("“%(name)s” is not verified at the moment, so it cannot publish."), name=match_session.owner.name
        )
    drafts = [match_session, *(one for one in found[1:] if one.state is EventState.DRAFT)]
    for one in drafts:
        audit.move(
            session, one, EventState.PUBLISHED, "session.publish", by=by, on_behalf_of=owner_behind(match_session, by)
        )
        one.published_once = True
    session.flush()
    hold_hosts(session, drafts, field="")
    return len(drafts)


def postpone(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    shift: timedelta,
    reason: str,
    venue: str = "",
    revision: int | None = None,
) -> Moved:
    """Move a session with all its slots and bookings by ``shift`` (five-minute steps, either way) and tell everybody.

    A booking one of whose people is elsewhere at the new time is closed with that reason. Raises NotNow where the
    session has begun, Invalid at starts_at or reason, Conflict for a stale revision.
    """
    lock(session, match_session, people=_concerned(session, match_session), shift=shift)
    session_unchanged(match_session, revision)
    _going_on(match_session)
    was, now = match_session.starts_at, utcnow()
    if was <= now:
        raise NotNow(N_("This session has begun already; it cannot be postponed any more."))
    reason = _reason(reason)
    if not shift:
        raise Invalid(N_("The session begins at this time already. Choose another."), field="starts_at")
    if was + shift <= now:
        raise Invalid(N_("This time has passed already."), field="starts_at")
    if not aligned(was + shift):
        raise Invalid(N_("Please choose a time on five minutes, for example 14:05."), field="starts_at")
    shift_slots(session, match_session, shift)
    match_session.starts_at, match_session.ends_at = was + shift, match_session.ends_at + shift
    match_session.wishes_close_at += shift
    keep_reminder(session, match_session)
    match_session.venue = venue or match_session.venue
    match_session.state_reason, match_session.sequence = reason, match_session.sequence + 1
    session.flush()
    moving = _open_bookings(session, match_session)
    if match_session.state is EventState.PUBLISHED:
        hold_hosts(session, [match_session], field="starts_at")
    closed = _move_cells(session, match_session, moving)
    moved = [booking for booking in moving if booking not in closed]
    tell_owner(session, match_session, "moved", by=by, reason=reason)
    _tell_moved(session, moved, by=by, reason=reason, shift=shift)
    close(session, closed, by=by, reason=ELSEWHERE)
    promote(session, match_session)
    audit.record(
        session,
        "session.postpone",
        match_session,
        by=by,
        on_behalf_of=owner_behind(match_session, by),
        was=was.isoformat(),
        now=match_session.starts_at.isoformat(),
        reason=reason,
        moved=len(moved),
        closed=len(closed),
    )
    session.flush()
    return Moved(len(moved), len(closed))


def cancel(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    reason: str,
    revision: int | None = None,
    later: bool = False,
) -> int:
    """Call a session off: its bookings are closed with the reason, people are told. Returns how many bookings.

    ``later``: with the later dates of its weekly repetition. Raises NotNow where it is over or cancelled, Invalid (reason),
    Conflict for a stale revision.
    """
    found = of_series(session, match_session, match_session.state) if later else [match_session]
    lock(session, match_session, others=[one.id for one in found])
    session_unchanged(match_session, revision)
    _going_on(match_session)
    reason, closed = _reason(reason), 0
    for one in found:
        if one.state is EventState.CANCELLED:  # somebody was faster with a later date
            continue
        behalf = owner_behind(one, by)
        audit.move(session, one, EventState.CANCELLED, "session.cancel", by=by, reason=reason, on_behalf_of=behalf)
        one.state_reason, one.sequence = reason, one.sequence + 1
        release_sessions(session, [one.id])
        closed += cancel_for_session(session, one, by=by, reason=reason)
    tell_owner(session, match_session, "cancelled", by=by, reason=reason, later=len(found) - 1)
    session.flush()
    return closed


# --- checks -----------------------------------------------------------------------------------------------------------


def _going_on(match_session: MatchSession) -> None:
    if match_session.state is EventState.CANCELLED:
        raise NotNow(N_("This session was cancelled."))
    if match_session.state is EventState.PUBLISHED and match_session.ends_at <= utcnow():
        raise NotNow(N_("This session is over."))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(N_("Please give a reason; the people concerned will read it."), field="reason")
    if len(reason) > MOST_REASON:
        raise Invalid(N_("At most %(most)s characters, please."), field="reason", most=MOST_REASON)
    return reason.strip()


# --- moving -----------------------------------------------------------------------------------------------------------


def _open_bookings(session: Session, match_session: MatchSession) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .where(Booking.match_session_id == match_session.id, Booking.state.in_(OPEN_BOOKINGS))
        .order_by(Booking.id)
    ).all()


def _concerned(session: Session, match_session: MatchSession) -> Sequence[int]:
    """Everybody who would have to come at another time."""
    return session.scalars(
        select(BookingAttendee.person_id)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .where(Booking.match_session_id == match_session.id, Booking.state.in_(OPEN_BOOKINGS))
    ).all()


def _move_cells(session: Session, match_session: MatchSession, moving: Sequence[Booking]) -> list[Booking]:
    """Give back all cells, then take the new ones in one statement; returns whose people are elsewhere then."""
    holders: dict[int, set[tuple[OccupancyKind, int]]] = {}
    held = select(Occupancy.booking_id, Occupancy.kind, Occupancy.holder_id).distinct()
    for booking_id, kind, holder in session.execute(held.where(Occupancy.booking_id.in_([b.id for b in moving]))):
        if booking_id is not None:  # not what the session itself holds
            holders.setdefault(booking_id, set()).add((kind, holder))
    release(session, list(holders))
    people = {holder for some in holders.values() for kind, holder in some if kind is OccupancyKind.PERSON}
    when = {booking.id: booking.slot or match_session for booking in moving}
    for _attempt in range(ATTEMPTS):
        they_are = whereabouts(session, people, match_session.starts_at, match_session.ends_at)
        closed = []
        for booking in moving:
            theirs = {holder for kind, holder in holders.get(booking.id, ()) if kind is OccupancyKind.PERSON}
            if they_are.hindrance(theirs, when[booking.id].starts_at, when[booking.id].ends_at):
                closed.append(booking)
        try:
            take(
                session,
                [
                    (booking.id, kind, holder, cells(when[booking.id].starts_at, when[booking.id].ends_at))
                    for booking in moving
                    if booking not in closed
                    for kind, holder in holders.get(booking.id, ())
                ],
            )
        except Taken:
            continue
        return closed
    raise Conflict(MEANWHILE)


def _tell_moved(
    session: Session, moved: Sequence[Booking], *, by: Actor, reason: str, shift: timedelta = timedelta()
) -> None:
    """Another time, or (``shift`` zero) another place: new calendar files, new ends of holds, a mail to each."""
    session.scalars(to_tell_of([booking.id for booking in moved])).all()  # for all at once, not for each
    told: dict[tuple[str, str], dict[Booking, set[int | None]]] = defaultdict(dict)
    for booking in moved:
        starts_at, confirmed = times(booking)[0], booking.state is BookingState.CONFIRMED
        booking.sequence += 1
        if booking.hold_until is not None:
            booking.hold_until = min(booking.hold_until, starts_at)
        if not confirmed:
            keep_deadline(session, booking)
        if shift:
            audit.note_transition(session, booking, booking.state, booking.state, by=by, reason=reason)
        calendar, was = INVITE if confirmed else NO_FILE, (starts_at - shift).isoformat() if shift else ""
        told[calendar, was][booking] = {*everybody(session, booking)} - {by.person_id}
    for (calendar, was), some in told.items():
        tell_all(session, some, "booking_moved", calendar=calendar, reason=reason, was=was)
