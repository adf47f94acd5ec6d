"""A roadshow's programme: arranged by mouse, by keyboard and without script; published, told, printed, shown in the hall."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import PHONE, Reader


def roadshow_with_rooms(organizer: Reader) -> str:
    """The address of the first roadshow to come that has several rooms."""
    organizer.goto("/events")
    addresses = organizer.page.locator("main a[href^='/events/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    for address in dict.fromkeys(one for one in addresses if re.fullmatch(r"/events/\w{10}", one)):
        organizer.goto(f"{address}/agenda")
        if organizer.page.locator(".board-room").count() > 2:
            return str(address)
    raise AssertionError("the sample data has a roadshow with two rooms to come")


def item(reader: Reader, key: str) -> Locator:
    return reader.page.locator(f"[data-item='{key}']")


def drag(reader: Reader, block: Locator, to: Locator, *, down: float) -> None:
    """Take a block at its upper corner to a column, so many pixels below the column's top."""
    block.scroll_into_view_if_needed()
    box, column = block.bounding_box(), to.bounding_box()
    assert box
    assert column
    reader.page.mouse.move(box["x"] + 20, box["y"] + 5)
    reader.page.mouse.down()
    reader.page.mouse.move(column["x"] + 40, column["y"] + down + 5, steps=8)
    with reader.page.expect_response(lambda answer: answer.request.method == "GET" and "/agenda" in answer.url):
        reader.page.mouse.up()


@pytest.mark.browser
def test_arranging_by_mouse_and_keyboard_then_publishing(site: SiteProcess, reader_of: OpenReader) -> None:
    organizer, visitor = reader_of(site, "organizer@example.org"), reader_of(site)
    page, address = organizer.page, roadshow_with_rooms(organizer)
    organizer.goto(f"{address}/agenda")
    pitch = page.locator(".board-pitch").last
    key, title = str(pitch.get_attribute("data-item")), str(pitch.get_attribute("data-title"))
    rooms = page.locator(".board-room")
    second = str(rooms.nth(2).get_attribute("data-room"))

    drag(organizer, item(organizer, key), rooms.nth(2), down=3 * 120)  # two hours after the beginning
    expect(item(organizer, key)).to_have_attribute("data-room", second)
    expect(item(organizer, key)).to_have_attribute("data-at", "120")
    expect(item(organizer, key)).to_be_focused()

    page.keyboard.press("Enter")  # picks it up
    for _step in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#live")).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(item(organizer, key)).to_have_attribute("data-at", "135")
    expect(page.locator("#live")).to_contain_text(title)  # what became of it, not what the page says besides
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")  # left where it was
    expect(item(organizer, key)).to_have_attribute("data-room", second)

    late = page.locator("[data-board]").evaluate("board => board.dataset.to - 5")
    csrf = page.locator("[data-board]").get_attribute("data-csrf")
    assert csrf
    page.keyboard.press("Enter")
    for _step in range(60):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # beyond the end: refused with a sentence, the valid plan stays
    expect(page.locator(".notice-danger")).to_contain_text(title)
    expect(item(organizer, key)).to_have_attribute("data-at", "135")
    assert late > 135

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
    organizer.shot("programme-edit")

    organizer.button_to("/undo").click()
    expect(item(organizer, key)).to_have_attribute("data-at", "120")
    page.reload()
    expect(item(organizer, key)).to_have_attribute("data-at", "120")

    visitor.goto(address)
    row = visitor.page.locator(f".rooms-grid td:has-text('{title}')")
    before = row.inner_text()
    organizer.link_to("/agenda/versions/changes").click()
    organizer.sees(title)
    organizer.shot("programme-changes")
    organizer.tick("tell", "concerned")
    organizer.main_button().click()
    page.wait_for_url(f"**{address}")
    visitor.goto(address)
    expect(row).not_to_have_text(before)
    visitor.shot("programme-public")
    organizer.goto(f"{address}/agenda/versions")
    organizer.link_to("/versions/2").click()
    organizer.sees(title)


@pytest.mark.browser
def test_without_script_the_forms_do_it(site: SiteProcess, reader_of: OpenReader) -> None:
    organizer = reader_of(site, "organizer@example.org", script=False)
    organizer.page.set_viewport_size(PHONE)
    organizer.goto("/events/new")
    organizer.fill(
        title="示例：无脚本路演", starts_at="2099-11-26T09:00", ends_at="2099-11-26T12:00", venue="示例会展中心",
        rooms="一号厅\n二号厅",
    )  # fmt: skip
    organizer.main_button().click()
    organizer.page.wait_for_url("**/agenda")
    for title in ("甲报告", "乙报告"):
        organizer.page.locator("form[action$='/talk'] [name=title]").fill(title)
        organizer.page.locator("form[action$='/talk'] [name=room]").select_option("一号厅")
        organizer.button_to("/talk").click()
    organizer.button_to("/frame").click()
    rows = organizer.page.locator("tr[id^='item-']")
    expect(rows).to_have_count(7)
    organizer.page.get_by_role("link", name="乙报告").click()
    organizer.page.locator("[name=room]").select_option("二号厅")
    organizer.fill(begins="2099-11-26T10:00")
    organizer.main_button().click()
    expect(rows.filter(has_text="乙报告")).to_contain_text("10:00–10:10")
    expect(rows.filter(has_text="乙报告")).to_contain_text("二号厅")
    organizer.button_to("/undo").click()
    expect(rows.filter(has_text="乙报告")).to_contain_text("一号厅")


@pytest.mark.browser
def test_paper_and_the_hall(site: SiteProcess, reader_of: OpenReader) -> None:
    organizer = reader_of(site, "organizer@example.org")
    address = roadshow_with_rooms(organizer)
    for name in ("sheets", "doors", "badges", "programme", "screen"):
        organizer.goto(f"{address}/{name}")
        organizer.shot(f"programme-{name}")
    expect(organizer.page.locator(".hall-room").first).to_be_visible()
    assert organizer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
