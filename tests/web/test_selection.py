"""Pages of the selection: from the call to the announced result and the programme, and its files and mails."""

import io
import re

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from models.actions import selection
from models.base import Database, utcnow
from models.enums import Decision, Outcome, RecordState
from models.queries.agenda_drafts import working_plan
from models.tables import (
    Event,
    Job,
    Organisation,
    ProjectApplication,
)
from tests.factories import make_achievement, make_org
from tests.models.selection_cases import Contest, applied, given, make_contest
from tests.web.booking_site import cost
from tests.web.reading import page, rendered_mails, text_of
from tests.web.selection_site import Enter, event_of, form_of, newest, person_of
from web.excel import workbook


def test_from_the_call_to_the_programme(database: Database, app: Flask, enter: Enter) -> None:
    """An organizer calls, a provider applies, scorers score, the organizer decides and announces, the provider confirms."""
    contest = make_contest(database, providers=2, scorers=2)
    organizer, provider = enter(contest.organizer), enter(contest.providers[0].manager)
    address = event_of(database, contest)
    assert f"{address}/call" in page(provider, "/desk")
    assert "Apply with a project" in page(provider, address)
    choose = page(provider, f"{address}/call/apply")
    link = re.search(r"/call/apply\?achievement=\w+", choose)
    assert link is not None
    form = address.replace("/call", "") + link[0]
    assert "Who presents?" in page(provider, form)
    assert provider.post(form, data=form_of(database, contest)).status_code == 303
    mine = newest(database)
    assert "Submitted" in page(provider, f"/applications/{mine.public_id}")
    assert any(
        "Your application is in" in subject or "收到" in subject
        for _to, subject, _text in rendered_mails(app, database)
    )
    with database.write() as session:
        applied(session, contest, 1)
        session.get_one(Event, contest.event_id).rooms = ["一号厅"]

    assert "评委0" in page(organizer, f"{address}/call/scorers?q=评委")
    for scorer in contest.scorers:
        answer = organizer.post(f"{address}/call/scorers", data={"person": person_of(database, scorer.person_id)})
        assert answer.status_code == 303
    assert organizer.post(f"{address}/call/close").status_code == 303
    assert organizer.post(f"{address}/call/scorers/assign").status_code == 303
    for scorer in contest.scorers:
        client = enter(scorer)
        assert "Applications to score: 2" in page(client, "/desk")
        listed = page(client, "/scoring")
        for number, sheet in enumerate(sorted(set(re.findall(r"/scoring/\w+", listed)))):
            assert "1 (poor) to 10 (excellent)" in page(client, sheet)
            answer = client.post(sheet, data={"points_0": str(5 + number), "points_1": "6", "comment_0": "技术扎实"})
            assert answer.status_code == 303, answer.text
    ranking = page(organizer, f"{address}/call/selection")
    assert "2 are undecided" in ranking
    assert organizer.post(f"{address}/call/selection/proposal").status_code == 303
    assert "0 are undecided" in page(organizer, f"{address}/call/selection")
    assert organizer.post(f"{address}/call/selection/announce").status_code == 303
    with database.read() as session:
        chosen = session.scalars(select(ProjectApplication).where(ProjectApplication.outcome == Outcome.SELECTED)).one()
        winner = next(p for p in contest.providers if p.organisation_id == chosen.organisation_id)
        plan = working_plan(session, session.get_one(Event, contest.event_id))
        assert [item.achievement_id for item in plan] == [chosen.achievement_id]
    client = enter(winner.manager)
    assert f"/applications/{chosen.public_id}" in page(client, "/desk")
    assert "Your project is selected" in page(client, f"/applications/{chosen.public_id}")
    assert client.post(f"/applications/{chosen.public_id}/accept").status_code == 303
    with database.read() as session:
        assert session.get_one(ProjectApplication, chosen.id).place is Decision.ACCEPTED
    for receiver, subject, _text in rendered_mails(app, database):
        assert receiver
        assert subject


