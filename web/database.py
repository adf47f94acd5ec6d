"""The session of the current request.

A safe request reads; an unsafe one takes the write lock with its first statement and is committed by the permission
wrapper of web/auth.py when the view has answered with success, so that a failing commit still gets a proper page.
"""

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from web.backends import Backends


def backends() -> Backends:
    found: Backends = current_app.extensions["backends"]
    return found


def db() -> Session:
    """This request's session; opened on first use."""
    if "db" not in g:
        g.db = backends().database.session(write=request.method not in ("GET", "HEAD", "OPTIONS"))
    session: Session = g.db
    return session


def finish(response: Response) -> Response:
    """Commit a success, take back anything else."""
    if "db" in g:
        if response.status_code < 400:
            g.db.commit()
        else:
            g.db.rollback()
    return response


def init_app(app: Flask) -> None:
    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        session = g.pop("db", None)
        if session is not None:
            session.close()
