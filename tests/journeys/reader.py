"""Somebody at a browser: their page, what went wrong on it, the mails they got, and pictures of what they saw."""

import email
import email.policy
import re
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, ViewportSize, expect

from scripts.seed import DEMO_PASSWORD
from scripts.site_process import SiteProcess

SCREENSHOTS = Path(__file__).parent / "screenshots"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds until "it does not come" is believed, on two busy cores
expect.set_options(timeout=PATIENCE)


class Reader:
    """A browser context of its own. ``problems`` collects what must not happen on any page."""

    def __init__(
        self, browser: Browser, site: SiteProcess, *, locale: str, script: bool, phone: bool = False,
        cookies: Path | None = None,
    ) -> None:  # fmt: skip
        self.site, self.locale, self.problems = site, locale, list[str]()
        self.window = PHONE if phone else DESKTOP
        self.context = browser.new_context(
            base_url=site.url, locale=locale, viewport=self.window, java_script_enabled=script, accept_downloads=True,
            timezone_id="Asia/Shanghai", reduced_motion="reduce", storage_state=cookies, has_touch=phone,
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE)
        self.context.on("response", self._response)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.problems.append(f"error in a script: {error.error}"))
        self.page: Page = self.context.new_page()

    def _response(self, response: Response) -> None:
        part = response.request.resource_type != "document"
        if response.status >= 500 or (part and response.status >= 400):
            self.problems.append(f"{response.status} {response.request.method} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # The browser's own line about an answer of 4xx says less than _response, which knows what was asked for.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def close(self) -> None:
        self.context.close()

    def keep_cookies(self, folder: Path) -> Path:
        path = folder / "cookies.json"
        self.context.storage_state(path=path)
        return path

    # Acting -----------------------------------------------------------------------------------------------------------

    def goto(self, address: str) -> Page:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status < 400, f"{answer.status} {address}"
        return self.page

    def log_in(self, address: str, password: str = DEMO_PASSWORD) -> None:
        self.goto("/account/login")
        self.page.locator("input[name=email]").fill(address)
        self.page.locator("input[name=password]").fill(password)
        self.main_button().click()
        expect(self.page.locator(".masthead-account .menu")).to_be_attached()  # on a phone it is folded away

    def main_button(self) -> Locator:
        """The one button that sends the page's form."""
        return self.page.locator("main form button.btn-primary[type=submit]").last

    def button_to(self, path: str) -> Locator:
        """The button of the form that is sent to an address ending so; words are the translators' business."""
        return self.page.locator(f"main form[action$='{path}'] button[type=submit]").first

    def link_to(self, path: str) -> Locator:
        """The first visible link whose address holds this."""
        return self.page.locator(f"main a[href*='{path}']:visible").first

    def asking(self, path: str) -> Locator:
        """The button that asks once, of the form that is sent to an address ending so."""
        return self.page.locator(f"details.confirm:has(form[action$='{path}']) > summary").first

    def confirm(self, path: str, **values: str) -> None:
        """Press the button that asks once, type into the fields of its form, say yes."""
        form = f"form[action$='{path}']"
        self.asking(path).click()
        for name, value in values.items():
            self.page.locator(f"{form} [name='{name}']:visible").first.fill(value)
        self.page.locator(f"{form} button[type=submit]:visible").first.click()

    def fill(self, **values: str) -> None:
        """Type into fields by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name='{name}']").first.fill(value)

    def tick(self, name: str, value: str = "") -> None:
        chosen = f"[value='{value}']" if value else ""
        self.page.locator(f"main input[name='{name}']{chosen}").first.check()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main").get_by_text(text).first).to_be_visible()

    def refresh_until(self, wanted: Locator) -> None:
        """Load the page again until something is there: the index follows by itself, nobody is told when."""

        def there() -> bool:
            self.page.reload()
            return wanted.count() > 0

        for _attempt in range(60):
            if there():
                return
        expect(wanted.first).to_be_visible()

    # Reading ----------------------------------------------------------------------------------------------------------

    def mail(self, to: str, having: str) -> str:
        """The text of the newest mail to an address that has a word in it; waits for the worker to send it."""
        for _attempt in range(PATIENCE // 100):
            for path in sorted((self.site.folder / "outbox").glob("*.eml"), reverse=True):
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                body = message.get_body(("plain",))
                text = str(body.get_content()) if body else ""
                if message["To"] == to and having in text:
                    return text
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no mail to {to} with {having!r}")

    def linked(self, text: str, path: str) -> str:
        """The address in a mail's text whose path begins so."""
        found = re.search(re.escape(self.site.url + path) + r"\S+", text)
        assert found, f"no link to {path} in: {text}"
        return found[0]

    def shot(self, name: str, *, more: bool = False) -> None:
        """Pictures at the width of a desk and of a phone; ``more``: also dark, and with larger text."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.set_viewport_size(DESKTOP)
        self._picture(f"{name}-1280")
        if more:
            self.page.emulate_media(color_scheme="dark")
            self._picture(f"{name}-dark")
            self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(PHONE)
        self._picture(f"{name}-390")
        if more:
            self.page.evaluate("document.documentElement.classList.add('larger')")
            self._picture(f"{name}-larger")
            self.page.evaluate("document.documentElement.classList.remove('larger')")
        self.page.set_viewport_size(self.window)

    def _picture(self, name: str) -> None:
        overflow = self.page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        if overflow > 0:
            self.problems.append(f"{name}: the page is {overflow} px wider than the window ({self.page.url})")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
