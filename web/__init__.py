"""HTTP. ``create_app()`` assembles, decides nothing."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from flask import Flask

import models.changes  # noqa: F401 - installs the index listeners
from web import auth, database, errors, exposure, i18n, kinds, live, navigation, pagecache, pages, security, suggestions
from web.backends import connect, secret_key
from web.config import Settings
from web.site import SiteCache
from web.unchanged import Unchanged

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """The site for one set of settings; nothing outside is contacted yet."""
    settings = settings or Settings.from_env()
    app = errors.Application("web", root_path=str(ROOT / "web"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=secret_key(settings),
        TESTING=settings.testing,
        TIMEZONE=settings.timezone,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.uses_https,
        REMEMBER_COOKIE_SECURE=settings.uses_https,
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
        MAX_CONTENT_LENGTH=250 << 20,
        MAX_FORM_MEMORY_SIZE=2 << 20,
        WTF_CSRF_TIME_LIMIT=None,  # bound to the session, so that a page left open over lunch still submits
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    backends = connect(settings)
    app.config["RATELIMIT_STORAGE_URI"] = backends.limits_url
    app.extensions["backends"] = backends
    app.extensions["site"] = SiteCache(backends.database)
    app.extensions["unchanged"] = Unchanged(backends.database)
    for part in (database, pagecache, security, auth, i18n, kinds, navigation, suggestions, exposure, live, errors):
        part.init_app(app)
    for area in iter_modules([str(ROOT / "web" / "views")]):  # one module of views an area, one blueprint each
        app.register_blueprint(import_module(f"web.views.{area.name}").bp)
    pages.init_app(app)
    return app
