"""Registering, the personal link and its mail, and the organizer's list."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import RegistrationState
from models.tables import Account, AuditEntry, Event
from tests.counting import queries_of
from tests.factories import make_account, make_provider
from tests.models.test_events import make_registration
from tests.web.registration_site import calendar_of, link_in, rows, sent_mails, text_of, typed

LogIn = Callable[[Account], FlaskClient]


def test_without_account_from_the_form_to_the_link_and_back(
    app: Flask, database: Database, client: FlaskClient, event: Event
) -> None:
    assert client.get(f"/events/{event.public_id}/register").status_code == 200
    answer = client.post(f"/events/{event.public_id}/register", data=typed())
    assert answer.status_code == 303
    assert "guest@example.org" not in client.get(answer.location).get_data(as_text=True)
    [row] = rows(database)
    assert (row.seat, row.person_id, row.organisation_name) == (1, None, "某公司")
    [mail] = sent_mails(app, database)
    assert mail["To"] == "guest@example.org"
    assert event.title in mail["Subject"]
    calendar = calendar_of(mail)
    assert f"UID:event-{event.public_id}@" in calendar
    assert "METHOD:REQUEST" in calendar
    opened = client.get(link_in(mail))
    assert (opened.status_code, opened.location) == (303, f"/events/{event.public_id}/my-day")
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    page = client.get(opened.location)
    assert "赵来宾" in page.get_data(as_text=True)
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert client.post(f"{opened.location}/cancel").status_code == 303
    assert rows(database)[0].state is RegistrationState.CANCELLED
    assert client.get(opened.location).status_code == 200
    client.post(f"{opened.location}/cancel")  # a second press changes nothing and breaks nothing
    [taken_back] = sent_mails(app, database)  # the invitation has been overtaken
    assert "STATUS:CANCELLED" in calendar_of(taken_back)


def test_nobody_learns_from_the_answers_who_is_registered(
    session: Session, database: Database, client: FlaskClient, event: Event
) -> None:
    make_registration(session, event, email="known@example.org")
    make_registration(session, event, email="", mobile="13812345678")
    session.commit()

    def read(**values: str) -> tuple[int, str, str]:
        answer = client.post(f"/events/{event.public_id}/register", data=typed(**values))
        return answer.status_code, answer.location, client.get(answer.location).get_data(as_text=True)

    assert read(email="known@example.org") == read(email="new@example.org")
    # all three seats are taken now
    assert read(email="", mobile="13812345678") == read(email="", mobile="13812345679")
    assert read(email="another@example.org") == read(email="known@example.org")
    states = [row.state for row in rows(database)]
    assert states == [RegistrationState.REGISTERED] * 3 + [RegistrationState.WAITING] * 2
    page = client.get(f"/events/{event.public_id}/register").get_data(as_text=True)
    assert "<form" in page.split("<main")[1].split("</main")[0]


def test_whoever_is_registered_gets_a_link_again(
    app: Flask, database: Database, client: FlaskClient, event: Event
) -> None:
    for name in ("赵来宾", "冒名者"):
        client.post(f"/events/{event.public_id}/register", data=typed(name=name))
    first, second = sent_mails(app, database)
    assert link_in(first) != link_in(second)  # of each token a hash is kept, so that none can be sent again
    for mail in (first, second):
        opened = client.get(link_in(mail)).location
        assert "赵来宾" in client.get(opened).get_data(as_text=True)
    assert "冒名者" not in text_of(first) + text_of(second)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"organisation_name": " "}, "organisation_name"),
        ({"capacity": "king"}, "capacity"),
        ({"email": ""}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"mobile": "call me"}, "mobile"),
        ({"consent": ""}, "consent"),
    ],
)
def test_errors_stand_at_their_field_and_what_was_typed_is_kept(
    database: Database, client: FlaskClient, event: Event, values: dict[str, str], field: str
) -> None:
    data = {key: value for key, value in typed(**{"organisation_name": "我的单位", **values}).items() if value}
    answer = client.post(f"/events/{event.public_id}/register", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert "我的单位" in page or field == "organisation_name"
    assert rows(database) == []


def test_consent_is_never_ticked_beforehand(client: FlaskClient, event: Event) -> None:
    page = client.get(f"/events/{event.public_id}/register").get_data(as_text=True)
    box = page[page.index('id="consent"') - 80 : page.index('id="consent"') + 80]
    assert "checked" not in box


def test_with_an_account_the_form_is_filled_in_and_the_page_is_ones_own(
    session: Session, database: Database, event: Event, log_in: LogIn, client: FlaskClient
) -> None:
    account = make_account(session, make_provider(session, name="示例大学"), name="孙老师")
    other = make_account(session)
    session.commit()
    mine = log_in(account)
    page = mine.get(f"/events/{event.public_id}/register").get_data(as_text=True)
    assert 'value="孙老师"' in page
    assert 'value="示例大学"' in page
    answer = mine.post(f"/events/{event.public_id}/register", data=typed(email=account.email))
    [row] = rows(database)
    assert answer.location == f"/registrations/{row.public_id}"
    assert mine.get(answer.location).status_code == 200
    assert mine.get(f"/events/{event.public_id}/register").status_code == 303
    assert f"/events/{event.public_id}/my-day" in mine.get(f"/events/{event.public_id}").get_data(as_text=True)
    assert log_in(other).get(answer.location).status_code == 404
    assert client.get(answer.location).status_code == 303
    assert client.post(f"{answer.location}/cancel").status_code == 303  # asked to log in
    assert rows(database)[0].state is RegistrationState.REGISTERED
    assert mine.post(f"{answer.location}/cancel").status_code == 303
    assert rows(database)[0].state is RegistrationState.CANCELLED


def test_moving_and_calling_off_reach_the_registered_in_their_language(
    app: Flask, session: Session, database: Database, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event, email="zh@example.org")
    make_registration(session, event, email="en@example.org", locale="en")
    session.commit()
    later = (event.starts_at + timedelta(days=7)).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M")
    data = {"revision": "1", "starts_at": later, "reason": "会场检修"}
    assert organizer.post(f"/events/{event.public_id}/postpone", data=data).status_code == 303
    mails = {mail["To"]: mail for mail in sent_mails(app, database)}
    assert set(mails) == {"zh@example.org", "en@example.org"}
    assert "another time" in mails["en@example.org"]["Subject"]
    assert "会场检修" in text_of(mails["zh@example.org"])
    organizer.post(f"/events/{event.public_id}/cancel", data={"reason": "台风"})
    mails = {mail["To"]: mail for mail in sent_mails(app, database)}  # news of the move have been overtaken
    assert len(mails) == 2
    assert "cancelled" in mails["en@example.org"]["Subject"]


def test_the_list_masks_contacts_until_asked_and_logs_the_look(
    session: Session, database: Database, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event, email="zhang@example.org", mobile="13812345678")
    session.commit()
    address = f"/events/{event.public_id}/registrations"
    masked = organizer.get(address).get_data(as_text=True)
    assert "z***@example.org" in masked
    assert "138****5678" in masked
    assert "zhang@example.org" not in masked
    for _ in range(2):
        assert "zhang@example.org" in organizer.get(f"{address}?contacts=y").get_data(as_text=True)
    with database.read() as reading:
        logged = reading.scalars(select(AuditEntry).where(AuditEntry.action == "registration.contacts")).all()
    assert [row.object_id for row in logged] == [event.id]


def test_the_export_follows_the_filters_and_is_logged(
    session: Session, database: Database, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event, capacity="bank", need="=1+1")
    make_registration(session, event, capacity="media")
    session.commit()
    answer = organizer.post(f"/events/{event.public_id}/registrations/export", data={"capacity": "bank"})
    sheet = load_workbook(BytesIO(answer.get_data())).active
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 2
    assert "guest0@example.org" in lines[1]
    assert [cell.data_type for row in sheet for cell in row if cell.value == "=1+1"] == ["s"]  # no formula
    with database.read() as reading:
        logged = reading.scalars(select(AuditEntry).where(AuditEntry.action == "registration.export")).one()
    assert logged.detail == {"rows": 1}


def test_an_organizer_enters_and_cancels(
    app: Flask, session: Session, database: Database, organizer: FlaskClient, event: Event
) -> None:
    address = f"/events/{event.public_id}/registrations"
    assert organizer.get(f"{address}/enter").status_code == 200
    assert organizer.post(f"{address}/enter", data=typed()).status_code == 303
    double = organizer.post(f"{address}/enter", data=typed())
    assert double.status_code == 422
    assert "赵来宾" in double.get_data(as_text=True)
    [row] = rows(database)
    assert organizer.post(f"/registrations/{row.public_id}/cancel").location == address
    assert rows(database)[0].state is RegistrationState.CANCELLED
    assert "赵来宾" in organizer.get(f"{address}?state=cancelled").get_data(as_text=True)
    assert [mail["To"] for mail in sent_mails(app, database)] == ["guest@example.org"]


def test_the_same_address_is_not_mailed_without_end(app: Flask, client: FlaskClient, event: Event) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    answers = [client.post(f"/events/{event.public_id}/register", data=typed()).status_code for _ in range(8)]
    assert answers[:6] == [303] * 6
    assert answers[-1] == 429


def test_the_list_costs_the_same_with_one_and_with_three_rows(
    session: Session, database: Database, organizer: FlaskClient, event: Event
) -> None:
    make_registration(session, event)
    session.commit()
    address = f"/events/{event.public_id}/registrations"
    one = queries_of(organizer, address)
    for _ in range(2):
        make_registration(session, event)
    session.commit()
    assert queries_of(organizer, address) == one
