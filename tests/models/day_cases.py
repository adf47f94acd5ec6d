"""A published day to disturb, and what must hold after it was planned anew."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import disturbances, meeting_wishes, replanning, timetables
from models.base import Database, utcnow
from models.enums import BookingState, DisturbanceKind, OrgRole
from models.queries.planning import day_of
from models.queries.replanning import rest_of
from models.rules.timetable import Effort, plan_day, reasons
from models.tables import (
    Achievement,
    Booking,
    Disturbance,
    MatchSession,
    Person,
    Replan,
    SessionTable,
    Slot,
    Timetable,
)
from models.tables.booking import CELL_SECONDS
from tests.factories import make_account, make_achievement, make_provider
from tests.models.booking_cases import Fair, make_fair
from tests.time_passes import bring_forward

QUICK = Effort(gap=0.003, rounds=30, moves=2_000)


def make_day(database: Database, *, owners: int = 2, **values: Any) -> Fair:
    """A timetable is published: every enterprise wants to meet every owner."""
    fair = make_fair(database, **{"seekers": 3, "tables": 2, **values})
    with database.write() as session:
        wish_all(session, fair, owners=owners)
        timetables.publish(session, computed(session, fair), by=fair.organizer)
    return fair


def wish_all(session: Session, fair: Fair, *, owners: int) -> None:
    """So many owners in all, each wanted by every enterprise."""
    achievements = [fair.achievement_id]
    for _number in range(owners - 1):
        provider = make_provider(session)
        owner = make_account(session, provider, role=OrgRole.MANAGER)
        achievements.append(make_achievement(session, provider, contact_id=owner.person_id).id)
    match_session = the(session, fair)
    for seeker in fair.seekers:
        for achievement in achievements:
            meeting_wishes.wish(
                session, match_session, by=seeker.actor, seeker_id=seeker.organisation_id,
                achievement=session.get_one(Achievement, achievement), strength=2, attendees=[seeker.person],
            )  # fmt: skip


def the(session: Session, fair: Fair) -> MatchSession:
    return session.get_one(MatchSession, fair.session_id)


def computed(session: Session, fair: Fair, **asked: Any) -> Timetable:
    """What the job does."""
    timetable = timetables.ask(session, the(session, fair), by=fair.organizer, **asked)
    made = day_of(session, the(session, fair), accepted_only=False, now=utcnow(), locks=timetable.locks)
    outcome = plan_day(made.problem, Effort(rounds=20))
    timetables.note_result(session, timetable.id, made, outcome, reasons(made.problem, outcome.plan))
    return timetable


def missing(session: Session, fair: Fair, subject: Any, **times: datetime) -> Disturbance:
    kind = {Person: "person", SessionTable: "table", Booking: "meeting"}.get(type(subject), "organisation")
    return disturbances.note(
        session, the(session, fair), subject, by=fair.organizer, kind=DisturbanceKind(kind), **times
    )


def proposed(session: Session, fair: Fair) -> Replan:
    rest = rest_of(session, the(session, fair), now=utcnow())
    proposal = replanning.propose(rest, QUICK)
    return replanning.keep(session, the(session, fair), proposal, by=fair.organizer, made_from=rest.fingerprint)


def replanned(session: Session, fair: Fair) -> replanning.Applied:
    return replanning.apply(session, proposed(session, fair), by=fair.organizer)


def standing(session: Session, fair: Fair) -> list[Booking]:
    return list(
        session.scalars(
            select(Booking)
            .join(Slot, Slot.id == Booking.slot_id)
            .where(
                Booking.match_session_id == fair.session_id,
                Booking.state.in_((BookingState.CONFIRMED, BookingState.PENDING)),
            )
            .order_by(Slot.starts_at, Booking.id)
        )
    )


def begin(session: Session, fair: Fair, *, slots: int) -> None:
    """Let so many slots have begun: everything of the session moves into the past."""
    match_session = the(session, fair)
    first = match_session.slots[slots - 1]
    cells = int((first.starts_at - utcnow()) / timedelta(seconds=CELL_SECONDS)) + 1
    bring_forward(session, match_session, cells)


def check_nobody_missing_meets(session: Session, fair: Fair) -> None:
    """Written without the code under test: whoever or whatever is missing is in no meeting to come meanwhile."""
    noted = session.scalars(select(Disturbance).where(Disturbance.withdrawn_at.is_(None))).all()
    for booking in standing(session, fair):
        assert booking.slot is not None
        if booking.slot.starts_at <= utcnow():
            continue
        for one in noted:
            begins, ends = one.from_at or the(session, fair).starts_at, one.until_at or the(session, fair).ends_at
            if begins >= booking.slot.ends_at or ends <= booking.slot.starts_at:
                continue
            assert one.table_id != booking.table_id or one.table_id is None, "at a broken table"
            assert one.booking_id != booking.id, "it was called off"
            assert one.person_id not in {each.person_id for each in booking.attendees}, "placed where absent"
            assert one.organisation_id is None or one.organisation_id not in (booking.seeker_id, booking.provider_id)
