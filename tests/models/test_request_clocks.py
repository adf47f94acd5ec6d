"""The clocks of contact requests: due, reminded, escalated, expired; late, repeated and overtaken jobs do no harm."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from models.actions import request_clocks as clocks
from models.actions import requests
from models.enums import OrgRole, RequestState
from models.errors import NotNow
from models.rules.settings import SETTINGS
from models.rules.threads import MANAGER, ORGANIZER, clock, working_day_before
from models.tables import ContactRequest, Setting
from tests.factories import make_account
from tests.models.thread_cases import World, ask, audited, mails, make_world, queued, receivers

CHINA = ZoneInfo("Asia/Shanghai")
DEFAULTS = {key: spec.default for key, spec in SETTINGS.items()}


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def test_five_working_days_with_the_reminder_the_working_day_before() -> None:
    times = clock(at("2026-11-23T10:00"), CHINA, DEFAULTS)  # a Monday
    assert times.due_on == date(2026, 11, 30)
    assert times.remind_at == at("2026-11-27T09:00")  # Friday before
    assert times.manager_at == at("2026-12-01T09:00")
    assert times.organizer_at == at("2026-12-03T09:00")
    assert times.expires_at == at("2026-12-08T10:00")


def test_holidays_are_no_working_days() -> None:
    settings = {**DEFAULTS, "holidays": ["2027-01-01", "2026-12-31"]}
    times = clock(at("2026-12-28T10:00"), CHINA, settings)  # Monday; Thursday and Friday are free
    assert times.due_on == date(2027, 1, 6)
    assert times.remind_at == at("2027-01-05T09:00")
    assert working_day_before(date(2027, 1, 4), 1, [date(2027, 1, 1), date(2026, 12, 31)]) == date(2026, 12, 30)


def test_days_are_those_of_the_site_around_midnight_and_the_years_end() -> None:
    before, after = at("2026-12-31T23:59"), at("2027-01-01T00:01")
    assert before.astimezone(UTC).date() == after.astimezone(UTC).date()  # the same day in UTC
    assert clock(before, CHINA, DEFAULTS).due_on == date(2027, 1, 7)
    assert clock(after, CHINA, DEFAULTS).due_on == date(2027, 1, 8)


def test_no_reminder_that_would_come_at_once() -> None:
    settings = {**DEFAULTS, "request_due_days": 1}
    assert clock(at("2026-11-23T10:00"), CHINA, settings).remind_at is None
    assert clock(at("2026-11-23T08:00"), CHINA, settings).remind_at == at("2026-11-23T09:00")


def test_asking_enqueues_every_step_once(session: Session, world: World) -> None:
    request = ask(session, world)
    assert len(queued(session, "request_remind")) == 1
    assert [job.payload["level"] for job in queued(session, "request_escalate")] == [MANAGER, ORGANIZER]
    [expiry] = queued(session, "request_expire")
    assert expiry.run_after == request.expires_at
    assert all(job.unique_key for job in (*queued(session, "request_remind"), *queued(session, "request_escalate")))


def test_settings_move_the_dates(session: Session, world: World) -> None:
    session.add_all([Setting(key="request_due_days", value=1), Setting(key="request_expiry_days", value=2)])
    request = ask(session, world)
    assert request.expires_at - request.created_at == timedelta(days=2)
    assert (request.due_on - request.created_at.date()).days <= 4  # one working day, a weekend between at most


# --- reminding --------------------------------------------------------------------------------------------------------


def test_a_reminder_goes_to_who_is_in_charge_once(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.assign(session, request, by=world.by(session, "dean"), person_id=world.professor.person_id)
    clocks.remind(session, request.id, request.due_on)
    clocks.remind(session, request.id, request.due_on)
    assert [mail["to"] for mail in mails(session, "request_reminder")] == [world.professor.email]
    assert len(audited(session, "request.remind")) == 1


def test_asked_back_the_asking_side_is_reminded(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.ask_back(session, request, by=world.by(session, "dean"), text="？")
    clocks.remind(session, request.id, request.due_on)
    assert receivers(session, "request_reminder") == {world.buyer.email}


def test_a_reminder_of_an_earlier_due_date_is_nobodys(session: Session, world: World) -> None:
    request = ask(session, world)
    clocks.remind(session, request.id, request.due_on - timedelta(days=1))
    requests.accept(session, request, by=world.by(session, "dean"))
    clocks.remind(session, request.id, request.due_on)
    clocks.remind(session, 10_000, request.due_on)
    assert mails(session, "request_reminder") == []


# --- escalating -------------------------------------------------------------------------------------------------------


def test_overdue_the_managers_hear_then_the_organizers(session: Session, world: World) -> None:
    world.achievement.contact_id = world.professor.person_id
    request = ask(session, world)
    clocks.escalate(session, request.id, request.due_on, MANAGER)
    assert receivers(session, "request_escalated") == {world.dean.email}
    clocks.escalate(session, request.id, request.due_on, ORGANIZER)
    clocks.escalate(session, request.id, request.due_on, MANAGER)  # late, and overtaken
    assert [mail["to"] for mail in mails(session, "request_escalated")] == [world.dean.email, world.organizer.email]
    assert request.escalation == ORGANIZER
    assert [row.detail["level"] for row in audited(session, "request.escalate")] == [MANAGER, ORGANIZER]


def test_every_manager_hears_but_no_member_and_nobody_of_the_other_side(session: Session, world: World) -> None:
    second = make_account(session, world.university, role=OrgRole.MANAGER)
    request = ask(session, world)
    clocks.escalate(session, request.id, request.due_on, MANAGER)
    assert receivers(session, "request_escalated") == {world.dean.email, second.email}


@pytest.mark.parametrize("end", ["accept", "decline", "ask_back", "withdraw"])
def test_what_does_not_wait_for_the_receiver_is_not_escalated(session: Session, world: World, end: str) -> None:
    request, dean = ask(session, world), world.by(session, "dean")
    due_on = request.due_on
    match end:
        case "accept":
            requests.accept(session, request, by=dean)
        case "decline":
            requests.decline(session, request, by=dean, reason="price")
        case "ask_back":
            requests.ask_back(session, request, by=dean, text="？")
        case _:
            requests.withdraw(session, request, by=world.by(session, "buyer"))
    for level in (MANAGER, ORGANIZER):
        clocks.escalate(session, request.id, due_on, level)
    assert mails(session, "request_escalated") == []


def test_an_answer_to_what_was_asked_back_starts_the_clock_anew(session: Session, world: World) -> None:
    request = ask(session, world)
    clocks.escalate(session, request.id, request.due_on, MANAGER)
    requests.ask_back(session, request, by=world.by(session, "dean"), text="？")
    assert request.escalation == 0
    first_expiry = request.expires_at
    requests.write(session, request, by=world.by(session, "buyer"), text="答复。")
    assert request.expires_at > first_expiry
    assert request.escalation == 0
    assert request.state is RequestState.PENDING


def test_an_organizer_reminds_once_a_day(session: Session, world: World) -> None:
    world.achievement.contact_id = world.professor.person_id
    request, organizer = ask(session, world), world.by(session, "organizer")
    clocks.remind_again(session, request, by=organizer)
    assert receivers(session, "request_reminder") == {world.professor.email, world.dean.email}
    with pytest.raises(NotNow, match="today already"):
        clocks.remind_again(session, request, by=organizer)
    requests.accept(session, request, by=world.by(session, "dean"))
    with pytest.raises(NotNow, match="does not wait"):
        clocks.remind_again(session, request, by=organizer)


# --- expiring ---------------------------------------------------------------------------------------------------------


def test_a_request_expires_and_both_sides_are_told(session: Session, world: World) -> None:
    request = ask(session, world)
    clocks.expire(session, request.id, now=request.expires_at - timedelta(seconds=1))
    assert request.state is RequestState.PENDING
    clocks.expire(session, request.id, now=request.expires_at)
    assert request.state is RequestState.EXPIRED
    told = [(mail["to"], mail["values"]["to_sender"]) for mail in mails(session, "request_expired")]
    assert told == [(world.buyer.email, True), (world.dean.email, False)]
    clocks.expire(session, request.id, now=request.expires_at)  # a repeated job
    assert len(mails(session, "request_expired")) == 2
    ask(session, world)  # the way is free for a new one


def test_a_job_of_an_earlier_expiry_leaves_a_request_that_lives_on(session: Session, world: World) -> None:
    request = ask(session, world)
    first = request.expires_at
    requests.ask_back(session, request, by=world.by(session, "dean"), text="？")
    clocks.expire(session, request.id, now=first)
    assert request.state is RequestState.ASKED_BACK
    clocks.expire(session, request.id, now=request.expires_at)
    assert request.state is RequestState.EXPIRED


def test_an_answered_request_does_not_expire(session: Session, world: World) -> None:
    request = ask(session, world)
    requests.accept(session, request, by=world.by(session, "dean"))
    clocks.expire(session, request.id, now=request.expires_at + timedelta(days=1))
    assert session.get_one(ContactRequest, request.id).state is RequestState.ACCEPTED
    assert mails(session, "request_expired") == []


def test_an_expired_request_is_not_answered(session: Session, world: World) -> None:
    request = ask(session, world)
    clocks.expire(session, request.id, now=request.expires_at)
    with pytest.raises(NotNow, match="Expired"):
        requests.accept(session, request, by=world.by(session, "dean"))
    assert request.engagement_id is None
