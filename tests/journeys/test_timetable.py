"""A session's timetable: an enterprise says whom it wants to meet, the owner answers, the organizer computes and publishes."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import DESKTOP, PHONE, Reader

COMPUTED = 120_000  # milliseconds: the worker may be busy with the first run of matching


def session_with_a_timetable(organizer: Reader) -> str:
    """The address of the first 1:1 session to come."""
    organizer.goto("/sessions")
    addresses = organizer.page.locator("main a[href^='/sessions/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    for address in dict.fromkeys(one for one in addresses if re.fullmatch(r"/sessions/\w+", one)):
        organizer.goto(address)
        if organizer.page.locator(f"main a[href='{address}/timetable']").count():
            return str(address)
    raise AssertionError("the sample data has a 1:1 session to come")


@pytest.mark.browser
def test_from_wishes_to_confirmed_meetings(site: SiteProcess, reader_of: OpenReader) -> None:
    organizer = reader_of(site, "organizer@example.org")
    seeker, provider = reader_of(site, "seeker@example.org"), reader_of(site, "provider@example.org")
    address = session_with_a_timetable(organizer)

    seeker.page.set_viewport_size(PHONE)
    seeker.goto(address)
    seeker.link_to("/wish").click()
    seeker.link_to("achievement=").click()
    seeker.tick("strength", "3")
    seeker.fill(note="想带两组井下数据来谈。")
    seeker.shot("wish-to-meet")
    seeker.main_button().click()
    seeker.page.wait_for_url("**/wishes")
    expect(seeker.page.locator("main")).to_contain_text("想带两组井下数据来谈。")

    for width in (DESKTOP, PHONE):
        provider.page.set_viewport_size(width)
        provider.goto(f"{address}/wishes")
        open_wish = provider.page.locator("main tr:has(.state-wait)")
        before = open_wish.count()
        open_wish.first.locator("a[href$='/answer']").click()
        provider.tick("strength", "3")
        provider.main_button().click()
        provider.page.wait_for_url("**/wishes")
        expect(open_wish).to_have_count(before - 1)
    provider.shot("wishes")

    organizer.goto(f"{address}/timetable")
    organizer.button_to("/timetable").click()
    expect(organizer.asking("/publish")).to_be_visible(timeout=COMPUTED)
    found = Axe().run(organizer.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    organizer.shot("timetable")
    placed = organizer.page.locator("#timetable table").first.locator("tbody tr").count()
    assert placed
    organizer.confirm("/publish")
    expect(organizer.page.locator("#timetable .state-on")).to_be_visible()
    organizer.goto(f"{address}/bookings")
    assert organizer.page.locator("main tbody tr:has(.state-on)").count() >= placed

    provider.goto(f"{address}/wishes")
    expect(provider.page.locator("main .state-on").first).to_be_visible()
    provider.page.locator("main a[href^='/bookings/']").first.click()
    expect(provider.page.locator("main")).to_contain_text("已确认")
