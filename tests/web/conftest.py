"""What tests of the pages of roadshows get: one to register for, its organizer, and the contest of a call for projects."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import web.handlers  # noqa: F401 - registers every handler of a job, as the worker does
from models.base import Database
from models.enums import GrantRole
from models.tables import Account, Event
from tests.factories import make_account, make_event
from tests.models.selection_cases import Contest, make_contest
from tests.web.booking_site import in_english
from tests.web.selection_site import Enter


@pytest.fixture
def event(session: Session) -> Event:
    """An announced roadshow with three seats."""
    made = make_event(session, capacity=3)
    session.commit()
    return made


@pytest.fixture
def organizer(session: Session, log_in: Callable[[Account], FlaskClient]) -> FlaskClient:
    """A client logged in as an organizer."""
    account = make_account(session, None, GrantRole.ORGANIZER)
    session.commit()
    return log_in(account)


@pytest.fixture
def contest(database: Database) -> Contest:
    return make_contest(database)


@pytest.fixture
def enter(database: Database, log_in: Callable[[Account], FlaskClient]) -> Enter:
    """A client of an actor of the contest, in English."""

    def enter(actor: Any) -> FlaskClient:
        with database.read() as session:
            return in_english(log_in(session.get_one(Account, actor.account_id)))

    return enter
