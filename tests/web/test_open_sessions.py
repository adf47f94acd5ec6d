"""Pages of own sessions and of an organisation's open times: who may, what shows, what is kept, what it costs."""

import re
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from models.base import Database, utcnow
from models.enums import BookingState, EventState, GrantRole, RecordState, SessionKind, Verification
from models.tables import (
    Booking,
    Circle,
    CircleMember,
    MatchSession,
    Organisation,
    Person,
    SessionAchievement,
    SessionTable,
)
from tests.factories import make_account, make_achievement, make_circle, make_mandate, make_person, make_session
from tests.web.booking_site import LogIn, Site, cost, in_english, make_site, newest, perform, person_of, state_of
from tests.web.reading import page, text_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINS = (utcnow() + timedelta(days=30)).replace(hour=6, minute=0, second=0, microsecond=0)


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


@pytest.fixture
def circle(database: Database, site: Site) -> Circle:
    with database.write() as session:
        made = make_circle(session)
        session.add(CircleMember(circle_id=made.id, organisation_id=site.provider.id, since=date(2024, 1, 1)))
        return made


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def plan(site: Site, circle: Circle, **changes: object) -> dict[str, object]:
    return {
        "title": "教授坐诊",
        "introduction": "带样品来。",
        "kind": "one_to_one",
        "circle": str(circle.id),
        "hosts": [site.professor.public_id],
        "venue": "实验楼三楼",
        "starts_at": typed(BEGINS),
        "ends_at": typed(BEGINS + timedelta(hours=1)),
        "weeks": "1",
        "slot_minutes": "30",
        **changes,
    }


def own_session(database: Database, site: Site, circle: Circle, **values: object) -> MatchSession:
    """A published one in which the professor receives, one slot an hour later than the first."""
    with database.write() as session:
        made = make_session(
            session, tables=0, owner_id=site.provider.id, circle_id=circle.id, **{"starts_at": BEGINS, **values}
        )  # fmt: skip
        made.title = "教授坐诊"
        session.add(SessionTable(match_session_id=made.id, number=1, host_id=site.professor.id))
        return made


def least(app: Flask, client: FlaskClient, address: str) -> int:
    """On a busy machine settings grow old between two requests and are read anew."""
    return min(cost(app, client, address) for _time in range(2))


def new_page(site: Site) -> str:
    return f"/organisations/{site.provider.public_id}/sessions/new"


def open_times(site: Site) -> str:
    return f"/organisations/{site.provider.public_id}/availability"


def test_a_provider_plans_publishes_and_an_enterprise_books_by_one_tap(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    owner = in_english(log_in(site.owner))
    assert "New session of your own" in page(owner, f"/organisations/{site.provider.public_id}/sessions")
    page(owner, new_page(site))
    answer = owner.post(new_page(site), data=plan(site, circle, weeks="3"))
    assert answer.status_code == 303
    draft = answer.headers["Location"]
    assert "Publish all 3 dates" in page(owner, draft)
    assert log_in(site.buyer).get(draft).status_code == 404
    assert owner.post(f"{draft}/publish").status_code == 303
    visitor = in_english(app.test_client())
    assert "陈教授" in page(visitor, draft)
    assert page(visitor, f"/circles/{circle.public_id}").count("教授坐诊") == 3
    text = page(in_english(log_in(site.buyer)), open_times(site))
    links = [one.replace("&amp;", "&") for one in re.findall(r'href="(/sessions/[^"]+/book[^"]+)"', text)]
    assert len(links) == 6
    buyer = in_english(log_in(site.buyer))
    form = page(buyer, links[0])
    assert re.search(rf'value="{site.professor.public_id}" checked', form)
    (slot,) = parse_qs(urlsplit(links[0]).query)["slot"]
    assert re.search(rf'value="{re.escape(slot)}" checked', form)
    answer = buyer.post(
        links[0],
        data={"slot": slot, "attendees": [person_of(database, site.buyer)], "asked_for": site.professor.public_id},
    )
    assert answer.status_code == 303
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
        assert {one.person_id for one in booking.attendees} == {site.buyer.person_id, site.professor.id}
    assert "Mine" in page(buyer, open_times(site))
    assert "北澜钻采" not in page(visitor, open_times(site))
    assert "1" in page(owner, f"/organisations/{site.provider.public_id}/sessions")
    assert "Meeting to confirm" in page(owner, "/desk")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"hosts": []}, "Please choose at least one person who receives."),
        ({"hosts": ["zzzz"]}, "not a valid choice"),
        ({"weeks": "40"}, "Please choose a number from 1 to 26."),
        ({"weeks": "2", "without": "tomorrow"}, "Please give days like 2026-11-26"),
        ({"weeks": "2", "without": "2090-01-01"}, "2090-01-01 is not a day of this repetition."),
        ({"kind": "group", "capacity": ""}, "Please choose a number from 1 to 1000."),
        ({"starts_at": "2020-01-01T09:00"}, "This time has passed already."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    database: Database, site: Site, circle: Circle, log_in: LogIn, changes: dict[str, object], sentence: str
) -> None:
    text = text_of(in_english(log_in(site.owner)).post(new_page(site), data=plan(site, circle, **changes)), 422)
    assert sentence in text
    assert "带样品来。" in text
    with database.read() as session:
        assert session.scalar(select(MatchSession.id).where(MatchSession.owner_id.is_not(None))) is None


