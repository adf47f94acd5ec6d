"""Pages of the day itself: stating what is missing, the new plan, one's own meetings, the hall's screen, the stream."""

import http.client
import re
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import waitress
from flask import Flask
from sqlalchemy import select

from models.actions import timetables
from models.actions.day_mails import CHANGED, PUBLISHED
from models.base import Database, utcnow
from models.enums import SessionKind
from models.queries.news import news_of
from models.tables import Booking, Job, MatchSession, SessionTable, Timetable
from tests.factories import make_account, make_seeker
from tests.web.booking_site import LogIn, Site, actor_of, cost, in_english, make_site, person_of
from tests.web.reading import page, sent, text_of
from tests.web.test_meeting_wishes import computed, wished
from web.handlers import replanning as handlers
from web.live import Live


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def published(database: Database, site: Site, app: Flask) -> Booking:
    """The one meeting of the enterprise with the owner, by a timetable."""
    wished(database, site)
    publish(database, site, app)
    with database.read() as session:
        return session.scalars(select(Booking)).one()


def publish(database: Database, site: Site, app: Flask) -> None:
    made = computed(database, site, app)
    with database.write() as session:
        timetables.publish(session, session.get_one(Timetable, made.id), by=actor_of(session, site.organizer))


def day_address(site: Site) -> str:
    return f"{site.address}/day"


def table_of(database: Database, booking: Booking) -> str:
    with database.read() as session:
        return str(session.get_one(SessionTable, booking.table_id).number)


