"""The call for a roadshow's projects: a provider applies, a scorer scores, the organizer announces, a provider confirms."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import PHONE, Reader

OPEN, SCORED = "冰雪经济与寒区运动成果路演", "空天信息与低空应用成果路演"


def address_of(reader: Reader, title: str) -> str:
    """The roadshow of this title."""
    reader.goto("/events")
    return str(reader.page.locator("main a[href^='/events/']", has_text=title).first.get_attribute("href"))


def accessible(reader: Reader) -> None:
    found = Axe().run(reader.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
def test_from_the_application_to_the_confirmed_place(site: SiteProcess, reader_of: OpenReader) -> None:
    provider = reader_of(site, "provider@example.org")
    provider.page.set_viewport_size(PHONE)
    provider.goto(address_of(provider, OPEN))
    provider.link_to("/call/apply").click()
    provider.link_to("achievement=").click()
    provider.fill(minutes="8", presenter_title="教授", demo_needs="一块三平方米的场地")
    provider.main_button().click()
    expect(provider.page.locator(".error-summary")).to_be_visible()
    expect(provider.page.locator("textarea[name=demo_needs]")).to_have_value("一块三平方米的场地")
    for name in ("ip_disclosed", "not_secret"):
        provider.tick(name, "y")
    accessible(provider)
    provider.shot("apply-for-the-stage")
    provider.main_button().click()
    provider.page.wait_for_url(re.compile(r"/applications/\w+$"))
    expect(provider.page.locator("main .state-on").first).to_be_visible()

    scorer = reader_of(site, "seeker@example.org")
    scorer.page.set_viewport_size(PHONE)
    for _left in range(2):
        scorer.goto("/scoring")
        scorer.page.locator("main tr:has(.state-wait) a").first.click()
        scorer.fill(points_0="7", points_1="6", points_2="8", points_3="7", comment_0="指标可信")
        accessible(scorer)
        scorer.main_button().click()
        scorer.page.wait_for_url("**/scoring")
    expect(scorer.page.locator("main .state-wait")).to_have_count(0)

    organizer = reader_of(site, "organizer@example.org")
    address = address_of(organizer, SCORED)
    organizer.goto(f"{address}/call/selection")
    accessible(organizer)
    organizer.button_to("/proposal").click()
    organizer.shot("selection")
    organizer.confirm("/announce")
    expect(organizer.page.locator("main .state-on").first).to_be_visible()
    winner = organizer.page.locator("main tbody tr").first.locator("th a")
    title = winner.inner_text()
    organizer.goto(f"{address}/agenda")
    expect(organizer.page.locator("main")).to_contain_text(title)

    happy = reader_of(site, "ding.yinuo@mfg.example")
    happy.goto("/desk")
    happy.page.locator("main a[href^='/applications/']").first.click()
    happy.button_to("/accept").click()
    expect(happy.page.locator("main")).to_contain_text("您已确认参加")