def test_a_decision_against_the_ranking(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        worst, _best, _middle = given(session, contest, [[5, 5], [9, 9], [7, 7]])
    organizer, address = enter(contest.organizer), f"/applications/{worst.public_id}/decide"
    assert "Not selected" in page(organizer, address)
    data = {"outcome": "selected", "level": "roadshow", "reason": "欢迎"}
    shown = text_of(organizer.post(address, data=data), 422)
    assert "The ranking proposes" in shown
    assert "欢迎" in shown
    assert organizer.post(address, data=data | {"departure": "重点产业"}).status_code == 303
    assert "重点产业" in page(organizer, f"{event_of(database, contest)}/call/selection")


def test_after_the_announcement_the_programme_is_to_be_published(
    database: Database, contest: Contest, enter: Enter
) -> None:
    with database.write() as session:
        given(session, contest, [[5, 5], [9, 9], [7, 7]])
        selection.take_over(session, contest.call(session), by=contest.organizer)
        selection.announce(session, contest.call(session), by=contest.organizer)
    organizer, address = enter(contest.organizer), event_of(database, contest)
    shown = page(organizer, f"{address}/call/selection")
    assert "its changes are to be published" in shown
    assert "differ" not in shown
    assert f'href="{address}/agenda/versions/changes"' in shown


def test_declining_shows_the_organizer_what_to_do(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        _worst, best, _middle = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
    winner, organizer = enter(contest.providers[1].manager), enter(contest.organizer)
    assert winner.post(f"/applications/{best.public_id}/decline").status_code == 303
    assert "Place declined" in page(winner, f"/applications/{best.public_id}")
    assert "Programme and selection differ" in page(organizer, "/desk")
    address = f"{event_of(database, contest)}/call/selection"
    assert "To be put in" in page(organizer, address)
    assert organizer.post(f"{address}/arrange").status_code == 303
    assert "To be put in" not in page(organizer, address)


def test_the_ranking_as_a_spreadsheet(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        applied(session, contest, achievement_id=make_achievement(session, own, state=RecordState.DRAFT).id)
        given(session, contest, [[1, 1], [5, 5], [9, 9]], count=2)
        session.get_one(Organisation, contest.providers[0].organisation_id).name = "=1+1"
    answer = enter(contest.organizer).get(f"{event_of(database, contest)}/call/selection.xlsx")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0][:2]] == ["Rank", "Project"]
    assert [[cell.value for cell in row[5:12]] for row in rows[1:3]] == [[9, 9, 9, 9, 9, 2, 0], [5, 5, 5, 5, 5, 2, 0]]
    assert (rows[2][2].value, rows[2][2].data_type) == ("=1+1", "s")


def test_a_workbook_takes_what_text_there_is(app: Flask) -> None:
    with app.test_request_context():
        answer = workbook("a/b:c", ["甲", "乙"], [["\x01好", utcnow()], [None, 3]])
    sheet = load_workbook(io.BytesIO(b"".join(answer.iter_encoded()))).active
    assert [cell.value for cell in sheet["A"]] == ["甲", "好", None]


def test_lists_cost_the_same_with_one_and_three(database: Database, app: Flask, enter: Enter) -> None:
    costs = []
    for count in (1, 3):
        contest = make_contest(database, scorers=2)
        with database.write() as session:
            first = given(session, contest, [[5, 5]] * count)[0]
        organizer, address = enter(contest.organizer), event_of(database, contest)
        scorer, provider = enter(contest.scorers[0]), enter(contest.providers[0].manager)
        costs.append(
            [
                cost(app, organizer, f"{address}/call/selection"),
                cost(app, organizer, f"{address}/call/scorers?q=申报"),
                cost(app, organizer, f"/applications/{first.public_id}/scores"),
                cost(app, scorer, "/scoring"),
                cost(app, provider, "/applications"),
                cost(app, provider, f"{address}/call"),
            ]
        )
    assert costs[0] == costs[1]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_mails_are_whole_in_both_languages(app: Flask, database: Database, locale: str) -> None:
    from web.mails import render

    contest = make_contest(database)
    with database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        draft = make_achievement(session, own, state=RecordState.DRAFT)
        applied(session, contest, achievement_id=draft.id)
        make_org(session)
        given(session, contest, [[9, 9], [8, 8], [7, 7]], count=2)
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
        payloads = list(session.scalars(select(Job.payload).where(Job.name == "mail").order_by(Job.id)))
    with app.app_context():
        for payload in payloads:
            subject, text, html = render(payload["template"], locale, payload["values"])
            assert subject
            assert "测试路演" in text
            assert "测试路演" in html
    assert {one["template"] for one in payloads} == {
        "application_received", "application_decided", "scorer_invited", "scores_asked",
    }  # fmt: skip
