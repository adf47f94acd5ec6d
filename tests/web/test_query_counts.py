"""A page costs the same number of queries with one row and with three."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.enums import Frequency, GrantRole, OrgRole, RecordState, VersionState
from models.tables import (
    Account,
    AchievementVersion,
    Circle,
    Event,
    MatchSession,
    Need,
    Organisation,
    Question,
    SavedSearch,
)
from search.sync import Drainer
from tests.counting import counted
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_need,
    make_provider,
    make_seeker,
    make_session,
)
from tests.models.match_cases import matched


@dataclass
class World:
    """What rows are added to, and who looks."""

    provider: Organisation
    seeker: Organisation
    circle: Circle
    roadshow: Event
    meeting: MatchSession
    need: Need
    readers: dict[str, Account]


@pytest.fixture
def world(database: Database) -> World:
    with database.write() as session:
        provider, seeker = make_provider(session), make_seeker(session)
        circle = make_circle(session)
        return World(
            provider=provider,
            seeker=seeker,
            circle=circle,
            roadshow=make_event(session, circle_id=circle.id),
            meeting=make_session(session, circle_id=circle.id),
            need=make_need(session, seeker),
            readers={
                "provider": make_account(session, provider, role=OrgRole.MANAGER),
                "seeker": make_account(session, seeker, role=OrgRole.MANAGER),
                "organizer": make_account(session, None, GrantRole.ORGANIZER),
                "administrator": make_account(session, None, GrantRole.ADMINISTRATOR),
            },
        )


def add_row(session: Session, world: World) -> None:
    """One more of everything that a list shows."""
    published = make_achievement(session, world.provider, circle=world.circle)
    make_achievement(session, world.provider, circle=world.circle, state=RecordState.DRAFT)
    waiting = make_achievement(session, world.provider, state=RecordState.DRAFT, version_state=VersionState.REVIEW)
    session.get_one(AchievementVersion, waiting.working_version_id).submitted_at = utcnow()
    make_event(session, published, circle_id=world.circle.id)
    make_session(session, circle_id=world.circle.id)
    make_account(session, world.provider)
    make_circle(session)
    owner = session.get_one(Organisation, world.seeker.id)
    need = make_need(session, owner, circle=world.circle, masked=True)
    matched(session, need, published)
    matched(session, session.get_one(Need, world.need.id), published)
    make_need(session, owner, state=RecordState.DRAFT, version_state=VersionState.REVIEW)
    asker = world.readers["provider"]
    session.add(
        Question(
            need_id=need.id, person_id=asker.person_id, organisation_id=world.provider.id, text="问", answer="答",
            answered_at=utcnow(),
        )
    )  # fmt: skip
    session.add(
        SavedSearch(
            account_id=world.readers["seeker"].id, name="低温", kind="need", sort="newest", frequency=Frequency.DAILY,
            filters={"owner": [world.provider.public_id]},
        )
    )  # fmt: skip


PAGES: list[tuple[str, str]] = [
    ("visitor", "/"),
    ("visitor", "/achievements"),
    ("visitor", "/achievements?q=装置"),
    ("visitor", "/needs"),
    ("visitor", "/needs?q=低温"),
    ("visitor", "/circles"),
    ("visitor", "/circles/{circle}"),
    ("visitor", "/events"),
    ("visitor", "/events/{event}"),
    ("visitor", "/sessions"),
    ("visitor", "/sessions/{session}"),
    ("provider", "/desk"),
    ("provider", "/achievements/mine"),
    ("provider", "/requests"),
    ("provider", "/engagements"),
    ("provider", "/bookings"),
    ("seeker", "/desk"),
    ("seeker", "/needs/mine"),
    ("seeker", "/saved-searches"),
    ("seeker", "/account/my-data"),
    ("provider", "/suggestions"),
    ("seeker", "/suggestions"),
    ("seeker", "/needs/{need}"),
    ("organizer", "/desk"),
    ("organizer", "/review"),
    ("organizer", "/sessions"),
    ("administrator", "/admin/accounts"),
]


@pytest.mark.parametrize(("reader", "address"), PAGES)
def test_one_row_and_three_cost_the_same(
    app: Flask, database: Database, world: World, log_in: Callable[[Account], FlaskClient], reader: str, address: str
) -> None:
    backends = app.extensions["backends"]
    drain = Drainer(database, backends.engine, app.config["SETTINGS"].var_dir)
    client = app.test_client() if reader == "visitor" else log_in(world.readers[reader])
    path = address.format(
        circle=world.circle.public_id,
        event=world.roadshow.public_id,
        session=world.meeting.public_id,
        need=world.need.public_id,
    )

    def cost() -> tuple[int, str]:
        """Of the second look: the first fills this process's memory of settings and published versions."""
        drain()
        client.get(path)
        separator = "&" if "?" in path else "?"
        with counted(app) as asked:
            answer = client.get(f"{path}{separator}again=1")
        assert answer.status_code == 200
        return len(asked), answer.text

    with database.write() as session:
        add_row(session, world)
    one, page = cost()
    with database.write() as session:
        add_row(session, world)
        add_row(session, world)
    three, longer = cost()
    assert one > 0
    assert three == one
    assert reader != "visitor" or "{" in address or len(longer) > len(page)  # the rows are on it
