"""Pages of the call for projects: how an organizer opens it, and what is wrong with one."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models.base import Database, utcnow
from tests.models.selection_cases import Contest
from tests.web.reading import page, text_of
from tests.web.selection_site import Enter, event_of


def call_form(**values: Any) -> dict[str, Any]:
    return {
        "closes_at": f"{utcnow() + timedelta(days=9):%Y-%m-%dT%H:%M}",
        "places": "4",
        "reserves": "2",
        "criteria-0-name": "技术",
        "criteria-0-weight": "70",
        "criteria-1-name": "市场",
        "criteria-1-weight": "30",
        "text": "请带样机。",
        "revision": "1",
        **values,
    }


def test_a_call_is_opened_with_the_usual_criteria(database: Database, contest: Contest, enter: Enter) -> None:
    from tests.factories import make_event

    with database.write() as session:
        event = make_event(session, starts_at=utcnow() + timedelta(days=20))
    organizer = enter(contest.organizer)
    address = f"/events/{event.public_id}"
    assert f"{address}/call/edit" in page(organizer, address)
    assert organizer.get(f"{address}/call").status_code == 404
    opened = page(organizer, f"{address}/call/edit")
    assert 'value="Technology and product"' in opened
    assert organizer.post(f"{address}/call/edit", data=call_form()).status_code == 303
    assert "请带样机。" in page(organizer, f"{address}/call")
    assert "70 %" in page(organizer, f"{address}/call")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"criteria-1-weight": "20"}, "they add up to 90 now"),
        ({"closes_at": "2020-01-01T10:00"}, "This time has passed already."),
        ({"closes_at": "bald"}, "Please give a day and a time"),
        ({"places": "0"}, "Please choose 1 to 200."),
        ({"places": "viele"}, "Please type a whole number."),
        ({"questions": "a\nb\nc\nd\ne\nf"}, "At most 5 lines"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_and_kept(
    database: Database, contest: Contest, enter: Enter, values: dict[str, str], sentence: str
) -> None:
    organizer, address = enter(contest.organizer), event_of(database, contest)
    shown = text_of(organizer.post(f"{address}/call/edit", data=call_form(**values)), 422)
    assert sentence in shown
    assert "请带样机。" in shown


def test_rows_of_criteria_without_script(database: Database, contest: Contest, enter: Enter) -> None:
    organizer, address = enter(contest.organizer), event_of(database, contest)
    shown = text_of(organizer.post(f"{address}/call/edit", data=call_form(add_row="criteria")))
    assert 'name="criteria-2-name"' in shown


def test_a_call_closed_early_can_still_be_edited(database: Database, contest: Contest, enter: Enter) -> None:
    organizer, address = enter(contest.organizer), event_of(database, contest)
    assert organizer.post(f"{address}/call/close").status_code == 303
    shown = page(organizer, f"{address}/call/edit")
    assert "Close the call now" not in shown
    fields = dict(re.findall(r'name="(closes_at|revision)"[^>]*?value="([^"]+)"', shown))
    assert organizer.post(f"{address}/call/edit", data=call_form(**fields, places="7")).status_code == 303
    assert "about 7" in page(organizer, f"{address}/call")
