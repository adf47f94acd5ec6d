"""What was said after the past meetings of the sample: mostly held, some not, one contradicted, a few still unanswered."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import BookingState, MeetingResult, Origin, Side, Stage
from models.queries.bookings import STARTS
from models.queries.next_steps import SET
from models.rules.outcomes import ASKED_FOR
from models.tables import (
    Booking,
    Engagement,
    MatchSession,
    MeetingOutcome,
    NextStep,
    Slot,
    Transition,
)
from scripts.sample import Clock, pick, sample_id
from scripts.sample.organisations import managers_of

HELD, NO_SHOW, ABSENT = MeetingResult.HELD, MeetingResult.NO_SHOW, MeetingResult.ABSENT
STEPS = (
    ("寄送样品检测报告和报价单", -3),
    ("到中试车间看一次连续运行", 4),
    ("把试用协议草稿发给对方法务", 9),
    ("约工艺负责人开一次线上会", 16),
)
EVERY = 5  # of the engagements of meetings that were held, each so many-th waits for a next step


def load(session: Session, clock: Clock) -> int:
    """Insert them where there are none yet; returns how many."""
    if session.scalar(select(MeetingOutcome.id).where(MeetingOutcome.is_sample).limit(1)) is not None:
        return 0
    managers, made, held = managers_of(session), 0, 0
    past = (
        select(Booking, STARTS)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(Booking.is_sample, Booking.state == BookingState.CONFIRMED, clock.first - timedelta(days=1) > STARTS)
        .order_by(STARTS, Booking.id)
    )
    for number, (booking, began) in enumerate(session.execute(past).all()):
        said = _said(booking, number)
        if clock.first - began < ASKED_FOR and number % 2:  # a desk of the sample asks how it was
            said.pop(Side.PROVIDER, None)
        if booking.provider_id is not None:
            met = said.get(Side.SEEKER) is HELD and said.get(Side.PROVIDER) is not NO_SHOW
            booking.engagement_id = _engagement(session, booking, began, managers, met=met).id
            if met and (held := held + 1) % EVERY == 0 and held // EVERY <= len(STEPS):
                _next_step(session, booking, clock, managers, STEPS[held // EVERY - 1])
        for side, result in said.items():
            organisation = booking.seeker_id if side is Side.SEEKER else booking.provider_id
            useful = result is HELD and pick(f"{booking.public_id}:{side.value}", 3) > 0
            session.add(
                MeetingOutcome(
                    booking_id=booking.id, side=side, result=result, useful=useful,
                    person_id=managers.get(organisation or 0), said_at=began + timedelta(hours=20), is_sample=True,
                )
            )  # fmt: skip
            made += 1
    session.flush()
    return made


def _said(booking: Booking, number: int) -> dict[Side, MeetingResult]:
    chance = pick(booking.public_id, 10)
    if booking.provider_id is None:
        return {} if chance == 0 else {Side.SEEKER: ABSENT if chance == 1 else HELD}
    if number == 0 or chance == 0:
        return {Side.SEEKER: HELD, Side.PROVIDER: NO_SHOW}
    if chance == 1:
        return {Side.PROVIDER: NO_SHOW}
    return {} if chance == 2 else {Side.SEEKER: HELD, **({Side.PROVIDER: HELD} if chance > 3 else {})}


def _engagement(
    session: Session, booking: Booking, began: datetime, managers: dict[int, int], *, met: bool
) -> Engagement:
    """The pair's engagement about the achievement; opened with the meeting where there is none."""
    found = session.scalar(
        select(Engagement).where(
            Engagement.provider_id == booking.provider_id,
            Engagement.seeker_id == booking.seeker_id,
            Engagement.achievement_id == booking.achievement_id,
            Engagement.need_id.is_(None),
        )
    )
    if found is not None:
        return found
    key = f"{booking.provider_id}:{booking.seeker_id}:{booking.achievement_id}:met"
    made = Engagement(
        public_id=sample_id("engagement", key), provider_id=booking.provider_id, seeker_id=booking.seeker_id,
        achievement_id=booking.achievement_id, stage=Stage.S3 if met else Stage.S2, origin=Origin.ONE_TO_ONE,
        created_at=began - timedelta(days=1), is_sample=True,
    )  # fmt: skip
    session.add(made)
    session.flush()
    person = managers.get(booking.provider_id or 0)
    steps = [("", Stage.S2, made.created_at), (Stage.S2, Stage.S3, began + timedelta(hours=20))]
    for old, new, at in steps[: 2 if met else 1]:
        session.add(
            Transition(
                object_type=Engagement.__tablename__, object_id=made.id, from_state=str(old), to_state=new.value, at=at,
                person_id=person,
            )
        )  # fmt: skip
    return made


def _next_step(
    session: Session, booking: Booking, clock: Clock, managers: dict[int, int], planned: tuple[str, int]
) -> None:
    """Where the two have none yet; sides take turns."""
    text, days = planned
    taken = select(NextStep.id).where(NextStep.engagement_id == booking.engagement_id)
    if session.scalar(taken) is not None:
        return
    side = Side.PROVIDER if days % 2 else Side.SEEKER
    person = managers[(booking.provider_id if side is Side.PROVIDER else booking.seeker_id) or 0]
    day = clock.at(days, "00:00").date()
    step = NextStep(
        public_id=sample_id("next_step", str(booking.public_id)), engagement_id=booking.engagement_id, text=text, side=side,
        person_id=person, due_on=day, set_by_id=managers[booking.seeker_id], created_at=clock.at(-5, "10:00"),
        is_sample=True,
    )  # fmt: skip
    session.add(step)
    session.flush()
    session.add(
        Transition(
            object_type=NextStep.__tablename__, object_id=step.id, to_state=SET, reason=day.isoformat(),
            at=step.created_at, person_id=step.set_by_id,
        )
    )  # fmt: skip
