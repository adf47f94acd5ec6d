"""Timetables of a session: asked for, computed by a job, published as confirmed meetings."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.booking_checks import before_timetable
from models.actions.booking_mails import attending
from models.actions.confirmed import Meeting, book_all
from models.actions.day_mails import ADDED, PUBLISHED, Told, tell_day
from models.actions.occupancy import Taken, cells_of_meeting, lock, take
from models.actions.places import ATTEMPTS, MEANWHILE
from models.base import utcnow
from models.enums import Lane, Side, TimetableState
from models.errors import N_, Conflict, DomainError, Invalid, NotNow
from models.queries.limits import room
from models.queries.places import Places, places
from models.queries.planning import Day, Party, day_of, parties_of
from models.queries.timetables import find
from models.rules.policy import Actor
from models.rules.timetable import Outcome, Reason, Seated, Why, check_problem, seat
from models.tables import Booking, MatchSession, Slot, Timetable

UNNAMED = "unnamed"  # beside the codes of Why: nobody can come for one of the sides


HELD = {  # the sentences of check_problem, with a time instead of a number
    "%(names)s are held at slot %(slot)s, but not all of them are there then.": N_(
        "%(names)s are held at %(time)s, but not all of them are there then."
    ),
    "%(name)s is held in two meetings at slot %(slot)s.": N_("%(name)s is held in two meetings at %(time)s."),
    "%(name)s cannot walk from one venue to the other between slots %(first)s and %(second)s.": N_(
        "%(name)s cannot walk from one venue to the other between the meetings at %(time)s."
    ),
    "More meetings are held at slot %(slot)s than there are tables (%(tables)s): %(names)s.": N_(
        "More meetings are held at %(time)s than there are tables (%(tables)s): %(names)s."
    ),
}
SLOTS = ("slot", "first", "second")  # values of these sentences


def ask(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    accepted_only: bool = False,
    everybody: bool = False,
    base: Timetable | None = None,
    only_rest: bool = False,
) -> Timetable:
    """Have a timetable computed in the background; the one that is under way where there is one.

    ``accepted_only``: meetings that both sides want; ``everybody``: first as many for all as all can have. What is locked
    in ``base`` keeps its place, with ``only_rest`` all that is placed there. Raises NotNow, Invalid where the locks
    cannot be kept together.
    """
    before_timetable(match_session)
    locks = [one for one in base.meetings if only_rest or one.get("locked")] if base is not None else []
    if locks:
        locks = _possible(session, match_session, locks, accepted_only)
    last = select(func.max(Timetable.number)).where(Timetable.match_session_id == match_session.id)
    made = Timetable(
        match_session_id=match_session.id,
        number=(session.scalar(last) or 0) + 1,
        asked_by_id=by.person_id,
        accepted_only=accepted_only,
        everybody=everybody,
        locks=locks,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # one is under way, or somebody asked at this moment
        found = find(session, match_session)
        if found is not None and found.state.under_way:
            return found
        raise Conflict(MEANWHILE) from None
    audit.record(session, "timetable.ask", made, by=by)
    jobs.add(session, "timetable", lane=Lane.LONG, timetable_id=made.id)
    return made


def _possible(
    session: Session, match_session: MatchSession, locks: list[dict[str, int]], accepted_only: bool
) -> list[dict[str, int]]:
    """The locks of wishes that can be planned still. Raises Invalid where they contradict each other."""
    day = day_of(session, match_session, accepted_only=accepted_only, now=utcnow(), locks=locks)
    planned = {party.wish.id for party in day.parties}
    try:
        check_problem(day.problem)
    except Invalid as error:
        raise with_times(session, day, error) from None
    return [one for one in locks if one["wish"] in planned]


def with_times(session: Session, day: Day, error: DomainError) -> DomainError:
    """The sentence of ``check_problem`` with times instead of the numbers of slots; another one as it is."""
    if error.message not in HELD:
        return error
    numbers = [int(error.params[name]) - 1 for name in SLOTS if name in error.params]
    times = [session.get_one(Slot, day.slots[number]).starts_at for number in numbers]
    others = {name: value for name, value in error.params.items() if name not in SLOTS}
    return Invalid(HELD[error.message], field=error.field, time=times, **others)


def stop(session: Session, timetable: Timetable, *, by: Actor) -> None:
    """End the computing; the job sees it within a second. Raises NotNow where it has ended."""
    if not timetable.state.under_way:
        raise NotNow(N_("This timetable is not being computed any more."))
    timetable.state, timetable.finished_at = TimetableState.STOPPED, utcnow()
    audit.record(session, "timetable.stop", timetable, by=by)
    session.flush()


def note_progress(session: Session, timetable_id: int, *, weight: int, bound: int) -> bool:
    """Note the best plan so far; returns whether to go on."""
    timetable = session.get_one(Timetable, timetable_id)
    if not timetable.state.under_way:
        return False
    timetable.state, timetable.weight, timetable.bound = TimetableState.RUNNING, weight, bound
    return True


def note_result(session: Session, timetable_id: int, day: Day, outcome: Outcome, reasons: dict[int, Reason]) -> None:
    """Keep what was computed, tables included; nothing where it was stopped meanwhile."""
    timetable = session.get_one(Timetable, timetable_id)
    if not timetable.state.under_way:
        return
    timetable.state, timetable.finished_at = TimetableState.READY, utcnow()
    timetable.weight, timetable.bound = outcome.weight, outcome.bound
    timetable.meetings = _with_tables(day, outcome, timetable.locks)
    timetable.unplaced = unplaced(day, reasons)
    session.flush()


def unplaced(day: Day, reasons: Mapping[int, Reason]) -> list[dict[str, Any]]:
    """The wishes without a meeting, each with its reason."""
    return [
        {"wish": party.wish.id, "why": reasons[number].why.value, "about": _about(day, number, reasons[number])}
        for number, party in enumerate(day.parties)
        if number in reasons
    ] + [{"wish": wish.id, "why": UNNAMED, "about": []} for wish in day.unnamed]


def note_failure(session: Session, timetable_id: int, error: str) -> None:
    timetable = session.get_one(Timetable, timetable_id)
    if timetable.state.under_way:
        timetable.state, timetable.error, timetable.finished_at = TimetableState.FAILED, error[:2000], utcnow()


def publish(session: Session, timetable: Timetable, *, by: Actor) -> tuple[int, int]:
    """Make every meeting of a timetable a confirmed booking and tell everybody their day; returns how many were made and left out.

    Left out is what does not fit any more: a wish taken back or declined since, somebody or the table taken meanwhile.
    Raises NotNow where it is not ready or the session has begun.
    """
    match_session = timetable.match_session
    parties, _unnamed = parties_of(session, match_session, accepted_only=timetable.accepted_only)
    lock(session, match_session, people={person for party in parties for person in party.people})
    session.refresh(timetable, with_for_update=True)
    before_timetable(match_session)
    if timetable.state is not TimetableState.READY:
        raise NotNow(N_("Only a timetable that is ready can be published."))
    parties, _unnamed = parties_of(session, match_session, accepted_only=timetable.accepted_only)
    party_of = {party.wish.id: party for party in parties}
    slots = {slot.id: slot for slot in match_session.slots if slot.starts_at > utcnow()}
    tables = {table.id for table in match_session.tables}
    wanted = [
        (party_of[one["wish"]], slots[one["slot"]], one["table"])
        for one in timetable.meetings
        if one["wish"] in party_of and one["slot"] in slots and one["table"] in tables
    ]
    made = _booked(session, match_session, wanted, by=by)
    timetable.state, timetable.published_at = TimetableState.PUBLISHED, utcnow()
    left = len(timetable.meetings) - len(made)
    audit.record(session, "timetable.publish", timetable, by=by, made=len(made), left_out=left)
    tell_day(session, match_session, [Told(ADDED, one, attending(one)) for one in made], by=by, template=PUBLISHED)
    session.flush()
    return len(made), left


def _booked(session: Session, match_session: MatchSession, wanted: Sequence[Meeting], *, by: Actor) -> list[Booking]:
    """Bookings with their cells, all in one statement; who is hindered is left out and the rest tried anew."""
    for _attempt in range(ATTEMPTS):
        fitting = _fitting(session, match_session, wanted)
        try:
            with session.begin_nested():
                made = book_all(session, match_session, fitting, by=by)
                take(
                    session,
                    [
                        held
                        for booking, (party, slot, table) in zip(made, fitting, strict=True)
                        for held in cells_of_meeting(booking.id, slot, table, party.people)
                    ],
                )
        except Taken:
            continue
        return made
    raise Conflict(MEANWHILE)


def _fitting(session: Session, match_session: MatchSession, wanted: Sequence[Meeting]) -> list[Meeting]:
    """Those whose people and table are free now, one after the other: people of a wish may have changed since."""
    people = {person for party, _slot, _table in wanted for person in party.people}
    now_free = places(session, match_session, people)
    left = room(
        session, match_session, people=people, organisations={firm for one, *_where in wanted for firm in one.firms}
    )
    found = []
    for one in wanted:
        party, slot, table = one
        if _still_free(now_free, *one) and left.take(party.people, party.firms):
            now_free.hold(party.people, slot, table)
            found.append(one)
    return found


def _still_free(now_free: Places, party: Party, slot: Slot, table: int) -> bool:
    """Whether its people and the table are, and the table is still one of the provider's."""
    return (
        now_free.hindrance(party.people, slot.starts_at, slot.ends_at) is None
        and table in now_free.tables_for(party.wish.provider_id)
        and now_free.can_be_used(table, slot, party.people)
    )