def test_another_circle_is_not_offered(database: Database, site: Site, circle: Circle, log_in: LogIn) -> None:
    with database.write() as session:
        other = make_circle(session)
    form = {**plan(site, circle), "circle": str(other.id)}
    assert "Not a valid choice" in text_of(in_english(log_in(site.owner)).post(new_page(site), data=form), 422)


def test_strangers_neither_plan_nor_change(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    one = own_session(database, site, circle)
    stranger = log_in(site.buyer)
    assert stranger.get(new_page(site)).status_code == 403
    assert stranger.get(f"/organisations/{site.provider.public_id}/sessions").status_code == 403
    assert stranger.get(f"/organisations/{site.provider.public_id}/availability/people").status_code == 403
    for path in ("own", "postpone", "cancel", "bookings"):
        assert stranger.get(f"/sessions/{one.public_id}/{path}").status_code == 403
        assert app.test_client().get(f"/sessions/{one.public_id}/{path}").status_code == 303
    owner = log_in(site.owner)
    assert owner.get(f"/sessions/{one.public_id}/timetable").status_code == 403
    assert owner.get(f"{site.address}/edit").status_code == 403
    assert owner.get("/sessions/new").status_code == 403
    organizer = log_in(site.organizer)
    assert organizer.get(f"/sessions/{one.public_id}/edit").status_code == 303
    assert organizer.get(f"/sessions/{one.public_id}/own").status_code == 200
    assert organizer.get(f"{site.address}/own").headers["Location"].endswith("/edit")


def test_a_technology_manager_plans_for_its_mandator(
    database: Database, site: Site, circle: Circle, log_in: LogIn
) -> None:
    with database.write() as session:
        broker = make_account(session, None, GrantRole.BROKER)
        make_mandate(session, session.get_one(Organisation, site.provider.id), broker, site.owner)
    client = in_english(log_in(broker))
    assert client.get("/sessions/own").headers["Location"].endswith(f"{site.provider.public_id}/sessions")
    assert client.post(new_page(site), data=plan(site, circle)).status_code == 303


def test_all_coming_dates_are_looked_at_then_changed(
    app: Flask, database: Database, site: Site, circle: Circle, log_in: LogIn
) -> None:
    owner = in_english(log_in(site.owner))
    first = owner.post(new_page(site), data=plan(site, circle, weeks="3")).headers["Location"]
    owner.post(f"{first}/publish")
    mine = select(MatchSession).where(MatchSession.series.is_not(None)).order_by(MatchSession.starts_at)
    with database.write() as session:
        one = session.scalars(mine).all()[1]
        place = {"slot_id": one.slots[0].id, "table_id": one.tables[0].id}
        session.add(Booking(match_session_id=one.id, seeker_id=site.seeker.id, **place))
    address = f"{first}/own/dates"
    assert address in page(owner, first)
    shown = page(owner, address)
    assert shown.count("can change") == 2
    assert shown.count("stays: it is booked") == 1
    fields = dict(re.findall(r'name="(revision|starts_at|ends_at)"[^>]*?value="([^"]+)"', shown))
    assert fields["starts_at"] == "14:00"
    form = {**fields, "starts_at": "16:00", "ends_at": "17:30", "venue": "新楼一层"}
    looked = text_of(owner.post(address, data={**form, "act": "preview"}))
    assert "Change 2 dates" in looked
    assert looked.count("16:00–17:30") == 2
    with database.read() as session:
        assert {one.venue for one in session.scalars(mine)} == {"实验楼三楼"}
    for wrong, sentence in (
        ({"ends_at": "15:00"}, "The end must be after the beginning."),
        ({"starts_at": "spät"}, "Please give a time like 14:30."),
        ({"venue": ""}, "Please fill this in."),
    ):
        for act in ("preview", "change"):
            refused = text_of(owner.post(address, data={**form, **wrong, "act": act}), 422)
            assert sentence in refused
    answer = owner.post(address, data={**form, "act": "change"}, follow_redirects=True)
    assert "2 dates are changed." in text_of(answer)
    with database.read() as session:
        found = session.scalars(mine).all()
        assert [one.venue for one in found] == ["新楼一层", "实验楼三楼", "新楼一层"]
        assert [len(one.slots) for one in found] == [3, 2, 3]
    stale = text_of(owner.post(address, data={**form, "venue": "别处", "act": "change"}), 422)
    assert "Somebody else changed this session" in stale
    assert "别处" in stale
    assert log_in(site.buyer).get(address).status_code == 403
    assert in_english(log_in(site.organizer)).get(address).status_code == 200
    single = own_session(database, site, circle, starts_at=BEGINS + timedelta(days=100))
    assert owner.get(f"/sessions/{single.public_id}/own/dates").status_code == 303
    assert "/own/dates" not in page(owner, f"/sessions/{single.public_id}")


def test_editing_moving_and_cancelling_a_series(database: Database, site: Site, circle: Circle, log_in: LogIn) -> None:
    owner = in_english(log_in(site.owner))
    draft = owner.post(new_page(site), data=plan(site, circle, weeks="2")).headers["Location"]
    form = page(owner, f"{draft}/own")
    assert 'name="weeks"' not in form
    owner.post(f"{draft}/publish")
    form = page(owner, f"{draft}/own")
    assert 'name="starts_at"' not in form
    revision = re.search(r'name="revision" value="(\d+)"', form)
    assert revision is not None
    data = {**plan(site, circle, title="换了名字", achievements=[site.achievement.public_id]), "revision": revision[1]}
    assert owner.post(f"{draft}/own", data=data).status_code == 303
    assert "换了名字" in page(owner, draft)
    assert "Somebody else changed this session" in text_of(owner.post(f"{draft}/own", data=data), 422)
    assert "later dates of this repetition" in page(owner, f"{draft}/cancel")
    revision = re.search(r'name="revision" value="(\d+)"', page(owner, f"{draft}/cancel"))
    assert revision is not None
    answer = owner.post(f"{draft}/cancel", data={"reason": "出差", "later": "y", "revision": revision[1]})
    assert answer.status_code == 303
    with database.read() as session:
        own = session.scalars(select(MatchSession).where(MatchSession.owner_id.is_not(None))).all()
        assert {one.state for one in own} == {EventState.CANCELLED}


def test_only_what_the_session_is_about_is_offered(
    database: Database, site: Site, circle: Circle, log_in: LogIn
) -> None:
    one = own_session(database, site, circle)
    with database.write() as session:
        other = make_achievement(session, session.get_one(Organisation, site.provider.id), title="另一项成果")
        hidden = make_achievement(
            session, session.get_one(Organisation, site.provider.id), title="未发布的成果", state=RecordState.DRAFT
        )
        session.add(SessionAchievement(match_session_id=one.id, achievement_id=site.achievement.id))
    buyer = in_english(log_in(site.buyer))
    choose = page(buyer, f"/sessions/{one.public_id}/book")
    assert "智能示踪监测系统" in choose
    assert "另一项成果" not in choose
    refused = page(buyer, f"/sessions/{one.public_id}/book?achievement={other.public_id}")
    assert "cannot be booked at the moment" in refused
    times = page(buyer, open_times(site))
    assert "未发布的成果" not in times
    assert "教授坐诊" in times
    assert "教授坐诊" not in page(buyer, f"{open_times(site)}?achievement={other.public_id}")
    assert "教授坐诊" in page(buyer, f"{open_times(site)}?achievement={hidden.public_id}")  # no filter of that name
    assert "教授坐诊" in page(buyer, f"/achievements/{site.achievement.public_id}")
    assert "教授坐诊" not in page(buyer, f"/achievements/{other.public_id}")


def test_drafts_and_suspended_owners_show_no_times(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    one = own_session(database, site, circle)
    own_session(database, site, circle, state=EventState.DRAFT, starts_at=BEGINS + timedelta(days=1))
    visitor = in_english(app.test_client())
    assert page(visitor, open_times(site)).count("教授坐诊") == 1
    with database.write() as session:
        session.get_one(Organisation, site.provider.id).verification = Verification.SUSPENDED
    assert "教授坐诊" not in page(visitor, open_times(site))
    assert "教授坐诊" not in page(visitor, "/sessions")
    assert "Book a meeting" not in page(visitor, f"/sessions/{one.public_id}")


def test_the_times_are_filtered_by_day_and_bad_days_are_ignored(
    database: Database, site: Site, circle: Circle, app: Flask
) -> None:
    own_session(database, site, circle)
    own_session(database, site, circle, starts_at=BEGINS + timedelta(days=7))
    visitor = in_english(app.test_client())
    later = (BEGINS + timedelta(days=3)).date().isoformat()
    assert page(visitor, f"{open_times(site)}?from={later}").count("教授坐诊") == 1
    for bad in ("tomorrow", "0001-01-01", "9999-12-31T23:59:59+00:00", ""):
        assert page(visitor, f"{open_times(site)}?from={bad}").count("教授坐诊") == 2
    assert "No open time from this day on" in page(visitor, f"{open_times(site)}?from=2190-01-01")


def test_who_is_where_marks_what_collides_and_only_for_the_own_people(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    own_session(database, site, circle)
    twin = own_session(database, site, circle)
    owner = in_english(log_in(site.owner))
    address = f"/organisations/{site.provider.public_id}/availability/people"
    text = page(owner, address)
    assert "Collides" in text
    assert "陈教授" in text
    with database.write() as session:
        session.get_one(MatchSession, twin.id).state = EventState.CANCELLED
    assert "Collides" not in page(owner, address)
    assert app.test_client().get(address).status_code == 303


def test_a_group_session_from_the_open_times_to_the_calendar(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    one = own_session(database, site, circle, kind=SessionKind.GROUP, capacity=1)
    buyer, other = in_english(log_in(site.buyer)), in_english(log_in(site.other))
    assert "1 seat free" in page(buyer, open_times(site))
    answer = buyer.post(f"/sessions/{one.public_id}/book", data={"attendees": [person_of(database, site.buyer)]})
    assert answer.status_code == 303
    seat = newest(database)
    text = page(buyer, f"/bookings/{seat.public_id}")
    assert "陈教授" in text
    assert "北澜石油大学（示例）" in text
    assert page(in_english(log_in(site.owner)), f"/bookings/{seat.public_id}")
    assert "Taken: waiting list" in page(other, open_times(site))
    answer = other.post(f"/sessions/{one.public_id}/wait", data={"attendees": [person_of(database, site.other)]})
    assert answer.status_code == 303
    waits = newest(database)
    owner = log_in(site.owner)
    owner.post(f"/bookings/{seat.public_id}/cancel", data={"reason": "请改天来"})
    assert state_of(database, seat) is BookingState.CANCELLED
    assert state_of(database, waits) is BookingState.CONFIRMED
    assert perform(app, database, "booking_mail") > 0
    file = Calendar.from_ical(buyer.get(f"/sessions/{one.public_id}/calendar.ics").data)
    assert str(file.walk("VEVENT")[0]["summary"]) == "教授坐诊"


def test_the_mail_to_the_owner_reads_well(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    one = own_session(database, site, circle)
    form = page(log_in(site.organizer), f"/sessions/{one.public_id}/cancel")
    revision = re.search(r'name="revision" value="(\d+)"', form)
    assert revision is not None
    log_in(site.organizer).post(f"/sessions/{one.public_id}/cancel", data={"reason": "停电", "revision": revision[1]})
    assert perform(app, database, "mail") >= 1
    outbox = page(log_in(site.owner), f"/sessions/{one.public_id}")
    assert "停电" in outbox


@pytest.mark.parametrize("reader", ["visitor", "buyer", "owner"])
def test_open_times_cost_the_same_whatever_there_is(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask, reader: str
) -> None:
    def more(days: int) -> None:
        one = own_session(database, site, circle, starts_at=BEGINS + timedelta(days=days))
        with database.write() as session:
            host = make_person(session, session.get_one(Organisation, site.provider.id))
            session.add(SessionTable(match_session_id=one.id, number=2, host_id=host.id))
            session.add(SessionAchievement(match_session_id=one.id, achievement_id=site.achievement.id))
            make_achievement(session, session.get_one(Organisation, site.provider.id), circle=session.get_one(Circle, circle.id))  # fmt: skip
            make_session(session, circle_id=circle.id)

    client = app.test_client() if reader == "visitor" else log_in(getattr(site, reader))
    pages = [open_times(site)]
    if reader == "owner":
        pages += [f"{open_times(site)}/people", f"/organisations/{site.provider.public_id}/sessions"]
    more(0)
    once = [least(app, client, address) for address in pages]
    for days in (1, 2, 3):
        more(days)
    assert [least(app, client, address) for address in pages] == once
    assert max(once) < 20


def test_the_page_of_an_own_session_costs_the_same_with_more_people(
    database: Database, site: Site, circle: Circle, log_in: LogIn, app: Flask
) -> None:
    one = own_session(database, site, circle)
    client = log_in(site.buyer)
    before = least(app, client, f"/sessions/{one.public_id}")
    with database.write() as session:
        for number in (2, 3):
            host = make_person(session, session.get_one(Organisation, site.provider.id))
            session.add(SessionTable(match_session_id=one.id, number=number, host_id=host.id))
    assert least(app, client, f"/sessions/{one.public_id}") == before
    with database.read() as session:
        assert session.get_one(Person, site.professor.id).name == "陈教授"
