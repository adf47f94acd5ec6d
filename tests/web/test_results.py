"""Results of events on the pages: each number opens exactly its rows, everything as Excel, for organizers only."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from models.base import Database, utcnow
from models.enums import Capacity
from models.queries.result_rows import SOURCES
from models.rules.results import FIGURES
from models.tables import Account, AuditEntry, Registration
from scripts.dictionaries import load
from tests.factories import make_event
from tests.models.result_cases import Fair, make_fair, register
from tests.models.test_results import check
from tests.web.booking_site import cost, in_english
from tests.web.reading import page

LogIn = Callable[[Account], FlaskClient]


@pytest.fixture
def fair(database: Database, app: Flask) -> Fair:
    with database.write() as session:
        made = make_fair(session)
        load(session)
        return made


@pytest.fixture
def organizer(fair: Fair, log_in: LogIn) -> FlaskClient:
    return in_english(log_in(fair.world.organizer))


def address(fair: Fair, rest: str = "") -> str:
    return f"/events/{fair.event.public_id}/results{rest}"


def body_rows(text: str) -> int:
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    return body[1].count("<tr>") if body else 0


def sheet_of(client: FlaskClient, where: str) -> list[tuple[object, ...]]:
    answer = client.get(where)
    assert answer.status_code == 200
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    return list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))


@pytest.mark.parametrize("name", list(SOURCES))
def test_a_figure_equals_the_rows_it_opens(fair: Fair, organizer: FlaskClient, name: str) -> None:
    shown = page(organizer, address(fair))
    for once, number in zip(("", "?once=y"), fair.wanted[name], strict=True):
        where = address(fair, f"/{name}{once}")
        link = re.search(rf'href="{re.escape(where)}">(\d+)<', shown)
        assert link is not None
        assert int(link[1]) == number
        assert body_rows(page(organizer, where)) == number
        file = sheet_of(organizer, address(fair, f"/{name}/rows.xlsx{once}"))
        assert len(file) == number + 1


def test_what_is_not_recorded_is_said_and_no_nought(fair: Fair, organizer: FlaskClient) -> None:
    shown = page(organizer, address(fair))
    missing = [one for one in FIGURES.values() if not one.recorded]
    assert shown.count("Not recorded") == len(missing)
    for one in missing:
        assert one.label in shown
        assert organizer.get(address(fair, f"/{one.name}")).status_code == 404
    assert "67 %" in shown  # two of three engagements were followed up


def test_the_figures_as_a_file(fair: Fair, organizer: FlaskClient, database: Database) -> None:
    rows = {row[1]: row for row in sheet_of(organizer, address(fair, ".xlsx"))}
    assert rows["Meetings held"][2:4] == fair.wanted["held"]
    assert rows["Amount of contracts"][2] == "Not recorded"
    assert rows["Follow-up rate in per cent"][2] == 67
    sheet_of(organizer, address(fair, "/registered/rows.xlsx"))
    with database.read() as session:
        details = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "event.results_export")).all()
    assert [one["figure"] for one in details] == ["", "registered"]
    assert details[1]["rows"] == 8


def test_no_cell_runs_as_a_formula_and_no_contact_data_leaves(
    fair: Fair, organizer: FlaskClient, database: Database
) -> None:
    with database.write() as session:
        session.scalars(select(Registration).limit(1)).one().name = "=HYPERLINK(1)\x07"
    answer = organizer.get(address(fair, "/registered/rows.xlsx"))
    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=HYPERLINK(1)"] == ["s"]
    assert not any("@example.org" in str(cell.value) for cell in cells)
    assert "@example.org" not in page(organizer, address(fair, "/registered"))


def test_only_organizers_read_results(fair: Fair, log_in: LogIn, app: Flask) -> None:
    for where in ("/results", "/results.xlsx", "/results/held", address(fair), address(fair, "/held/rows.xlsx")):
        for name in ("buyer", "dean", "broker"):
            assert log_in(getattr(fair.world, name)).get(where).status_code == 403
        assert app.test_client().get(where).status_code == 303
    assert "/results" not in page(log_in(fair.world.buyer), f"/events/{fair.event.public_id}")


def test_organizers_find_them(fair: Fair, organizer: FlaskClient) -> None:
    assert address(fair) in page(organizer, f"/events/{fair.event.public_id}")
    assert 'href="/results"' in page(organizer, "/desk")


def days(fair: Fair) -> str:
    first = (fair.event.starts_at - timedelta(days=2)).date()
    return f"first={first.isoformat()}&last={(utcnow() + timedelta(days=1)).date().isoformat()}"


def test_a_period_side_by_side_and_in_sum(fair: Fair, organizer: FlaskClient, database: Database) -> None:
    with database.write() as session:
        second = make_event(session, fair.world.achievement, starts_at=fair.event.starts_at)
        register(session, second, 0, capacity=Capacity.SEEKER)
    shown = page(organizer, f"/results?{days(fair)}")
    assert fair.event.title in shown
    assert second.title in shown
    for name, (each, once) in {"pitched": (4, 2), "registered": (9, 8), "held": (2, 1)}.items():
        for query, number in ((days(fair), each), (f"once=y&{days(fair)}", once)):
            listed = page(organizer, f"/results/{name}?{query}")
            assert body_rows(listed) == number
            assert len(sheet_of(organizer, f"/results/{name}/rows.xlsx?{query}")) == number + 1
    rows = sheet_of(organizer, f"/results.xlsx?{days(fair)}")
    assert [row[0] for row in rows] == ["Roadshow", fair.event.title, second.title, "Sum"]
    head = list(rows[0])
    pitched = head.index("Achievements pitched")
    assert [row[pitched] for row in rows[1:]] == [3, 1, 4]
    assert [row[pitched + 1] for row in rows[1:]] == [2, 1, 2]
    assert rows[1][head.index("Intended amount")] == "Not recorded"
    with database.read() as session:
        check(session, fair.scope(second))


def test_an_empty_or_odd_period_says_so(fair: Fair, organizer: FlaskClient) -> None:
    assert "No roadshow began in this period" in page(organizer, "/results?first=2001-01-01&last=2001-02-01")
    assert "Please give both days" in page(organizer, "/results?first=x&last=y")
    assert "must not be before" in page(organizer, "/results/held?first=2026-02-01&last=2026-01-01")
    assert "No row is behind this figure" in page(organizer, "/results/held?first=2001-01-01&last=2001-02-01")
    assert len(sheet_of(organizer, "/results.xlsx?first=2001-01-01&last=2001-02-01")) == 2
    assert organizer.get("/results/nothing").status_code == 404
    assert organizer.get(address(fair, "/held?page=x")).status_code == 200
    assert organizer.get(address(fair, "/held?page=-4")).status_code == 200


def test_pages_cost_the_same_with_one_event_and_three(
    fair: Fair, organizer: FlaskClient, database: Database, app: Flask
) -> None:
    costs = []
    where = (f"/results?{days(fair)}", address(fair), address(fair, "/registered"))
    for _round in range(2):
        costs.append([cost(app, organizer, one) for one in where])
        with database.write() as session:
            for number in range(2):
                added = make_event(session, fair.world.achievement, starts_at=fair.event.starts_at)
                register(session, added, number, capacity=Capacity.SEEKER)
                register(session, fair.event, 200 + 10 * _round + number, capacity=Capacity.SEEKER)
    assert costs[0] == costs[1]
