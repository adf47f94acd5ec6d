"""Roadshows: hours, seats, publishing, moving and calling off with all that hangs on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import events
from models.base import utcnow
from models.enums import BookingState, EventState, GrantRole, OccupancyKind, Side
from models.errors import Conflict, DomainError, Invalid, NotNow
from models.queries.actors import load_actor
from models.queries.agenda import programme
from models.queries.events import events as listed
from models.queries.events import hanging
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import (
    AgendaItem,
    AuditEntry,
    Booking,
    BookingAttendee,
    Event,
    Job,
    MatchSession,
    Occupancy,
    Registration,
    RegistrationTerms,
    Slot,
    Transition,
)
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_person,
    make_provider,
    make_seeker,
    make_session,
)

TOMORROW = (utcnow() + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
HOURS = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(hours=3), "rooms": ["一号厅"], "capacity": None}


def organizer(session: Session) -> Actor:
    return load_actor(session, make_account(session, None, GrantRole.ORGANIZER).id)


def make_registration(session: Session, event: Event, **values: Any) -> Registration:
    number = len(session.scalars(select(Registration.id)).all())
    values = {"email": f"guest{number}@example.org", **values}
    registration = Registration(
        event_id=event.id,
        name=f"来宾{number}",
        organisation_name="某单位",
        capacity=values.pop("capacity", "other"),
        contact=values["email"] or values.get("mobile", ""),
        seat=values.pop("seat", number + 1 if event.capacity else None),
        consent_version="1",
        consent_at=utcnow(),
        **values,
    )
    session.add(registration)
    session.flush()
    return registration


def edited(event: Event, **values: Any) -> dict[str, Any]:
    """Everything as it is, but for ``values``."""
    names = ("revision", "ends_at", "rooms", "capacity", "title", "venue", "address", "introduction", "hosts")
    kept = {name: getattr(event, name) for name in names}
    minutes = {"pitch_minutes": event.pitch_minutes, "questions_minutes": event.questions_minutes}
    return {**kept, **minutes, "circle_id": event.circle_id, **values}


def mails(session: Session, template: str) -> list[Job]:
    found = session.scalars(select(Job).where(Job.name == "event_mail").order_by(Job.id))
    return [job for job in found if job.payload["template"] == template]


def test_a_new_roadshow_is_a_draft_that_nobody_else_sees(session: Session) -> None:
    event = events.create(session, by=organizer(session), title="示例路演", venue="会议中心", **HOURS)
    assert (event.state, event.published_once) == (EventState.DRAFT, False)
    assert [row.id for row in listed(session, now=utcnow(), drafts=True).rows] == [event.id]
    assert listed(session, now=utcnow()).rows == []


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (timedelta(), timedelta(), "ends_at"),
        (timedelta(), -timedelta(minutes=1), "ends_at"),
        (-timedelta(days=3), -timedelta(days=2), "ends_at"),
        (-timedelta(days=3), timedelta(days=1), "starts_at"),
        (timedelta(), timedelta(days=8), "ends_at"),
    ],
)
def test_hours_that_cannot_be_are_refused(session: Session, start: timedelta, end: timedelta, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        events.create(
            session,
            by=organizer(session),
            title="甲",
            **{**HOURS, "starts_at": TOMORROW + start, "ends_at": TOMORROW + end},
        )
    assert refusal.value.field == field


def test_over_midnight_of_the_year_end_is_possible(session: Session) -> None:
    start = datetime(2099, 12, 31, 15, 30, tzinfo=UTC)  # half past eleven at night in China
    hours = {**HOURS, "starts_at": start, "ends_at": start + timedelta(hours=2)}
    event = events.create(session, by=organizer(session), title="跨年路演", **hours)
    session.commit()
    session.refresh(event)
    assert event.ends_at == datetime(2099, 12, 31, 17, 30, tzinfo=UTC)


def test_publishing_needs_a_place_and_a_programme_that_can_be(session: Session) -> None:
    by = organizer(session)
    event = events.create(session, by=by, title="甲", venue="", **HOURS)
    with pytest.raises(Invalid) as refusal:
        events.publish(session, event, by=by)
    assert refusal.value.field == "venue"
    events.edit(session, event, by=by, starts_at=TOMORROW, **edited(event, venue="会议中心"))
    item = AgendaItem(
        event_id=event.id,
        position=0,
        title="太晚的报告",
        starts_at=event.ends_at,
        ends_at=event.ends_at + timedelta(minutes=5),
    )
    session.add(item)
    session.flush()
    with pytest.raises(Conflict, match="太晚的报告"):
        events.publish(session, event, by=by)
    session.delete(item)
    session.flush()
    events.publish(session, event, by=by)
    assert (event.state, event.published_once) == (EventState.PUBLISHED, True)
    with pytest.raises(NotNow):
        events.publish(session, event, by=by)


def test_editing_a_draft_moves_its_programme(session: Session) -> None:
    by = organizer(session)
    event = make_event(session, make_achievement(session, make_provider(session)), state=EventState.DRAFT)
    later = event.starts_at + timedelta(hours=1)
    events.edit(session, event, by=by, starts_at=later, **edited(event))
    assert programme(session, event.id)[0].starts_at == later


def test_the_beginning_of_a_published_one_moves_only_by_postponing(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    with pytest.raises(Invalid) as refusal:
        events.edit(session, event, by=by, starts_at=event.starts_at + timedelta(hours=1), **edited(event))
    assert refusal.value.field == "starts_at"


def test_a_stale_form_is_refused(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    stale = edited(event)
    events.edit(session, event, by=by, **edited(event, title="新题目"))
    with pytest.raises(Conflict):
        events.edit(session, event, by=by, **stale)


def test_people_are_told_of_another_place_but_not_of_another_title(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    make_registration(session, event)
    make_registration(session, event, email="", mobile="13800000000")
    sequence = event.sequence
    events.edit(session, event, by=by, **edited(event, title="新题目"))
    assert (mails(session, "event_changed"), event.sequence) == ([], sequence)
    events.edit(session, event, by=by, **edited(event, venue="新地点"))
    assert (len(mails(session, "event_changed")), event.sequence) == (1, sequence + 1)


def test_a_room_in_use_cannot_be_taken_away(session: Session) -> None:
    by = organizer(session)
    event = make_event(session, make_achievement(session, make_provider(session)))
    with pytest.raises(Conflict) as refusal:
        events.edit(session, event, by=by, **edited(event, rooms=["二号厅"]))
    assert refusal.value.field == "rooms"


def test_seats_follow_the_capacity(session: Session) -> None:
    by, event = organizer(session), make_event(session)
    guests = [make_registration(session, event) for _ in range(3)]
    events.edit(session, event, by=by, **edited(event, capacity=5))
    assert [guest.seat for guest in guests] == [1, 2, 3]
    guests[0].state, guests[0].seat = "cancelled", None
    session.flush()
    with pytest.raises(Invalid) as refusal:
        events.edit(session, event, by=by, **edited(event, capacity=1))
    assert (refusal.value.field, refusal.value.params) == ("capacity", {"registered": 2})
    session.refresh(event)
    events.edit(session, event, by=by, **edited(event, capacity=2))
    assert sorted(guest.seat for guest in guests[1:]) == [1, 2]


def hung(session: Session) -> tuple[Event, MatchSession, Booking]:
    """A published roadshow with a pitch, two guests, and a session with a confirmed booking."""
    owner, seeker = make_provider(session), make_seeker(session)
    achievement = make_achievement(session, owner)
    event = make_event(session, achievement)
    make_registration(session, event)
    make_registration(session, event, email="", mobile="13800000000")
    match_session = make_session(session, event_id=event.id, starts_at=event.ends_at)
    slot = session.scalars(select(Slot).order_by(Slot.starts_at).limit(1)).one()
    person = make_account(session, seeker).person
    booking = Booking(
        match_session_id=match_session.id,
        slot_id=slot.id,
        table_id=match_session.tables[0].id,
        achievement_id=achievement.id,
        seeker_id=seeker.id,
        provider_id=owner.id,
        state=BookingState.CONFIRMED,
        acted_by_id=person.id,
    )
    booking.attendees.append(BookingAttendee(person_id=person.id, side=Side.SEEKER))
    session.add(booking)
    session.flush()
    for cell in cells(slot.starts_at, slot.ends_at):
        session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=person.id, cell=cell, booking_id=booking.id))
    session.commit()
    return event, match_session, booking


def test_what_hangs_is_shown_first(session: Session) -> None:
    event, match_session, _booking = hung(session)
    found = hanging(session, event.id, now=utcnow())
    assert (found.registrations, found.by_mobile_only, found.items) == (2, 1, 1)
    assert [(row.title, row.bookings) for row in found.sessions] == [(match_session.title, 1)]


def test_postponing_moves_the_period_of_registration_that_is_to_come(session: Session) -> None:
    by, (event, _session, _booking) = organizer(session), hung(session)
    now = utcnow()
    terms = RegistrationTerms(event_id=event.id, opens_at=now - timedelta(days=1), closes_at=event.starts_at - timedelta(hours=2))  # fmt: skip
    session.add(terms)
    session.flush()
    opened, closes = terms.opens_at, terms.closes_at
    shift = timedelta(days=14)
    events.postpone(
        session, event, by=by, revision=event.revision, starts_at=event.starts_at + shift, reason="会场检修"
    )
    assert (terms.opens_at, terms.closes_at) == (opened, closes + shift), "it has opened already"
    back = timedelta(days=-14)
    terms.closes_at = now + timedelta(days=1)
    events.postpone(session, event, by=by, revision=event.revision, starts_at=event.starts_at + back, reason="提前")
    assert terms.closes_at == event.starts_at, "never in the past: until it begins"


@pytest.mark.parametrize("days", [14, -0.5])
def test_postponing_moves_everything_by_the_same_time(session: Session, days: float) -> None:
    by = organizer(session)
    event, match_session, booking = hung(session)
    shift = timedelta(days=days) if days > 0 else timedelta(hours=-6)
    event_was, session_was = event.starts_at, match_session.starts_at
    pitch_was = programme(session, event.id)[0].starts_at
    slots_were = [slot.starts_at for slot in match_session.slots]
    sequence = event.sequence
    events.postpone(
        session, event, by=by, revision=event.revision, starts_at=event.starts_at + shift, reason="会场检修"
    )
    session.commit()
    session.expire_all()
    assert event.starts_at == event_was + shift
    assert event.ends_at == event_was + shift + timedelta(hours=3)
    assert event.sequence > sequence
    assert programme(session, event.id)[0].starts_at == pitch_was + shift
    assert match_session.starts_at == session_was + shift
    assert [slot.starts_at for slot in match_session.slots] == [was + shift for was in slots_were]
    held = session.scalars(select(Occupancy.cell).where(Occupancy.booking_id == booking.id).order_by(Occupancy.cell))
    assert list(held) == list(cells(booking.slot.starts_at, booking.slot.ends_at))
    [told] = mails(session, "event_postponed")
    assert told.payload["was"] == event_was.isoformat()
    assert (
        session.scalars(select(AuditEntry).where(AuditEntry.action == "event.postpone")).one().person_id == by.person_id
    )


@pytest.mark.parametrize("offset", [timedelta(), timedelta(days=-30)])
def test_postponing_to_now_or_the_past_is_refused(session: Session, offset: timedelta) -> None:
    by, event = organizer(session), make_event(session)
    with pytest.raises(Invalid) as refusal:
        events.postpone(
            session, event, by=by, revision=event.revision, starts_at=event.starts_at + offset, reason="原因"
        )
    assert refusal.value.field == "starts_at"


def test_postponing_onto_a_speakers_meeting_changes_nothing(session: Session) -> None:
    by, owner = organizer(session), make_provider(session)
    event = make_event(session, make_achievement(session, owner))
    speaker = make_person(session, owner)
    item = session.scalars(select(AgendaItem)).one()
    item.speaker_id, item.speaker_name = speaker.id, speaker.name
    elsewhere = make_session(session)
    booking = Booking(match_session_id=elsewhere.id, seeker_id=owner.id)
    session.add(booking)
    session.flush()
    later = event.starts_at + timedelta(days=7)
    for cell in cells(later, later + timedelta(minutes=30)):
        session.add(Occupancy(kind=OccupancyKind.PERSON, holder_id=speaker.id, cell=cell, booking_id=booking.id))
    session.commit()
    was = event.starts_at
    with pytest.raises(Conflict, match=speaker.name):
        events.postpone(session, event, by=by, revision=event.revision, starts_at=later, reason="原因")
    session.rollback()
    assert (event.starts_at, item.starts_at) == (was, was)


def test_cancelling_closes_what_hangs_and_tells_everybody_once(session: Session) -> None:
    by = organizer(session)
    event, match_session, booking = hung(session)
    speaker = make_account(session, make_provider(session))
    item = session.scalars(select(AgendaItem)).one()
    item.speaker_id = speaker.person_id
    make_registration(session, event, email=speaker.email)  # speaks and is registered: one mail
    session.commit()
    events.cancel(session, event, by=by, reason="台风")
    session.commit()
    session.expire_all()
    assert (event.state, event.state_reason) == (EventState.CANCELLED, "台风")
    assert match_session.state is EventState.CANCELLED
    assert booking.state is BookingState.CANCELLED
    assert session.scalars(select(Occupancy)).all() == []
    assert len(mails(session, "event_cancelled")) == 2
    left = session.scalars(select(Transition).where(Transition.object_type == "event")).one()
    assert (left.to_state, left.reason) == ("cancelled", "台风")
    with pytest.raises(NotNow):
        events.cancel(session, event, by=by, reason="再来一次")


def test_nobody_is_told_of_a_draft_that_is_dropped(session: Session) -> None:
    by, event = organizer(session), make_event(session, state=EventState.DRAFT)
    events.cancel(session, event, by=by, reason="不办了")
    assert mails(session, "event_cancelled") == []
    assert listed(session, now=utcnow()).rows == []


def test_what_is_over_or_cancelled_cannot_be_changed(session: Session) -> None:
    by = organizer(session)
    over = make_event(session, starts_at=utcnow() - timedelta(days=3))
    off = make_event(session, state=EventState.CANCELLED)
    for event in (over, off):
        later = utcnow() + timedelta(days=3)
        for act in (
            lambda e=event: events.edit(session, e, by=by, **edited(e)),
            lambda e=event, to=later: events.postpone(
                session, e, by=by, revision=e.revision, starts_at=to, reason="晚"
            ),
            lambda e=event: events.cancel(session, e, by=by, reason="晚"),
        ):
            with pytest.raises(DomainError):
                act()


def test_lists_page_by_key_in_both_directions(session: Session) -> None:
    circle, now = make_circle(session), utcnow()
    coming = [make_event(session, starts_at=now + timedelta(days=n + 1), circle_id=circle.id) for n in range(5)]
    past = [make_event(session, starts_at=now - timedelta(days=n + 1)) for n in range(5)]
    make_event(session, state=EventState.CANCELLED, starts_at=now + timedelta(days=9), circle_id=circle.id)

    def ids(**asked: Any) -> list[int]:
        seen, after = [], ""
        while True:
            page = listed(session, now=now, after=after, limit=2, **asked)
            seen += [row.id for row in page.rows]
            after = page.next_key
            if not after:
                return seen

    assert ids()[:5] == [event.id for event in coming]
    assert ids(past=True) == [event.id for event in past]
    assert len(ids(circle_id=circle.id)) == 6  # one that was called off stays announced
    assert listed(session, now=now, after="nonsense").rows[0].id == coming[0].id
