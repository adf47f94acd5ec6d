"""What the pages are measured against: the site's own templates with their data already in memory, and a bare page.

``/bench/home`` and ``/bench/achievement/<n>`` render what the views rendered last, with the very values the views gave;
``/bench/bare`` is a small Flask application of its own. ``python -m scripts.bench_bare`` serves it by waitress, granian
takes ``scripts.bench_bare:application``.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import waitress
from flask import Flask, before_render_template, render_template, render_template_string
from flask.testing import FlaskClient

from models.queries.cards import newest
from web import create_app
from web.backends import Backends
from web.config import Settings

PAGES = 20  # achievements that are asked for in turn
OF_THE_REQUEST = {"request", "session", "g", "current_user"}  # what Flask adds to the values of every page
BARE = """<!doctype html><html lang="en"><title>{{ title }}</title><h1>{{ title }}</h1>
<ul>{% for row in rows %}<li><a href="/{{ loop.index }}">{{ row.name }}</a> {{ row.text }}</li>{% endfor %}</ul></html>"""


def sampled(backends: Backends) -> list[str]:
    """The public ids of the achievements that are asked for."""
    with backends.database.read() as session:
        return [card.public_id for card in newest(session, limit=PAGES)]


class Remembered:
    """A page's template and the values its view gave it."""

    def __init__(self, site: Flask, client: FlaskClient, path: str) -> None:
        self.template = ""
        self.values: dict[str, Any] = {}

        def remember(_sender: Flask, template: Any, context: dict[str, Any], **_more: Any) -> None:
            self.template = template.name
            self.values = {name: value for name, value in context.items() if name not in OF_THE_REQUEST}

        with before_render_template.connected_to(remember, site):
            answer = client.get(path)
        if answer.status_code != 200 or not self.template:
            raise RuntimeError(f"{path}: {answer.status_code}")

    def __call__(self) -> str:
        return render_template(self.template, **self.values)


def references() -> Flask:
    """The site with the pages of this module."""
    site = create_app(Settings.from_env())
    kept: list[Remembered] = []  # home, then the achievements; routes cannot be added once it has answered
    site.add_url_rule("/bench/home", "bench.home", lambda: kept[0]())
    site.add_url_rule("/bench/achievement/<int:number>", "bench.achievement", lambda number: kept[number + 1]())
    client = site.test_client()
    paths = ["/", *(f"/achievements/{public_id}" for public_id in sampled(site.extensions["backends"]))]
    kept += [Remembered(site, client, path) for path in paths]
    return site


def bare_page() -> Flask:
    page = Flask("bare")
    rows = [{"name": f"Row {number}", "text": "a line of text beside it"} for number in range(20)]
    page.add_url_rule("/bench/bare", "bare", lambda: render_template_string(BARE, title="Bare", rows=rows))
    return page


@cache
def both() -> tuple[Flask, Flask]:
    """Made at the first request: after a server has forked."""
    return references(), bare_page()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """WSGI: the bare page by its own application, everything else by the site."""
    site, bare = both()
    return (bare if environ["PATH_INFO"] == "/bench/bare" else site)(environ, start_response)


def main() -> int:
    settings = Settings.from_env()
    waitress.serve(application, host=settings.host, port=settings.port, threads=settings.threads, ident=None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