def test_from_the_broken_table_to_the_mail(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    organizer = in_english(log_in(site.organizer))
    assert "Nothing is missing" in page(organizer, day_address(site))
    sent(organizer, day_address(site), kind="table", table=table_of(database, booking))
    assert "The whole session" in page(organizer, day_address(site))
    answer = sent(organizer, f"{site.address}/replan")
    preview = page(organizer, answer.location)
    assert "The table cannot be used." in preview
    assert "北澜钻采服务有限公司（示例）" in preview
    with database.read() as session:
        assert session.get_one(Booking, booking.id).table_id == booking.table_id, "nothing moves before it is applied"
    sent(organizer, f"{answer.location}/apply")
    with database.read() as session:
        moved = session.get_one(Booking, booking.id)
        assert (moved.slot_id, moved.sequence) == (booking.slot_id, booking.sequence + 1)
        assert moved.table_id != booking.table_id
    assert "It was applied" in page(organizer, answer.location)
    buyer = in_english(log_in(site.buyer))
    assert "Moved" in page(buyer, f"{site.address}/mine")


def test_the_mail_says_it_and_carries_the_calendar(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    organizer = in_english(log_in(site.organizer))
    sent(organizer, day_address(site), kind="table", table=table_of(database, booking))
    sent(organizer, f"{sent(organizer, f'{site.address}/replan').location}/apply")
    mails = day_mails(database, app)
    assert {one["to"] for one in mails} == {site.buyer.email, site.owner.email}
    first = mails[0]
    assert first["subject"].startswith("Your meetings have changed")
    assert "Moved:" in first["text"]
    assert f"/sessions/{site.match_session.public_id}/mine" in first["text"]
    ((name, _media_type, calendar),) = first["attachments"]
    assert name == "calendar.ics"
    assert b"METHOD:REQUEST" in calendar
    assert f"booking-{booking.public_id}@".encode() in calendar


def test_everybody_gets_their_whole_day_in_one_mail(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    for account in (site.buyer, site.other):
        wished(database, site, by=account)
    publish(database, site, app)
    mails = {one["to"]: one for one in day_mails(database, app, PUBLISHED)}
    assert set(mails) == {site.owner.email, site.buyer.email, site.other.email}, "one each"
    owner = mails[site.owner.email]
    assert owner["subject"].startswith("Your day: 2 meetings at")
    for name in ("北澜钻采服务有限公司（示例）", "另一家企业（示例）", "周明远"):
        assert name in owner["text"]
        assert name in owner["html"]
    ((_name, _media_type, calendar),) = owner["attachments"]
    assert calendar.count(b"BEGIN:VEVENT") == 2
    assert mails[site.buyer.email]["subject"].startswith("Your day: 1 meeting at")
    assert "另一家企业（示例）" not in mails[site.buyer.email]["text"]


def test_the_venue_of_the_table_is_named(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    with database.write() as session:
        for table in session.get_one(MatchSession, site.match_session.id).tables:
            table.venue = "东厅"
    organizer = in_english(log_in(site.organizer))
    sent(organizer, day_address(site), kind="table", table=table_of(database, booking))
    sent(organizer, f"{sent(organizer, f'{site.address}/replan').location}/apply")
    first = day_mails(database, app)[0]
    assert "东厅" in first["text"]
    assert "东厅" in first["html"]
    ((_name, _media_type, calendar),) = first["attachments"]
    assert "东厅".encode() in calendar
    assert "东厅" in page(in_english(log_in(site.buyer)), f"{site.address}/mine")


def day_mails(database: Database, app: Flask, template: str = CHANGED) -> list[dict[str, Any]]:
    """The mails about new plans (or a published one) that wait, sent in English."""
    outgoing = Outgoing()
    with database.read() as session:
        payloads = list(session.scalars(select(Job.payload).where(Job.name == "day_mail")))
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.extensions["backends"], "mailer", outgoing)
        for payload in payloads:
            if payload["template"] == template:
                handlers.day_mail({**payload, "locale": "en"})
    return outgoing.sent


class Outgoing:
    """A mailer that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, **mail: Any) -> None:
        self.sent.append(mail)


def test_who_cannot_come_falls_out_with_the_reason(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    published(database, site, app)
    organizer = in_english(log_in(site.organizer))
    sent(organizer, day_address(site), kind="person", person=person_of(database, site.buyer))
    answer = sent(organizer, f"{site.address}/replan")
    preview = page(organizer, answer.location)
    assert "周明远 is not there then." in preview
    assert "There is no slot at which both are there." in preview
    sent(organizer, f"{answer.location}/apply")
    assert "Does not take place" in page(in_english(log_in(site.owner)), f"{site.address}/mine")


def test_a_stale_plan_shows_a_new_one(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    organizer = in_english(log_in(site.organizer))
    sent(organizer, day_address(site), kind="table", table=table_of(database, booking))
    stale = sent(organizer, f"{site.address}/replan").location
    sent(organizer, day_address(site), kind="person", person=person_of(database, site.buyer))
    answer = sent(organizer, f"{stale}/apply")
    assert answer.location != stale
    shown = page(organizer, answer.location)
    assert "Something has changed since this plan was made." in shown
    assert "周明远 is not there then." in shown
    with database.read() as session:
        assert session.get_one(Booking, booking.id).table_id == booking.table_id


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Please fill this in."),
        ({"kind": "person"}, "Please choose whom or what it is about."),
        ({"kind": "table", "table": "77"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said(
    database: Database, site: Site, log_in: LogIn, data: dict[str, str], message: str
) -> None:
    answer = in_english(log_in(site.organizer)).post(day_address(site), data=data)
    assert message in text_of(answer, 422)


def test_times_that_cannot_be_are_said(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    with database.read() as session:
        first, second = session.get_one(MatchSession, site.match_session.id).slots[:2]
        times = {"from_at": second.starts_at.isoformat(), "until_at": first.ends_at.isoformat()}
    organizer = in_english(log_in(site.organizer))
    answer = organizer.post(day_address(site), data={"kind": "table", "table": table_of(database, booking), **times})
    assert "The end must be after the beginning." in text_of(answer, 422)


def test_taking_back(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    booking = published(database, site, app)
    organizer = in_english(log_in(site.organizer))
    sent(organizer, day_address(site), kind="meeting", meeting=booking.public_id)
    shown = page(organizer, day_address(site))
    assert "Called off" in shown
    address = re.search(r"/disturbances/\w+/withdraw", shown)
    assert address is not None
    sent(organizer, address[0])
    assert "Nothing is missing" in page(organizer, day_address(site))
    preview = page(organizer, sent(organizer, f"{site.address}/replan").location)
    assert "No meeting has to change" in preview


def test_only_organizers(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    published(database, site, app)
    organizer, buyer = log_in(site.organizer), log_in(site.buyer)
    plan = sent(organizer, f"{site.address}/replan").location
    for address in (day_address(site), f"{site.address}/screen"):
        assert buyer.get(address).status_code == 403
    assert buyer.get(plan).status_code == 404
    assert buyer.post(f"{plan}/apply").status_code == 404
    assert app.test_client().get(f"{site.address}/mine").status_code == 303


def test_my_day_shows_mine_and_nobody_elses(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    published(database, site, app)
    for account in (site.buyer, site.owner):
        shown = page(in_english(log_in(account)), f"{site.address}/mine")
        assert "北澜钻采服务有限公司（示例） – 北澜石油大学（示例）" in shown
        assert "周明远" in shown
    other = page(in_english(log_in(site.other)), f"{site.address}/mine")
    assert "You have no meetings in this session" in other
    assert "北澜钻采" not in other


def test_the_screen_names_who_sits_where_next(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    published(database, site, app)
    shown = page(in_english(log_in(site.organizer)), f"{site.address}/screen")
    assert "北澜钻采服务有限公司（示例） – 北澜石油大学（示例）" in shown
    assert "masthead" not in shown, "no navigation"
    assert f"{site.address}/live" in shown


def test_a_session_of_another_kind_has_no_such_day(database: Database, app: Flask, log_in: LogIn) -> None:
    site = make_site(database, kind=SessionKind.GROUP, capacity=5)
    organizer = log_in(site.organizer)
    for name in ("day", "screen"):
        assert organizer.get(f"{site.address}/{name}").status_code == 303


def test_pages_cost_the_same_with_one_and_three(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    organizer, buyer, costs = log_in(site.organizer), log_in(site.buyer), []
    published(database, site, app)
    plan = sent(organizer, f"{site.address}/replan").location
    names = [f"{site.address}/{name}" for name in ("day", "screen", "timetable")]

    def all_costs() -> list[int]:
        return [*(cost(app, organizer, name) for name in (*names, plan)), cost(app, buyer, f"{site.address}/mine")]

    sent(organizer, day_address(site), kind="table", table="1")
    costs.append(all_costs())
    with database.write() as session:
        others = [make_account(session, make_seeker(session)) for _number in range(2)]
    for other in others:
        wished(database, site, by=other)
    made = computed(database, site, app)
    with database.write() as session:
        timetables.publish(session, session.get_one(Timetable, made.id), by=actor_of(session, site.organizer))
    sent(organizer, day_address(site), kind="table", table="2")
    plan = sent(organizer, f"{site.address}/replan").location
    costs.append(all_costs())
    assert costs[0] == costs[1]


# --- the stream -------------------------------------------------------------------------------------------------------


def test_the_stream_is_for_who_is_signed_in(site: Site, app: Flask, log_in: LogIn) -> None:
    assert app.test_client().get(f"{site.address}/live").status_code == 303
    answer = log_in(site.other).get(f"{site.address}/live")
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    answer.close()
    assert app.extensions["live"].streams == 0, "its place is given back"


def test_half_of_the_threads_at_most(database: Database, site: Site) -> None:
    live = Live(database, most=2)
    streams = [live.listen(site.match_session.id, 0) for _number in range(3)]
    assert [one is None for one in streams] == [False, False, True]
    assert streams[0] is not None
    streams[0].close()
    streams[0].close()
    again = live.listen(site.match_session.id, 0)
    assert again is not None
    live.stop()
    assert list(again) == [b"retry: 5000\n\n"], "a server that stops ends its streams"
    assert live.listen(site.match_session.id, 0) is None


def test_too_many_are_told_to_ask_instead(site: Site, app: Flask, log_in: LogIn) -> None:
    app.extensions["live"].most = 0
    assert log_in(site.other).get(f"{site.address}/live").status_code == 503


def test_news_reach_the_stream(database: Database, site: Site, app: Flask) -> None:
    live = Live(database, most=2)
    with database.read() as session:
        seen = news_of(session, site.match_session.id)
    stream = live.listen(site.match_session.id, seen)
    assert stream is not None
    next(stream)
    published(database, site, app)
    begun = utcnow()
    assert next(stream).startswith(b"event: news\ndata: ")
    assert utcnow() - begun < timedelta(seconds=5)
    stream.close()
    live.stop()


def test_a_real_server_streams_and_stops_at_once(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    """waitress sends each line as it comes, ends the stream when it is told to, and then stops without waiting for threads."""
    app.extensions["live"].longest = 60.0
    client = log_in(site.buyer)
    cookies = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=20)
    connection.request("GET", f"{site.address}/live?seen=0", headers={"Cookie": cookies})
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert answer.readline() == b"retry: 5000\n"
    published(database, site, app)
    assert answer.readline() == b"\n"
    assert answer.readline() == b"event: news\n"
    begun = time.monotonic()
    app.extensions["live"].stop()
    server.task_dispatcher.shutdown(timeout=10)
    assert time.monotonic() - begun < 3
    server.close()
    connection.close()
    thread.join(timeout=5)
