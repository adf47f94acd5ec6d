"""Where people are around the hours of a session, as far as the way from there matters."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from models.enums import EventState, SessionKind
from models.queries.bookings import ENDS, STARTS
from models.queries.limits import HOLDING
from models.rules.conflicts import LONGEST_WAY, Stay
from models.tables import Booking, BookingAttendee, MatchSession, SessionTable, Slot


def place(venue: str, of_table: str) -> str:
    """A place as it is compared: two of the same words are one."""
    return " ".join(f"{venue} {of_table}".split())


def stays_around(
    session: Session,
    match_session: MatchSession,
    people: Collection[int],
    talks: Sequence[Any],
    without: Collection[int],
) -> dict[int, list[Stay]]:
    """Person -> meetings that stand, also of other sessions, groups that they receive, and ``talks`` (of ``pitches_during``)
    around a session. One query.

    The way is the longer one of those that the two sessions allow for; where neither does it does not matter.
    """
    begin, end = match_session.starts_at - LONGEST_WAY, match_session.ends_at + LONGEST_WAY
    own = match_session.walking_minutes
    allows_for_ways = () if own else (MatchSession.walking_minutes > 0,)
    where = (MatchSession.venue, func.coalesce(SessionTable.venue, ""), MatchSession.walking_minutes)
    meetings = (
        select(BookingAttendee.person_id, STARTS, ENDS, *where)
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(SessionTable, SessionTable.id == Booking.table_id)
        .where(
            BookingAttendee.person_id.in_(people),
            Booking.state.in_(HOLDING),
            Booking.id.not_in(without),
            or_(
                Booking.slot_id.is_not(None), Booking.seat.is_not(None)
            ),  # one that is just being booked is nowhere yet
            begin < ENDS,
            end > STARTS,
            *allows_for_ways,
        )
    )
    groups = (
        select(SessionTable.host_id, MatchSession.starts_at, MatchSession.ends_at, *where)
        .join(MatchSession, MatchSession.id == SessionTable.match_session_id)
        .where(
            SessionTable.host_id.in_(people),
            MatchSession.kind == SessionKind.GROUP,
            MatchSession.state == EventState.PUBLISHED,
            begin < MatchSession.ends_at,
            end > MatchSession.starts_at,
            *allows_for_ways,
        )
    )
    found: dict[int, list[Stay]] = defaultdict(list)
    rows: Any = session.execute(union_all(meetings, groups))
    for person, starts_at, ends_at, venue, of_table, walking in rows:
        way = timedelta(minutes=max(walking, own))
        found[person].append(Stay(person, starts_at, ends_at, place(venue, of_table), way))
    for row in talks if own else ():
        venue = match_session.venue if row.event_id == match_session.event_id else row.venue
        where_it_is = place(venue, row.room_facts.get(row.room, {}).get("venue", ""))
        found[row.person_id].append(
            Stay(row.person_id, row.starts_at, row.ends_at, where_it_is, timedelta(minutes=own))
        )
    for stays in found.values():
        stays.sort(key=lambda stay: stay.starts_at)
    return found
