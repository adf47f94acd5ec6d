"""Reading pages and mails in tests: every page is linted, mails are rendered as the worker would."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.base import Database
from models.tables import Job
from tests.web.lint import problems
from web import mails

NO_AREA = re.compile(r"names '[a-z_]+\.[a-z_]+', which is no id")  # a link to an area that does not stand yet


def text_of(answer: TestResponse, status: int = 200) -> str:
    """The page of an answer, which must have this status and nothing wrong with its HTML."""
    text: str = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    if answer.mimetype == "text/html" and status not in range(300, 400):
        wrong = [one for one in problems(text) if not NO_AREA.search(one)]
        assert not wrong, wrong
    return text


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    return text_of(client.get(address), status)


def sent(client: FlaskClient, address: str, *, status: int = 303, **fields: str | list[str]) -> TestResponse:
    """The answer to a form; a page among the answers is linted."""
    answer = client.post(address, data=fields)
    text_of(answer, status)
    return answer


def rendered_mails(app: Flask, database: Database) -> list[tuple[str, str, str]]:
    """(receiver, subject, text) of every mail enqueued so far, oldest first."""
    with database.read() as session:
        payloads = list(session.scalars(select(Job.payload).where(Job.name == "mail").order_by(Job.id)))
    with app.app_context():
        found = []
        for payload in payloads:
            subject, text, html = mails.render(payload["template"], payload["locale"], payload["values"])
            wrong = [
                one for one in problems(html) if " style=" not in one and not NO_AREA.search(one)
            ]  # mails carry their style inline
            assert not wrong, wrong
            found.append((payload["to"], subject, text))
        return found


def link_in(text: str) -> str:
    """The path of the first link of a mail to this site that is no mere home page."""
    for address in re.findall(r"https?://[^\s/]+(/\S+)", text):
        if address != "/":
            return str(address)
    raise AssertionError(f"no link in {text}")
