"""What tests of the pages of roadshows get: one to register for, and its organizer."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.enums import GrantRole
from models.tables import Account, Event
from tests.factories import make_account, make_event


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
