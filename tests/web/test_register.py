"""The organizer's page of the register."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Database
from models.enums import GrantRole
from models.tables import Account, AuditEntry, Circle, RegisterEntry
from scripts.dictionaries import load
from tests.counting import queries_of
from tests.factories import make_account, make_circle, make_org, make_provider
from tests.models.test_register import make_entry

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def circle(session: Session) -> Circle:
    load(session)
    made = make_circle(session)
    session.commit()
    return made


@pytest.fixture
def organizers(session: Session) -> list[Account]:
    made = [make_account(session, None, GrantRole.ORGANIZER) for _ in range(2)]
    session.commit()
    return made


def arrival(circle: Circle, **values: str) -> dict[str, str]:
    return {
        "kind": "enterprise",
        "circle": str(circle.id),
        "subject": "甲公司",
        "arrived_on": "2026-03-01",
        "evidence": "入园协议1号",
        **values,
    }


def all_entries(database: Database) -> list[RegisterEntry]:
    with database.read() as reading:
        return list(reading.scalars(select(RegisterEntry).order_by(RegisterEntry.id)))


def test_only_organizers_open_it(session: Session, client: FlaskClient, circle: Circle, log_in: LogIn) -> None:
    entry = make_entry(session, circle, "a", "2026-01-01", subject="秘密公司")
    provider = make_account(session, make_provider(session))
    session.commit()
    member = log_in(provider)
    for path in ("", "/new", f"/{entry.public_id}/edit", f"/{entry.public_id}/end"):
        assert client.get(f"/register{path}").status_code == 303
        answer = member.get(f"/register{path}")
        assert answer.status_code in (403, 404)
        assert "秘密公司" not in answer.get_data(as_text=True)
    for path in (f"/{entry.public_id}/check", f"/{entry.public_id}/remove", "/export"):
        assert member.post(f"/register{path}").status_code in (403, 404)


def test_enter_check_end_and_see_the_figure_move(
    client: FlaskClient, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    first, second = (log_in(account) for account in organizers)
    figures = "/circles/figures/{}/enterprise?first=2026-01-01&last=2026-06-30"
    assert first.post("/register/new", data=arrival(circle)).status_code == 303
    assert "甲公司" in client.get(figures.format("arrivals")).get_data(as_text=True)
    [entry] = all_entries(database)
    assert "甲公司" in second.get("/register?unchecked=y").get_data(as_text=True)
    address = f"/register/{entry.public_id}"
    first.post(f"{address}/check", data={"revision": "1"})
    assert all_entries(database)[0].checked_by_id is None
    second.post(f"{address}/check", data={"revision": "1"})
    assert all_entries(database)[0].checked_by_id == organizers[1].person_id
    assert first.get(f"{address}/end").status_code == 200
    ended = first.post(f"{address}/end", data={"revision": "2", "left_on": "2026-05-01", "reason": "租约到期"})
    assert ended.status_code == 303
    assert "甲公司" in client.get(figures.format("departures")).get_data(as_text=True)
    assert "甲公司" in client.get(figures.format("arrivals")).get_data(as_text=True)
    assert "甲公司" not in client.get(figures.format("end")).get_data(as_text=True)


def test_what_was_typed_is_kept_and_the_error_stands_at_its_field(
    circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    client = log_in(organizers[0])
    for values, id_of_field in (
        ({"arrived_on": "2099-01-01"}, "arrived_on"),
        ({"arrived_on": "gestern"}, "arrived_on"),
        ({"left_on": "2026-02-01"}, "left_on"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "长" * 301}, "evidence"),
        ({"organisation": "没有这家"}, "organisation"),
    ):
        answer = client.post("/register/new", data=arrival(circle, note="我写的备注", **values))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "我写的备注" in page
        assert f'id="{id_of_field}-error"' in page, values


def test_a_known_name_is_asked_about(
    session: Session, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    other = make_circle(session)
    make_entry(session, other, "f001", "2025-01-01", subject="甲公司")
    session.commit()
    client = log_in(organizers[0])
    asked = client.post("/register/new", data=arrival(circle))
    assert asked.status_code == 422
    assert 'value="f001"' in asked.get_data(as_text=True)
    assert client.post("/register/new", data=arrival(circle, same_as="f001")).status_code == 303
    assert [entry.subject_key for entry in all_entries(database)] == ["f001", "f001"]


def test_correcting_says_what_changed_and_refuses_a_stale_form(
    session: Session, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    firm = make_org(session, name="乙公司")
    entry = make_entry(session, circle, "a", "2026-03-01", subject="甲公司")
    session.commit()
    client, address = log_in(organizers[0]), f"/register/{entry.public_id}/edit"
    assert "甲公司" in client.get(address).get_data(as_text=True)
    data = arrival(circle, subject="乙公司", organisation="乙公司", revision="1")
    assert client.post(address, data=data).status_code == 303
    assert client.post(address, data=data).status_code == 422
    [corrected] = all_entries(database)
    assert (corrected.subject, corrected.organisation_id, corrected.subject_key) == ("乙公司", firm.id, "a")


def test_removing_needs_a_reason(
    session: Session, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    entry = make_entry(session, circle, "a", "2026-03-01", subject="甲公司")
    session.commit()
    client, address = log_in(organizers[0]), f"/register/{entry.public_id}/remove"
    client.post(address, data={"revision": "1", "reason": " "})
    assert len(all_entries(database)) == 1
    client.post(address, data={"revision": "1", "reason": "重复"})
    assert all_entries(database) == []
    assert client.get(f"/register/{entry.public_id}/edit").status_code == 404


def test_filters_and_pages(
    session: Session, circle: Circle, organizers: list[Account], log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_circle(session)
    make_entry(session, circle, "a", "2026-03-01", subject="甲公司")
    make_entry(session, other, "b", "2026-03-02", subject="乙公司")
    make_entry(session, other, "c", "2025-03-02", "2026-03-03", subject="丙中心", kind="platform")
    session.commit()
    client = log_in(organizers[0])

    def shown(query: str) -> set[str]:
        page = client.get(f"/register?{query}").get_data(as_text=True)
        return {name for name in ("甲公司", "乙公司", "丙中心") if name in page}

    assert shown("") == {"甲公司", "乙公司", "丙中心"}
    assert shown(f"circle={other.public_id}") == {"乙公司", "丙中心"}
    assert shown("kind=platform") == {"丙中心"}
    assert shown("q=公司") == {"甲公司", "乙公司"}
    assert shown("measure=departures&first=2026-01-01&last=2026-06-30") == {"丙中心"}
    assert shown("kind=nonsense&measure=x&after=zz&circle=nobody") == {"甲公司", "乙公司", "丙中心"}


def test_the_export_is_a_safe_table_and_audited(
    session: Session, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    make_entry(session, circle, "a", "2026-03-01", subject="=HYPERLINK(1)")
    make_entry(session, circle, "b", "2026-03-01", subject="乙中心", kind="platform")
    session.commit()
    answer = log_in(organizers[0]).post("/register/export", data={"kind": "enterprise"})
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert answer.mimetype == "text/csv"
    assert len(lines) == 2
    assert "'=HYPERLINK(1)" in lines[1]
    with database.read() as reading:
        logged = reading.scalars(select(AuditEntry).where(AuditEntry.action == "register.export")).one()
    assert (logged.detail["rows"], logged.detail["kind"]) == (1, "enterprise")


def test_the_list_costs_the_same_with_one_and_with_three_rows(
    session: Session, database: Database, circle: Circle, organizers: list[Account], log_in: LogIn
) -> None:
    make_entry(session, circle, "a", "2026-03-01")
    session.commit()
    client = log_in(organizers[0])
    one = queries_of(client, "/register")
    for key in "bc":
        make_entry(session, circle, key, "2026-03-01", entered_by_id=organizers[1].person_id)
    session.commit()
    assert queries_of(client, "/register") == one
