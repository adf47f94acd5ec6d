"""After meetings: what each side said, whose word is missing, and who has met whom before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.enums import BookingState, MeetingResult, NextStepState, OrgRole, Side, Verdict
from models.queries.bookings import STARTS, Providing, Seeking
from models.queries.recipients import Recipient
from models.rules.outcomes import verdict
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    Booking,
    BookingAttendee,
    MatchSession,
    MeetingOutcome,
    Membership,
    NextStep,
    Person,
    Slot,
)

OfSeeker, OfProvider = aliased(MeetingOutcome, name="of_seeker"), aliased(MeetingOutcome, name="of_provider")
SEEKER_SAID = and_(OfSeeker.booking_id == Booking.id, OfSeeker.side == Side.SEEKER)
PROVIDER_SAID = and_(OfProvider.booking_id == Booking.id, OfProvider.side == Side.PROVIDER)


def verdict_column() -> ColumnElement[str]:
    """rules.outcomes.verdict for the database, where SEEKER_SAID and PROVIDER_SAID are outer-joined."""
    held = or_(OfSeeker.result == MeetingResult.HELD, OfProvider.result == MeetingResult.HELD)
    missed = or_(OfSeeker.result != MeetingResult.HELD, OfProvider.result != MeetingResult.HELD)
    return case(
        (and_(held, missed), Verdict.CONTRADICTORY.value),
        (held, Verdict.HELD.value),
        (missed, Verdict.NO_SHOW.value),
        else_=Verdict.UNKNOWN.value,
    )


def said(session: Session, booking_id: int) -> Mapping[Side, Any]:
    """side -> (result, useful, said_at, by_organizer, who) of one booking; one query."""
    rows = session.execute(
        select(
            MeetingOutcome.side,
            MeetingOutcome.result,
            MeetingOutcome.useful,
            MeetingOutcome.said_at,
            MeetingOutcome.by_organizer,
            Person.name.label("who"),
        )
        .outerjoin(Person, Person.id == MeetingOutcome.person_id)
        .where(MeetingOutcome.booking_id == booking_id)
    )
    return {row.side: row for row in rows}


def said_in(session: Session, match_session_id: int) -> Mapping[int, Mapping[Side, Any]]:
    """booking -> side -> (result, useful, by_organizer) of a session; one query."""
    rows = session.execute(
        select(
            MeetingOutcome.booking_id,
            MeetingOutcome.side,
            MeetingOutcome.result,
            MeetingOutcome.useful,
            MeetingOutcome.by_organizer,
        )
        .join(Booking, Booking.id == MeetingOutcome.booking_id)
        .where(Booking.match_session_id == match_session_id)
    )
    found: dict[int, dict[Side, Any]] = defaultdict(dict)
    for row in rows:
        found[row.booking_id][row.side] = row
    return found


def silent(side: Side) -> ColumnElement[bool]:
    """That nobody has said for a side how a booking was."""
    return ~exists().where(MeetingOutcome.booking_id == Booking.id, MeetingOutcome.side == side)


def logs_in(side: Side, organisation: Any) -> ColumnElement[bool]:
    """That somebody who attended a booking for a side, and is still in its organisation, can log in to say how it was."""
    return exists().where(
        BookingAttendee.booking_id == Booking.id,
        BookingAttendee.side == side,
        Membership.person_id == BookingAttendee.person_id,
        Membership.organisation_id == organisation,
        Membership.ended_at.is_(None),
        Account.person_id == BookingAttendee.person_id,
        Account.confirmed_at.is_not(None),
        Account.suspended_at.is_(None),
    )


@dataclass(frozen=True)
class Unanswered:
    """A meeting of which a side has not said how it was, and who is asked for that side."""

    public_id: str
    starts_at: datetime
    other: str  # the other side; "" for a seat
    session: str
    achievement: str
    people: tuple[Recipient, ...]


def unanswered(session: Session, *, since: datetime, until: datetime) -> list[Unanswered]:
    """Confirmed meetings that began from ``since`` to before ``until``, a row for each silent side that can be asked:
    who attended and can log in, else the managers. Two queries a side."""
    found = []
    for side, mine, other in (
        (Side.SEEKER, Booking.seeker_id, Providing.name),
        (Side.PROVIDER, Booking.provider_id, Seeking.name),
    ):
        rows = session.execute(
            select(
                Booking.id,
                Booking.public_id,
                STARTS.label("starts_at"),
                func.coalesce(other, "").label("other"),
                MatchSession.title,
                func.coalesce(AchievementVersion.title, "").label("achievement"),
            )
            .join(MatchSession, MatchSession.id == Booking.match_session_id)
            .join(Seeking, Seeking.id == Booking.seeker_id)
            .outerjoin(Providing, Providing.id == Booking.provider_id)
            .outerjoin(Slot, Slot.id == Booking.slot_id)
            .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
            .outerjoin(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
            .where(
                Booking.state == BookingState.CONFIRMED,
                mine.is_not(None),
                since <= STARTS,
                until > STARTS,
                silent(side),
            )
            .order_by(STARTS, Booking.id)
        ).all()
        asked = _asked(session, side, mine, [row.id for row in rows])
        found += [
            Unanswered(row.public_id, row.starts_at, row.other, row.title, row.achievement, asked[row.id])
            for row in rows
            if row.id in asked
        ]
    return found


def _asked(
    session: Session, side: Side, mine: Any, booking_ids: Collection[int]
) -> Mapping[int, tuple[Recipient, ...]]:
    """booking -> who attended for a side and can log in, else the managers of that side."""
    attended = exists().where(
        BookingAttendee.booking_id == Booking.id,
        BookingAttendee.side == side,
        BookingAttendee.person_id == Person.id,
    )
    rows = session.execute(
        select(Booking.id, attended.label("attended"), Person.id, Person.name, Account.email, Account.locale)
        .join(Membership, (Membership.organisation_id == mine) & Membership.ended_at.is_(None))
        .join(Person, Person.id == Membership.person_id)
        .join(Account, Account.person_id == Person.id)
        .where(
            Booking.id.in_(booking_ids),
            Account.confirmed_at.is_not(None),
            Account.suspended_at.is_(None),
            or_(attended, Membership.role == OrgRole.MANAGER),
        )
        .order_by(Booking.id, Person.id)
    )
    attending: dict[int, list[Recipient]] = defaultdict(list)
    managing: dict[int, list[Recipient]] = defaultdict(list)
    for booking_id, came, person_id, name, email, locale in rows:
        (attending if came else managing)[booking_id].append(Recipient(person_id, name, email, locale))
    return {booking_id: tuple(people) for booking_id, people in {**managing, **attending}.items()}


# --- met before -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Met:
    """The last meeting of a pair of organisations, and what is open between them since."""

    public_id: str
    starts_at: datetime
    session: str
    verdict: Verdict
    useful: bool
    next_step: str
    due_on: date | None
    times: int  # how often they have met or were to meet


def met(
    session: Session, pairs: Iterable[tuple[int, int | None]], *, now: datetime, before: Booking | None = None
) -> Mapping[tuple[int, int], Met]:
    """Pair of organisations (as given) -> their last confirmed meeting that has begun, whoever sought whom; one query.

    ``before``: only what began before this booking. The caller asks only for pairs whose names the reader may see.
    """
    wanted = {(one, other) for one, other in pairs if other is not None}
    if not wanted:
        return {}
    some, others = {one for one, _other in wanted}, {other for _one, other in wanted}
    statement = (
        select(
            Booking.seeker_id,
            Booking.provider_id,
            Booking.public_id,
            STARTS.label("starts_at"),
            MatchSession.title,
            OfSeeker.result.label("seeker_said"),
            OfProvider.result.label("provider_said"),
            or_(func.coalesce(OfSeeker.useful, False), func.coalesce(OfProvider.useful, False)).label("useful"),
            NextStep.text,
            NextStep.due_on,
        )
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(OfSeeker, SEEKER_SAID)
        .outerjoin(OfProvider, PROVIDER_SAID)
        .outerjoin(NextStep, (NextStep.engagement_id == Booking.engagement_id) & (NextStep.state == NextStepState.OPEN))
        .where(
            Booking.state == BookingState.CONFIRMED,
            now >= STARTS,
            or_(
                and_(Booking.seeker_id.in_(some), Booking.provider_id.in_(others)),
                and_(Booking.seeker_id.in_(others), Booking.provider_id.in_(some)),
            ),
        )
        .order_by(STARTS.desc(), Booking.id.desc())
    )
    if before is not None:
        where = before.slot or before.match_session
        statement = statement.where(Booking.id != before.id, where.starts_at > STARTS)
    meetings: dict[frozenset[int], list[Any]] = defaultdict(list)
    for row in session.execute(statement):
        meetings[frozenset((row.seeker_id, row.provider_id))].append(row)
    return {pair: _met(rows) for pair in wanted if (rows := meetings.get(frozenset(pair)))}


def _met(rows: Sequence[Any]) -> Met:
    last = rows[0]
    return Met(
        public_id=last.public_id,
        starts_at=last.starts_at,
        session=last.title,
        verdict=verdict(last.seeker_said, last.provider_said),
        useful=last.useful,
        next_step=last.text or "",
        due_on=last.due_on,
        times=len(rows),
    )
