"""The terms of registering: set by the organizer, kept by the form, decisions on the list."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database, utcnow
from models.enums import RegistrationState
from models.tables import Event, RegistrationTerms
from tests.factories import make_achievement, make_event, make_provider
from tests.web.registration_site import rows, sent_mails, text_of, typed

ZONE = ZoneInfo("Asia/Shanghai")


def terms(**values: str) -> dict[str, str]:
    return {
        "revision": "0", "opens_at": "", "closes_at": "", "offer_hours": "12",
        "questions-0-key": "k1", "questions-0-label": "带样品吗？", "questions-0-kind": "yes_no", "questions-0-required": "y",
        "questions-1-key": "k2", "questions-1-label": "午餐", "questions-1-kind": "choice",
        "questions-1-choices": "普通\n清真",
        **values,
    }  # fmt: skip


def stored(database: Database) -> RegistrationTerms | None:
    with database.read() as session:
        return session.scalars(select(RegistrationTerms)).one_or_none()


def test_the_organizer_sets_terms_and_the_form_keeps_to_them(
    client: FlaskClient,
    organizer: FlaskClient,
    database: Database,
    event: Event,
) -> None:
    address = f"/events/{event.public_id}/registrations/terms"
    assert organizer.get(address).status_code == 200
    assert organizer.post(address, data=terms(approval="y")).status_code == 303
    made = stored(database)
    assert made is not None
    assert (made.approval, made.offer_hours, [one["label"] for one in made.questions]) == (
        True, 12, ["带样品吗？", "午餐"],
    )  # fmt: skip
    assert "清真" in organizer.get(address).get_data(as_text=True)
    assert organizer.post(address, data=terms()).status_code == 422  # opened before somebody else saved
    register = f"/events/{event.public_id}/register"
    assert "带样品吗？" in client.get(register).get_data(as_text=True)
    refused = client.post(register, data=typed())
    assert refused.status_code == 422
    assert 'id="q_k1-error"' in refused.get_data(as_text=True)
    assert client.post(register, data=typed(q_k1="yes", q_k2="生鱼片")).status_code == 422
    answer = client.post(register, data=typed(q_k1="yes", q_k2="清真"))
    assert "way=approval" in answer.location
    assert client.get(answer.location).status_code == 200
    [row] = rows(database)
    assert (row.state, row.answers) == (RegistrationState.PENDING, {"k1": "yes", "k2": "清真"})
    page = organizer.get(f"/registrations/{row.public_id}").get_data(as_text=True)
    assert "午餐" in page
    assert "清真" in page


def test_rows_of_questions_are_added_and_removed_without_saving(
    organizer: FlaskClient,
    database: Database,
    event: Event,
) -> None:
    address = f"/events/{event.public_id}/registrations/terms"
    page = organizer.post(address, data=terms(add_row="questions")).get_data(as_text=True)
    assert "questions-2-label" in page
    page = organizer.post(address, data=terms(remove_row="questions-0")).get_data(as_text=True)
    assert "带样品吗？" not in page
    assert stored(database) is None


def test_terms_that_cannot_be_are_refused_at_their_field(
    organizer: FlaskClient,
    database: Database,
    event: Event,
) -> None:
    address = f"/events/{event.public_id}/registrations/terms"
    late = (event.ends_at + timedelta(days=1)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    for values, field in (
        ({"offer_hours": "0"}, "offer_hours"),
        ({"offer_hours": "999"}, "offer_hours"),
        ({"closes_at": late}, "closes_at"),
        ({"opens_at": late}, "opens_at"),
        ({"opens_at": "2026-11-02T10:00", "closes_at": "2026-11-01T10:00"}, "closes_at"),
        ({"questions-1-choices": "只有一个"}, "questions"),
    ):
        answer = organizer.post(address, data=terms(**values))
        page = answer.get_data(as_text=True)
        assert (answer.status_code, f'id="{field}-error"' in page) == (422, True), values
        assert "带样品吗？" in page
    assert stored(database) is None


def test_before_and_after_the_period_the_page_says_so(
    client: FlaskClient,
    session: Session,
    database: Database,
    event: Event,
) -> None:
    made = RegistrationTerms(event_id=event.id, opens_at=utcnow() + timedelta(hours=1))
    session.add(made)
    session.commit()
    address = f"/events/{event.public_id}/register"
    for opens, closes in ((timedelta(hours=1), None), (None, timedelta(hours=-1))):
        made.opens_at = utcnow() + opens if opens else None
        made.closes_at = utcnow() + closes if closes else None
        session.commit()
        page = client.get(address).get_data(as_text=True)
        assert 'name="email"' not in page
        assert client.post(address, data=typed()).status_code == 422
    assert rows(database) == []


def test_wishes_needs_and_online(
    client: FlaskClient,
    session: Session,
    database: Database,
    organizer: FlaskClient,
) -> None:
    title = "低温电池管理"
    achievement = make_achievement(session, make_provider(session), title=title)
    event = make_event(session, achievement, capacity=1)
    session.add(RegistrationTerms(event_id=event.id, online=True))
    session.commit()
    address = f"/events/{event.public_id}/register"
    data = typed(attendance="online", wishes=achievement.public_id, need="低温电池", accessibility="轮椅位")
    assert client.post(address, data=data).status_code == 303
    [row] = rows(database)
    assert (row.attendance, row.seat, row.need) == ("online", None, "低温电池")
    page = organizer.get(f"/registrations/{row.public_id}").get_data(as_text=True)
    for shown in (title, "低温电池", "轮椅位"):
        assert shown in page
    assert client.post(address, data=typed(attendance="by boat")).status_code == 422
    assert client.post(address, data=typed(need="长" * 501)).status_code == 422


def test_the_organizer_approves_and_declines_many(
    app: Flask,
    client: FlaskClient,
    session: Session,
    database: Database,
    organizer: FlaskClient,
    event: Event,
) -> None:
    session.add(RegistrationTerms(event_id=event.id, approval=True))
    session.commit()
    for number in range(4):
        client.post(
            f"/events/{event.public_id}/register", data=typed(email=f"g{number}@example.org", name=f"客{number}")
        )
    ids = [row.public_id for row in rows(database)]
    address = f"/events/{event.public_id}/registrations"
    page = organizer.get(f"{address}?state=pending").get_data(as_text=True)
    assert all(one in page for one in ids)
    decide = f"{address}/decide"
    organizer.post(decide, data={"decision": "approve", "registration": ids[:2], "state": "pending"})
    organizer.post(decide, data={"decision": "decline", "registration": ids[2:3]})  # without a reason nothing happens
    assert [row.state for row in rows(database)] == ["registered", "registered", "pending", "pending"]
    organizer.post(decide, data={"decision": "decline", "registration": ids[2:3], "reason": "名额有限"})
    organizer.post(decide, data={"decision": "approve"})
    organizer.post(decide, data={"decision": "approve", "registration": ["nobody"]})
    assert [row.state for row in rows(database)] == ["registered", "registered", "declined", "pending"]
    mails = {mail["To"]: mail for mail in sent_mails(app, database)}
    assert "名额有限" in text_of(mails["g2@example.org"])
    assert client.post(decide, data={"decision": "approve", "registration": ids}).status_code == 303
    assert rows(database)[3].state == "pending"
    for state in RegistrationState:
        assert organizer.get(f"{address}?state={state.value}").status_code == 200
