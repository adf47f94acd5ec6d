"""Who comes to a confirmed meeting: the organizer brings a technology manager, a side a colleague; somebody is taken off."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import Database, utcnow
from models.enums import GrantRole, Side
from models.tables import Account, Booking, BookingAttendee, Job, MatchSession
from tests.factories import make_account
from tests.models.booking_cases import check_invariants
from tests.web.booking_site import LogIn, Site, booked, in_english, make_site, person_of
from tests.web.reading import page, sent, text_of
from tests.web.test_timetable_edits import revision_of
from web.mails import render


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


@pytest.fixture
def broker(database: Database, site: Site) -> Account:
    with database.write() as session:
        return make_account(session, None, GrantRole.BROKER, name="史明达")


def confirmed(database: Database, site: Site, log_in: LogIn) -> str:
    """The address of the meeting's people."""
    booking = booked(database, site, log_in(site.buyer))
    owner = log_in(site.owner)
    address = f"/bookings/{booking.public_id}"
    sent(owner, f"{address}/confirm", revision=revision_of(page(owner, f"{address}/confirm")),
         attendees=[person_of(database, site.owner)])  # fmt: skip
    return f"{address}/people"


def sides(database: Database) -> dict[str, Side | None]:
    with database.read() as session:
        check_invariants(session)
        return {one.person.name: one.side for one in session.scalars(select(BookingAttendee))}


def told(database: Database, to: str) -> list[str]:
    """The subjects of the mails to an address about who comes."""
    with database.read() as session:
        jobs = session.scalars(select(Job).where(Job.name == "booking_mail").order_by(Job.id)).all()
    found = []
    for job in jobs:
        if job.payload["to"] == to and job.payload["template"] == "booking_people":
            subject, text, _html = render("booking_people", "en", {"name": job.payload["receiver"], **job.payload["values"]})  # fmt: skip
            found.append(subject + text)
    return found


def test_the_organizer_brings_a_technology_manager(
    database: Database, site: Site, broker: Account, log_in: LogIn, app: Flask
) -> None:
    address = confirmed(database, site, log_in)
    booking = address.removesuffix("/people")
    assert log_in(broker).get(booking).status_code == 404, "nobody's meeting is laid open"
    organizer = in_english(log_in(site.organizer))
    assert address in page(organizer, booking)
    form = page(organizer, address)
    assert "史明达" in form
    sent(organizer, address, revision=revision_of(form), attendees=person_of(database, broker))
    assert sides(database)["史明达"] is None
    assert "Also at the table: 史明达" in page(in_english(log_in(site.buyer)), booking)
    guest = in_english(log_in(broker))
    assert "史明达" in page(guest, booking)
    assert "Cancel the booking" not in page(guest, booking)
    assert guest.get(address).status_code == 403
    assert "史明达" in page(guest, f"{site.address}/mine")
    assert "史明达" in page(organizer, f"{site.address}/day"), "whoever is of no organisation can be missing too"
    missing = {"kind": "person", "person": person_of(database, broker)}
    sent(organizer, f"{site.address}/day", **missing)
    with app.test_request_context():
        (mail,) = told(database, broker.email)
        assert "You are expected at a meeting" in mail
        (mail,) = told(database, site.buyer.email)
        assert "史明达 comes to the meeting" in mail
        assert "Also at the table: 史明达" in mail
        assert told(database, site.organizer.email) == []


def test_somebody_comes_instead(database: Database, site: Site, log_in: LogIn, app: Flask) -> None:
    address = confirmed(database, site, log_in)
    owner, me, professor = in_english(log_in(site.owner)), person_of(database, site.owner), site.professor.public_id
    form = page(owner, address)
    assert "史明达" not in form
    assert site.colleague.name not in re.findall(r"<option.*</option>", form), "each side adds its own people"
    answer = owner.post(f"{address}/{me}/take-off", data={"revision": revision_of(form)}, follow_redirects=True)
    assert "is the only one of this side" in text_of(answer)
    sent(owner, address, revision=revision_of(form), attendees=professor)
    sent(owner, f"{address}/{me}/take-off", revision=revision_of(page(owner, address)))
    there = sides(database)
    assert there["陈教授"] is Side.PROVIDER
    assert "王岚" not in there
    with app.test_request_context():
        assert "You are not expected at the meeting" in told(database, site.owner.email)[-1]
    buyer = page(log_in(site.buyer), address)
    assert f"/people/{professor}/take-off" not in buyer
    answer = log_in(site.buyer).post(f"{address}/{professor}/take-off", data={"revision": revision_of(buyer)})
    assert answer.status_code == 403


def test_what_cannot_be_is_said(database: Database, site: Site, broker: Account, log_in: LogIn) -> None:
    address = confirmed(database, site, log_in)
    organizer = in_english(log_in(site.organizer))
    form = page(organizer, address)
    assert "Please choose somebody." in text_of(organizer.post(address, data={"revision": revision_of(form)}), 422)
    stale = organizer.post(address, data={"revision": "0", "attendees": person_of(database, broker)})
    assert "This booking has changed since you opened it." in text_of(stale, 422)
    with database.write() as session:
        booking = session.scalars(select(Booking)).one()
        assert booking.slot is not None
        there = session.get_one(MatchSession, booking.match_session_id)
        there.starts_at = booking.slot.starts_at = utcnow()
    answer = organizer.post(address, data={"revision": revision_of(form), "attendees": person_of(database, broker)})
    assert "This meeting has begun already." in text_of(answer, 422)
    assert "that has not begun can be changed" in page(organizer, address)


def test_who_is_busy_is_named(database: Database, site: Site, broker: Account, log_in: LogIn) -> None:
    address = confirmed(database, site, log_in)
    other = booked(database, site, log_in(site.other), by=site.other)
    owner = log_in(site.owner)
    there = f"/bookings/{other.public_id}"
    sent(owner, f"{there}/confirm", revision=revision_of(page(owner, f"{there}/confirm")),
         attendees=[site.professor.public_id])  # fmt: skip
    organizer = in_english(log_in(site.organizer))
    form = page(organizer, address)
    answer = organizer.post(address, data={"revision": revision_of(form), "attendees": site.professor.public_id})
    assert "陈教授 is in another meeting at this time." in text_of(answer, 422)
