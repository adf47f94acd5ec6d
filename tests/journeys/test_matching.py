"""From a published need to its suggestions: declined, put off, taken back, adopted by a request; passed on by a broker."""

import re

from playwright.sync_api import Locator, expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import DESKTOP, PHONE, Reader

WANTED = (
    "炼厂污水处理场的隔油池、浮选池和曝气池敞口逸散恶臭和挥发性有机物，夏季厂界臭气浓度常超标，"
    "蓄热焚烧能耗高、冬季低温时催化剂又起燃困难。希望找到低温催化氧化或生物组合的密闭收集与净化装置，"
    "处理风量每小时两万立方米，进口非甲烷总烃800 mg/m³，出口稳定低于20 mg/m³，并能去除硫化氢和氨。"
)


def need_published(seeker: Reader, organizer: Reader, title: str) -> str:
    """Write, submit and publish a need; its public id."""
    seeker.goto("/needs/new")
    seeker.fill(title=title)
    seeker.main_button().click()
    seeker.page.wait_for_url("**/edit")
    found = re.search(r"/needs/([^/]+)/edit", seeker.page.url)
    assert found
    public_id = found[1]
    seeker.fill(description=WANTED)
    for field, text in (("name", "非甲烷总烃"), ("now", "800"), ("target", "≤20")):
        seeker.page.locator(f"[name='indicators-0-{field}']").fill(text)
    seeker.tick("fields", "environment")
    seeker.tick("industries", "chemicals")
    seeker.tick("modes", "license")
    seeker.fill(keywords="恶臭，挥发性有机物，催化氧化", deadline="2031-05-01")
    seeker.main_button().click()
    seeker.page.wait_for_url("**/submit")
    seeker.tick("non_classified")
    seeker.main_button().click()
    seeker.page.wait_for_url(f"**/needs/{public_id}")
    organizer.goto(f"/review/needs/{public_id}")
    organizer.button_to(f"/review/needs/{public_id}/publish").click()
    organizer.page.wait_for_url("**/review")
    return public_id


def cards(reader: Reader) -> Locator:
    return reader.page.locator("main .card-line:has(.match-score)")


def matched(reader: Reader, *, at_least: int = 1) -> None:
    """Load the page again until a run has filled the list: the first run of everything takes a while on a busy machine."""
    for _attempt in range(480):
        if cards(reader).count() >= at_least:
            return
        reader.page.wait_for_timeout(250)
        reader.page.reload()
    expect(cards(reader)).to_have_count(at_least)


def title_of(card: Locator) -> str:
    return card.locator(".card-title a").inner_text()


def decline_and_take_back(seeker: Reader, title: str, width: dict[str, int]) -> None:
    """In the list, at a width; the pictures, at all widths, are taken on the way."""
    seeker.page.set_viewport_size(width)
    cards(seeker).filter(has_text=title).locator("a[href*='/decline']").click()
    seeker.main_button().click()
    expect(seeker.page.locator(".error-summary")).to_be_visible()
    seeker.tick("reason", "irrelevant")
    if width == DESKTOP:
        seeker.shot("suggestion-decline")
    seeker.main_button().click()
    seeker.page.wait_for_url("**/suggestions?about=**")
    expect(cards(seeker).filter(has_text=title)).to_have_count(0)
    if width == DESKTOP:
        seeker.shot("suggestions-declined")
    seeker.button_to("/undo").click()
    expect(cards(seeker).filter(has_text=title)).to_have_count(1)


def test_a_need_finds_achievements_and_people_decide(site: SiteProcess, reader_of: OpenReader) -> None:
    seeker, organizer = reader_of(site, "seeker@example.org"), reader_of(site, "organizer@example.org")
    need = need_published(seeker, organizer, "炼厂污水场恶臭与挥发性有机物低温净化")
    listing = f"/suggestions?about={need}"
    seeker.goto(listing)
    matched(seeker, at_least=3)
    assert "恶臭" in title_of(cards(seeker).first)
    expect(cards(seeker).first.locator(".match-why li").first).to_be_visible()
    seeker.shot("suggestions-need", more=True)

    # Declined, taken back and put off, on a phone and on a desk.
    for number, width in enumerate((PHONE, DESKTOP), start=1):
        seeker.goto(listing)
        last = title_of(cards(seeker).last)
        decline_and_take_back(seeker, last, width)
        cards(seeker).filter(has_text=last).locator("form[action$='/put-off'] button").first.click()
        expect(cards(seeker).filter(has_text=last)).to_have_count(0)
        seeker.goto(f"{listing}&state=put_off")
        expect(cards(seeker)).to_have_count(number)

    # Adopted: the request begins with the reasons.
    for width in (DESKTOP, PHONE):
        seeker.page.set_viewport_size(width)
        seeker.goto(f"/needs/{need}")
        best = title_of(cards(seeker).first)
        if width == DESKTOP:
            seeker.shot("need-with-suggestions", more=True)
        cards(seeker).first.locator("a[href*='/requests/new']").click()
        expect(seeker.page.locator("main [name=purpose]")).to_have_value(re.compile(r"恶臭"))
        if width == DESKTOP:
            seeker.shot("suggestion-adopt")
    seeker.main_button().click()
    seeker.page.wait_for_url(re.compile(r"/requests/(?!new)[^/?]+$"))
    seeker.goto(f"{listing}&state=decided")
    expect(cards(seeker).filter(has_text=best)).to_have_count(1)
    seeker.goto(listing)
    expect(cards(seeker).filter(has_text=best)).to_have_count(0)


def test_both_sides_their_broker_and_the_statistics(site: SiteProcess, reader_of: OpenReader) -> None:
    provider = reader_of(site, "provider@example.org")
    provider.goto("/suggestions?side=provider")
    matched(provider)
    provider.shot("suggestions-provider")
    provider.goto("/desk")
    provider.link_to("/suggestions").click()

    broker = reader_of(site, "broker@example.org")
    broker.goto("/suggestions")
    matched(broker)
    broker.shot("suggestions-broker")
    broker.link_to("/pass-on").click()
    broker.fill(note="冬季工况和贵单位很接近，值得先看一眼。")
    broker.shot("suggestion-pass-on")
    broker.main_button().click()
    broker.page.wait_for_url("**/suggestions**")

    administrator = reader_of(site, "admin@example.org")
    administrator.goto("/suggestions/statistics")
    administrator.shot("suggestions-statistics")
    administrator.goto("/matching")
    administrator.shot("matching-rule")


def test_without_script(site: SiteProcess, reader_of: OpenReader) -> None:
    provider = reader_of(site, "provider2@example.org", script=False)
    provider.goto("/suggestions")
    matched(provider)
    form = cards(provider).first.locator("form[action$='/put-off']").first
    action = form.get_attribute("action")
    form.locator("button").click()
    expect(provider.page.locator(f"main form[action='{action}']")).to_have_count(0)
    provider.button_to("/undo").click()
    expect(provider.page.locator(f"main form[action='{action}']")).to_have_count(2)  # in a week, in a month
