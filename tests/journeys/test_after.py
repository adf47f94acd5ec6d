"""After the meetings: two taps on a phone without script, a next step on both desks, the event's results with their rows."""

import re
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import PHONE, Reader

STEP = "把阀门样机寄到现场试用"


def axe(reader: Reader) -> None:
    found = Axe().run(reader.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
def test_from_the_desk_to_the_result_page(site: SiteProcess, reader_of: OpenReader) -> None:
    provider = reader_of(site, "provider@example.org", script=False)
    provider.page.set_viewport_size(PHONE)
    provider.goto("/desk")
    provider.link_to("/bookings/").click()  # what waits longest: a meeting of last week
    asked = provider.page.locator("main form[action$='/outcome']:visible")
    expect(asked).to_have_count(4)
    asked.filter(has=provider.page.locator("input[value='next_step']")).locator("button").click()
    provider.page.wait_for_url("**/next-step")
    provider.fill(text=STEP, due_on=(date.today() + timedelta(days=6)).isoformat())
    provider.page.locator("main select[name=person]").select_option(index=0)
    provider.main_button().click()
    provider.page.wait_for_url("**/engagements/*")
    provider.sees(STEP)
    provider.shot("next-step")
    provider.goto(f"{provider.page.url}/advance")  # without script every field is there; the stage decides which count
    provider.page.locator("main select[name=stage]").select_option("S6")
    provider.page.locator("main select[name=contract_type]").select_option("patent_licence")
    provider.tick("amount_said", "stated")
    provider.tick("registered", "no")
    provider.fill(amount="80", signed_on=date.today().isoformat(), note="合同双方已盖章。")
    provider.main_button().click()
    provider.page.wait_for_url("**/engagements/*")
    provider.sees("80 万元")
    provider.shot("contract")
    provider.goto("/desk")
    provider.sees(STEP)

    organizer = reader_of(site, "organizer@example.org")
    organizer.goto("/results?first=2020-01-01&last=2099-12-31")
    axe(organizer)
    organizer.shot("results-of-a-period")
    held = organizer.page.locator("main a[href$='/results/held']").filter(has_not_text=re.compile(r"^0"))
    address = str(held.first.get_attribute("href")).removesuffix("/held")
    organizer.goto(address)
    axe(organizer)
    organizer.shot("results", more=True)
    figure = organizer.page.locator("main table a[href$='/results/held']")
    number = int(figure.inner_text().split()[0])
    figure.click()
    expect(organizer.page.locator("main tbody tr")).to_have_count(number)
    axe(organizer)
    with organizer.page.expect_download() as file:
        organizer.link_to("rows.xlsx").click()
    assert file.value.suggested_filename.endswith(".xlsx")
