"""Addresses and forms as no person types them: an answer that says so, never an error of ours."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.enums import GrantRole
from models.tables import Account
from scripts.dictionaries import load
from tests.factories import make_account, make_circle, make_event

LogIn = Callable[[Account], FlaskClient]
HUGE = "99999999999999999999999"


@pytest.fixture
def organizer(session: Session, log_in: LogIn) -> FlaskClient:
    load(session)
    account = make_account(session, None, GrantRole.ORGANIZER)
    session.commit()
    return log_in(account)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/register?q=%00", 200),
        ("/events/%00", 400),
        ("/events?circle=a%00b", 200),
        (f"/events?after=2026-01-01T00:00:00%2B00:00_{HUGE}", 200),
        ("/events?after=0001-01-01T00:00:00%2B14:00_1", 200),
        (f"/register?after=2026-01-01.{HUGE}", 200),
        ("/circles?first=0001-01-01&last=9999-12-31", 200),
        ("/circles/figures/end/talent?first=0001-01-01&last=9999-12-31&after=x", 200),
        ("/events/{event}/registrations?after=" + HUGE, 200),
        ("/events/{event}/registrations?after=-" + HUGE, 200),
        ("/events/{event}/registrations?capacity=king&state=gone", 200),
        ("/events/{event}/agenda/" + HUGE, 404),
        ("/events/{event}/registered?way=nonsense", 200),
        ("/circles/{circle}/members/" + HUGE + "/leave", 404),
        ("/day/" + "x" * 3000, 410),
    ],
)
def test_strange_addresses(session: Session, organizer: FlaskClient, address: str, status: int) -> None:
    event, circle = make_event(session), make_circle(session)
    session.commit()
    answer = organizer.get(address.replace("{event}", event.public_id).replace("{circle}", circle.public_id))
    assert answer.status_code == status


@pytest.mark.parametrize("field", ["circle", "arrived_on"])
def test_a_form_that_was_tampered_with_is_refused(session: Session, organizer: FlaskClient, field: str) -> None:
    circle = make_circle(session)
    session.commit()
    data = {
        "kind": "enterprise",
        "circle": str(circle.id),
        "subject": "甲",
        "arrived_on": "2026-01-01",
        "evidence": "证",
    }
    assert organizer.post("/register/new", data={**data, field: HUGE}).status_code == 422


def test_a_time_that_the_clocks_jump_over_is_said_so(app: Flask, organizer: FlaskClient) -> None:
    app.config["TIMEZONE"] = "Europe/Berlin"
    values = {
        "title": "夏令时的路演", "starts_at": "2099-03-29T02:30", "ends_at": "2099-03-29T06:00", "pitch_minutes": "8",
        "questions_minutes": "7",
    }  # fmt: skip
    answer = organizer.post("/events/new", data=values)
    assert answer.status_code == 422
    assert 'id="starts_at-error"' in answer.get_data(as_text=True)
    assert 'id="ends_at-error"' not in answer.get_data(as_text=True)
    assert organizer.post("/events/new", data=values | {"starts_at": "2099-03-29T01:30"}).status_code == 303
