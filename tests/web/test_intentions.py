"""Recording an intention by a talk's code, the organizer's desk, and sending one on."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import event_links
from models.base import Base, Database
from models.enums import GrantRole, OrgRole
from models.tables import Account, ContactRequest, Intention, Registration
from tests.counting import queries_of
from tests.factories import make_account, make_achievement, make_event, make_provider, make_seeker
from tests.models.test_events import make_registration

LogIn = Callable[[Account], FlaskClient]


@dataclass
class Place:
    event: str
    achievement: str
    page: str
    member: Account
    organizer: Account
    registration: Registration
    token: str


@pytest.fixture
def place(session: Session) -> Place:
    provider, seeker = make_provider(session), make_seeker(session, name="某单位")
    achievement = make_achievement(session, provider)
    event = make_event(session, achievement)
    member = make_account(session, seeker, role=OrgRole.MANAGER)
    organizer = make_account(session, None, GrantRole.ORGANIZER)
    registration = make_registration(session, event)
    token = event_links.for_registration(session, registration, by=None)
    session.commit()
    page = f"/events/{event.public_id}/talks/{achievement.public_id}/intend"
    return Place(event.public_id, achievement.public_id, page, member, organizer, registration, token)


def all_of(database: Database, table: type[Base]) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def test_a_member_records_in_two_taps_and_the_second_time_reads_so(
    place: Place, log_in: LogIn, database: Database
) -> None:
    member = log_in(place.member)
    assert 'value="licence"' in member.get(place.page).get_data(as_text=True)
    assert member.post(place.page, data={"kind": "licence"}).status_code == 200
    [asked], [made] = all_of(database, ContactRequest), all_of(database, Intention)
    assert (asked.origin, asked.origin_event_id, made.contact_request_id) == ("roadshow", made.event_id, asked.id)
    assert f"/requests/{asked.public_id}" in member.post(place.page, data={"kind": "loan"}).get_data(as_text=True)
    assert 'value="licence"' not in member.get(place.page).get_data(as_text=True)
    assert len(all_of(database, ContactRequest)) == 1
    assert asked.public_id in member.get(f"/requests/{asked.public_id}").get_data(as_text=True)


def test_with_a_personal_link_somebody_without_account_records(
    place: Place, client: FlaskClient, log_in: LogIn, database: Database
) -> None:
    page = client.get(place.page).get_data(as_text=True)
    assert 'name="kind"' not in page
    client.post(place.page, data={"kind": "visit"})
    assert all_of(database, Intention) == []
    client.get(f"/day/{place.token}")
    assert client.post(place.page, data={"kind": "dance"}).status_code == 422
    assert client.post(place.page, data={"kind": "visit", "note": "长" * 201}).status_code == 422
    assert client.post(place.page, data={"kind": "visit", "note": "想看样机"}).status_code == 200
    [made] = all_of(database, Intention)
    assert (made.registration_id, made.contact_request_id, made.shares_contact) == (place.registration.id, None, False)
    member = log_in(place.member)
    assert f"/intentions/{made.public_id}" in member.get("/desk").get_data(as_text=True)
    shown = member.get(f"/intentions/{made.public_id}").get_data(as_text=True)
    assert place.registration.email not in shown  # they did not agree
    answer = member.post(f"/intentions/{made.public_id}", data={"asked_by": str(place.member.person_id)})
    assert answer.location.startswith("/requests/")
    [asked] = all_of(database, ContactRequest)
    assert "想看样机" in asked.purpose
    assert place.registration.name not in asked.purpose


def test_who_agreed_is_named_to_the_owner(place: Place, client: FlaskClient, log_in: LogIn, database: Database) -> None:
    client.get(f"/day/{place.token}")
    client.post(place.page, data={"kind": "visit", "shares_contact": "y"})
    [made] = all_of(database, Intention)
    log_in(place.member).post(f"/intentions/{made.public_id}", data={"asked_by": str(place.member.person_id)})
    [asked] = all_of(database, ContactRequest)
    assert place.registration.email in asked.purpose


def test_others_cannot_read_or_send(
    place: Place, client: FlaskClient, session: Session, log_in: LogIn, database: Database
) -> None:
    client.get(f"/day/{place.token}")
    client.post(place.page, data={"kind": "visit"})
    [made] = all_of(database, Intention)
    stranger = make_account(session, make_seeker(session), role=OrgRole.MANAGER)
    session.commit()
    assert client.get(f"/intentions/{made.public_id}").status_code == 303
    other = log_in(stranger)
    assert other.get(f"/intentions/{made.public_id}").status_code == 404
    assert other.post(f"/intentions/{made.public_id}/drop").status_code == 404
    assert all_of(database, Intention)[0].dropped_at is None


def test_the_organizers_desk_enters_sends_and_downloads(
    place: Place, session: Session, log_in: LogIn, database: Database
) -> None:
    place.registration.organisation_name = "不在本站的公司"
    session.commit()
    organizer = log_in(place.organizer)
    address = f"/events/{place.event}/intentions"
    assert place.achievement in organizer.get(address).get_data(as_text=True)
    assert "来宾" in organizer.get(f"{address}/enter?q=来宾").get_data(as_text=True)
    assert organizer.get(f"{address}/enter?q=无人").status_code == 200
    data = {"registration": place.registration.public_id, "achievement": place.achievement, "kind": "investment"}
    assert organizer.post(f"{address}/enter", data=data | {"kind": ""}).status_code == 422
    for _ in range(2):
        assert organizer.post(f"{address}/enter", data=data).status_code == 303
    [made] = all_of(database, Intention)
    assert (made.way, made.organisation_id) == ("desk", None)
    page = f"/intentions/{made.public_id}"
    assert address in organizer.get("/desk").get_data(as_text=True)
    found = organizer.get(f"{page}?q=某单位").get_data(as_text=True)
    sender = found.split("sender=")[1].split('"')[0].split("&")[0]
    assert organizer.get(f"{page}?sender={sender}").status_code == 200
    organizer.post(f"{page}/drop")
    assert all_of(database, Intention)[0].dropped_at is not None
    sent = organizer.post(page, data={"sender": sender, "asked_by": str(place.member.person_id)})
    assert sent.location.startswith("/requests/")
    sheet = load_workbook(BytesIO(organizer.post(f"{address}/export").get_data())).active
    assert len(list(sheet.iter_rows())) == 2


def test_the_code_leads_to_the_page(place: Place, client: FlaskClient) -> None:
    assert client.get(place.page.replace("/intend", "/qr.svg")).mimetype == "image/svg+xml"
    nowhere = place.page.replace(place.achievement, "nobody")
    assert client.get(nowhere).status_code == 404
    assert client.get(nowhere.replace("/intend", "/qr.svg")).status_code == 404


def test_the_list_costs_the_same_with_one_and_with_three_rows(
    place: Place, session: Session, log_in: LogIn, database: Database
) -> None:
    from models.tables import Event

    organizer, address = log_in(place.organizer), f"/events/{place.event}/intentions"
    event = session.scalars(select(Event)).one()
    achievement_id = event.agenda[0].achievement_id

    def add() -> None:
        made = make_registration(session, event)
        session.add(
            Intention(
                event_id=event.id, achievement_id=achievement_id, registration_id=made.id, kind="visit", way="code"
            )
        )
        session.commit()

    add()
    one = queries_of(organizer, address)
    add()
    add()
    assert queries_of(organizer, address) == one
