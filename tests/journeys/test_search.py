"""Searching as people do it: words, facets, why this, similar ones, an address that is shared; on a desk and on a phone."""

import re

from playwright.sync_api import expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import DESKTOP, PHONE

QUESTION = "我们想把低温条件下的电池做得更耐用，充电也要快一些"


def test_words_lead_to_a_record_and_to_those_like_it(site: SiteProcess, reader_of: OpenReader) -> None:
    reader = reader_of(site)
    page = reader.goto("/achievements")
    page.locator("main input[name=q]").fill("大豆蛋白")
    page.locator("main input[name=q]").press("Enter")
    page.wait_for_url(re.compile(r"q="))
    expect(page.locator(".card-line mark").first).to_be_visible()
    why = page.locator("details.why").first
    expect(why.locator("dl")).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("dl mark").first).to_have_text(re.compile("大豆|蛋白"))
    reader.shot("search-why", more=True)
    why.locator("a").click()
    page.wait_for_url("**/ranking")
    reader.shot("ranking")
    page.go_back()

    page.locator(".card-title a").first.click()
    page.wait_for_url("**/achievements/*")
    similar = page.locator("section.similar")
    expect(similar.locator(".card-line").first).to_be_visible()
    assert similar.locator(".card-line").count() <= 4
    reader.shot("similar")
    title = page.locator("h1").inner_text()
    similar.locator("p > a").last.click()
    page.wait_for_url(re.compile(r"/achievements\?q="))
    expect(page.locator(".card-title a").first).to_have_text(title)  # the whole list begins with the record itself


def test_pinyin_and_a_paragraph_are_understood(site: SiteProcess, reader_of: OpenReader) -> None:
    reader = reader_of(site)
    page = reader.goto("/achievements?q=dadou")
    why = page.locator("details.why").first
    why.locator("summary").click()
    expect(why).to_contain_text("dadou")
    reader.shot("search-pinyin")
    page = reader.goto(f"/achievements?q={QUESTION}")
    page.locator("details.why summary").first.click()
    reader.shot("search-paragraph")
    page = reader.goto("/needs?q=低温")
    page.locator("details.why summary").first.click()
    reader.shot("search-needs")
    page.locator(".card-title a").first.click()
    page.wait_for_url("**/needs/*")
    reader.shot("need-similar")


def test_an_address_holds_the_whole_question(site: SiteProcess, reader_of: OpenReader) -> None:
    """Facets ticked on a phone; who gets the address sees the same; so does a reader without script."""
    reader = reader_of(site)
    reader.page.set_viewport_size(PHONE)
    page = reader.goto("/achievements?q=低温&sort=trl")
    page.locator(".facets-open").click()
    expect(page.locator("#filters")).to_be_visible()
    page.locator("#filters input[name=field]").first.check()
    page.locator("#filters .facets-foot button").click()
    page.wait_for_url(re.compile("field="))
    expect(page.locator(".chip").first).to_be_visible()
    reader.shot("search-filtered")
    titles = page.locator(".card-title a").all_inner_texts()
    assert titles
    other = reader_of(site, script=False)
    shared = other.goto(page.url.removeprefix(site.url))
    assert shared.locator(".card-title a").all_inner_texts() == titles
    other.page.set_viewport_size(DESKTOP)
    shared.locator("details.why summary").first.click()
    expect(shared.locator("details.why[open] dl").first).to_be_visible()
    assert "trl" in shared.url


def test_what_nobody_types_gets_a_sentence(site: SiteProcess, reader_of: OpenReader) -> None:
    reader = reader_of(site)
    for number, query in enumerate(
        ("q=%00%01", "q=的 了 和", "page=99999", "q=" + "长" * 3000, "field=nothing&q=电", "after=x&sort=trl")
    ):
        page = reader.goto(f"/achievements?{query}")
        expect(page.locator(".card-line, .empty").first).to_be_visible()
        if number in (2, 4):
            reader.shot(f"search-strange-{number}")