def _with_tables(day: Day, outcome: Outcome, locks: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give each meeting a table, so that its owner's people need not move; what is locked keeps its own."""
    placed = sorted((slot, number) for number, slot in enumerate(outcome.plan[: len(day.parties)]) if slot is not None)
    tables = {number: day.tables[slot] for number, slot in enumerate(day.slots)}
    kept = {one["wish"]: one for one in locks}
    wishes = [day.parties[number].wish.id for _slot, number in placed]
    seats = seat(
        [
            Seated(
                slot,
                day.parties[number].provider,
                kept[wish]["table"] if wish in kept else None,
                tables_of(day, number),
            )
            for (slot, number), wish in zip(placed, wishes, strict=True)
        ],
        tables,
    )
    return [
        {"wish": wish, "slot": day.slots[slot], "table": table, "locked": bool(kept.get(wish, {}).get("locked"))}
        for (slot, _number), wish, table in zip(placed, wishes, seats, strict=True)
    ]


def tables_of(day: Day, number: int) -> Sequence[int]:
    """The tables at which a wish (by number) may be: of its owner, or of the venue where the owner is."""
    return day.spots.spots[day.spots.of_provider[day.parties[number].wish.provider_id]].tables


def _about(day: Day, number: int, reason: Reason) -> list[str]:
    """Which sides a reason is about."""
    if reason.why not in (Why.FULL, Why.MOST):
        return []
    *seekers, provider = day.problem.wishes[number].people
    about = ((Side.SEEKER, seekers), (Side.PROVIDER, [provider]))
    return [side.value for side, people in about if not set(people).isdisjoint(reason.people)]
