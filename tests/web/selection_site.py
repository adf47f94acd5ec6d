"""What tests of the pages of a call for projects share: addresses, the form of an application, the newest one."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from models.base import Database
from models.tables import Achievement, Event, Person, ProjectApplication
from tests.models.selection_cases import Contest

Enter = Callable[[Any], FlaskClient]  # an actor of the contest -> a client, in English


def event_of(database: Database, contest: Contest) -> str:
    with database.read() as session:
        return f"/events/{session.get_one(Event, contest.event_id).public_id}"


def person_of(database: Database, person_id: int | None) -> str:
    with database.read() as session:
        return session.get_one(Person, person_id).public_id


def form_of(database: Database, contest: Contest, number: int = 0, **values: str) -> dict[str, str]:
    return {
        "presenter": person_of(database, contest.providers[number].person),
        "presenter_title": "教授",
        "minutes": "8",
        "demo_needs": "需要三相电",
        "ip_disclosed": "y",
        "not_secret": "y",
        "act": "submit",
        **values,
    }


def newest(database: Database) -> ProjectApplication:
    with database.read() as session:
        return session.scalars(select(ProjectApplication).order_by(ProjectApplication.id.desc()).limit(1)).one()


def apply_address(database: Database, contest: Contest, number: int = 0) -> str:

    with database.read() as session:
        one = session.get_one(Achievement, contest.providers[number].achievement_id).public_id
    return f"{event_of(database, contest)}/call/apply?achievement={one}"
