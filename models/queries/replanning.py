"""The rest of a session as it stands: the meetings still to come with what hinders them, and the wishes without one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.enums import BookingState, Side, TimetableState
from models.queries.disturbances import missing
from models.queries.news import news_of
from models.queries.places import Places, places
from models.queries.planning import (
    MUTUAL,
    STRENGTH,
    Party,
    free_at_slots,
    names_of,
    parties_of,
    scores_of,
    take_tables,
    worth_of,
)
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
    host: int
    people: Sequence[int]
    weight: int


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
    found: Places  # what hinders whom, the meetings themselves left out
    seen: int  # number of the newest news


def rest_of(session: Session, match_session: MatchSession, *, now: datetime) -> Rest:
    """What can be planned anew of a session from ``now`` on; a constant number of queries."""
    seen = news_of(session, match_session.id)
    standing = _standing(session, match_session, now)
    off = missing(session, match_session.id).bookings
    parties, _unnamed = parties_of(session, match_session, accepted_only=_accepted_only(session, match_session))
    coming = sorted(
        {person for one in standing for person in one.people}
        | {person for party in parties for person in (*party.seekers, party.provider)}
    )
    found = places(session, match_session, coming, without=[one.id for one in standing])
    slots = [slot for slot in found.slots if slot.starts_at > now]
    tables = {number: found.free_tables(slot.starts_at, slot.ends_at) for number, slot in enumerate(slots)}
    # Whose table is broken comes last: where it has to go, another one need not.
    meetings = sorted(
        (one for one in standing if one.id not in off), key=lambda one: (one.table_id not in tables[one.slot], one.id)
    )
    free_at = {person: free_at_slots(found, slots, person) for person in coming}
    names, number_of = names_of(session, coming), {person: number for number, person in enumerate(coming)}
    people = [Person(names[person], free_at[person]) for person in coming]
    scores = scores_of(session, parties)
    wishes = [_wish(one.people, one.weight, number_of, free_at) for one in meetings] + [
        _wish(
            [*party.seekers, party.provider],
            worth_of(party.wish, scores.get((party.wish.seeker_id, party.wish.achievement_id), 0)),
            number_of,
            free_at,
        )
        for party in parties
    ]
    for number, wish in enumerate(wishes):
        if len(wish.people) == 1:  # nobody of the owner is named yet
            wishes[number] = Wish((*wish.people, len(people)), wish.weight, allowed=wish.allowed)
            people.append(Person("", (1 << len(slots)) - 1))
    before = [one.slot for one in meetings]
    many = len(wishes)
    take_tables(wishes, people, [len(found.tables) - len(tables[number]) for number in range(len(slots))])
    return Rest(
        problem=Problem(len(slots), tuple(people), tuple(wishes), (len(found.tables),)),
        before=(*before, *[None] * (many - len(before)), *(wish.locked for wish in wishes[many:])),
        meetings=meetings,
        called_off=[one for one in standing if one.id in off],
        parties=parties,
        slots=slots,
        tables=tables,
        people=number_of,
        names=names,
        found=found,
        seen=seen,
    )


def _wish(people: Sequence[int], weight: int, number_of: Mapping[int, int], free_at: Mapping[int, int]) -> Wish:
    numbers = tuple(dict.fromkeys(number_of[person] for person in people))
    return Wish(numbers, weight, allowed=reduce(and_, (free_at[person] for person in people)))


def _standing(session: Session, match_session: MatchSession, now: datetime) -> list[Meeting]:
    """The bookings that hold a table in a slot to come; two queries."""
    wished = (MeetingWish.match_session_id == Booking.match_session_id) & (
        (MeetingWish.seeker_id == Booking.seeker_id) & (MeetingWish.achievement_id == Booking.achievement_id)
    )
    rows = session.execute(
        select(
            Booking.id, Booking.slot_id, Booking.table_id, Booking.provider_id, Slot.starts_at,
            MeetingWish.seeker_strength, MeetingWish.provider_strength,
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .outerjoin(MeetingWish, wished)
        .where(
            Booking.match_session_id == match_session.id,
            Slot.starts_at > now,
            or_(Booking.state == BookingState.CONFIRMED, Booking.state == BookingState.PENDING),
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
            host=next((person for person, side in people[row.id] if side is Side.PROVIDER), -(row.provider_id or 0)),
            people=[person for person, _side in people[row.id]],
            weight=_worth(row),
        )
        for row in rows
    ]


def _worth(row: Any) -> int:
    """A confirmed meeting counts as wanted by both, at least as much as was said."""
    said = STRENGTH * ((row.seeker_strength or 0) + (row.provider_strength or 0)) + MUTUAL
    return max(AGREED, said)


def attendees_of(session: Session, booking_ids: Collection[int]) -> dict[int, list[tuple[int, Side]]]:
    """Booking id -> (person, side) of who attends."""
    found: dict[int, list[tuple[int, Side]]] = {one: [] for one in booking_ids}
    rows = select(BookingAttendee.booking_id, BookingAttendee.person_id, BookingAttendee.side)
    for booking_id, person, side in session.execute(
        rows.where(BookingAttendee.booking_id.in_(booking_ids)).order_by(BookingAttendee.id)
    ):
        found[booking_id].append((person, side))
    return found


def _accepted_only(session: Session, match_session: MatchSession) -> bool:
    """As it was said for the timetable that was published last."""
    return bool(
        session.scalar(
            select(Timetable.accepted_only)
            .where(Timetable.match_session_id == match_session.id, Timetable.state == TimetableState.PUBLISHED)
            .order_by(Timetable.number.desc())
            .limit(1)
        )
    )
