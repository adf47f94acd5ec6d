"""The day itself: a table breaks, the organizer makes a new plan and applies it, phone and screen show it by themselves."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import PHONE, Reader


def last_session(organizer: Reader) -> str:
    """The address of the 1:1 session for which the sample data have a timetable."""
    organizer.goto("/sessions")
    addresses = organizer.page.locator("main a[href^='/sessions/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    for address in reversed(list(dict.fromkeys(one for one in addresses if re.fullmatch(r"/sessions/\w+", one)))):
        organizer.goto(address)
        if organizer.page.locator(f"main a[href='{address}/timetable']").count():
            organizer.goto(f"{address}/timetable")
            if organizer.page.locator("#timetable tbody tr").count():
                return str(address)
    raise AssertionError("the sample data has a timetable")


@pytest.mark.browser
def test_from_the_broken_table_to_every_phone(site: SiteProcess, reader_of: OpenReader) -> None:
    organizer, hall = reader_of(site, "organizer@example.org"), reader_of(site, "organizer@example.org")
    address = last_session(organizer)

    organizer.page.locator("#timetable tbody a").first.click()
    organizer.button_to("/lock").click()
    expect(organizer.page.locator("#timetable tbody .state-on").first).to_be_visible()
    organizer.confirm("/publish")
    expect(organizer.page.locator("#timetable h2 .state-on")).to_be_visible()

    hall.goto(f"{address}/screen")
    expect(hall.page.locator(".hall-who").first).to_be_visible()
    hall.page.bring_to_front()
    row = hall.page.locator(".hall-tables tbody tr:has(.hall-who)").first
    table = row.locator("th").inner_text()
    hall.shot("hall")

    organizer.goto(f"{address}/day")
    organizer.tick("kind", "table")
    organizer.page.locator("select[name=table]").select_option(table)
    organizer.main_button().click()
    expect(organizer.page.locator("main tbody tr").first).to_be_visible()
    organizer.shot("what-is-missing")
    organizer.button_to("/replan").click()
    organizer.page.wait_for_url("**/replans/*")
    found = Axe().run(organizer.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    organizer.shot("new-plan")
    organizer.confirm("/apply")
    organizer.page.wait_for_url("**/timetable")

    out_of_use = hall.page.locator(".hall-tables tbody tr").nth(int(table) - 1)
    expect(out_of_use.locator(".hall-who")).to_have_count(0)

    phone = reader_of(site, "provider@example.org")
    phone.page.set_viewport_size(PHONE)
    phone.goto(f"{address}/mine")
    phone.shot("my-day")
    found = Axe().run(phone.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
