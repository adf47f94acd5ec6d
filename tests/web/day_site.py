"""What tests of somebody's day at a roadshow share: a 1:1 session and a talk of the professor, who has no account; their link."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.actions import event_links
from models.base import Database, utcnow
from models.tables import AgendaItem, Event, MatchSession, Person
from tests.factories import make_event
from tests.models.booking_cases import Fair


def at_roadshow(session: Session, fair: Fair) -> Event:
    """The fair's session belongs to a roadshow, hours later whenever the test runs, where the professor speaks."""
    nine = (utcnow() + timedelta(days=10)).replace(hour=9, minute=0, second=0, microsecond=0)
    event = make_event(session, starts_at=nine)
    session.get_one(MatchSession, fair.session_id).event_id = event.id
    session.add(
        AgendaItem(
            event_id=event.id, position=0, kind="talk", title="开场演讲", room="一号厅", speaker_id=fair.professor,
            starts_at=event.starts_at, ends_at=event.starts_at + timedelta(minutes=10),
        )
    )  # fmt: skip
    return event


def event_of(session: Session, fair: Fair) -> Event:
    event = session.get_one(MatchSession, fair.session_id).event
    assert event is not None
    return event


def opened(client: FlaskClient, database: Database, fair: Fair, person_id: int) -> str:
    """Open a fresh link of a person; returns the address of their day."""
    with database.write() as session:
        person = session.get_one(Person, person_id)
        token = event_links.for_person(session, event_of(session, fair), person, by=None)
    return str(client.get(f"/day/{token}").location)
