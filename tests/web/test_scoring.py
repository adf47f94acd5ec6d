"""Pages on which scorers score, and what an organizer sees of that."""

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from models.actions import scoring
from models.base import Database
from models.tables import (
    Membership,
    ScoreSheet,
)
from tests.models.selection_cases import Contest, assigned, given
from tests.web.reading import page, text_of
from tests.web.selection_site import Enter, event_of


def test_others_scores_are_shown_after_ones_own(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        sheets = assigned(session, contest, count=1)
        mine, theirs = sheets
        by = {who.person_id: who for who in contest.scorers}
        scoring.give(session, theirs, by=by[theirs.person_id], points=[9, 9], note="只有给分以后才能看到")
        scorer = by[mine.person_id]
    client = enter(scorer)
    assert "只有给分以后才能看到" not in page(client, f"/scoring/{mine.public_id}")
    assert client.get(f"/scoring/{theirs.public_id}").status_code == 404
    assert client.post(f"/scoring/{mine.public_id}", data={"points_0": "4", "points_1": "4"}).status_code == 303
    shown = page(client, f"/scoring/{mine.public_id}")
    assert "只有给分以后才能看到" in shown
    assert 'name="points_0"' not in shown
    again = client.post(f"/scoring/{mine.public_id}", data={"points_0": "10", "points_1": "10"})
    assert "scored this application already" in text_of(again, 422)


@pytest.mark.parametrize("points", [("", "5"), ("0", "5"), ("11", "5"), ("gut", "5")])
def test_wrong_points_are_said_and_the_rest_kept(
    database: Database, contest: Contest, enter: Enter, points: tuple[str, str]
) -> None:
    with database.write() as session:
        sheet = assigned(session, contest, count=1)[0]
        scorer = next(who for who in contest.scorers if who.person_id == sheet.person_id)
    client = enter(scorer)
    data = {"points_0": points[0], "points_1": points[1], "comment_0": "写了很久的评语"}
    assert "写了很久的评语" in text_of(client.post(f"/scoring/{sheet.public_id}", data=data), 422)
    with database.read() as session:
        assert session.get_one(ScoreSheet, sheet.id).given_at is None


def test_a_declared_conflict_hides_the_application(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        sheet = assigned(session, contest, count=1)[0]
        application = sheet.application.public_id
        scorer = next(who for who in contest.scorers if who.person_id == sheet.person_id)
    client = enter(scorer)
    address = f"/scoring/{sheet.public_id}"
    assert "需要投影" in page(client, address)
    assert client.post(f"{address}/conflict", data={"conflict": ""}).status_code == 422
    assert client.post(f"{address}/conflict", data={"conflict": "与申报人合作发表论文"}).status_code == 303
    assert "需要投影" not in page(client, address)
    assert client.get(f"/applications/{application}").status_code == 404
    refused = client.post(address, data={"points_0": "5", "points_1": "5"})
    assert "declared a conflict of interest" in text_of(refused, 422)
    assert "与申报人合作发表论文" in page(enter(contest.organizer), f"/applications/{application}/scores")


def test_a_score_is_given_back(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        one = given(session, contest, [[5, 5]])[0]
    organizer = enter(contest.organizer)
    back = re.search(r"/scoring/\w+/back", page(organizer, f"/applications/{one.public_id}/scores"))
    assert back is not None
    assert organizer.post(back[0]).status_code == 303
    assert "1 missing" in page(organizer, f"{event_of(database, contest)}/call/selection")


def test_every_score_is_a_row_of_a_file(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        unpublished = given(session, contest, [[5, 6], [9, 8]])[0].achievement
        unpublished.working_version_id, unpublished.public_version_id = unpublished.public_version_id, None
    organizer, address = enter(contest.organizer), f"{event_of(database, contest)}/call/scores.xlsx"
    assert address in page(organizer, f"{event_of(database, contest)}/call/selection")
    sheet = load_workbook(io.BytesIO(organizer.get(address).data)).active
    _head, *rows = sheet.iter_rows(values_only=True)
    assert {row[3:5] for row in rows} == {(5, 6), (9, 8)}
    assert all(row[0] for row in rows), "each row names its project"
    assert len({row[2] for row in rows}) == len(rows) // 2, "each scorer a row of each application"
    assert enter(contest.providers[0].manager).get(address).status_code == 403


def test_the_list_of_scorers_says_who_is_left_out(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        held = session.scalars(select(Membership).where(Membership.person_id == contest.scorers[0].person_id)).one()
        held.organisation_id = contest.providers[0].organisation_id
        session.flush()
        assigned(session, contest)
    shown = page(enter(contest.organizer), f"{event_of(database, contest)}/call/scorers")
    rows = re.findall(r'data-label="(Handed out|Left out because of ties)"><div>(\d+)', shown)
    assert [int(number) for _label, number in rows] == [2, 1, 3, 0]
