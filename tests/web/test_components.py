"""Every component, rendered with sample data: structure, names, references, the words of both languages, and a browser's view."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.web.gallery_app import LABELS, PAGES, make_app
from tests.web.lint import problems

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
SPRITE = ROOT / "web/static/vendor/bootstrap-icons/icons.svg"
ERRORS = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)


@pytest.fixture
def gallery() -> Flask:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def visitor(gallery: Flask) -> FlaskClient:
    return gallery.test_client()


def text(client: FlaskClient, address: str, language: str = "zh") -> str:
    return client.get(address, headers={"Accept-Language": language}).get_data(as_text=True)


@pytest.mark.parametrize("query", ["", "?as=manager&flash=1", "?as=organizer"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_sound(visitor: FlaskClient, name: str, query: str) -> None:
    answer = visitor.get(f"/{name}{query}")
    assert answer.status_code == 200
    assert problems(answer.get_data(as_text=True)) == []


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_is_sound(visitor: FlaskClient, code: int) -> None:
    answer = visitor.get(f"/error/{code}")
    assert answer.status_code == code
    assert problems(answer.get_data(as_text=True)) == []


@pytest.mark.parametrize(
    "html",
    [
        "<h1>a</h1><h1>b</h1>",
        '<h1>a</h1><p id="x">1</p><p id="x">2</p>',
        '<h1>a</h1><input name="q">',
        '<h1>a</h1><label for="q">Q</label><input name="q">',
        '<h1>a</h1><p style="color:red">a</p>',
        "<h1>a</h1><div><p>a</div>",
        '<h1>a</h1><a href="/x"><svg></svg></a>',
        "<h1>a</h1><h3>b</h3>",
    ],
)
def test_lint_finds(html: str) -> None:
    """The lint itself must be able to fail; each of these has exactly one kind of fault."""
    frame = '<!DOCTYPE html><html lang="zh"><head><title>t</title></head><body>{}</body></html>'
    assert problems(frame.format("<h1>a</h1>")) == []
    assert problems(frame.format(html))


def test_errors_stand_at_their_fields_and_on_top(visitor: FlaskClient) -> None:
    answer = visitor.post("/form", data={"title": "字" * 61, "indicators-0-name": "", "revision": "3"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert problems(page) == []
    summary = page[page.index('class="error-summary"') : page.index("</div>", page.index('class="error-summary"'))]
    for target in ("title", "summary", "industries-0", "disclosure-0", "indicators-0-name", "pledge"):
        assert f'href="#{target}"' in summary
        assert f'id="{target}"' in page
    assert "字" * 61 in page  # what was typed is kept
    assert re.search(r'<input aria-describedby="title-hint title-error title-count" aria-invalid="true"', page)
    assert page.index('id="title-error"') < page.index('id="title"')


def test_no_maxlength_cuts_what_is_pasted(visitor: FlaskClient) -> None:
    form = text(visitor, "/form")
    assert "maxlength" not in form[form.index('class="form"') :]


def test_rows_are_added_and_removed_by_the_server(visitor: FlaskClient) -> None:
    typed = {"indicators-0-name": "甲", "indicators-1-name": "乙", "title": "标题"}
    more = visitor.post("/form", data={**typed, "add_row": "indicators"}).get_data(as_text=True)
    assert 'name="indicators-2-name"' in more
    assert 'value="标题"' in more
    less = visitor.post("/form", data={**typed, "remove_row": "indicators-0"}).get_data(as_text=True)
    assert re.search(r'name="indicators-0-name"[^>]*value="乙"', less)
    assert 'name="indicators-1-name"' not in less


def test_badge_has_word_and_icon_for_every_state(gallery: Flask) -> None:
    """A state by colour alone would say nothing to many; an unknown one would look like every other."""
    with gallery.test_request_context("/", headers={"Accept-Language": "en"}):
        badge = gallery.jinja_env.get_template("components/states.html").module.badge  # type: ignore[attr-defined]
        for states, kind in LABELS.items():
            for state in states:
                shown = str(badge(kind, state))
                assert state.label in shown.replace("&#39;", "'")
                if kind != "stage":
                    assert "state-plain" not in shown, f"{kind} {state} has no look in components/states.html"


def test_icons_are_in_the_sprite() -> None:
    have = set(re.findall(r'<symbol[^>]* id="([^"]+)"', SPRITE.read_text()))
    named = set(SPRITE.with_name("icons.txt").read_text().split())
    assert have == named
    used: set[str] = set()
    for path in [*TEMPLATES.rglob("*.html"), *Path(__file__).parent.rglob("gallery/*.html")]:
        source = path.read_text(encoding="utf-8")
        for call in re.findall(r"\bicon\(([^)]*)\)", source):
            used.update(re.findall(r'"([a-z][a-z0-9-]+)"', call.split("label")[0]))
        used.update(re.findall(r'icon(?:_name)?[":=]+ ?"([a-z0-9-]+)"', source))
    used -= {"picture", "done", "bad", "."}
    assert used - have == set()


def test_templates_hold_nothing_that_the_policy_blocks() -> None:
    blocked = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:")
    ours = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)  # arguments of macros may be named anything
    wrong = [
        str(path)
        for path in TEMPLATES.rglob("*.html")
        if not {"emails", "mail.html"} & {*path.parts}
        and blocked.search(ours.sub("", path.read_text(encoding="utf-8")))
    ]
    assert not wrong


def test_chinese_is_complete_where_people_look(visitor: FlaskClient) -> None:
    """Buttons and landmarks of the frame are Chinese for a Chinese reader and English for an English one."""
    chinese, english = text(visitor, "/record"), text(visitor, "/record", "en")
    assert '<html lang="zh-CN"' in chinese
    assert '<html lang="en"' in english
    for word in ("登录", "注册", "成果", "路演", "对接会", "生态圈", "跳到正文", "大字版", "待备案", "无障碍", "分享"):
        assert word in chinese
    for word in (
        "Log in",
        "Sign up",
        "Roadshows",
        "Skip to the content",
        "Larger text",
        "ICP record: pending",
        "Share",
    ):
        assert word in english


def test_larger_text_comes_from_the_cookie(visitor: FlaskClient) -> None:
    assert 'class="larger"' not in text(visitor, "/home")
    visitor.set_cookie("text", "larger")
    assert 'class="larger"' in text(visitor, "/home")


def test_pages_keep_the_rest_of_the_address(visitor: FlaskClient) -> None:
    page = text(visitor, "/search?field=1&field=2&page=4&endpoint=x&_external=1")
    assert 'href="/search?field=1&amp;field=2&amp;page=5&amp;endpoint=x&amp;_external=1"' in page
    assert 'href="/search?field=1&amp;field=2&amp;endpoint=x&amp;_external=1"' in page  # page 1 has no number


def test_macro_files_compile_alone(gallery: Flask) -> None:
    environment: Environment = gallery.jinja_env
    for path in sorted((TEMPLATES / "components").glob("*.html")):
        environment.get_template(f"components/{path.name}")


# In a real browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(1280, "light", "zh-CN"), (1280, "dark", "en"), (390, "light", "zh-CN")]
)
def test_browser_finds_nothing(chromium: Browser, address: str, width: int, scheme: str, locale: str) -> None:
    """axe finds nothing, the policy blocks nothing, nothing is wider than the page."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    found: list[str] = []
    for name in PAGES:
        page.goto(f"{address}/{name}?as=manager")
        found += [f"{name}: {violation['id']}" for violation in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{name}: wider than the page")
    context.close()
    assert found + said == []


def test_script_helps(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/search")
    page.check("#f-mode-license")
    page.wait_for_url("**mode=license**")
    assert page.evaluate("document.activeElement.id") == "f-mode-license"

    page.goto(f"{address}/form")
    page.fill("#title", "字" * 62)
    assert page.locator("#title-count").inner_text() == "超出 2 个字"
    page.get_by_text("已保存 14:02").wait_for()
    assert page.evaluate("document.querySelector('form.form').elements.revision.value") == "4"
    page.check("#negotiable")
    assert page.locator("[data-shown-by=negotiable]").is_hidden()
    page.locator("button[name=add_row]").click()
    page.locator("#indicators-2-name").wait_for()
    assert page.input_value("#title") == "字" * 62

    page.goto(f"{address}/record")
    page.locator(".confirm summary").click()
    assert page.locator("dialog[open] h2").inner_text() == "撤回“页岩油水平井智能示踪监测”？"
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.locator(".confirm .confirm-panel").wait_for(state="attached")  # goes back once the dialog has closed
    context.close()


def test_works_without_script(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/search")
    assert page.locator(".masthead-nav a").first.is_visible()  # no menu button to press
    page.check("#f-mode-license")
    page.get_by_role("button", name="查看结果").click()
    assert "mode=license" in page.url
    page.goto(f"{address}/form")
    page.fill("#title", "甲")
    page.locator("button[name=add_row]").click()
    assert page.locator(".row-entry").count() == 3
    assert page.input_value("#title") == "甲"
    page.goto(f"{address}/record")
    page.locator(".confirm summary").click()
    assert page.locator(".confirm-panel button").is_visible()
    context.close()
