"""After a meeting: each side says how it was; who forgot is reminded once, the next morning."""

from collections import defaultdict
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.booking_mails import times
from models.actions.engagements import first_contact, of_meeting
from models.base import utcnow
from models.enums import BookingState, MeetingResult, Side
from models.errors import N_, Invalid, NotNow
from models.queries.outcomes import Unanswered, unanswered
from models.queries.recipients import Recipient
from models.rules.calendar import at_local
from models.rules.outcomes import OF_MEETING, OF_SEAT, REMINDED
from models.rules.policy import Actor
from models.tables import Booking, MeetingOutcome


def say(
    session: Session, booking: Booking, *, by: Actor, side: Side, result: MeetingResult, useful: bool = False
) -> MeetingOutcome:
    """Note what a side says of a meeting, or correct what it said before; what the other side says stays beside it.

    An organizer may say it for a side that has not said it itself, and is kept as who did. The same again changes
    nothing. A meeting that took place carries the engagement to its first contact, unless the other side contradicts.
    Raises NotNow before it begins and where it was not confirmed, Invalid for what cannot be said of it.
    """
    session.refresh(booking, with_for_update=True)  # both sides, and the engagement they move, one after the other
    _may_be_said(booking, side, result)
    own = by.acts_for(booking.side_id(side))
    if not own and not by.organizer:
        raise NotNow(N_("Only this side itself, or an organizer, can say that for it."))
    found = session.scalar(
        select(MeetingOutcome).where(MeetingOutcome.booking_id == booking.id, MeetingOutcome.side == side)
    )
    if not own and found is not None and not found.by_organizer:
        raise NotNow(N_("This side has said itself how it was. Only it can correct that."))
    said: dict[str, Any] = {
        "result": result,
        "useful": useful and result is MeetingResult.HELD,
        "by_organizer": not own,
    }
    if found is not None and all(getattr(found, name) == value for name, value in said.items()):
        return found
    before = {"before": found.result.value, "before_useful": found.useful} if found is not None else {}
    outcome = found or MeetingOutcome(booking_id=booking.id, side=side)
    for name, value in said.items():
        setattr(outcome, name, value)
    outcome.person_id, outcome.said_at = by.person_id, utcnow()
    session.add(outcome)
    audit.record(
        session, "booking.outcome", booking, by=by, on_behalf_of=by.behalf(booking.side_id(side)),
        side=side.value, result=result.value, useful=outcome.useful, **before,
    )  # fmt: skip
    session.flush()
    if result is MeetingResult.HELD:
        _carry_on(session, booking, side, by=by)
    return outcome


def _may_be_said(booking: Booking, side: Side, result: MeetingResult) -> None:
    if booking.state is not BookingState.CONFIRMED:
        raise NotNow(N_("Only of a meeting that was confirmed can be said how it was."))
    if times(booking)[0] > utcnow():
        raise NotNow(N_("This meeting has not begun yet."))
    if booking.side_id(side) is None:
        raise Invalid(N_("A seat in a group session has no other side."), field="side")
    if result not in (OF_SEAT if booking.provider_id is None else OF_MEETING):
        raise Invalid(N_("This cannot be said of this meeting."), field="said")


def _carry_on(session: Session, booking: Booking, side: Side, *, by: Actor) -> None:
    """The pair's engagement, opened at the latest now, had its first contact."""
    if booking.provider_id is None or booking.achievement_id is None:
        return
    if booking.engagement is None:
        booking.engagement = of_meeting(session, booking, by=by)
    contradicted = select(MeetingOutcome.id).where(
        MeetingOutcome.booking_id == booking.id,
        MeetingOutcome.side != side,
        MeetingOutcome.result == MeetingResult.NO_SHOW,
    )
    if session.scalar(contradicted) is None:
        first_contact(session, booking.engagement, by=by)
    session.flush()


# --- the mail of the next morning -------------------------------------------------------------------------------------


def remind(session: Session, *, now: datetime, zone: tzinfo) -> None:
    """Enqueue one mail a person and day that lists their meetings of that day of which nobody of their side has said how
    it was: of yesterday, and of the days before if their morning was missed. Run twice it tells once."""
    today = now.astimezone(zone).date()
    for ago in range(1, REMINDED.days + 1):
        day = today - timedelta(days=ago)
        found = unanswered(session, since=at_local(day, 0, zone), until=at_local(day + timedelta(days=1), 0, zone))
        theirs: dict[Recipient, list[Unanswered]] = defaultdict(list)
        for one in found:
            for person in one.people:
                theirs[person].append(one)
        for person, meetings in theirs.items():
            _remind(session, person, day, meetings)


def _remind(session: Session, person: Recipient, day: date, meetings: list[Unanswered]) -> None:
    """Unless the person has been told of that day: done jobs are kept longer than anything is caught up on."""
    jobs.add(
        session,
        "mail",
        unique_key=f"outcomes:{day.isoformat()}:{person.person_id}",
        template="meetings_unanswered",
        to=person.email,
        locale=person.locale,
        values={
            "name": person.name,
            "day": day.isoformat(),
            "meetings": [
                {
                    "public_id": one.public_id,
                    "starts_at": one.starts_at.isoformat(),
                    "who": one.other,
                    "session": one.session,
                    "achievement": one.achievement,
                }
                for one in meetings
            ],
        },
    )
