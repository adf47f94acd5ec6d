"""Whole pages for visitors, kept in this process for as long as nothing in the database has changed.

A page is kept under its address, language and text size, together with the database's version; what was rendered for a
reader with a session (logged in, a flash message, a form's token) is neither kept nor served (docs/decisions/0008).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, Response, g, request, session

from models.base import Database
from web.i18n import choose_locale

LONGEST_AGE = 10.0  # seconds: "today", "now" and "in 5 minutes" move without any change of data
MOST_PAGES = 512
LONGEST_ADDRESS = 300
View = TypeVar("View", bound=Callable[..., object])
Key = tuple[str, str, str, str]


def visitors_page(view: View) -> View:
    """Mark a view whose answer to visitors depends on address, language, text size and data only."""
    view.for_visitors = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True)
class Kept:
    body: bytes
    version: int
    until: float


class PageCache:
    """The last pages, least recently used first to go."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, version: int) -> bytes | None:
        with self._lock:
            kept = self._pages.get(key)
            if kept is None or kept.version != version or kept.until < time.monotonic():
                return None
            self._pages.move_to_end(key)
            return kept.body

    def put(self, key: Key, version: int, body: bytes) -> None:
        with self._lock:
            self._pages[key] = Kept(body, version, time.monotonic() + LONGEST_AGE)
            self._pages.move_to_end(key)
            if len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)


def _key() -> Key:
    return request.full_path, choose_locale(), request.cookies.get("text", ""), request.host_url


def init_app(app: Flask) -> None:
    cache = PageCache(app.extensions["backends"].database)

    def concerns() -> bool:
        view = app.view_functions.get(request.endpoint or "")
        return (
            request.method == "GET"
            and getattr(view, "for_visitors", False)
            and app.config["SESSION_COOKIE_NAME"] not in request.cookies
            and len(request.full_path) <= LONGEST_ADDRESS
        )

    @app.before_request
    def _serve() -> Response | None:
        if not concerns():
            return None
        version = cache.database.version()
        body = cache.get(_key(), version)
        if body is None:
            g.page_version = version  # of before the page was made: what changes meanwhile makes it stale, not wrong
            return None
        return Response(body, mimetype="text/html")

    @app.after_request
    def _keep(response: Response) -> Response:
        version = g.pop("page_version", None)
        if version is not None and response.status_code == 200 and not session and "Set-Cookie" not in response.headers:
            cache.put(_key(), version, response.get_data())
        return response
