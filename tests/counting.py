"""What the database is asked: a page costs the same with one row and with three."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.base import Database


@contextmanager
def counted(asking: Flask | Database | Session) -> Iterator[list[str]]:
    """The SELECTs inside, as they are asked of the database of an application or a session."""
    if isinstance(asking, Flask):
        asking = asking.extensions["backends"].database
    engine = asking.engine if isinstance(asking, Database) else asking.get_bind().engine
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def queries_of(client: FlaskClient, address: str) -> int:
    """How many questions a page asks when it is looked at again: settings and dictionary are read once per process."""
    assert client.get(address).status_code == 200
    with counted(client.application) as statements:
        assert client.get(address).status_code == 200
    return len(statements)
