"""Pages of matchmaking sessions: what is free, and planning, publishing, postponing, cancelling by an organizer."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from models.actions import sessions
from models.base import Database, utcnow
from models.enums import BookingState, EventState, SessionKind, Verification
from models.tables import Booking, MatchSession, Organisation, Slot
from tests.factories import make_circle, make_event, make_session
from tests.web.booking_site import (
    LogIn,
    Site,
    actor_of,
    booked,
    cost,
    in_english,
    make_site,
    newest,
    slot_value,
    state_of,
)
from tests.web.reading import page, text_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def typed(moment: datetime) -> str:
    """A moment as the browser sends it: the site's clock."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def coming(**changes: int) -> datetime:
    return (utcnow() + timedelta(days=30)).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(**changes)


def plan(**changes: str) -> dict[str, str]:
    return {
        "title": "新材料对接会",
        "introduction": "带样品来。",
        "kind": "one_to_one",
        "venue": "会展中心二楼",
        "starts_at": typed(coming()),
        "ends_at": typed(coming(hours=2)),
        "slot_minutes": "20",
        "tables": "4",
        **changes,
    }


def test_an_organizer_plans_looks_and_publishes(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    client = in_english(log_in(site.organizer))
    page(client, "/sessions/new")
    answer = client.post("/sessions/new", data=plan())
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert "Only organizers see this draft" in page(client, address)
    assert app.test_client().get(address).status_code in (303, 404)
    assert log_in(site.buyer).get(address).status_code == 404
    assert "新材料对接会" in page(client, "/sessions")
    assert client.post(f"{address}/publish").status_code == 303
    visitor = app.test_client()
    text = page(in_english(visitor), address)
    assert "14:00–14:20" in text
    assert "Table 4" in text
    assert "24 places free" in page(visitor, "/sessions")
    with database.read() as session:
        made = session.scalars(select(MatchSession).order_by(MatchSession.id.desc())).first()
        assert made is not None
        assert made.starts_at == coming()


def test_pressed_twice_is_one_session(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.organizer))
    assert client.post("/sessions/new", data=plan()).status_code == 303
    assert "exists already" in text_of(client.post("/sessions/new", data=plan()), 422)
    with database.read() as session:
        assert session.scalar(select(func.count()).where(MatchSession.title == "新材料对接会")) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"venue": " "}, "Please fill this in."),
        ({"starts_at": "2020-01-01T09:00"}, "This time has passed already."),
        ({"starts_at": "tomorrow"}, "Please give a day and a time"),
        ({"ends_at": typed(coming(hours=-1))}, "The end must be after the beginning."),
        ({"starts_at": typed(coming(minutes=3))}, "Please choose a time on five minutes"),
        ({"slot_minutes": "12"}, "steps of five minutes"),
        ({"slot_minutes": "many"}, "Please type a whole number."),
        ({"slot_minutes": "180"}, "No meeting of 180 minutes fits into"),
        ({"tables": "0"}, "Please choose a number from 1 to 100."),
        ({"tables": ""}, "Please choose a number from 1 to 100."),
        ({"kind": "group", "capacity": ""}, "Please choose a number from 1 to 1000."),
        ({"kind": "unknown"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    site: Site, log_in: LogIn, changes: dict[str, str], sentence: str
) -> None:
    client = in_english(log_in(site.organizer))
    text = text_of(client.post("/sessions/new", data=plan(**changes)), 422)
    assert sentence in text
    assert "带样品来。" in text


def test_a_session_over_midnight_and_new_year_has_all_its_slots(database: Database, site: Site, log_in: LogIn) -> None:
    year = utcnow().year
    form = plan(starts_at=f"{year}-12-31T23:00", ends_at=f"{year + 1}-01-01T01:00", slot_minutes="30")
    client = in_english(log_in(site.organizer))
    answer = client.post("/sessions/new", data=form)
    assert answer.status_code == 303
    text = page(client, answer.headers["Location"])
    for clock in ("23:00–23:30", "23:30–00:00", "00:00–00:30", "00:30–01:00"):
        assert clock in text
    with database.read() as session:
        made = session.scalars(select(MatchSession).order_by(MatchSession.id.desc())).first()
        assert made is not None
        assert made.starts_at == datetime(year, 12, 31, 23, tzinfo=SHANGHAI)


def test_everybody_sees_what_is_free_and_only_the_sides_see_who(
    database: Database, site: Site, log_in: LogIn, app: Flask
) -> None:
    buyer = log_in(site.buyer)
    booked(database, site, buyer)
    visitor = page(in_english(app.test_client()), site.address)
    assert "1 of 2 tables free" in visitor
    assert "北澜钻采" not in visitor
    for account in (site.buyer, site.owner, site.organizer):
        assert "北澜钻采服务有限公司（示例） – 北澜石油大学（示例）" in page(log_in(account), site.address)


def test_the_achievement_is_carried_along(site: Site, log_in: LogIn) -> None:
    text = page(log_in(site.buyer), f"{site.address}?achievement={site.achievement.public_id}")
    links = re.findall(r'href="([^"]+/book\?[^"]+)"', text)
    assert links
    assert all(f"achievement={site.achievement.public_id}" in link for link in links)


def test_a_free_place_leads_to_its_form(database: Database, site: Site, log_in: LogIn) -> None:
    client = log_in(site.buyer)
    text = page(client, f"{site.address}?achievement={site.achievement.public_id}")
    link = next(one for one in re.findall(r'href="([^"]+)"', text) if "slot=" in one).replace("&amp;", "&")
    form = page(client, link)
    assert re.search(rf'value="{re.escape(slot_value(database, site))}" checked', form)


def test_editing_an_announced_session(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    client = in_english(log_in(site.organizer))
    form = page(client, f"{site.address}/edit")
    assert 'name="starts_at"' not in form
    assert 'name="tables"' in form
    shown = re.search(r'name="revision" value="(\d+)"', form)
    assert shown is not None
    data = {"revision": shown[1], "title": "换了名字", "venue": "三楼", "introduction": "", "tables": "3"}
    assert client.post(f"{site.address}/edit", data=data).status_code == 303
    assert "换了名字" in page(client, site.address)
    assert "Somebody else changed this session" in text_of(client.post(f"{site.address}/edit", data=data), 422)
    assert state_of(database, booking) is BookingState.PENDING


def test_postponing_shows_what_hangs_on_it_and_moves_it(database: Database, site: Site, log_in: LogIn) -> None:
    booking = booked(database, site, log_in(site.buyer))
    client = in_english(log_in(site.organizer))
    form = page(client, f"{site.address}/postpone")
    assert "1 open booking." in form
    assert "北澜钻采服务有限公司（示例）" in form
    with database.read() as session:
        begins = session.get_one(MatchSession, site.match_session.id).starts_at
    later = begins + timedelta(days=2, minutes=30)
    data = {"starts_at": typed(later), "venue": "新馆", "reason": ""}
    assert "Please fill this in." in text_of(client.post(f"{site.address}/postpone", data=data), 422)
    answer = client.post(f"{site.address}/postpone", data={**data, "reason": "场馆检修"}, follow_redirects=True)
    text = text_of(answer)
    assert "Bookings moved: 1; closed, since somebody is elsewhere then: 0." in text
    assert "This session was moved" in text
    assert "场馆检修" in text
    with database.read() as session:
        slot = session.scalars(select(Slot).order_by(Slot.starts_at)).first()
        assert slot is not None
        assert slot.starts_at == later
    assert "Moved to another time" in page(in_english(log_in(site.buyer)), f"/bookings/{booking.public_id}")


def test_cancelling_shows_what_hangs_on_it_and_closes_it(
    database: Database, site: Site, log_in: LogIn, app: Flask
) -> None:
    booking = booked(database, site, log_in(site.buyer))
    client = in_english(log_in(site.organizer))
    assert "1 open booking." in page(client, f"{site.address}/cancel")
    assert "Please fill this in." in text_of(client.post(f"{site.address}/cancel", data={"reason": " "}), 422)
    assert client.post(f"{site.address}/cancel", data={"reason": "大雪 50%"}).status_code == 303
    assert state_of(database, booking) is BookingState.CANCELLED
    text = page(in_english(app.test_client()), site.address)
    assert "This session was cancelled" in text
    assert "大雪 50%" in text
    assert "Book a meeting" not in text
    assert "大雪 50%" in page(log_in(site.buyer), f"/bookings/{booking.public_id}")
    again = client.post(f"{site.address}/cancel", data={"reason": "again"})
    assert "This session was cancelled." in text_of(again, 422)


def test_only_organizers_plan(site: Site, log_in: LogIn, app: Flask) -> None:
    for account in (site.buyer, site.owner):
        client = log_in(account)
        assert client.get("/sessions/new").status_code == 403
        for step in ("edit", "postpone", "cancel", "bookings"):
            assert client.get(f"{site.address}/{step}").status_code == 403
        assert client.post(f"{site.address}/publish").status_code == 403
    assert app.test_client().get("/sessions/new").status_code == 303


def test_past_sessions_keep_their_page(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    with database.write() as session:
        old = make_session(session, starts_at=utcnow() - timedelta(days=3))
        address = f"/sessions/{old.public_id}"
    visitor = in_english(app.test_client())
    text = page(visitor, address)
    assert "Over" in text
    assert "Book a meeting" not in text
    assert old.title in page(visitor, "/sessions?past=y")
    assert old.title not in page(visitor, "/sessions")
    assert log_in(site.buyer).get(f"{address}/book?achievement={site.achievement.public_id}").status_code == 200
    answer = log_in(site.buyer).post(
        f"{address}/book?achievement={site.achievement.public_id}",
        data={"slot": (utcnow() - timedelta(days=3)).isoformat(), "attendees": [site.colleague.public_id]},
    )
    text_of(answer, 422)


def test_the_list_is_filtered_by_circle_and_paged_by_key(database: Database, app: Flask) -> None:
    with database.write() as session:
        circle = make_circle(session)
        for number in range(25):
            starts_at = utcnow() + timedelta(days=5, hours=number)
            make_session(session, starts_at=starts_at, circle_id=circle.id if number < 3 else None)
    client = in_english(app.test_client())
    first = page(client, "/sessions")
    assert first.count("card-title") == 20
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = page(client, link[1].replace("&amp;", "&"))
    assert second.count("card-title") == 5
    titles = re.findall(r"测试对接会\d+", first) + re.findall(r"测试对接会\d+", second)
    assert len(set(titles)) == 25
    assert page(client, f"/sessions?circle={circle.public_id}").count("card-title") == 3
    page(client, "/sessions?after=garbage")


@pytest.mark.parametrize("number", [1, 3])
def test_pages_cost_the_same_with_one_and_three(
    database: Database, site: Site, log_in: LogIn, app: Flask, number: int
) -> None:
    with database.write() as session:
        circle = make_circle(session)
        made = [
            make_session(session, tables=number, hours=number, circle_id=circle.id, event_id=make_event(session).id)
            for _number in range(number)
        ]
        address = f"/sessions/{made[0].public_id}"
    client = log_in(site.buyer)
    costs = [cost(app, client, place) for place in ("/sessions", address)]
    assert costs == [4, 8]


def test_a_large_session_costs_no_more(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    """30 enterprises, 15 tables and 20 slots: as many queries as a session of one table."""
    with database.write() as session:
        large = make_session(session, tables=15, hours=10, slot_minutes=30)
        address = f"/sessions/{large.public_id}"
    client = log_in(site.buyer)
    assert page(client, address).count("slot=") == 20 + 15 * 20
    assert cost(app, client, address) == 8


def test_the_calendar_file_of_a_session(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    visitor = app.test_client()

    def entry() -> object:
        answer = visitor.get(f"{site.address}/calendar.ics")
        assert answer.mimetype == "text/calendar"
        return next(iter(Calendar.from_ical(answer.data).walk("VEVENT")))

    before = entry()
    organizer = log_in(site.organizer)
    with database.read() as session:
        begins = session.get_one(MatchSession, site.match_session.id).starts_at
    organizer.post(
        f"{site.address}/postpone",
        data={"starts_at": typed(begins + timedelta(days=1)), "venue": "新馆", "reason": "改期"},
    )
    moved = entry()
    organizer.post(f"{site.address}/cancel", data={"reason": "取消"})
    cancelled = entry()
    assert before["UID"] == moved["UID"] == cancelled["UID"]
    assert [one["SEQUENCE"] for one in (before, moved, cancelled)] == [0, 1, 2]
    assert moved["DTSTART"].dt == begins + timedelta(days=1)
    assert cancelled["STATUS"] == "CANCELLED"


def test_a_draft_and_a_cancelled_session_take_no_bookings(database: Database, site: Site, log_in: LogIn) -> None:
    with database.write() as session:
        session.get_one(MatchSession, site.match_session.id).state = EventState.CANCELLED
    client = in_english(log_in(site.buyer))
    answer = client.post(site.book, data={"slot": slot_value(database, site), "attendees": [site.colleague.public_id]})
    assert "This session takes no bookings now: Cancelled." in text_of(answer, 422)


def test_seats_are_counted(database: Database, app: Flask, log_in: LogIn) -> None:
    site = make_site(database, kind=SessionKind.GROUP, capacity=3)
    client = in_english(log_in(site.buyer))
    client.post(site.book, data={"attendees": [site.colleague.public_id]})
    assert newest(database).seat == 1
    assert "共 3 个，余 2 个" in page(app.test_client(), site.address)
    assert "2 places free" in page(client, "/sessions")
    organizer = in_english(log_in(site.organizer))
    assert "北澜钻采服务有限公司（示例）" in page(organizer, f"{site.address}/bookings")
    form = page(organizer, f"{site.address}/edit")
    assert 'name="capacity"' in form
    assert 'name="tables"' not in form


def test_an_overdue_hold_is_shown_as_free(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = booked(database, site, log_in(site.buyer))
    with database.write() as session:
        session.get_one(Booking, booking.id).hold_until = utcnow() - timedelta(minutes=1)
    assert "2 of 2 tables free" in page(in_english(app.test_client()), site.address)


def test_postponing_by_two_organizers_at_once(database: Database, site: Site, log_in: LogIn) -> None:
    client = in_english(log_in(site.organizer))
    form = page(client, f"{site.address}/postpone")
    shown = re.search(r'name="revision" value="(\d+)"', form)
    assert shown is not None
    with database.write() as session:
        sessions.postpone(
            session,
            session.get_one(MatchSession, site.match_session.id),
            by=actor_of(session, site.organizer),
            shift=timedelta(days=1),
            reason="先改",
        )
    data = {"revision": shown[1], "starts_at": typed(coming()), "venue": "x", "reason": "后改"}
    assert "Somebody else changed this session" in text_of(client.post(f"{site.address}/postpone", data=data), 422)


def test_a_suspended_enterprise_books_nothing(database: Database, site: Site, log_in: LogIn) -> None:
    client = log_in(site.buyer)
    with database.write() as session:
        session.get_one(Organisation, site.seeker.id).verification = Verification.SUSPENDED
    assert client.get(site.book).status_code == 403
