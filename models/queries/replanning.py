"""The rest of a session as it stands: the meetings still to come with what hinders them, and the wishes without one."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Side, TimetableState
from models.queries.limits import HOLDING, Room, room
from models.queries.places import Places, places
from models.queries.planning import (
    MUTUAL,
    STRENGTH,
    Party,
    free_at_slots,
    names_of,
    parties_of,
    problem_of,
    together,
    worths_of,
)
from models.queries.planning_inputs import Spots, limited, spots
from models.rules.timetable import Person, Plan, Problem, Wish
from models.tables import Booking, BookingAttendee, MatchSession, MeetingWish, Slot, Timetable

AGREED = 4 * STRENGTH + MUTUAL  # what a meeting is worth that both agreed on without a wish


@dataclass(frozen=True)
class Meeting:
    """A booking in a slot to come."""

    id: int
    slot: int  # its number among the slots to come
    slot_id: int
    table_id: int
    seeker_id: int
    provider_id: int
    seekers: Sequence[int]
    people: Sequence[int]
    providers: Sequence[int]  # who comes of the owner; nobody may be named yet
    weight: int

    @property
    def firms(self) -> tuple[int, int]:
        return self.seeker_id, self.provider_id

    @property
    def host(self) -> int:
        """Whoever should change tables as rarely as possible."""
        return self.providers[0] if self.providers else -self.provider_id


@dataclass(frozen=True)
class Rest:
    """What is left to plan. Wishes of the problem: first ``meetings``, then ``parties``, then tables that are taken."""

    problem: Problem
    before: Plan
    meetings: Sequence[Meeting]
    called_off: Sequence[Meeting]
    parties: Sequence[Party]
    slots: Sequence[Slot]
    tables: Mapping[int, Sequence[int]]  # number of the slot -> ids of the tables that are there
    people: Mapping[int, int]  # id -> number in the problem
    names: Mapping[int, str]
    spots: Sequence[Sequence[int]]  # the tables of each venue of the problem
    found: Places  # what hinders whom, the meetings themselves left out

    @property
    def fingerprint(self) -> str:
        """In short all that a plan is computed from: the same as long as nothing has changed that a plan depends on."""
        made_from = [
            asdict(self.problem),
            [asdict(one) for one in (*self.meetings, *self.called_off)],
            [(party.wish.id, party.people) for party in self.parties],
            [(slot.id, slot.starts_at.isoformat()) for slot in self.slots],
            sorted(self.tables.items()),
            self.spots,
        ]
        return sha256(json.dumps(made_from, default=sorted).encode()).hexdigest()


def rest_of(session: Session, match_session: MatchSession, *, now: datetime) -> Rest:
    """What can be planned anew of a session from ``now`` on; a constant number of queries."""
    standing = _standing(session, match_session, now)
    parties, _unnamed = parties_of(session, match_session, accepted_only=_accepted_only(session, match_session))
    every: list[Meeting | Party] = [*standing, *parties]
    coming = sorted({person for one in every for person in one.people})
    found = places(session, match_session, coming, without=[one.id for one in standing])
    off = found.missing.bookings
    slots = [slot for slot in found.slots if slot.starts_at > now]
    tables = {number: found.free_tables(slot) for number, slot in enumerate(slots)}
    # Whose table is broken comes last: where it has to go, another one need not.
    meetings = sorted(
        (one for one in standing if one.id not in off), key=lambda one: (one.table_id not in tables[one.slot], one.id)
    )
    at = spots(found, [party.wish.provider_id for party in parties])
    spot_of = _spots_of(at, meetings, parties)
    free_at = {person: free_at_slots(found, slots, person) for person in coming}
    names, number_of = names_of(session, coming), {person: number for number, person in enumerate(coming)}
    people = [Person(names[person], free_at[person]) for person in coming]
    left = _left(session, match_session, standing, every)
    planned: list[Meeting | Party] = [*meetings, *parties]
    people, limits = limited(people, planned, left, names, number_of)
    weights = [one.weight for one in meetings] + worths_of(session, parties)
    wishes = []
    for one, weight, spot in zip(planned, weights, spot_of, strict=True):
        numbers = tuple(dict.fromkeys(number_of[person] for person in one.people))
        while len(numbers) < 2:  # nobody of the owner is named yet, or whoever was has left
            numbers = (*numbers, len(people))
            people.append(Person("", (1 << len(slots)) - 1))
        allowed = together(found, slots, free_at, one.people, at.spots[spot].venue)
        wishes.append(Wish(numbers, weight, spot, allowed))
    problem = problem_of(match_session, people, wishes, at, [*tables.values()], limits=limits)
    taken = [wish.locked for wish in problem.wishes[len(wishes) :]]
    return Rest(
        problem=problem,
        before=(*(one.slot for one in meetings), *[None] * len(parties), *taken),
        meetings=meetings,
        called_off=[one for one in standing if one.id in off],
        parties=parties,
        slots=slots,
        tables=tables,
        people=number_of,
        names=names,
        spots=[spot.tables for spot in at.spots],
        found=found,
    )


def _spots_of(at: Spots, meetings: Sequence[Meeting], parties: Sequence[Party]) -> list[int]:
    """A meeting stays at the venue where it is; a wish goes to where its owner sits, or meets already."""
    of_table = {table: number for number, spot in enumerate(at.spots) for table in spot.tables}
    found = [of_table[one.table_id] for one in meetings]
    sits = {one.provider_id: spot for one, spot in zip(meetings, found, strict=True)}
    return found + [sits.get(party.wish.provider_id, at.of_provider[party.wish.provider_id]) for party in parties]


def _left(
    session: Session, match_session: MatchSession, standing: Sequence[Meeting], every: Sequence[Meeting | Party]
) -> Room:
    """How many meetings people and organisations may have in all: never fewer than they have now."""
    left = room(
        session,
        match_session,
        people={person for one in every for person in one.people},
        organisations={firm for one in every for firm in one.firms},
    )
    have = Counter(person for one in standing for person in one.people)
    firms = Counter(firm for one in standing for firm in one.firms)
    return Room(
        {one: max(most, 0) + have[one] for one, most in left.of_person.items()},
        {one: max(most, 0) + firms[one] for one, most in left.of_organisation.items()},
    )


def _standing(session: Session, match_session: MatchSession, now: datetime) -> list[Meeting]:
    """The bookings that hold a table in a slot to come; two queries."""
    wished = (MeetingWish.match_session_id == Booking.match_session_id) & (
        (MeetingWish.seeker_id == Booking.seeker_id) & (MeetingWish.achievement_id == Booking.achievement_id)
    )
    rows = session.execute(
        select(
            Booking.id, Booking.slot_id, Booking.table_id, Booking.seeker_id, Booking.provider_id, Slot.starts_at,
            MeetingWish.seeker_strength, MeetingWish.provider_strength,
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .outerjoin(MeetingWish, wished)
        .where(
            Booking.match_session_id == match_session.id,
            Slot.starts_at > now,
            Booking.state.in_(HOLDING),
        )
        .order_by(Booking.id)
    ).all()  # fmt: skip
    coming = select(Slot.id).where(Slot.match_session_id == match_session.id, Slot.starts_at > now)
    number_of = {slot: number for number, slot in enumerate(session.scalars(coming.order_by(Slot.starts_at)))}
    people = attendees_of(session, [row.id for row in rows])
    return [
        Meeting(
            id=row.id,
            slot=number_of[row.slot_id],
            slot_id=row.slot_id,
            table_id=row.table_id,
            seeker_id=row.seeker_id,
            provider_id=row.provider_id or 0,
            seekers=[person for person, side in people[row.id] if side is Side.SEEKER],
            people=[person for person, _side in people[row.id]],
            providers=[person for person, side in people[row.id] if side is Side.PROVIDER],
            weight=_worth(row),
        )
        for row in rows
    ]


def _worth(row: Any) -> int:
    """A confirmed meeting counts as wanted by both, at least as much as was said."""
    said = STRENGTH * ((row.seeker_strength or 0) + (row.provider_strength or 0)) + MUTUAL
    return max(AGREED, said)


def attendees_of(session: Session, booking_ids: Collection[int]) -> dict[int, list[tuple[int, Side | None]]]:
    """Booking id -> (person, side) of who attends."""
    found: dict[int, list[tuple[int, Side | None]]] = {one: [] for one in booking_ids}
    rows = select(BookingAttendee.booking_id, BookingAttendee.person_id, BookingAttendee.side)
    for booking_id, person, side in session.execute(
        rows.where(BookingAttendee.booking_id.in_(booking_ids)).order_by(BookingAttendee.id)
    ):
        found[booking_id].append((person, side))
    return found


def _accepted_only(session: Session, match_session: MatchSession) -> bool:
    """As it was said for the timetable that was published last; where there is none, for the session."""
    said = session.scalar(
        select(Timetable.accepted_only)
        .where(Timetable.match_session_id == match_session.id, Timetable.state == TimetableState.PUBLISHED)
        .order_by(Timetable.number.desc())
        .limit(1)
    )
    return match_session.accepted_only if said is None else said
