"""Languages: Chinese first, English complete. Message ids are English; dates and money are display.py's."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, gettext
from flask_babel import get_locale as babel_locale

from models.errors import DomainError
from web import display
from web.auth import actor
from web.site import site

LOCALES = ("zh_CN", "en")
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent / "translations"


def choose_locale() -> str:
    """The reader's choice: cookie, then account, then browser; Chinese where nothing says otherwise."""
    if not has_request_context():
        return LOCALES[0]
    for wanted in (request.cookies.get(COOKIE), actor().locale):
        if wanted in LOCALES:
            return wanted
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh_CN", "zh-TW", "en", "en-US", "en-GB"])
    return "en" if best and best.startswith("en") else "zh_CN"


def locale() -> str:
    """The reader's language, one of LOCALES; Babel itself calls Chinese zh_Hans_CN, which no column has room for."""
    found = babel_locale()
    return "en" if found is not None and found.language == "en" else LOCALES[0]


def compile_catalogues() -> None:
    """Compile each newer .po: the repository keeps sources only.

    The catalogue zh_CN goes to the folder zh, where gettext looks: Babel reads zh_CN as zh_Hans_CN, which falls back to zh.
    """
    for po in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        mo = TRANSLATIONS / po.parent.parent.name.partition("_")[0] / "LC_MESSAGES" / "messages.mo"
        mo.parent.mkdir(parents=True, exist_ok=True)
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source)
        partial = mo.with_name(f".{mo.name}.{id(catalogue)}")
        with partial.open("wb") as target:
            write_mo(target, catalogue)
        partial.rename(mo)


def zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["TIMEZONE"])


def local(moment: datetime) -> datetime:
    """A moment in the site's zone."""
    return moment.astimezone(zone())


def sentence(error: DomainError) -> str:
    """A domain error in the reader's language; labels among its values are translated too."""
    return worded(error.message, error.params)


def worded(message: str, params: Mapping[str, Any]) -> str:
    """A message of the models with its values in the reader's language."""
    return gettext(message, **{key: _translated(value) for key, value in params.items()})


def _translated(value: Any) -> Any:
    if isinstance(value, list):  # moments: slots that are still free
        return display.moments(value)
    if isinstance(value, tuple):  # a stretch of time, or several
        stretches = value if isinstance(value[0], tuple) else (value,)
        return gettext("; ").join(display.period(*stretch) for stretch in stretches)
    return gettext(value) if isinstance(value, str) and value else value


def label(code: StrEnum | None) -> str:
    return gettext(code.label) if code else ""  # type: ignore[attr-defined]


def term(key: str | None, system: str) -> str:
    return site().label(system, key, locale()) if key else ""


def language() -> str:
    """zh or en, as the html element and the templates want it."""
    return locale()[:2]


def init_app(app: Flask) -> None:
    compile_catalogues()
    Babel(
        app,
        locale_selector=choose_locale,
        default_locale=LOCALES[0],
        default_translation_directories=str(TRANSLATIONS),
        timezone_selector=lambda: app.config["TIMEZONE"],
    )
    app.jinja_env.filters.update(label=label, term=term)
    app.jinja_env.globals.update(language=language)
    display.register(app)
