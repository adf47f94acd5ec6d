"""What every template can ask: the site's names, who reads, and what that reader may."""

from typing import Any

from flask import Flask

from models.rules.policy import may
from web import desk
from web.auth import actor
from web.i18n import language
from web.site import site


class SiteNames:
    """The site's names in the reader's language."""

    @property
    def name(self) -> str:
        settings = site().settings
        base = settings["site_name"] if language() == "zh" else settings["site_name_en"]
        return f"{settings['city_name']}{base}" if language() == "zh" else str(base)

    def __getattr__(self, key: str) -> Any:
        aliases = {"organiser": "organiser_name", "icp": "icp_number", "police": "police_number"}
        try:
            return site().settings[aliases.get(key, key)]
        except KeyError:
            raise AttributeError(key) from None


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(site=SiteNames(), actor=actor)
    app.jinja_env.globals["waiting_count"] = desk.waiting_count  # asked only where a layout shows it
    app.jinja_env.globals["can"] = lambda permission, record=None: may(actor(), permission, record)
