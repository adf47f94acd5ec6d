"""A new plan of the rest of a session: computed with the fewest changes, looked at, applied as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.booking_checks import open_for, timetabled
from models.actions.booking_ends import let_go
from models.actions.booking_mails import attending, everybody, to_tell_of
from models.actions.confirmed import book_all
from models.actions.day_mails import ADDED, LOST, MOVED, Told, tell_day
from models.actions.occupancy import Taken, cells_of_meeting, lock, release, take
from models.actions.places import keep_deadline, promote
from models.base import utcnow
from models.enums import BookingState, SessionKind
from models.errors import N_, Conflict, NotNow
from models.queries.planning import Party, parties_of
from models.queries.replanning import Meeting, Rest, rest_of
from models.rules.policy import Actor
from models.rules.timetable import Effort, Reason, Seated, reasons, replan, seat
from models.tables import Booking, BookingAttendee, MatchSession, Replan, SessionTable, Slot

EFFORT = Effort(gap=0.003, rounds=200, moves=20_000, seconds=3.0)  # a day of an event's size takes a fraction of it
AWAY, ELSEWHERE, TABLE, ROOM, OFF = "away", "elsewhere", "table", "room", "off"  # why a meeting cannot stay
CHANGED = N_("Something has changed since this plan was made. Here is a new one: please look at it again.")
DISTURBED = N_("The plan of the day had to be changed.")


@dataclass(frozen=True)
class Proposal:
    """What a new plan changes, as plain values that are kept with it (ids of rows)."""

    changes: Sequence[Mapping[str, Any]]
    kept: int
    weight_before: int
    weight: int


def propose(rest: Rest, effort: Effort = EFFORT) -> Proposal:
    """Compute it; nothing is read or written."""
    many = len(rest.meetings)
    found = replan(rest.problem, rest.before, effort)
    plan, why = found.outcome.plan, reasons(rest.problem, found.outcome.plan)
    placed = [(number, slot) for number, slot in enumerate(plan[: many + len(rest.parties)]) if slot is not None]
    tables = seat([_seated(rest, number, slot) for number, slot in placed], rest.tables)
    changes: list[dict[str, Any]] = [_lost(rest, one, OFF, [], None) for one in rest.called_off]
    kept = 0
    for (number, slot), table in zip(placed, tables, strict=True):
        now = [rest.slots[slot].id, table]
        if number >= many:
            wish = rest.parties[number - many].wish.id
            changes.append({"what": ADDED, "booking": None, "wish": wish, "was": None, "now": now})
            continue
        one = rest.meetings[number]
        if [one.slot_id, one.table_id] == now:
            kept += 1
        else:
            code, who = _trigger(rest, one)
            was = [one.slot_id, one.table_id]
            changes.append(
                {"what": MOVED, "booking": one.id, "wish": None, "was": was, "now": now, "why": code, "who": who}
            )
    changes += [
        _lost(rest, one, *_trigger(rest, one), why[number])
        for number, one in enumerate(rest.meetings)
        if plan[number] is None
    ]
    before = sum(one.weight for one in (*rest.meetings, *rest.called_off))
    return Proposal(changes, kept, before, found.outcome.weight)


def _seated(rest: Rest, number: int, slot: int) -> Seated:
    within = rest.spots[rest.problem.wishes[number].venue]
    if number >= len(rest.meetings):
        return Seated(slot, rest.parties[number - len(rest.meetings)].provider, within=within)
    one = rest.meetings[number]
    return Seated(slot, one.host, one.table_id if one.slot == slot else None, within)


def _trigger(rest: Rest, one: Meeting) -> tuple[str, list[int]]:
    """Why a meeting does not stay where it is, and about whom."""
    slot = rest.slots[one.slot]
    hindered = rest.found.hindrance(one.people, slot.starts_at, slot.ends_at)
    if hindered is not None:
        return (AWAY if hindered.away or hindered.missing else ELSEWHERE), [hindered.person_id]
    return (TABLE if one.table_id not in rest.tables[one.slot] else ROOM), []


def _lost(rest: Rest, one: Meeting, code: str, who: list[int], reason: Reason | None) -> dict[str, Any]:
    ids = {number: person for person, number in rest.people.items()}
    return {
        "what": LOST, "booking": one.id, "wish": None, "was": [one.slot_id, one.table_id], "now": None,
        "why": code, "who": who,
        "then": reason.why.value if reason else "",
        "about": [ids[number] for number in reason.people if number in ids] if reason else [],
    }  # fmt: skip


def keep(session: Session, match_session: MatchSession, proposal: Proposal, *, by: Actor, made_from: str) -> Replan:
    """Keep a proposal to be looked at; ``made_from``: the fingerprint of what it was computed from. Raises NotNow where the session is over, not announced, or an organisation's own."""
    open_for(match_session, SessionKind.ONE_TO_ONE)
    timetabled(match_session)
    made = Replan(
        match_session=match_session, made_from=made_from, changes=list(proposal.changes), kept=proposal.kept,
        weight_before=proposal.weight_before, weight=proposal.weight, made_by_id=by.person_id,
    )  # fmt: skip
    session.add(made)
    audit.record(session, "replan.make", made, by=by, changes=len(proposal.changes))
    session.flush()
    return made


@dataclass(frozen=True)
class Applied:
    """How many meetings moved, fell out, came in; how many people are told."""

    moved: int
    lost: int
    added: int
    told: int


