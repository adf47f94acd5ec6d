"""The page on which an organizer changes a computed timetable by hand."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import Database, utcnow
from models.queries.replanning import rest_of
from models.tables import Booking, MatchSession, MeetingWish, Timetable
from tests.factories import make_account, make_seeker
from tests.web.booking_site import LogIn, Site, cost, in_english, make_site, perform, person_of
from tests.web.reading import page, sent, text_of
from tests.web.test_meeting_wishes import computed, wished


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def ready(database: Database, site: Site, app: Flask, *, more: int = 0) -> tuple[Timetable, list[MeetingWish]]:
    with database.write() as session:
        others = [make_account(session, make_seeker(session)) for _number in range(more)]
    wishes = [wished(database, site), *(wished(database, site, by=one) for one in others)]
    return computed(database, site, app), wishes


def address_of(timetable: Timetable, wish: MeetingWish) -> str:
    return f"/timetables/{timetable.public_id}/meetings/{wish.public_id}"


def revision_of(text: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', text)
    assert found is not None
    return found[1]


def test_moved_locked_and_taken_back(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    timetable, (wish,) = ready(database, site, app)
    organizer, address = in_english(log_in(site.organizer)), address_of(timetable, wish)
    assert address in page(organizer, f"{site.address}/timetable")
    form = page(organizer, address)
    with database.read() as session:
        last = session.get_one(MatchSession, site.match_session.id).slots[-1].id
    answer = sent(organizer, address, revision=revision_of(form), slot=str(last), table="")
    assert "Take the last step back" in page(organizer, answer.location)
    with database.read() as session:
        assert session.get_one(Timetable, timetable.id).meetings[0]["slot"] == last
    sent(organizer, f"{address}/lock", revision=revision_of(page(organizer, address)))
    locked = page(organizer, address)
    assert "A locked meeting stays where it is" in locked
    assert "Locked" in page(organizer, f"{site.address}/timetable")
    sent(organizer, f"{address}/unlock", revision=revision_of(locked))
    sent(organizer, f"{address}/take-out", revision=revision_of(page(organizer, address)))
    shown = page(organizer, f"{site.address}/timetable")
    assert "No meeting could be placed" in shown
    sent(organizer, f"/timetables/{timetable.public_id}/undo", revision=revision_of(shown))
    with database.read() as session:
        assert session.get_one(Timetable, timetable.id).meetings[0]["slot"] == last


def test_two_are_exchanged_and_what_hinders_is_said(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    timetable, (one, other) = ready(database, site, app, more=1)
    organizer, address = in_english(log_in(site.organizer)), address_of(timetable, one)
    form = page(organizer, address)
    assert "王岚 is in the meeting" in form
    sent(organizer, f"{address}/swap", revision=revision_of(form), other=str(other.id))
    with database.read() as session:
        now = {each["wish"]: each["slot"] for each in session.get_one(Timetable, timetable.id).meetings}
    before = {each["wish"]: each["slot"] for each in timetable.meetings}
    assert now == {one.id: before[other.id], other.id: before[one.id]}
    answer = organizer.post(f"{address}/swap", data={"revision": "1", "other": "999"})
    assert text_of(answer, 422)


def test_the_loser_reads_a_sentence(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    timetable, (wish,) = ready(database, site, app)
    organizer, address = in_english(log_in(site.organizer)), address_of(timetable, wish)
    form = page(organizer, address)
    sent(organizer, f"{address}/lock", revision=revision_of(form))
    sent(organizer, f"{address}/unlock", revision=revision_of(page(organizer, address)))
    slot = str(timetable.meetings[0]["slot"])
    answer = organizer.post(address, data={"revision": revision_of(form), "slot": slot, "table": ""})
    assert "Somebody else changed this timetable in the meantime." in text_of(answer, 422)
    answer = organizer.post(address, data={"revision": revision_of(form)})
    assert "Please choose a time." in text_of(answer, 422)


def test_who_may(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    timetable, (wish,) = ready(database, site, app)
    assert log_in(site.buyer).get(address_of(timetable, wish)).status_code == 404
    organizer = log_in(site.organizer)
    assert organizer.get(f"/timetables/{timetable.public_id}/meetings/zzz").status_code == 404
    assert organizer.post(f"/timetables/{timetable.public_id}/undo", data={"revision": "x"}).status_code == 400


def test_only_the_rest_is_computed(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    timetable, (one, other) = ready(database, site, app, more=1)
    organizer, address = in_english(log_in(site.organizer)), address_of(timetable, one)
    sent(organizer, f"{address}/take-out", revision=revision_of(page(organizer, address)))
    assert "compute only what is not placed" in page(organizer, f"{site.address}/timetable")
    sent(organizer, f"{site.address}/timetable", keep="placed", base=str(timetable.number))
    with database.read() as session:
        made = session.query(Timetable).filter_by(number=2).one()
        assert [each["wish"] for each in made.locks] == [other.id]


def test_the_page_costs_the_same_with_one_and_three(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    organizer, costs = log_in(site.organizer), []
    for more in (0, 2):
        timetable, wishes = ready(database, site, app, more=more)
        costs.append(cost(app, organizer, address_of(timetable, wishes[0])))
    assert costs[0] == costs[1]


def test_two_timetables_are_compared(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    organizer = in_english(log_in(site.organizer))
    address = f"{site.address}/timetable/compare"
    assert "There are no two timetables to compare" in page(organizer, address)
    timetable, (one, other) = ready(database, site, app, more=1)
    sent(organizer, f"{site.address}/timetable", everybody="y")
    perform(app, database, "timetable")
    with database.read() as session:
        second = session.query(Timetable).filter_by(number=2).one()
    edited = address_of(second, one)
    sent(organizer, f"{edited}/take-out", revision=revision_of(page(organizer, edited)))
    shown = page(organizer, address)
    assert "Only in timetable 1" in shown
    assert "What fairness costs" in shown
    assert "周明远" in shown
    assert "Only in timetable 1" in page(organizer, f"{address}?a=2&b=1")
    assert organizer.get(f"{address}?a=9").status_code == 404
    assert log_in(site.buyer).get(address).status_code == 403
    assert other.id in {each["wish"] for each in timetable.meetings}


def test_comparing_costs_the_same_with_one_and_three(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    organizer, costs = log_in(site.organizer), []
    ready(database, site, app)
    for more in (0, 2):
        ready(database, site, app, more=more)
        costs.append(cost(app, organizer, f"{site.address}/timetable/compare"))
    assert costs[0] == costs[1]


def test_locks_that_cannot_be_kept_any_more_are_said(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    """Between asking and computing somebody cancels: the sentence names them, the timetable that was valid stays."""
    timetable, (wish,) = ready(database, site, app)
    organizer, address = in_english(log_in(site.organizer)), address_of(timetable, wish)
    sent(organizer, f"{address}/lock", revision=revision_of(page(organizer, address)))
    sent(organizer, f"{site.address}/timetable", keep="locked", base=str(timetable.number))
    sent(organizer, f"{site.address}/day", kind="person", person=person_of(database, site.buyer))
    perform(app, database, "timetable")
    shown = page(organizer, f"{site.address}/timetable")
    assert "It could not be computed" in shown
    assert "周明远" in shown
    assert "Ready to be looked at" in page(organizer, f"{site.address}/timetable?number=1")
    sent(organizer, f"{site.address}/timetable", keep="locked", base=str(timetable.number))
    assert "周明远" in page(organizer, f"{site.address}/timetable"), "asked again it is said at once"


def test_a_session_over_midnight_names_the_day(database: Database, app: Flask, log_in: LogIn) -> None:
    """From 23:00 until 1:00 of the site's zone: each time stands with its day, on every page of the timetable."""
    evening = (utcnow() + timedelta(days=10)).replace(hour=15, minute=0, second=0, microsecond=0)
    site = make_site(database, starts_at=evening, slot_minutes=60, tables=1)
    timetable, (one, _other) = ready(database, site, app, more=1)
    organizer = in_english(log_in(site.organizer))
    for address in (f"{site.address}/timetable", address_of(timetable, one), f"{site.address}/day"):
        shown = page(organizer, address)
        assert re.search(r"\d\d? \w{3}.{0,8}, 23:00", shown), address
        assert re.search(r"\d\d? \w{3}.{0,8}, 00:00", shown), address
    sent(organizer, f"/timetables/{timetable.public_id}/publish")
    assert re.search(r"\d\d? \w{3}.{0,8}, (23|00):00", page(in_english(log_in(site.buyer)), f"{site.address}/mine"))


