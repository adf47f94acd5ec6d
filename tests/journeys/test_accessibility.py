"""On every kind of page that a reader can reach, in both languages, axe and the Nu HTML checker find nothing; by keyboard
alone and without script the main things work."""

import json
import re
import urllib.request
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from scripts.site_process import SiteProcess
from tests.journeys.conftest import OpenReader
from tests.journeys.reader import Reader

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Where each begins; from there every link is followed to every kind of page.
ENTRANCES = {
    "": ["/", "/achievements?q=石墨烯", "/achievements?q=zzzzqqq", "/account/login", "/account/signup"],
    "provider@example.org": ["/desk", "/achievements/mine", "/requests"],
    "seeker@example.org": ["/desk", "/requests?box=sent"],
    "organizer@example.org": ["/desk", "/review", "/register"],
    "broker@example.org": ["/suggestions"],
    "admin@example.org": ["/admin"],
    "auditor@example.org": ["/audit"],
}
# No pages of ours: files, and what changes how pages look.
LEFT_OUT = re.compile(r"/(files|static|account/language)\b|\.(ics|svg|csv|xlsx)$")
# Parts of an address that name a record: numbers, public ids, of which few have no digit, and keys of the code lists.
NAMES = re.compile(r"/(?:\d+|(?=[a-z]*\d)[2-9a-z]{10}|(?<=[sr]/)[a-z]{10})(?=/|$)")
LISTS = re.compile(r"/dictionaries/\w+(/(?!new)[\w.-]+)?")


def shape(path: str) -> str:
    """The kind of page: its address without what names the record."""
    path = re.sub(r"/results/\w+", "/results/*", path)  # each figure opens its rows
    path = LISTS.sub(lambda found: "/dictionaries/*" + ("/*" if found[1] else ""), NAMES.sub("/*", path))
    return "/circles/figures" if path.startswith("/circles/figures/") else path


def by_axe(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', "
        "'wcag22aa', 'best-practice']}).then(r => r.violations.map("
        "v => v.id + ': ' + v.help + ' | ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' || ')))"
    )
    return [str(line) for line in found]


def by_nu(vnu_url: str, html: str) -> list[str]:
    request = urllib.request.Request(  # noqa: S310 - the checker of this machine
        vnu_url + "?out=json",
        html.encode(),
        {"Content-Type": "text/html; charset=utf-8", "User-Agent": "matchmaking"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        messages = json.load(answer)["messages"]
    return [
        f"{message['message']} | {message.get('extract', '').strip()[:160]}"
        for message in messages
        if message["type"] == "error"
    ]


def links(page: Page, site: SiteProcess) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
    return [href for href in hrefs if href.startswith(site.url + "/") and not LEFT_OUT.search(urlsplit(href).path)]


def walk(reader: Reader, entrances: list[str], known: set[str], vnu_url: str) -> list[str]:
    """Visit one page of each kind that is not known yet; what is wrong, by page."""
    wrong: list[str] = []
    waiting = deque(reader.site.url + entrance for entrance in entrances)
    while waiting:
        address = waiting.popleft()
        parts = urlsplit(address)
        entrance = address.removeprefix(reader.site.url)
        kind = entrance if entrance in entrances else shape(parts.path)
        if kind in known:
            continue
        known.add(kind)
        answer = reader.page.goto(parts._replace(fragment="").geturl())
        assert answer is not None
        if answer.status >= 400 and answer.status != 403:  # what a role may not do is said on a page, too
            wrong.append(f"{answer.status} {address}")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        found = by_axe(reader.page) + by_nu(vnu_url, answer.text())
        wrong += [f"{kind} ({address}): {line}" for line in found]
        waiting.extend(links(reader.page, reader.site))
    return wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("email", ENTRANCES)
def test_nothing_is_found_on_any_page(
    email: str, language: str, embedded_site: SiteProcess, reader_of: OpenReader, vnu_url: str
) -> None:
    reader = reader_of(embedded_site, email)
    reader.context.add_cookies([{"name": "language", "value": language, "url": embedded_site.url}])
    wrong = walk(reader, ENTRANCES[email], seen(email), vnu_url)
    assert not wrong, "\n".join(wrong)


# Pages that look the same to everybody, and those that look the same to all who neither publish, seek nor organize.
SAME = {
    "/account/login",
    "/account/signup",
    "/about",
    "/privacy",
    "/accessibility",
    "/report-error",
    "/circles/figures",
}
OWN = {f"/account/{name}" for name in ("my-data", "my-data/correct", "my-data/email", "my-data/delete", "password")}
PUBLIC = {"/", "/achievements", "/achievements/*", "/events", "/events/*", "/sessions", "/sessions/*", "/circles",
          "/circles/*", "/organisations/*"}  # fmt: skip


def seen(email: str) -> set[str]:
    """What need not be looked at again for this reader."""
    if not email:
        return set()
    return (
        SAME
        | (set() if email.startswith("seeker") else OWN)
        | (PUBLIC if email.startswith(("admin", "auditor", "broker")) else set())
    )


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_by_keyboard_alone(embedded_site: SiteProcess, reader_of: OpenReader) -> None:
    reader = reader_of(embedded_site)
    page = reader.page
    reader.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    tab_to(page, "main input[name=q]")
    page.keyboard.type("石墨烯")
    page.keyboard.press("Enter")
    page.wait_for_url("**/achievements?**")
    tab_to(page, "main .card-title a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/achievements/[^?]+"))

    reader.goto("/account/login")
    tab_to(page, "main input[name=email]")
    page.keyboard.type("seeker@example.org")
    tab_to(page, "main input[name=password]")
    page.keyboard.type("Demo-2026-pass")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")
    tab_to(page, ".masthead-account summary")
    page.keyboard.press("Enter")
    tab_to(page, ".masthead-account form button")
    page.keyboard.press("Enter")
    expect(page.locator(".masthead-account .menu")).to_have_count(0)


def test_without_script(embedded_site: SiteProcess, reader_of: OpenReader) -> None:
    """Search with a filter, log in, ask for contact."""
    reader = reader_of(embedded_site, script=False)
    page = reader.page
    reader.log_in("seeker@example.org")
    reader.goto("/")
    reader.fill(q="材料")
    page.keyboard.press("Enter")
    page.wait_for_url("**/achievements?**")
    count = page.locator("main .card-title").count()
    assert count
    page.locator("main .facet input[type=checkbox]").first.check()
    page.locator("main .search-box button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"[?&](field|industry|stage|trl|mode|owner|circle|roadshow)="))
    for link in [one.get_attribute("href") or "" for one in page.locator("main .card-title a").all()]:
        reader.goto(link)
        reader.link_to("/requests/new").click()
        if page.locator("main [name=purpose]").count():  # else one is open already
            break
    reader.fill(purpose="想先要一份测试报告，再谈小批量试用。")
    reader.main_button().click()
    page.wait_for_url(re.compile(r"/requests/(?!new)[^/?]+$"))
    reader.sees("想先要一份测试报告")
