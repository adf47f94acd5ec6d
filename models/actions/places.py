"""Giving a booking its place: a table in a slot, a seat; and the waiting list that gets what becomes free."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.booking_mails import INVITE, answering, attending, seeker_people, tell
from models.actions.occupancy import Taken, cells_of_meeting, take
from models.base import utcnow
from models.enums import BookingState, EventState, OccupancyKind, SessionKind, Side, Verification
from models.errors import N_, Conflict
from models.queries.limits import Room, room
from models.queries.places import Hindrance, Places, name_of, places, whereabouts
from models.queries.settings import setting
from models.rules.calendar import cells
from models.rules.conflicts import free_seat, hold_end
from models.tables import Booking, BookingAttendee, MatchSession, Organisation, Slot

ATTEMPTS = 5  # somebody in another session may be faster as often as that
NAMED = 6  # free slots in a sentence

TAKEN = (
    N_("This slot has just been taken. Still free: %(free)s."),
    N_("This slot has just been taken, and no other one is free. You can join the waiting list."),
)
IN_MEETING = (
    N_("%(name)s is in another meeting at this time. Free for everybody you named: %(free)s."),
    N_("%(name)s is in another meeting at this time, and no other slot is free for everybody you named."),
)
ON_STAGE = (
    N_("%(name)s presents at “%(title)s” at this time. Free for everybody you named: %(free)s."),
    N_("%(name)s presents at “%(title)s” at this time, and no other slot is free for everybody you named."),
)
NOT_THERE = (
    N_("%(name)s is not there at this time. Free for everybody you named: %(free)s."),
    N_("%(name)s is not there at this time, and no other slot is free for everybody you named."),
)
AWAY = (
    N_("%(name)s said they are not there at this time. Free for everybody you named: %(free)s."),
    N_("%(name)s said they are not there at this time, and no other slot is free for everybody you named."),
)
TOO_FAR = (
    N_("%(name)s is too far away just before or after to walk here in time. Free for everybody you named: %(free)s."),
    N_(
        "%(name)s is too far away just before or after to walk here in time, and no other slot is free for everybody you named."
    ),
)
MEANWHILE = N_("Several people changed meetings at this very moment. Please try again.")
NO_SEAT = N_("All seats are taken. You can join the waiting list.")


def settle(session: Session, booking: Booking, slot: Slot, people: Collection[int], *, host: int | None = None) -> None:
    """Put a booking at the first free table of a slot and hold its people; the caller holds the session's lock.

    Where somebody receives at the table they attend too; ``host``: only at this person's.
    Raises Conflict (field slot or attendees) whose sentence names the slots that are still free.
    """
    for _attempt in range(ATTEMPTS):
        now_free = places(session, booking.match_session, people).for_provider(booking.provider_id)
        hindered = now_free.hindrance_at(people, slot)
        table_id = now_free.free_table(slot, people, host)
        if table_id is None or hindered is not None:
            raise _lost(session, now_free, hindered if now_free.free_tables(slot) else None, people, host)
        receives = now_free.hosts.get(table_id)
        try:
            with session.begin_nested():
                booking.slot_id, booking.table_id = slot.id, table_id
                session.flush()
                there = [*people] if receives is None else [*people, receives]
                take(session, cells_of_meeting(booking.id, slot, table_id, there))
        except Taken:
            continue
        session.expire(booking, ["slot", "table"])
        if receives is not None:
            booking.attendees.append(BookingAttendee(person_id=receives, side=Side.PROVIDER))
        return
    raise Conflict(MEANWHILE, field="slot")


def _lost(
    session: Session, now_free: Places, hindered: Hindrance | None, people: Collection[int], host: int | None
) -> Conflict:
    free = [slot.starts_at for slot in now_free.free_slots(people, utcnow(), host)][:NAMED]
    if hindered is None:
        return Conflict(TAKEN[not free], field="slot", **({"free": free} if free else {}))
    sentence = _sentences(hindered)[not free]
    values = {"name": name_of(session, hindered.person_id)}
    if hindered.title:
        values["title"] = hindered.title
    return Conflict(sentence, field="attendees", **values, **({"free": free} if free else {}))


def _sentences(hindered: Hindrance) -> tuple[str, str]:
    if hindered.venue is not None:
        return TOO_FAR
    if hindered.missing:
        return NOT_THERE
    return ON_STAGE if hindered.title else AWAY if hindered.away else IN_MEETING


def refuse_hindered(session: Session, hindered: Hindrance | None) -> None:
    """Raise Conflict where somebody cannot come and the time is fixed."""
    if hindered is None:
        return
    name = name_of(session, hindered.person_id)
    if hindered.title:
        raise Conflict(
            N_("%(name)s presents at “%(title)s” at this time. Please name somebody else."),
            field="attendees",
            name=name,
            title=hindered.title,
        )
    if hindered.venue is not None:
        sentence = N_("%(name)s is too far away just before or after to walk here in time. Please name somebody else.")
    elif hindered.missing:
        sentence = N_("%(name)s is not there at this time. Please name somebody else.")
    elif hindered.away:
        sentence = N_("%(name)s said they are not there at this time. Please name somebody else.")
    else:
        sentence = N_("%(name)s is in another meeting at this time. Please name somebody else.")
    raise Conflict(sentence, field="attendees", name=name)


def hold_people(session: Session, booking: Booking, people: Collection[int]) -> None:
    """Hold people for the time of a booking that has its place. Raises Conflict where one cannot come."""
    where = booking.slot or booking.match_session
    for _attempt in range(ATTEMPTS):
        they_are = whereabouts(session, people, where.starts_at, where.ends_at, match_session=booking.match_session)
        refuse_hindered(session, they_are.hindrance(people, where.starts_at, where.ends_at))
        venue = booking.table.venue if booking.table is not None else ""
        refuse_hindered(session, they_are.too_far(people, where.starts_at, where.ends_at, venue))
        meanwhile = cells(where.starts_at, where.ends_at)
        try:
            take(session, [(booking.id, OccupancyKind.PERSON, person, meanwhile) for person in people])
        except Taken:
            continue
        return
    raise Conflict(MEANWHILE, field="attendees")


def seat(session: Session, booking: Booking, people: Collection[int]) -> None:
    """Give a booking the lowest free seat of its group session. Raises Conflict where none is free or one cannot come."""
    for _attempt in range(ATTEMPTS):
        taken = session.scalars(
            select(Booking.seat).where(Booking.match_session_id == booking.match_session_id, Booking.seat.is_not(None))
        )
        number = free_seat({one for one in taken if one is not None}, booking.match_session.capacity)
        if number is None:
            raise Conflict(NO_SEAT)
        try:
            with session.begin_nested():
                booking.seat = number
                session.flush()
                hold_people(session, booking, people)
        except IntegrityError:
            continue
        return
    raise Conflict(MEANWHILE)


def deadline(booking: Booking) -> datetime | None:
    """When a hold, or waiting, is over; None for other states."""
    if booking.state is BookingState.PENDING:
        return booking.hold_until
    if booking.state is not BookingState.WAITING:
        return None
    if booking.slot is not None:
        return booking.slot.starts_at
    session = booking.match_session
    return session.ends_at if session.kind is SessionKind.ONE_TO_ONE else session.starts_at


def keep_deadline(session: Session, booking: Booking) -> None:
    """Enqueue the end of a hold, or of waiting; the handler looks again whether it is due."""
    session.flush()
    jobs.add(session, "booking_expiry", run_after=deadline(booking), booking_id=booking.id)


def hold(session: Session, booking: Booking) -> None:
    """Begin the time in which the provider has to answer."""
    where = booking.slot or booking.match_session
    booking.hold_until = hold_end(utcnow(), setting(session, "booking_hold_hours"), where.starts_at)


def waiting(session: Session, match_session_id: int) -> Sequence[Booking]:
    """Who waits for a place, first come first; passed over while one of the two organisations may not meet."""
    barred = select(Organisation.id).where(Organisation.verification != Verification.VERIFIED)
    return session.scalars(
        select(Booking)
        .where(
            Booking.match_session_id == match_session_id,
            Booking.state == BookingState.WAITING,
            Booking.seeker_id.not_in(barred),
            or_(Booking.provider_id.is_(None), Booking.provider_id.not_in(barred)),
        )
        .order_by(Booking.id)
    ).all()


def promote(session: Session, match_session: MatchSession) -> list[Booking]:
    """Give what is free to who waits longest and can come; the caller holds the session's lock. Returns who got one."""
    session.flush()
    queue = waiting(session, match_session.id) if match_session.state is EventState.PUBLISHED else []
    if not queue or match_session.ends_at <= utcnow():
        return []
    if match_session.kind is SessionKind.GROUP:
        return [booking for booking in queue if _promote_to_seat(session, booking, attending(booking))]
    people = {booking.id: attending(booking) for booking in queue}
    everyone = {person for some in people.values() for person in some}
    now_free = places(session, match_session, everyone)
    left = room(
        session, match_session, people=everyone, organisations={firm for booking in queue for firm in _firms(booking)}
    )
    promoted = []
    for booking in queue:
        if _promote(session, booking, now_free, left, people[booking.id]):
            promoted.append(booking)
            left.take(people[booking.id], _firms(booking))
            now_free = places(session, match_session, everyone)
    return promoted


def _firms(booking: Booking) -> tuple[int, int]:
    return booking.seeker_id, booking.provider_id or 0


def _promote(session: Session, booking: Booking, now_free: Places, left: Room, people: Collection[int]) -> bool:
    if not left.fits(people, _firms(booking)):
        return False
    for slot in now_free.for_provider(booking.provider_id).free_slots(people, utcnow()):
        if booking.slot_id not in (None, slot.id):
            continue
        try:
            settle(session, booking, slot, people)
        except Conflict:
            continue
        hold(session, booking)
        audit.move(session, booking, BookingState.PENDING, "booking.promote", by=None)
        keep_deadline(session, booking)
        tell(session, booking, "booking_promoted", seeker_people(booking))
        tell(session, booking, "booking_requested", answering(session, booking))
        return True
    return False


def _promote_to_seat(session: Session, booking: Booking, people: Collection[int]) -> bool:
    if booking.match_session.starts_at <= utcnow():
        return False
    try:
        with session.begin_nested():
            seat(session, booking, people)
    except Conflict:
        return False
    audit.move(session, booking, BookingState.CONFIRMED, "booking.promote", by=None)
    tell(session, booking, "booking_promoted", seeker_people(booking), calendar=INVITE)
    return True