def test_a_session_says_that_only_agreed_meetings_are_placed(
    database: Database, site: Site, app: Flask, log_in: LogIn
) -> None:
    organizer = in_english(log_in(site.organizer))
    asked = re.compile(r'name="accepted_only" value="y" checked')
    assert not asked.search(page(organizer, f"{site.address}/timetable"))
    form = page(organizer, f"{site.address}/edit")
    there = site.match_session
    sent(
        organizer, f"{site.address}/edit", revision=revision_of(form), title=there.title, introduction="",
        venue=there.venue, tables="2", accepted_only="y",
    )  # fmt: skip
    assert asked.search(page(organizer, f"{site.address}/timetable"))
    assert asked.search(page(organizer, f"{site.address}/edit"))
    wished(database, site)
    with database.read() as session:
        rest = rest_of(session, session.get_one(MatchSession, there.id), now=utcnow())
    assert rest.parties == [], "nor on the day, where nothing was published before"


def test_who_gets_no_meeting_is_named_and_what_was_placed_says_so(
    database: Database, app: Flask, log_in: LogIn
) -> None:
    site = make_site(database, hours=1, slot_minutes=60, tables=1)
    timetable, _wishes = ready(database, site, app, more=1)
    organizer = in_english(log_in(site.organizer))
    shown = page(organizer, f"{site.address}/timetable")
    named = re.search(r'<details id="without">.*?</details>', shown, re.DOTALL)
    assert named is not None
    assert "1 enterprise has no meeting: which?" in named[0]
    assert named[0].count("<li>") == 1
    sent(organizer, f"/timetables/{timetable.public_id}/publish")
    with database.read() as session:
        booking = session.scalars(select(Booking)).one()
    thread = page(organizer, f"/bookings/{booking.public_id}")
    assert "Placed the meeting" in thread
    assert "Took a seat" not in thread
