"""The pages of a need: writing with the list beside the form, review, what a reader sees, search, the desk."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import drafting
from models.base import Database
from models.enums import Disclosure, RecordState, VersionState
from models.rules.calendar import today
from models.tables import Need
from tests.factories import make_need
from tests.models.achievement_cases import Story
from tests.models.test_needs import WANTED
from tests.web.achievement_site import LogIn, page, prepared

FORM = {
    "title": "页岩油返排液井场处理",
    "description": WANTED["description"],
    "indicators-0-name": "总铁",
    "indicators-0-unit": "mg/L",
    "indicators-0-now": "42",
    "indicators-0-target": "≤5",
    "fields": "environment",
    "industries": "chemicals",
    "keywords": "返排液，页岩油",
    "modes": "cooperate",
    "budget_min": "150",
    "budget_max": "350",
    "deadline": "2030-05-01",
    "tried": "试过膜法。",
    "disclosure": "verified",
    "trl_from": "6",
}


@pytest.fixture
def story(session: Session) -> Story:
    return prepared(session)


def draft(session: Session, story: Story, **changes: Any) -> Need:
    by = story.by(session, "buyer")
    need, _version = drafting.create(session, story.enterprise, by=by, title="返排液井场处理", kind=Need)
    drafting.save(session, need, by=by, revision=None, values={**WANTED, **changes})
    session.commit()
    return need


def waiting(session: Session, story: Story) -> Need:
    need = draft(session, story)
    version = need.working_version
    drafting.submit(session, need, by=story.by(session, "buyer"), revision=version.revision, pledge=True)
    session.commit()
    return need


def test_from_title_to_publication_by_pages(
    session: Session, database: Database, story: Story, log_in: LogIn, client: FlaskClient
) -> None:
    buyer = log_in(story.buyer)
    page(buyer.get("/needs/new"))
    begun = buyer.post("/needs/new", data={"title": "返排液处理"})
    assert begun.status_code == 303
    address = begun.headers["Location"].removesuffix("/edit")
    text = page(buyer.get(f"{address}/edit"))
    assert "#indicators" in text
    saved = buyer.post(f"{address}/autosave", data={"revision": "1", "title": "页岩油返排液井场处理"})
    assert saved.status_code == 200
    assert {"time", "revision", "gaps", "doubts"} == set(saved.json)
    assert any("#description" in gap["url"] for gap in saved.json["gaps"])
    answer = buyer.post(f"{address}/edit", data={**FORM, "revision": str(saved.json["revision"])})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}/submit")
    text = page(buyer.get(f"{address}/submit"))
    assert "non_classified" in text
    with database.read() as fresh:
        need = fresh.scalars(select(Need)).one()
        revision, public_id = need.working_version.revision, need.public_id
        assert need.working_version.budget_max == 350_000_000
    assert buyer.post(f"{address}/submit", data={"revision": revision, "non_classified": "y"}).status_code == 303
    organizer = log_in(story.organizer)
    assert "页岩油返排液井场处理" in page(organizer.get("/review"))
    review = f"/review/needs/{public_id}"
    assert "试过膜法" in page(organizer.get(review))
    with database.read() as fresh:
        revision = fresh.scalars(select(Need)).one().working_version.revision
    assert organizer.post(f"{review}/publish", data={"revision": revision}).status_code == 303
    text = page(client.get(address))
    assert "页岩油返排液井场处理" in text
    assert "试过膜法" not in text
    assert "页岩油返排液井场处理" in page(log_in(story.buyer).get("/needs/mine"))


def test_every_page_of_a_need_is_sound(session: Session, story: Story, log_in: LogIn) -> None:
    shown = make_need(session, story.enterprise, disclosure=Disclosure.CONSENT)
    under_way = draft(session, story, description="短")
    under_review = waiting(session, story)
    drafting.new_version(session, shown, by=story.by(session, "buyer"))
    session.commit()
    buyer = log_in(story.buyer)
    for path in ("", "/edit", "/submit", "/history", "/versions/1", "/versions/2/to/1", "/settings", "/withdraw"):
        page(buyer.get(f"/needs/{shown.public_id}{path}"))
    page(buyer.get(f"/needs/{under_way.public_id}"))
    page(buyer.get(f"/needs/{under_way.public_id}/edit"))
    page(buyer.get(f"/needs/{under_review.public_id}"))
    page(buyer.get("/needs/mine?state=draft"))
    page(buyer.get("/desk"))
    organizer = log_in(story.organizer)
    for address in (
        "/review",
        f"/review/needs/{under_review.public_id}",
        f"/needs/{shown.public_id}/take-down",
        "/desk",
    ):
        page(organizer.get(address))
    visitor = log_in(story.author)
    for address in (f"/needs/{shown.public_id}", f"/needs/{shown.public_id}/report", "/needs", "/"):
        page(visitor.get(address))
    assert visitor.get(f"/needs/{shown.public_id}/qr.svg").status_code == 200


def test_a_need_whose_day_is_over_says_so_and_cannot_be_submitted(
    session: Session, story: Story, log_in: LogIn, client: FlaskClient
) -> None:
    over, last = (make_need(session, story.enterprise, deadline=today() - timedelta(days=n)) for n in (1, 0))
    under_way = draft(session, story, deadline=today() - timedelta(days=1))
    session.commit()
    assert "已过期望时间" in page(client.get(f"/needs/{over.public_id}"))
    assert "已过期望时间" not in page(client.get(f"/needs/{last.public_id}"))
    assert page(client.get("/")).count("已过期望时间") == 1
    text = page(log_in(story.buyer).get(f"/needs/{under_way.public_id}/submit"))
    assert "期望时间已过" in text
    assert "non_classified" not in text


def test_settings_act_at_once_and_withdrawing_asks_for_a_reason(
    session: Session, database: Database, story: Story, log_in: LogIn
) -> None:
    need = make_need(session, story.enterprise)
    session.commit()
    buyer = log_in(story.buyer)
    said = {"masked": "y", "disclosure": "consent", "valid_until": need.valid_until.isoformat(), "contact": ""}
    assert buyer.post(f"/needs/{need.public_id}/settings", data=said).status_code == 303
    with database.read() as fresh:
        stored = fresh.get_one(Need, need.id)
        assert (stored.masked, stored.tightened_to) == (True, Disclosure.CONSENT)
    page(buyer.post(f"/needs/{need.public_id}/withdraw", data={"reason": ""}), 422)
    assert buyer.post(f"/needs/{need.public_id}/withdraw", data={"reason": "已解决"}).status_code == 303
    with database.read() as fresh:
        assert fresh.get_one(Need, need.id).state is RecordState.WITHDRAWN


def test_returning_with_reasons_leads_back_to_the_form(
    session: Session, database: Database, story: Story, log_in: LogIn
) -> None:
    need = waiting(session, story)
    organizer = log_in(story.organizer)
    revision = need.working_version.revision
    said = {"revision": revision, "codes": "unclear", "note": "请写清处理量"}
    assert organizer.post(f"/review/needs/{need.public_id}/return", data=said).status_code == 303
    with database.read() as fresh:
        assert fresh.get_one(Need, need.id).working_version.state is VersionState.RETURNED
    buyer = log_in(story.buyer)
    assert "请写清处理量" in page(buyer.get(f"/needs/{need.public_id}/edit"))
    assert f"/needs/{need.public_id}/edit" in page(buyer.get("/desk"))
