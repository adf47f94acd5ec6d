"""Pages of an application: handing it in, who reads it, what its owner hears."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.actions import selection
from models.base import Database
from models.enums import ApplicationState
from models.tables import (
    Organisation,
    ProjectApplication,
)
from tests.factories import make_achievement
from tests.models.selection_cases import Contest, applied, assigned, close, given, make_contest, said
from tests.web.reading import page, text_of
from tests.web.selection_site import Enter, apply_address, event_of, form_of, newest


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
