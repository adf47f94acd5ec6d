"""What the tests of achievement pages share: a story in the database, counted queries, linted pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as listen
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.tables import Account
from scripts.dictionaries import load
from tests.models.achievement_cases import Story, make_story
from tests.web.lint import problems

LogIn = Callable[[Account], FlaskClient]


def prepared(session: Session, *, reviews_first: bool = False) -> Story:
    """Dictionary and people, committed."""
    load(session)
    story = make_story(session, reviews_first=reviews_first)
    session.commit()
    return story


def page(answer: TestResponse, status: int = 200) -> str:
    """The text of a page, which must be sound."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    wrong = problems(text)
    assert not wrong, wrong
    return text


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The SELECTs of what happens inside, on the request's database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            statements.append(statement)

    engine = app.extensions["backends"].database.engine
    listen.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        listen.remove(engine, "before_cursor_execute", note)
