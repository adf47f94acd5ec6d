"""Wishes, a timetable and bookings as Excel: what the page shows, for whom it shows it."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from models.base import Database
from models.tables import AuditEntry
from tests.web.booking_site import LogIn, Site, booked, in_english, make_site
from tests.web.reading import page
from tests.web.test_meeting_wishes import computed, wished


@pytest.fixture
def site(database: Database, app: Flask) -> Site:
    return make_site(database)


def rows_of(client: FlaskClient, address: str) -> list[dict[str, object]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    columns, *rows = load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_wishes(database: Database, site: Site, log_in: LogIn) -> None:
    wished(database, site, strength=3, note="想看样机")
    wished(database, site, by=site.other)
    buyer, owner, organizer = (in_english(log_in(one)) for one in (site.buyer, site.owner, site.organizer))
    address = f"{site.address}/wishes.xlsx"
    assert address in page(buyer, f"{site.address}/wishes")
    (mine,) = rows_of(buyer, address)
    assert mine["Enterprise"] == "北澜钻采服务有限公司（示例）"
    assert (mine["The enterprise"], mine["The owner"]) == ("Must meet", "No answer yet")
    assert mine["What it is about"] == "想看样机"
    assert len(rows_of(owner, address)) == len(rows_of(organizer, address)) == 2
    assert len(rows_of(organizer, f"{address}?stand=open")) == 2
    assert rows_of(organizer, f"{address}?stand=declined") == []


def test_a_timetable_and_who_may(database: Database, site: Site, app: Flask, log_in: LogIn) -> None:
    wished(database, site)
    wished(database, site, by=site.other)
    computed(database, site, app)
    organizer, address = in_english(log_in(site.organizer)), f"{site.address}/timetable.xlsx"
    assert f"{address}?number=1" in page(organizer, f"{site.address}/timetable")
    placed = rows_of(organizer, f"{address}?number=1")
    assert len(placed) == 2
    assert all(row["From"] and row["Table"] and row["Who comes of the owner"] == "王岚" for row in placed)
    assert organizer.get(f"{address}?number=7").status_code == 404
    assert log_in(site.buyer).get(address).status_code == 403


def test_bookings_of_a_session_and_ones_own(database: Database, site: Site, log_in: LogIn) -> None:
    buyer, organizer = in_english(log_in(site.buyer)), in_english(log_in(site.organizer))
    booked(database, site, buyer)
    booked(database, site, log_in(site.other), by=site.other)
    assert f"{site.address}/bookings.xlsx" in page(organizer, f"{site.address}/bookings")
    assert len(rows_of(organizer, f"{site.address}/bookings.xlsx")) == 2
    assert buyer.get(f"{site.address}/bookings.xlsx").status_code == 403
    assert "/bookings.xlsx" in page(buyer, "/bookings")
    (mine,) = rows_of(buyer, "/bookings.xlsx")
    assert (mine["Enterprise"], mine["Provider"]) == ("北澜钻采服务有限公司（示例）", "北澜石油大学（示例）")
    assert mine["Who comes of the enterprise"] == "周明远"
    assert mine["State"] == "Waiting for confirmation"
    assert rows_of(buyer, "/bookings.xlsx?past=y") == []
    with database.read() as session:
        taken = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "session.export")).all()
    assert [one["what"] for one in taken] == ["bookings"] * 3
