"""A search is kept, what is published later comes by mail once, and the mail's link stops it without logging in."""

import re

from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import DESKTOP, PHONE
from tests.journeys.test_matching import need_published

TITLE = "冰雪运动场馆制冰余热低温回收"


def test_a_kept_search_tells_what_is_published_later(site: SiteProcess, reader_of: OpenReader) -> None:
    provider = reader_of(site, "provider@example.org")
    for width, words, frequency in ((DESKTOP, "余热", "weekly"), (PHONE, "制冰余热", "immediately")):
        page = provider.goto(f"/needs?q={words}")
        if width == DESKTOP:
            provider.shot("saved-search-button")
        page.set_viewport_size(width)
        page.locator(".save-search a").click()
        page.wait_for_url("**/saved-searches/new?**")
        expect(page.locator("main [name=name]")).to_have_value(words)
        provider.tick("frequency", frequency)
        if width == DESKTOP:
            provider.shot("saved-search-new")
        provider.main_button().click()
        page.wait_for_url(re.compile("/saved-searches$"))
    provider.shot("saved-searches", more=True)

    need = need_published(reader_of(site, "seeker@example.org"), reader_of(site, "organizer@example.org"), TITLE)
    text = provider.mail("provider@example.org", TITLE)
    assert provider.linked(text, "/needs/").endswith(need)

    off = provider.linked(text, "/saved-searches/off/").removeprefix(site.url)
    visitor = reader_of(site, script=False)
    visitor.goto(off)
    visitor.shot("saved-search-off")
    visitor.button_to(off).click()
    expect(visitor.page.locator("main form")).to_have_count(0)
    provider.goto("/saved-searches")
    kept = page.locator("main section.panel")
    stopped = kept.filter(has=page.get_by_role("link", name="制冰余热", exact=True))
    expect(stopped).to_contain_text("不通知")
    stopped.locator("h2 a").click()
    page.wait_for_url(re.compile(r"/needs\?q="))

    # Who published it reads how often it was seen; one's own looks do not count.
    owner = reader_of(site, "seeker@example.org")
    owner.goto(f"/needs/{need}")
    expect(owner.page.locator("#exposure")).to_be_visible()
    owner.shot("exposure")

    provider.goto("/saved-searches")
    for left, width in enumerate((PHONE, DESKTOP)):
        page.set_viewport_size(width)
        page.locator("main details.confirm summary").first.click()
        page.locator("main details.confirm[open] button, dialog[open] button.btn-danger").first.click()
        expect(kept).to_have_count(1 - left)
    expect(page.locator("main .empty")).to_be_visible()
    provider.shot("saved-searches-none")
