"""Pages of the circles: what they show to whom, figures that open their rows, members who come and go."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import EventState, GrantRole, RecordState
from models.tables import Account, AuditEntry, Circle, CircleMember
from scripts.dictionaries import load
from tests.counting import queries_of
from tests.factories import (
    make_account,
    make_achievement,
    make_circle,
    make_event,
    make_org,
    make_provider,
    make_session,
)
from tests.models.test_register import make_entry

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def dictionary(session: Session) -> None:
    load(session)
    session.commit()


@pytest.fixture
def organizer(session: Session) -> Account:
    account = make_account(session, None, GrantRole.ORGANIZER)
    session.commit()
    return account


def fill(session: Session, circle: Circle, *, times: int) -> None:
    """So many of everything that the page lists."""
    for number in range(times):
        org = make_provider(session)
        session.add(CircleMember(circle_id=circle.id, organisation_id=org.id, since=date(2026, 1, 1)))
        for kind in ("enterprise", "platform", "talent"):
            make_entry(
                session, circle, f"{kind}{circle.id}-{number}", "2026-02-01", kind=kind, subject=f"{kind}甲{number}"
            )
        achievement = make_achievement(session, org, circle=circle)
        make_event(session, achievement, circle_id=circle.id)
        make_session(session, circle_id=circle.id)
    session.commit()


@pytest.mark.usefixtures("dictionary")
def test_the_sum_counts_a_firm_of_two_circles_once(session: Session, client: FlaskClient) -> None:
    one, two = make_circle(session), make_circle(session)
    for circle, key in ((one, "a"), (two, "a"), (two, "b")):
        make_entry(session, circle, key, "2026-03-01")
    make_entry(session, two, "c", "2025-03-01", "2026-03-01")
    session.commit()
    page = client.get("/circles?first=2026-01-01&last=2026-06-30").get_data(as_text=True)
    assert one.name in page
    rows = client.get("/circles/figures/arrivals/enterprise?first=2026-01-01&last=2026-06-30").get_data(as_text=True)
    assert "<strong>2</strong>" in rows
    assert rows.count("企业a") == 2
    assert f"{one.name}、{two.name}" in rows
    left = client.get("/circles/figures/departures/enterprise?first=2026-01-01&last=2026-06-30").get_data(as_text=True)
    assert "企业c" in left
    assert "企业b" not in left


@pytest.mark.usefixtures("dictionary")
def test_a_circle_shows_all_that_belongs_to_it_and_nothing_else(session: Session, client: FlaskClient) -> None:
    anchor = make_provider(session, name="锚定大学")
    circle, other = make_circle(session, anchor_id=anchor.id, services=["仪器共享"]), make_circle(session)
    member, former = make_org(session, name="现成员公司"), make_org(session, name="前成员公司")
    today = date.today()
    session.add(CircleMember(circle_id=circle.id, organisation_id=member.id, since=today - timedelta(days=9)))
    session.add(
        CircleMember(circle_id=circle.id, organisation_id=former.id, since=today - timedelta(days=9), until=today)
    )
    make_entry(session, circle, "p", "2026-01-01", kind="platform", subject="在圈平台")
    make_entry(session, circle, "q", "2026-01-01", "2026-02-01", kind="platform", subject="离开的平台")
    make_entry(session, other, "r", "2026-01-01", kind="talent", subject="别圈人才")
    make_achievement(session, anchor, circle=circle, title="圈内成果")
    make_achievement(session, anchor, circle=circle, title="撤回成果", state=RecordState.WITHDRAWN)
    make_achievement(session, anchor, circle=other, title="别圈成果")
    event = make_event(session, circle_id=circle.id)
    draft = make_event(session, circle_id=circle.id, state=EventState.DRAFT)
    meeting = make_session(session, circle_id=circle.id)
    session.commit()
    page = client.get(f"/circles/{circle.public_id}").get_data(as_text=True)
    for text in ("锚定大学", "仪器共享", "现成员公司", "在圈平台", "圈内成果", event.title, meeting.title):
        assert text in page, text
    for text in ("前成员公司", "离开的平台", "别圈人才", "撤回成果", "别圈成果", draft.title):
        assert text not in page, text


@pytest.mark.usefixtures("dictionary")
@pytest.mark.parametrize(
    "query", ["?first=2026-06-30&last=2026-01-01", "?first=abc&last=2026-01-01", "?first=2026-02-30"]
)
def test_a_period_that_is_none_is_explained(session: Session, client: FlaskClient, query: str) -> None:
    make_circle(session)
    session.commit()
    answer = client.get(f"/circles{query}")
    assert answer.status_code == 200
    assert "notice-warning" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("dictionary")
def test_unknown_figures_are_not_found(client: FlaskClient) -> None:
    for address in ("arrivals/unknown", "unknown/enterprise", "arrivals/enterprise?circle=nobody"):
        assert client.get(f"/circles/figures/{address}").status_code == 404
    assert client.get("/circles/nobody").status_code == 404


@pytest.mark.usefixtures("dictionary")
def test_pages_cost_the_same_with_one_and_with_three_rows(
    session: Session, database: Database, client: FlaskClient
) -> None:
    small, large = make_circle(session), make_circle(session)
    session.commit()
    fill(session, small, times=1)
    fill(session, large, times=3)
    for address in ("/circles/{}", "/circles/figures/arrivals/talent?circle={}"):
        costs = {queries_of(client, address.format(circle.public_id)) for circle in (small, large)}
        assert len(costs) == 1, address
    before = queries_of(client, "/circles")
    for _ in range(2):
        make_circle(session)
    session.commit()
    assert queries_of(client, "/circles") == before


def test_only_organizers_edit(session: Session, client: FlaskClient, log_in: LogIn) -> None:
    circle = make_circle(session)
    stranger = make_account(session, make_provider(session))
    session.commit()
    for path in ("edit", "members"):
        assert client.get(f"/circles/{circle.public_id}/{path}").status_code == 303
        assert log_in(stranger).get(f"/circles/{circle.public_id}/{path}").status_code == 403


def test_an_organizer_founds_and_edits(session: Session, database: Database, log_in: LogIn, organizer: Account) -> None:
    make_provider(session, name="锚定大学")
    session.commit()
    client = log_in(organizer)
    made = client.post("/circles/new", data={"name": "新圈", "services": "一\n二\n一\n"})
    assert made.status_code == 303
    with database.read() as reading:
        circle = reading.scalars(select(Circle).where(Circle.name == "新圈")).one()
    assert circle.services == ["一", "二"]
    address = f"/circles/{circle.public_id}/edit"
    assert "新圈" in client.get(address).get_data(as_text=True)
    wrong = client.post(address, data={"revision": "1", "name": "新圈", "anchor": "没有的单位"})
    assert wrong.status_code == 422
    assert "没有的单位" in wrong.get_data(as_text=True)
    right = client.post(address, data={"revision": "1", "name": "新圈二", "anchor": "锚定大学"})
    assert right.status_code == 303
    stale = client.post(address, data={"revision": "1", "name": "旧稿"})
    assert stale.status_code == 422
    with database.read() as reading:
        circle = reading.scalars(select(Circle)).one()
    assert (circle.name, circle.revision) == ("新圈二", 2)
    assert client.post("/circles/new", data={"name": "新圈二"}).status_code == 422


def test_members_join_and_leave_once(session: Session, database: Database, log_in: LogIn, organizer: Account) -> None:
    circle, org = make_circle(session), make_org(session, name="某公司")
    session.commit()
    client, address = log_in(organizer), f"/circles/{circle.public_id}/members"
    assert client.get(address).status_code == 200
    today = date.today().isoformat()
    assert client.post(address, data={"organisation": "某公司", "since": today}).status_code == 303
    assert client.post(address, data={"organisation": "某公司", "since": today}).status_code == 422
    with database.read() as reading:
        member = reading.scalars(select(CircleMember)).one()
    assert member.organisation_id == org.id
    leave = f"{address}/{member.id}/leave"
    assert client.get(leave).status_code == 200
    assert client.post(leave, data={"until": "2020-01-01"}).status_code == 422
    assert client.post(leave, data={"until": today}).status_code == 303
    assert client.post(f"{address}/999/leave", data={"until": today}).status_code == 404
    with database.read() as reading:
        actions = reading.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "circle")).all()
    assert actions == ["circle.join", "circle.leave"]


def test_english(app: Flask, session: Session, client: FlaskClient) -> None:
    make_circle(session)
    session.commit()
    client.set_cookie("language", "en")
    assert "Innovation ecosystem circles" in client.get("/circles").get_data(as_text=True)
