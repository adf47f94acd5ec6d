"""Pages on which an organizer hands out applications, takes them back, sees who has scored how much, and reminds."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from models.actions import scoring
from models.base import Database, utcnow
from models.tables import CallScorer, Job, ProjectApplication, ScoreSheet
from tests.models.selection_cases import Contest, applied, assigned, close, invited, make_contest
from tests.web.booking_site import cost
from tests.web.reading import page, rendered_mails, text_of
from tests.web.selection_site import Enter, event_of, person_of
from web.jobs import HANDLERS


def scorer_address(database: Database, contest: Contest, number: int = 0) -> str:
    return f"{event_of(database, contest)}/call/scorers/{person_of(database, contest.scorers[number].person_id)}"


def test_by_hand_from_the_scorers_page(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        made = [applied(session, contest, number).public_id for number in range(3)]
        invited(session, contest)
        close(session, contest)
    organizer, address = enter(contest.organizer), scorer_address(database, contest)
    assert address in page(organizer, f"{event_of(database, contest)}/call/scorers")
    assert "Hand out more" in page(organizer, address)
    answer = organizer.post(f"{address}/applications", data={"application": made[:2]})
    assert answer.status_code == 303
    assert "2 applications are handed out." in page(organizer, address)
    assert 'value="' + made[2] in page(organizer, address)
    with database.read() as session:
        sheet = session.scalars(select(ScoreSheet).order_by(ScoreSheet.id).limit(1)).one()
    client = enter(contest.scorers[0])
    assert f"/scoring/{sheet.public_id}" in page(client, "/scoring")
    assert client.post(f"/scoring/{sheet.public_id}/take-back").status_code == 403
    assert organizer.post(f"/scoring/{sheet.public_id}/take-back").status_code == 303
    assert "taken back" in page(organizer, address)
    assert f"/scoring/{sheet.public_id}" not in page(client, "/scoring")
    assert client.get(f"/scoring/{sheet.public_id}").status_code == 404
    assert client.get(f"/applications/{made[0]}").status_code == 404
    again = organizer.post(f"{address}/applications", data={"application": made[1]}, follow_redirects=True)
    assert "has this application already" in text_of(again)
    nothing = organizer.post(f"{address}/applications", follow_redirects=True)
    assert "Please tick the applications to hand out." in text_of(nothing)


def test_by_hand_from_the_page_of_scores(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        one = applied(session, contest)
        invited(session, contest)
        close(session, contest)
    organizer, address = enter(contest.organizer), f"/applications/{one.public_id}/scores"
    assert "Hand out to 评委0" in page(organizer, address)
    answer = organizer.post(
        f"{scorer_address(database, contest)}/applications",
        data={"application": one.public_id},
        headers={"Referer": f"http://localhost{address}"},
    )
    assert answer.headers["Location"].endswith(address)
    shown = page(organizer, address)
    assert "Hand out to 评委0" not in shown
    assert "Hand out to 评委1" in shown
    assert "Recall" in shown


def test_who_has_ties_is_named_and_cannot_be_chosen(
    database: Database,
    contest: Contest,
    enter: Enter,
) -> None:
    with database.write() as session:
        one = applied(session, contest)
        invited(session, contest)
        close(session, contest)
        session.get_one(ProjectApplication, one.id).acted_by_id = contest.scorers[0].person_id
    organizer, address = enter(contest.organizer), scorer_address(database, contest)
    shown = page(organizer, address)
    assert "评委0 entered the application." in shown
    assert 'name="application"' not in shown
    answer = organizer.post(f"{address}/applications", data={"application": one.public_id}, follow_redirects=True)
    assert "评委0 cannot score this application: 评委0 entered the application." in text_of(answer)


def test_the_overview_and_one_tap(app: Flask, database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        sheets = assigned(session, contest)
        scoring.give(session, sheets[0], by=contest.scorer_of(sheets[0]), points=[5, 5])
        contest.call(session).scores_due_at = utcnow() + timedelta(days=9)
    organizer, address = enter(contest.organizer), f"{event_of(database, contest)}/call/scorers"
    shown = page(organizer, address)
    assert "Still open" in shown
    assert "Remind who has not scored" in shown
    one = person_of(database, sheets[0].person_id)
    assert organizer.post(f"{address}/remind", data={"person": one}).status_code == 303
    shown = page(organizer, address)
    assert "1 scorer is reminded by mail." in shown
    assert "reminded" in shown
    again = organizer.post(f"{address}/remind", data={"person": one}, follow_redirects=True)
    assert "They were reminded within a day already." in text_of(again)
    assert organizer.post(f"{address}/remind").status_code == 303
    assert "1 scorer is reminded by mail." in page(organizer, address)
    assert organizer.post(f"{address}/remind", data={"person": "nobody"}).status_code == 404
    found = [
        subject for _to, subject, _text in rendered_mails(app, database) if "评分" in subject or "scores" in subject
    ]
    assert len(found) >= 2


def test_the_nightly_look_reminds_of_both_deadlines(
    app: Flask,
    database: Database,
    contest: Contest,
) -> None:
    with database.write() as session:
        applied(session, contest, submit=False)
        contest.call(session).closes_at = utcnow() + timedelta(hours=20)
    other = make_contest(database)
    with database.write() as session:
        assigned(session, other)
        other.call(session).scores_due_at = utcnow() + timedelta(hours=20)
    with app.app_context():
        for _time in range(2):
            HANDLERS["remind_of_calls"]({})
            HANDLERS["call_closing"]({"call_id": contest.call_id})
            HANDLERS["scores_due"]({"call_id": other.call_id})
    with database.read() as session:
        sent = [one["template"] for one in session.scalars(select(Job.payload).where(Job.name == "mail"))]
    assert (sent.count("call_closing"), sent.count("scores_due")) == (1, 2)
    assert any("测试路演" in text for _to, _subject, text in rendered_mails(app, database))


def test_pages_cost_the_same_with_more(app: Flask, database: Database, enter: Enter) -> None:
    costs = []
    for number in (1, 3):
        contest = make_contest(database, providers=number)
        with database.write() as session:
            assigned(session, contest)
            one = session.scalars(select(CallScorer).where(CallScorer.call_id == contest.call_id).limit(1)).one()
            application = session.scalars(
                select(ProjectApplication).where(ProjectApplication.call_id == contest.call_id)
            ).first()
            assert application is not None
        organizer = enter(contest.organizer)
        address = f"{event_of(database, contest)}/call/scorers/{person_of(database, one.person_id)}"
        costs.append(
            [
                cost(app, organizer, address),
                cost(app, organizer, f"/applications/{application.public_id}/scores"),
            ]
        )
    assert costs[0] == costs[1]