def apply(session: Session, plan: Replan, *, by: Actor) -> Applied:
    """Move, cancel and make the bookings of a plan and tell the people, all or nothing.

    Raises Conflict where anything changed since it was made (also a slot that began), NotNow where it was applied or the
    session is over.
    """
    match_session = plan.match_session
    parties, _unnamed = parties_of(session, match_session, accepted_only=False)
    lock(session, match_session, people=_everyone(session, plan, parties))
    session.refresh(plan, with_for_update=True)
    open_for(match_session, SessionKind.ONE_TO_ONE)
    if plan.applied_at is not None:
        raise NotNow(N_("This plan was applied already."))
    now = rest_of(session, match_session, now=plan.created_at)
    if now.fingerprint != plan.made_from:
        raise Conflict(CHANGED)
    work = _Work(session, plan, by)
    work.change({party.wish.id: party for party in now.parties})
    plan.applied_at = utcnow()
    told = tell_day(session, match_session, work.told, by=by)
    promote(session, match_session)
    many = Counter(one.what for one in work.told)
    done = Applied(many[MOVED], many[LOST], many[ADDED], told)
    audit.record(session, "replan.apply", plan, by=by, moved=done.moved, lost=done.lost, added=done.added)
    session.flush()
    return done


def _everyone(session: Session, plan: Replan, parties: Sequence[Party]) -> set[int]:
    ids = [one["booking"] for one in plan.changes if one["booking"]]
    there = select(BookingAttendee.person_id).where(BookingAttendee.booking_id.in_(ids))
    people = set(session.scalars(there))
    wished = {one["wish"] for one in plan.changes if one["wish"]}
    return people.union(*(party.people for party in parties if party.wish.id in wished))


class _Work:
    """One application: what is moved, cancelled and made, and who is to be told of it."""

    def __init__(self, session: Session, plan: Replan, by: Actor) -> None:
        self.session, self.by, self.match_session = session, by, plan.match_session
        self.changes = plan.changes
        ids = [one["booking"] for one in plan.changes if one["booking"]]
        self.bookings = {one.id: one for one in session.scalars(to_tell_of(ids))}
        self.concerned: dict[Booking, list[int | None]] = {}  # before anything changes
        self.slots: dict[int, Slot] = {slot.id: slot for slot in self.match_session.slots}
        self.tables: dict[int, SessionTable] = {table.id: table for table in self.match_session.tables}
        self.told: list[Told] = []

    def change(self, parties: Mapping[int, Party]) -> None:
        self._still_to_come()
        moved, lost = self._each(MOVED), self._each(LOST)
        for _one, booking in (*moved, *lost):
            self.concerned[booking] = self._concerned(booking)
        release(self.session, [booking.id for _one, booking in moved])  # DELETE before INSERT, else the key is violated
        let_go(self.session, [booking for _one, booking in lost])
        self._cancel([booking for _one, booking in lost])
        self._move(moved)
        made = self._make([(parties[one["wish"]], *one["now"]) for one in self.changes if one["what"] == ADDED])
        self._take([*(booking for _one, booking in moved), *made])
        for _one, booking in moved:
            if booking.state is BookingState.PENDING:
                keep_deadline(self.session, booking)

    def _each(self, what: str) -> list[tuple[Mapping[str, Any], Booking]]:
        return [(one, self.bookings[one["booking"]]) for one in self.changes if one["what"] == what]

    def _still_to_come(self) -> None:
        """A meeting that begins meanwhile stays put, and nothing moves into the past."""
        now = utcnow()
        for one in self.changes:
            for place in (one["was"], one["now"]):
                if place is None:
                    continue
                slot, table = self.slots.get(place[0]), self.tables.get(place[1])
                if slot is None or table is None or slot.starts_at <= now:
                    raise Conflict(CHANGED)

    def _cancel(self, lost: Sequence[Booking]) -> None:
        for booking in lost:
            booking.state_reason = DISTURBED
            self.told.append(Told(LOST, booking, self.concerned[booking]))
        audit.move_all(self.session, lost, BookingState.CANCELLED, "booking.cancel", by=self.by, reason=DISTURBED)

    def _move(self, moved: Sequence[tuple[Mapping[str, Any], Booking]]) -> None:
        changes = []
        for one, booking in moved:
            was, was_table = self.slots[one["was"][0]].starts_at.isoformat(), self.tables[one["was"][1]].number
            booking.slot, booking.table = self.slots[one["now"][0]], self.tables[one["now"][1]]
            booking.sequence += 1
            if booking.hold_until is not None:
                booking.hold_until = min(booking.hold_until, booking.slot.starts_at)
            detail = {"was": was, "was_table": was_table}
            changes.append(audit.Change(booking, booking.state, booking.state, DISTURBED, detail=detail))
            self.told.append(Told(MOVED, booking, self.concerned[booking], was, was_table))
        audit.note_all(self.session, "booking.move", changes, by=self.by)

    def _make(self, wanted: Sequence[tuple[Party, int, int]]) -> list[Booking]:
        meetings = [(party, self.slots[slot], table) for party, slot, table in wanted]
        made = book_all(self.session, self.match_session, meetings, by=self.by)
        self.told += [Told(ADDED, booking, self._concerned(booking)) for booking in made]
        return made

    def _concerned(self, booking: Booking) -> list[int | None]:
        """But for whoever presses the button, unless they attend."""
        there = attending(booking)
        return [one for one in everybody(self.session, booking) if one != self.by.person_id or one in there]

    def _take(self, wanted: Sequence[Booking]) -> None:
        try:
            take(
                self.session,
                [
                    held
                    for booking in wanted
                    if booking.slot is not None and booking.table_id is not None
                    for held in cells_of_meeting(booking.id, booking.slot, booking.table_id, attending(booking))
                ],
            )
        except Taken:  # by a booking in another session, at this very moment
            raise Conflict(CHANGED) from None
