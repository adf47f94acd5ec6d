"""Whole pages for visitors, kept in this process for as long as nothing in the database has changed.

A page is kept under its address, language and text size, together with the database's version; what was rendered for a
reader with a session (logged in, a flash message, a form's token) is neither kept nor served (docs/decisions/0008).
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, g, request, session

from web.i18n import choose_locale
from web.unchanged import Unchanged

LONGEST_ADDRESS = 300
View = TypeVar("View", bound=Callable[..., object])
Key = tuple[str, str, str, str]


def visitors_page(view: View) -> View:
    """Mark a view whose answer to visitors depends on address, language, text size and data only."""
    view.for_visitors = True  # type: ignore[attr-defined]
    return view


def _key() -> Key:
    return request.full_path, choose_locale(), request.cookies.get("text", ""), request.host_url


def init_app(app: Flask) -> None:
    kept: Unchanged = app.extensions["unchanged"]

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
        version = kept.database.version()
        body = kept.get(_key(), version)
        if body is None:
            g.page_version = version
            return None
        return Response(body, mimetype="text/html")

    @app.after_request
    def _keep(response: Response) -> Response:
        version = g.pop("page_version", None)
        if version is not None and response.status_code == 200 and not session and "Set-Cookie" not in response.headers:
            kept.put(_key(), version, response.get_data())
        return response
