"""Somebody types: what is offered, chosen by keys and by a tap, on a desk and on a phone, on both sets of backends."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import DESKTOP, PHONE


@pytest.mark.browser
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_typed_is_offered_and_chosen(site: SiteProcess, reader_of: OpenReader, width: dict[str, int]) -> None:
    reader = reader_of(site)
    page = reader.page
    page.set_viewport_size(width)
    reader.goto("/")
    field, offered = page.locator("#q"), page.get_by_role("listbox")
    field.press_sequentially("dadou", delay=30)
    expect(offered).to_be_visible()
    expect(offered.get_by_role("option").first).to_contain_text("大豆")
    expect(field).to_have_attribute("aria-expanded", "true")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    if width == DESKTOP:
        reader.shot("suggest")
        field.focus()
        field.press("ArrowDown")
        active = field.get_attribute("aria-activedescendant")
        expect(page.locator(f"[id='{active}']")).to_have_attribute("aria-selected", "true")
        chosen = page.locator(f"[id='{active}']").inner_text()
        field.press("Enter")
        expect(page.locator("body")).to_contain_text(chosen)
    else:
        title = offered.get_by_role("group").filter(has_text="成果").get_by_role("option").first
        chosen = title.inner_text()
        title.click()
        expect(page.locator("h1")).to_contain_text(chosen)
    page.wait_for_url(lambda address: address.rstrip("/") != site.url)


@pytest.mark.browser
def test_escape_closes_and_enter_searches_what_was_typed(site: SiteProcess, reader_of: OpenReader) -> None:
    reader = reader_of(site)
    page = reader.page
    reader.goto("/needs")
    field, offered = page.locator("#q"), page.get_by_role("listbox")
    field.press_sequentially("返排", delay=30)
    expect(offered).to_be_visible()
    field.press("Escape")
    expect(offered).to_be_hidden()
    expect(field).to_have_value("返排")
    field.press("Enter")
    page.wait_for_url("**/needs?q=*")
    expect(page.locator("#search h2").first).to_be_visible()
