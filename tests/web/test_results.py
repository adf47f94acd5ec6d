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
from models.tables import Account, AuditEntry, Engagement, Registration
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


AMOUNTS = {
    "intended_amount": "CNY 500,000–800,000",  # 20 to 50 and up to 30 ten thousand
    "intended_amount?once=y": "CNY 500,000–800,000",
    "signed_amount": "CNY 800,000",
    "signed_amount?once=y": "CNY 800,000",
}


@pytest.mark.parametrize("name", list(SOURCES))
def test_a_figure_equals_the_rows_it_opens(fair: Fair, organizer: FlaskClient, name: str) -> None:
    shown = page(organizer, address(fair))
    for once, number in zip(("", "?once=y"), fair.wanted[name], strict=True):
        where = address(fair, f"/{name}{once}")
        link = re.search(rf'href="{re.escape(where)}">([^<]+)<', shown)
        assert link is not None
        assert link[1] == AMOUNTS.get(name + once, str(number))
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


def test_how_many_amounts_are_known_and_what_they_are(
    fair: Fair, organizer: FlaskClient, log_in: LogIn, database: Database
) -> None:
    shown = page(organizer, address(fair))
    assert "known for 1 of 2" in shown  # contracts: the other is confidential
    assert "known for 2 of 4" in shown  # intentions
    rows = page(organizer, address(fair, "/signed"))
    for text in ("Technology licence · Patent licence", "CNY 800,000", "Confidential"):
        assert text in rows
    assert "In this city · 北岸区" in page(organizer, address(fair, "/local"))
    intended = page(organizer, address(fair, "/intentions"))
    assert "CNY 200,000–500,000" in intended
    assert "Recorded at the roadshow" in intended
    links = re.findall(r'<a href="(/(?:intentions|requests)/\w+)"', intended)
    assert len(links) == 4
    assert all(organizer.get(link).status_code == 200 for link in links)
    with database.write() as session:
        for one in session.scalars(select(Engagement)):
            one.amount_said = one.amount = None
    shown = page(organizer, address(fair))
    assert "No amount known" in shown
    assert "known for 0 of 2" in shown
    assert "No amount known" in page(organizer, address(fair, "/signed_amount"))
    page(organizer, f"/results?{days(fair)}")


def test_the_figures_as_a_file(fair: Fair, organizer: FlaskClient, database: Database) -> None:
    rows = {row[1]: row for row in sheet_of(organizer, address(fair, ".xlsx"))}
    assert rows["Meetings held"][2:4] == fair.wanted["held"]
    assert rows["Needs collected"][2] == "Not recorded"
    assert rows["Amount of contracts"][2:4] == (1, 1)
    assert rows["Amount of contracts"][6:] == (800_000,) * 4
    assert rows["Intended amount"][6:] == (500_000, 800_000) * 2
    signed = sheet_of(organizer, address(fair, "/signed/rows.xlsx"))
    head = list(signed[0])
    amount, place = head.index("Amount (yuan)"), head.index("Where it is put to use")
    assert sorted((row[amount] or 0, row[place] or "") for row in signed[1:]) == [(0, "In this city"), (800_000, "")]
    intended = sheet_of(organizer, address(fair, "/intended_amount/rows.xlsx"))
    low = list(intended[0]).index("Budget from (yuan)")
    assert sorted(row[low:] for row in intended[1:]) == [(200_000, 500_000), (300_000, 300_000)]
    assert rows["Follow-up rate in per cent"][2] == 67
    sheet_of(organizer, address(fair, "/registered/rows.xlsx"))
    with database.read() as session:
        details = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "event.results_export")).all()
    assert [one["figure"] for one in details] == ["", "signed", "intended_amount", "registered"]
    assert details[3]["rows"] == 8


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
    assert rows[1][head.index("Needs collected")] == "Not recorded"
    amount = head.index("Amount of contracts from (yuan)")
    assert [row[amount] for row in rows[1:]] == [800_000, None, 800_000]
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
