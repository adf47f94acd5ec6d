"""Withdraw, renew, take down, restore, what acts at once; reports by anybody."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import publication
from models.base import utcnow
from models.enums import Disclosure, Origin, RecordState, RequestState
from models.rules.calendar import today
from models.tables import Achievement, ContactRequest, Report
from tests.counting import counted
from tests.factories import make_achievement, make_circle, make_event, make_session
from tests.models.achievement_cases import Story
from tests.web.achievement_site import LogIn, page, prepared
from web.mails import render


@pytest.fixture
def story(session: Session) -> Story:
    return prepared(session)


def asked(session: Session, story: Story, achievement: Achievement) -> ContactRequest:
    request = ContactRequest(
        sender_id=story.enterprise.id,
        receiver_id=story.university.id,
        achievement_id=achievement.id,
        asked_by_id=story.buyer.person_id,
        purpose="想了解中试条件",
        origin=Origin.SEARCH,
        due_on=today() + timedelta(days=5),
        expires_at=utcnow() + timedelta(days=15),
    )
    session.add(request)
    session.commit()
    return request


def now(session: Session, row: Any) -> Any:
    """The row as the database has it now."""
    with Session(session.get_bind().engine.execution_options(immediate=False), expire_on_commit=False) as reading:
        return reading.get_one(type(row), row.id)


@pytest.mark.parametrize(("verb", "who", "state"), [
    ("withdraw", "author", RecordState.WITHDRAWN), ("take-down", "organizer", RecordState.TAKEN_DOWN),
])  # fmt: skip
def test_leaving_names_first_what_hangs_on_it(
    session: Session, story: Story, client: FlaskClient, log_in: LogIn, verb: str, who: str, state: RecordState
) -> None:
    achievement = make_achievement(session, story.university)
    request = asked(session, story, achievement)
    roadshow = make_event(session, achievement)
    session.commit()
    person, address = log_in(getattr(story, who)), f"/achievements/{achievement.public_id}/{verb}"
    text = page(person.get(address))
    assert story.enterprise.name in text
    assert roadshow.title in text
    page(person.post(address, data={"reason": ""}), 422)
    assert now(session, achievement).state is RecordState.PUBLISHED
    assert person.post(address, data={"reason": "已独家转让"}).status_code == 303
    assert now(session, achievement).state is state
    assert client.get(f"/achievements/{achievement.public_id}").status_code == 303
    assert now(session, request).state is RequestState.CLOSED
    assert "已独家转让" in page(person.get(f"/achievements/{achievement.public_id}"))
    page(person.post(address, data={"reason": "再来一次"}), 422)


def test_what_hangs_costs_the_same_however_much(session: Session, story: Story, log_in: LogIn, app: Flask) -> None:
    achievement = make_achievement(session, story.university)
    make_event(session, achievement)
    session.commit()
    author, counts = log_in(story.author), []
    for _ in range(2):
        author.get(f"/achievements/{achievement.public_id}/withdraw")
        with counted(app) as statements:
            page(author.get(f"/achievements/{achievement.public_id}/withdraw"))
        counts.append(len(statements))
        make_event(session, achievement)
        make_event(session, achievement)
        session.commit()
    assert counts[0] == counts[1]


def test_restore_and_renew(session: Session, story: Story, client: FlaskClient, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university)
    publication.take_down(session, achievement, by=story.by(session, "organizer"), reason="核查")
    session.commit()
    author, at = log_in(story.author), f"/achievements/{achievement.public_id}"
    assert author.post(f"{at}/restore").status_code == 403
    assert author.post(f"{at}/renew").status_code == 303  # told that it cannot
    assert now(session, achievement).state is RecordState.TAKEN_DOWN
    assert log_in(story.organizer).post(f"{at}/restore").status_code == 303
    assert now(session, achievement).state is RecordState.PUBLISHED
    expired = make_achievement(session, story.university)
    expired.valid_until = today() - timedelta(days=1)
    publication.expire(session, expired)
    session.commit()
    assert author.post(f"/achievements/{expired.public_id}/renew").status_code == 303
    assert now(session, expired).state is RecordState.PUBLISHED
    assert client.get(f"/achievements/{expired.public_id}").status_code == 200


def test_settings_act_at_once(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university)
    circle = make_circle(session)
    make_session(session, circle_id=circle.id)
    session.commit()
    author, address = log_in(story.author), f"/achievements/{achievement.public_id}/settings"
    page(author.get(address))
    last = today() + timedelta(days=60)
    good = {
        "contact": str(story.manager.person_id),
        "circles": [str(circle.id)],
        "valid_until": last.isoformat(),
        "disclosure": "consent",
    }
    assert author.post(address, data=good).status_code == 303
    found = now(session, achievement)
    assert (found.contact_id, found.valid_until) == (story.manager.person_id, last)
    assert found.tightened_to is Disclosure.CONSENT
    loosened = page(author.post(address, data={**good, "disclosure": "public"}), 422)
    assert 'id="disclosure-0"' in loosened
    page(author.post(address, data={**good, "valid_until": "2020-01-01"}), 422)
    assert now(session, achievement).valid_until == last


def test_settings_of_what_is_withdrawn_have_no_last_day(session: Session, story: Story, log_in: LogIn) -> None:
    achievement = make_achievement(session, story.university)
    publication.withdraw(session, achievement, by=story.by(session, "author"), reason="暂缓")
    session.commit()
    text = page(log_in(story.author).get(f"/achievements/{achievement.public_id}/settings"))
    assert "valid_until" not in text


# --- reports ---------------------------------------------------------------------------------------------------------


def test_anybody_reports_and_an_organizer_answers(
    session: Session, story: Story, client: FlaskClient, log_in: LogIn
) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    address = f"/achievements/{achievement.public_id}/report"
    page(client.get(address))
    text = page(client.post(address, data={"reason": "数据有误", "email": "not-an-address"}), 422)
    assert "数据有误" in text
    assert client.post(address, data={"reason": "数据有误", "email": "a@example.org"}).status_code == 303
    assert client.post(address, data={"reason": "数据有误", "email": "a@example.org"}).status_code == 303
    made = session.scalars(select(Report)).one()
    session.commit()
    organizer = log_in(story.organizer)
    assert "数据有误" in page(organizer.get("/reports"))
    at = f"/reports/{made.public_id}"
    page(organizer.get(at))
    page(organizer.post(at, data={"outcome": ""}), 422)
    assert organizer.post(at, data={"outcome": "已请单位更正"}).status_code == 303
    assert "数据有误" not in page(organizer.get("/reports"))
    assert "数据有误" in page(organizer.get("/reports?state=handled"))
    assert "已请单位更正" in page(organizer.get(at))
    page(organizer.post(at, data={"outcome": "再来一次"}), 422)
    assert organizer.get("/reports/zzzzzzzzzz").status_code == 404
    assert log_in(story.author).get("/reports").status_code == 403
    assert client.get("/reports").status_code == 303


def test_what_cannot_be_read_cannot_be_reported(session: Session, story: Story, client: FlaskClient) -> None:
    draft = make_achievement(session, story.university, state=RecordState.DRAFT)
    session.commit()
    answer = client.post(f"/achievements/{draft.public_id}/report", data={"reason": "?"})
    assert answer.status_code == 303  # asked to log in
    assert session.scalars(select(Report)).all() == []


def test_reports_are_limited(story: Story, app: Flask, session: Session) -> None:
    achievement = make_achievement(session, story.university)
    session.commit()
    app.config["RATELIMIT_ENABLED"] = True
    client = app.test_client()
    codes = [
        client.post(f"/achievements/{achievement.public_id}/report", data={"reason": f"第{n}条"}).status_code
        for n in range(11)
    ]
    assert codes == [303] * 10 + [429]


# --- mails -----------------------------------------------------------------------------------------------------------

MAILS = {
    "record_org_review": {"title": "甲成果", "author": "张三", "public_id": "abcdefghjk"},
    "record_returned": {"title": "甲成果", "codes": ["Figures or claims need evidence"], "note": "请补充", "public_id": "abcdefghjk"},
    "record_published": {"title": "甲成果", "valid_until": "2028-11-23", "public_id": "abcdefghjk"},
    "record_expiring": {"title": "甲成果", "valid_until": "2028-11-23", "public_id": "abcdefghjk"},
    "record_expired": {"title": "甲成果", "valid_until": "2028-11-23", "public_id": "abcdefghjk"},
    "record_taken_down": {"title": "甲成果", "reason": "疑似涉密", "public_id": "abcdefghjk"},
    "record_restored": {"title": "甲成果", "public_id": "abcdefghjk"},
    "record_gone": {"title": "甲成果", "what": "request", "place": "", "reason": "已转让", "public_id": "abcdefghjk"},
    "report_handled": {"title": "甲成果", "outcome": "已更正"},
}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_mails_are_whole_in_both_languages(app: Flask, story: Story, name: str, locale: str) -> None:
    values = MAILS[name]
    with app.app_context():
        subject, text, html = render(name, locale, values)
    assert "甲成果" in subject
    assert "甲成果" in text
    for key in ("note", "reason", "outcome"):
        if key in values:
            assert str(values[key]) in text
            assert str(values[key]) in html
    if "public_id" in values:
        assert "abcdefghjk" in text
        assert "abcdefghjk" in html
    if "valid_until" in values:
        assert ("2028年11月23日" if locale == "zh_CN" else "Nov 2028") in text
