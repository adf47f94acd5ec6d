"""What the tests of threads, engagements and desks share: the world in the site's database, one client a person."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.models.thread_cases import make_world


class Browser:
    """A client before whose requests the test's own transaction ends: it would keep the write lock from the site."""

    def __init__(self, session: Session, client: FlaskClient) -> None:
        self._session, self.client = session, client

    def get(self, *arguments: Any, **options: Any) -> TestResponse:
        self._session.commit()
        return self.client.get(*arguments, **options)

    def post(self, *arguments: Any, **options: Any) -> TestResponse:
        self._session.commit()
        return self.client.post(*arguments, **options)


class Site:
    """The committed world; ``as_(name)`` is the browser of one of its people, made once."""

    def __init__(self, session: Session, log_in: Callable[..., FlaskClient]) -> None:
        self.session, self.world, self._log_in = session, make_world(session), log_in
        self._browsers: dict[str, Browser] = {}
        session.commit()

    def as_(self, name: str) -> Any:
        if name not in self._browsers:
            self._browsers[name] = self.logged_in(getattr(self.world, name))
        return self._browsers[name]

    def logged_in(self, account: Any) -> Any:
        self.session.refresh(account)
        self.session.commit()
        return Browser(self.session, self._log_in(account))

    def now(self) -> None:
        """Make what the test wrote visible to the site, and what the site wrote to the test."""
        self.session.commit()
        self.session.expire_all()
