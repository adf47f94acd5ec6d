"""What the tests of achievement pages share: a story in the database, linted pages."""

from collections.abc import Callable

from flask.testing import FlaskClient
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
