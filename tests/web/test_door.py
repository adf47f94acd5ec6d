"""The door: by an organizer or a helper's link, one tap in, and nothing of it for anybody else."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.tables import Event, Registration
from tests.counting import queries_of
from tests.factories import make_event
from tests.models.test_events import make_registration
from tests.web.registration_site import rows, typed


@pytest.fixture
def event(session: Session) -> Event:
    made = make_event(session, capacity=2, starts_at=utcnow() - timedelta(minutes=5))
    session.commit()
    return made


@pytest.fixture
def visitor(session: Session, event: Event) -> Registration:
    made = make_registration(session, event, mobile="13812345678")
    session.commit()
    return made


@pytest.fixture
def helper(client: FlaskClient, organizer: FlaskClient, event: Event) -> FlaskClient:
    page = organizer.post(f"/events/{event.public_id}/links", data={"name": "小王"}).get_data(as_text=True)
    opened = client.get("/day/" + page.split("/day/")[1].split('"')[0])
    assert opened.location == f"/events/{event.public_id}/door"
    return client


def test_a_helper_checks_in_by_the_code_once_and_takes_it_back(
    helper: FlaskClient, database: Database, visitor: Registration
) -> None:
    code = f"/check-in/{visitor.public_id}"
    page = helper.get(code).get_data(as_text=True)
    assert visitor.name in page
    assert visitor.email not in page
    assert "13812345678" not in page
    helper.post(f"{code}/in")
    first = rows(database)[0].checked_in_at
    assert first is not None
    helper.get(code)
    helper.post(f"{code}/in")
    assert "已于" in helper.get(code).get_data(as_text=True)
    assert rows(database)[0].checked_in_at == first
    helper.post(f"{code}/undo")
    assert rows(database)[0].checked_in_at is None
    assert helper.post(f"{code}/eat").status_code == 404


def test_for_everybody_else_a_code_says_nothing(client: FlaskClient, database: Database, visitor: Registration) -> None:
    codes = [f"/check-in/{visitor.public_id}", "/check-in/nobody"]
    known, unknown = (client.get(code) for code in codes)
    said = known.get_data(as_text=True).replace(visitor.public_id, "nobody")
    assert (known.status_code, said) == (200, unknown.get_data(as_text=True))
    assert visitor.name not in known.get_data(as_text=True)
    assert client.post(f"{codes[0]}/in").status_code == 404
    assert rows(database)[0].checked_in_at is None


def test_a_helpers_link_only_checks_in_at_this_roadshow(
    helper: FlaskClient,
    session: Session,
    event: Event,
    organizer: FlaskClient,
) -> None:
    other = make_event(session, starts_at=utcnow())
    there = make_registration(session, other, email="there@example.org")
    session.commit()
    assert helper.get(f"/events/{event.public_id}/door").status_code == 200
    assert helper.get(f"/events/{other.public_id}/door").status_code == 404
    assert helper.post(f"/check-in/{there.public_id}/in").status_code == 404
    for closed in ("registrations", "links", "intentions", "registrations/terms", "registrations/enter"):
        assert helper.get(f"/events/{event.public_id}/{closed}").status_code == 303
    assert helper.get(f"/events/{event.public_id}/my-day").location == f"/events/{event.public_id}"
    page = organizer.get(f"/events/{event.public_id}/links").get_data(as_text=True)
    organizer.post(_revoke(page))
    assert helper.get(f"/events/{event.public_id}/door").status_code == 404


def _revoke(page: str) -> str:
    return next(part.split('"')[0] for part in page.split('action="') if "/doors/" in part.split('"')[0])


def test_the_search_and_the_counts(
    helper: FlaskClient,
    organizer: FlaskClient,
    event: Event,
    visitor: Registration,
) -> None:
    door = f"/events/{event.public_id}/door"
    assert visitor.name in helper.get(f"{door}?q=5678").get_data(as_text=True)
    assert visitor.name not in helper.get(f"{door}?q=1234").get_data(as_text=True)
    helper.post(f"/check-in/{visitor.public_id}/in")
    page = organizer.get(door).get_data(as_text=True)
    assert f"/events/{event.public_id}/registrations?came=in" in page
    assert visitor.name in organizer.get(f"/events/{event.public_id}/registrations?came=in").get_data(as_text=True)
    missing = organizer.get(f"/events/{event.public_id}/registrations?came=missing").get_data(as_text=True)
    assert visitor.name not in missing


def test_walk_ins_and_letting_in_anyway(
    helper: FlaskClient,
    organizer: FlaskClient,
    database: Database,
    event: Event,
    visitor: Registration,
) -> None:
    address = f"/events/{event.public_id}/door/walk-in"
    assert helper.get(address).status_code == 200
    assert helper.post(address, data=typed(email="", mobile="13900000001")).status_code == 303
    assert [row.walk_in for row in rows(database)] == [False, True]
    full = helper.post(address, data=typed(email="", mobile="13900000002", anyway="y"))
    assert full.status_code == 422
    assert "13900000002" in full.get_data(as_text=True)
    assert helper.post(address, data=typed(email="", mobile="", name="")).status_code == 422
    assert organizer.post(address, data=typed(email="", mobile="13900000002", anyway="y")).status_code == 303
    last = rows(database)[-1]
    assert (last.let_in, last.seat, last.checked_in_at is not None) == (True, None, True)


def test_the_door_costs_the_same_with_one_and_with_three_rows(
    helper: FlaskClient, session: Session, database: Database, event: Event, visitor: Registration
) -> None:
    event.capacity = None
    session.commit()
    address = f"/events/{event.public_id}/door?q=来宾"
    one = queries_of(helper, address)
    for number in (7, 8):
        make_registration(session, event, email=f"more{number}@example.org")
    session.commit()
    assert queries_of(helper, address) == one
