"""Pages of the call for projects: from the call to the announced selection, and what nobody else may see of it."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from models.actions import scoring, selection
from models.base import Database, utcnow
from models.enums import ApplicationState, Decision, Outcome, RecordState
from models.queries.agenda_drafts import working_plan
from models.tables import (
    Account,
    Event,
    Job,
    Membership,
    Organisation,
    Person,
    ProjectApplication,
    ScoreSheet,
)
from tests.factories import make_achievement, make_org
from tests.models.selection_cases import Contest, applied, assigned, close, given, make_contest, said
from tests.web.booking_site import cost, in_english
from tests.web.reading import page, rendered_mails, text_of
from web.excel import workbook

Enter = Callable[[Any], FlaskClient]


@pytest.fixture
def contest(database: Database) -> Contest:
    return make_contest(database)


@pytest.fixture
def enter(database: Database, log_in: Callable[[Account], FlaskClient]) -> Enter:
    """A client of an actor of the contest, in English."""

    def enter(actor: Any) -> FlaskClient:
        with database.read() as session:
            return in_english(log_in(session.get_one(Account, actor.account_id)))

    return enter


def event_of(database: Database, contest: Contest) -> str:
    with database.read() as session:
        return f"/events/{session.get_one(Event, contest.event_id).public_id}"


def person_of(database: Database, person_id: int | None) -> str:
    with database.read() as session:
        return session.get_one(Person, person_id).public_id


def form_of(database: Database, contest: Contest, number: int = 0, **values: str) -> dict[str, str]:
    return {
        "presenter": person_of(database, contest.providers[number].person),
        "presenter_title": "教授",
        "minutes": "8",
        "demo_needs": "需要三相电",
        "ip_disclosed": "y",
        "not_secret": "y",
        "act": "submit",
        **values,
    }


def newest(database: Database) -> ProjectApplication:
    with database.read() as session:
        return session.scalars(select(ProjectApplication).order_by(ProjectApplication.id.desc()).limit(1)).one()


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


# --- the call ---------------------------------------------------------------------------------------------------------


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


# --- applying ---------------------------------------------------------------------------------------------------------


def apply_address(database: Database, contest: Contest, number: int = 0) -> str:
    from models.tables import Achievement

    with database.read() as session:
        one = session.get_one(Achievement, contest.providers[number].achievement_id).public_id
    return f"{event_of(database, contest)}/call/apply?achievement={one}"


def test_a_late_one_is_refused_with_the_deadline_and_kept(database: Database, contest: Contest, enter: Enter) -> None:
    provider = enter(contest.providers[0].manager)
    address = apply_address(database, contest)
    with database.write() as session:
        close(session, contest)
    shown = text_of(provider.post(address, data=form_of(database, contest, demo_needs="需要一台吊车")), 422)
    assert "The call closed at" in shown
    assert "需要一台吊车" in shown
    assert "takes no applications any more" in page(provider, address.partition("?")[0])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"presenter": ""}, "Please say who presents."),
        ({"minutes": ""}, "Please say how many minutes you need."),
        ({"minutes": "400"}, "Please choose 1 to 60 minutes."),
        ({"minutes": "acht"}, "Please type a whole number."),
        ({"ip_disclosed": ""}, "Without this confirmation"),
        ({"not_secret": ""}, "Without this confirmation"),
        ({"demo_needs": "长" * 501}, "Please shorten this"),
    ],
)
def test_what_is_missing_is_said_and_kept(
    database: Database, contest: Contest, enter: Enter, values: dict[str, str], sentence: str
) -> None:
    form = form_of(database, contest, presenter_title="特聘教授", **values)
    for name in [name for name, value in values.items() if not value]:
        del form[name]
    shown = text_of(enter(contest.providers[0].manager).post(apply_address(database, contest), data=form), 422)
    assert "特聘教授" in shown
    assert sentence in shown


def test_a_draft_is_finished_later_with_the_calls_questions(database: Database, enter: Enter) -> None:
    contest = make_contest(database, questions=["是否需要保密展位？"])
    provider = enter(contest.providers[0].manager)
    address = apply_address(database, contest)
    assert "是否需要保密展位？" in page(provider, address)
    draft = form_of(database, contest, act="draft", minutes="", answer_0="需要一间小屋")
    assert provider.post(address, data=draft).status_code == 303
    one = newest(database)
    assert one.state is ApplicationState.DRAFT
    assert "Not submitted yet" in page(provider, "/desk")
    assert "需要一间小屋" in page(provider, f"/applications/{one.public_id}/edit")
    assert provider.get(address).headers["Location"].endswith(f"/applications/{one.public_id}")
    done = form_of(database, contest, answer_0="不需要", revision=str(one.revision))
    assert provider.post(f"/applications/{one.public_id}/edit", data=done).status_code == 303
    assert "不需要" in page(provider, f"/applications/{one.public_id}")
    assert "Roadshow applications" in page(provider, "/applications")
    assert provider.post(f"/applications/{one.public_id}/withdraw").status_code == 303
    assert "Withdrawn" in page(provider, "/applications")


def test_nobody_applies_with_what_is_not_theirs(database: Database, contest: Contest, enter: Enter) -> None:
    other = enter(contest.providers[1].manager)
    address = apply_address(database, contest, 0)
    assert "With which achievement" in page(other, address)
    assert other.post(address, data=form_of(database, contest)).status_code == 200
    with database.read() as session:
        assert session.scalars(select(ProjectApplication)).all() == []


# --- what others may see ----------------------------------------------------------------------------------------------


def test_only_owner_organizer_and_scorers_read_an_application(
    database: Database, contest: Contest, enter: Enter, client: FlaskClient
) -> None:
    with database.write() as session:
        sheets = assigned(session, contest)
        one = session.get_one(ProjectApplication, sheets[0].application_id)
        draft = applied_draft(session, contest)
    address = f"/applications/{one.public_id}"
    assert "需要投影" in page(enter(contest.providers[0].manager), address)
    assert "需要投影" in page(enter(contest.organizer), address)
    assert "需要投影" in page(enter(contest.scorers[0]), address)
    assert enter(contest.providers[1].manager).get(address).status_code == 404
    assert client.get(address).status_code == 303
    assert enter(contest.organizer).get(f"/applications/{draft.public_id}").status_code == 404
    for kind in ("edit", "scores", "decide"):
        assert enter(contest.scorers[0]).get(f"{address}/{kind}").status_code == 403


def applied_draft(session: Any, contest: Contest) -> ProjectApplication:
    own = session.get_one(Organisation, contest.providers[0].organisation_id)
    one = ProjectApplication(
        call_id=contest.call_id, achievement_id=make_achievement(session, own).id, organisation_id=own.id
    )
    session.add(one)
    session.flush()
    return one


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


def test_applicants_see_their_result_and_never_scores(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        worst, best, _middle = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        worst.reason = "请明年再来"
        session.flush()
    loser, address = enter(contest.providers[0].manager), f"/applications/{worst.public_id}"
    before = page(loser, address)
    assert "请明年再来" not in before, "decisions are drafts until they are announced"
    assert "Not selected" not in before
    with database.write() as session:
        selection.announce(session, contest.call(session), by=contest.organizer)
    shown = page(loser, address)
    assert "请明年再来" in shown
    assert "not selected this time" in shown
    assert loser.get(f"{address}/scores").status_code == 403
    assert loser.get(f"/applications/{best.public_id}").status_code == 404
    assert loser.get(f"{event_of(database, contest)}/call/selection").status_code == 403


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


def test_a_score_is_given_back(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        one = given(session, contest, [[5, 5]])[0]
    organizer = enter(contest.organizer)
    back = re.search(r"/scoring/\w+/back", page(organizer, f"/applications/{one.public_id}/scores"))
    assert back is not None
    assert organizer.post(back[0]).status_code == 303
    assert "1 missing" in page(organizer, f"{event_of(database, contest)}/call/selection")


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


# --- files, figures, mails --------------------------------------------------------------------------------------------


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


def test_the_form_of_a_changed_application_is_refused(database: Database, contest: Contest, enter: Enter) -> None:
    from models.actions import applications

    provider = contest.providers[0]
    with database.write() as session:
        one = applied(session, contest)
        old = one.revision
        applications.edit(
            session, one, by=provider.manager, said=said(provider, minutes=5), submit=True, revision=one.revision
        )
    answer = enter(provider.manager).post(
        f"/applications/{one.public_id}/edit", data=form_of(database, contest, revision=str(old))
    )
    assert "Somebody else changed this application" in text_of(answer, 422)


def test_a_call_closed_early_can_still_be_edited(database: Database, contest: Contest, enter: Enter) -> None:
    organizer, address = enter(contest.organizer), event_of(database, contest)
    assert organizer.post(f"{address}/call/close").status_code == 303
    shown = page(organizer, f"{address}/call/edit")
    assert "Close the call now" not in shown
    fields = dict(re.findall(r'name="(closes_at|revision)"[^>]*?value="([^"]+)"', shown))
    assert organizer.post(f"{address}/call/edit", data=call_form(**fields, places="7")).status_code == 303
    assert "about 7" in page(organizer, f"{address}/call")


def test_applicants_wait_and_hear_on_their_desk(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        given(session, contest, [[5, 5], [9, 9], [7, 7]])
    provider = enter(contest.providers[0].manager)
    waiting = page(provider, "/desk")
    assert "I wait for" in waiting
    assert "Not selected" not in waiting
    with database.write() as session:
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
    told = page(provider, "/desk")
    assert "Not selected" in told
    assert "I wait for" not in told


def test_the_list_of_scorers_says_who_is_left_out(database: Database, contest: Contest, enter: Enter) -> None:
    with database.write() as session:
        held = session.scalars(select(Membership).where(Membership.person_id == contest.scorers[0].person_id)).one()
        held.organisation_id = contest.providers[0].organisation_id
        session.flush()
        assigned(session, contest)
    shown = page(enter(contest.organizer), f"{event_of(database, contest)}/call/scorers")
    rows = re.findall(r'data-label="(Handed out|Left out because of ties)"><div>(\d+)', shown)
    assert [int(number) for _label, number in rows] == [2, 1, 3, 0]
