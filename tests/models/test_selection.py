"""From the scores to the announced selection: decided, told, arranged, declined; the desks of everybody concerned."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import applications, scoring, selection
from models.actions.agenda_publication import publish_changes
from models.base import Database
from models.enums import Decision, EventState, Level, Outcome, RecordState, Told
from models.errors import Conflict, Invalid, NotNow
from models.queries import desk
from models.queries import scoring as scoring_queries
from models.queries import selection as selection_queries
from models.queries.agenda_drafts import working_plan
from models.queries.my_data import everything
from models.queries.scoring import people_found
from models.queries.selection import gap, ranking
from models.tables import (
    Achievement,
    Event,
    Organisation,
    ProjectApplication,
    ScoreSheet,
)
from tests.counting import counted
from tests.factories import make_achievement
from tests.models.booking_cases import at_once
from tests.models.selection_cases import (
    Contest,
    applied,
    close,
    given,
    invited,
    mails,
    make_contest,
    said,
)


def arranged(session: Session, contest: Contest) -> list[int | None]:
    """The achievements of the programme as it is being arranged."""
    return [item.achievement_id for item in working_plan(session, contest.call(session).event)]


def publish_programme(session: Session, contest: Contest) -> None:
    show = session.get_one(Event, contest.event_id)
    publish_changes(session, show, by=contest.organizer, revision=show.revision, tell=Told.NOBODY)


def test_from_the_call_to_the_programme(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        first, second, third = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)
        assert [one.row.id for one in ranking(session, call)] == [second.id, third.id, first.id]
        assert selection.take_over(session, call, by=contest.organizer) == 3
        assert not mails(session, "application_decided"), "drafts tell nobody"
        assert selection.announce(session, call, by=contest.organizer) == 1
        assert (second.outcome, second.level, second.place) == (Outcome.SELECTED, Level.ROADSHOW, Decision.PENDING)
        assert (third.outcome, third.rank, first.outcome) == (Outcome.RESERVE, 2, Outcome.NOT_SELECTED)
        assert arranged(session, contest) == [second.achievement_id]
        told = mails(session, "application_decided")
        assert [one["values"]["outcome"] for one in told] == ["selected", "reserve", "not_selected"]
        assert len({one["to"] for one in told}) == 3
        with pytest.raises(NotNow):
            selection.announce(session, call, by=contest.organizer)


def test_declining_moves_up_the_reserve(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        _first, second, third = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
        applications.accept_place(session, second, by=contest.providers[1].manager)
        assert gap(session, call).unpublished
        publish_programme(session, contest)
        assert not gap(session, call)
        assert not [one for one in desk.waiting(session, contest.organizer) if one.kind == "stage"]
        moved = applications.decline_place(session, second, by=contest.providers[1].manager)
        assert moved is third
        assert (third.outcome, third.level, third.place) == (Outcome.SELECTED, Level.ROADSHOW, Decision.PENDING)
        assert mails(session, "application_decided")[-1]["values"]["moved_up"]
        (row,) = [one for one in desk.waiting(session, contest.organizer) if one.kind == "stage"]
        assert row.number == 2, "one to put in, one to take out"
        found = gap(session, call)
        assert [one.id for one in found.missing] == [third.achievement_id]
        assert len(found.surplus) == 1
        assert selection.arrange(session, call, by=contest.organizer) == 1
        assert selection.arrange(session, call, by=contest.organizer) == 0
        with pytest.raises(NotNow):
            applications.accept_place(session, second, by=contest.providers[1].manager)


def test_two_decline_at_once_and_one_reserve_moves_up_once(each_database: Database) -> None:
    contest = make_contest(each_database, providers=3, places=2)
    with each_database.write() as session:
        made = given(session, contest, [[9, 9], [8, 8], [7, 7]])
        ids = [one.id for one in made]
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)

    def decline(number: int) -> int | None:
        with each_database.write() as session:
            one = session.get_one(ProjectApplication, ids[number % 2])
            found = applications.decline_place(session, one, by=contest.providers[number % 2].manager)
            return found.id if found else None

    moved, refused = at_once(4, decline)
    assert sorted(moved, key=str) == [ids[2], None]
    assert {type(one) for one in refused} == {NotNow}


def test_what_the_programme_cannot_hold_is_not_announced(database: Database) -> None:
    """The roadshow is too short for another pitch: nobody is told anything before there is room."""
    contest = make_contest(database)
    with database.write() as session:
        given(session, contest, [[5, 5], [9, 9], [7, 7]])
        show = session.get_one(Event, contest.event_id)
        show.ends_at = show.starts_at + timedelta(minutes=10)
        selection.take_over(session, contest.call(session), by=contest.organizer)
    with pytest.raises(Conflict), database.write() as session:
        selection.announce(session, contest.call(session), by=contest.organizer)
    with database.read() as session:
        assert contest.call(session).announced_at is None
        assert mails(session, "application_decided") == []


def test_a_departure_from_the_ranking_needs_a_reason(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        worst, best, _middle = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)

        def decide(one: ProjectApplication, outcome: Outcome, **values: Any) -> None:
            selection.decide(session, one, by=contest.organizer, outcome=outcome, **{"level": Level.ROADSHOW, **values})

        with pytest.raises(Invalid) as told:
            decide(worst, Outcome.SELECTED)
        assert told.value.field == "departure"
        with pytest.raises(Invalid) as told:
            decide(best, Outcome.SELECTED, level=None)
        assert told.value.field == "level"
        decide(worst, Outcome.SELECTED, departure="本市重点产业")
        with pytest.raises(NotNow):
            selection.announce(session, call, by=contest.organizer)
        selection.take_over(session, call, by=contest.organizer)
        assert selection.announce(session, call, by=contest.organizer) == 2


def test_only_published_ones_are_selected(database: Database) -> None:
    contest = make_contest(database, places=3)
    with database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        draft = make_achievement(session, own, state=RecordState.DRAFT)
        hidden = applied(session, contest, achievement_id=draft.id)
        given(session, contest, [[10, 10], [9, 9], [8, 8]], count=2)
        call = contest.call(session)
        found = {one.row.id: one for one in ranking(session, call)}
        assert (found[hidden.id].standing, found[hidden.id].proposed) == (None, Outcome.NOT_SELECTED)
        with pytest.raises(NotNow):
            selection.decide(
                session, hidden, by=contest.organizer, outcome=Outcome.SELECTED, level=Level.ROADSHOW, departure="好"
            )
        selection.take_over(session, call, by=contest.organizer)
        assert selection.announce(session, call, by=contest.organizer) == 2
        assert [one["values"]["unpublished"] for one in mails(session, "application_decided")] == [False, False, True]


def test_withdrawn_after_the_decision_is_selected_no_more(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        _first, best, _third = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call = contest.call(session)
        selection.take_over(session, call, by=contest.organizer)
        applications.withdraw(session, best, by=contest.providers[1].manager)
        with pytest.raises(NotNow):  # the reserve should be selected now
            selection.announce(session, call, by=contest.organizer)


def test_an_announcement_happens_once(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        given(session, contest, [[5, 5], [9, 9], [7, 7]])
        selection.take_over(session, contest.call(session), by=contest.organizer)

    def announce(number: int) -> int:
        with each_database.write() as session:
            return selection.announce(session, contest.call(session), by=contest.organizer)

    done, refused = at_once(4, announce)
    assert done == [1]
    assert {type(one) for one in refused} == {NotNow}
    with each_database.read() as session:
        assert len(mails(session, "application_decided")) == 3
        assert len(arranged(session, contest)) == 1


def test_a_ranking_costs_the_same_with_one_and_three(database: Database) -> None:
    costs = []
    for count in (1, 3):
        contest = make_contest(database)
        with database.write() as session:
            given(session, contest, [[5, 5]] * count)
            call = contest.call(session)
            with counted(session) as asked:
                ranking(session, call)
            costs.append(len(asked))
    assert costs == [2, 2]


# --- desks ------------------------------------------------------------------------------------------------------------


def test_each_row_of_the_desk_is_for_whom_it_concerns(database: Database) -> None:
    contest = make_contest(database)
    provider, scorer = contest.providers[0].manager, contest.scorers[0]

    def kinds(session: Any, actor: Any) -> list[str]:
        found = [one.kind for one in desk.waiting(session, actor)]
        assert desk.waiting_count(session, actor) == len(found)
        return found

    with database.write() as session:
        assert (kinds(session, provider), kinds(session, scorer)) == (["call"], [])
        draft = applied(session, contest, 0, submit=False)
        assert kinds(session, provider) == ["application"]
        applications.withdraw(session, draft, by=provider)
        assert kinds(session, provider) == []
        applications.edit(
            session, draft, by=provider, said=said(contest.providers[0]), submit=True, revision=draft.revision
        )
        applied(session, contest, 1)
        invited(session, contest)
        call = close(session, contest)
        assert kinds(session, contest.providers[2].manager) == [], "the call has closed"
        scoring.assign(session, call, by=contest.organizer)
        (row,) = desk.waiting(session, scorer)
        assert (row.kind, row.number) == ("score", 2)
        for sheet in session.scalars(select(ScoreSheet)):
            by = contest.scorer_of(sheet)
            scoring.give(session, sheet, by=by, points=[5, 5])
        assert kinds(session, scorer) == []
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
        assert kinds(session, provider) == ["place"]
        applications.accept_place(session, draft, by=provider)
        assert kinds(session, provider) == []


def test_a_merged_organisation_keeps_its_applications(database: Database) -> None:
    from models.actions import merging

    contest = make_contest(database)
    with database.write() as session:
        one = applied(session, contest)
        into = session.get_one(Organisation, contest.providers[1].organisation_id)
        merging.merge(session, one.organisation, into, by=contest.organizer)
        assert one.organisation_id == into.id
        assert session.get_one(Achievement, one.achievement_id).organisation_id == into.id
        assert session.get_one(Event, contest.event_id).state is EventState.PUBLISHED


def test_every_list_on_both_databases(each_database: Database) -> None:
    """What pages and desks ask, where the two databases could differ: one row of each."""
    contest = make_contest(each_database)
    with each_database.write() as session:
        _worst, best, _middle = given(session, contest, [[5, 5], [9, 9], [7, 7]])
        call, provider = contest.call(session), contest.providers[1]
        assert len(desk.awaited(session, provider.manager)) == 1
        selection.take_over(session, call, by=contest.organizer)
        selection.announce(session, call, by=contest.organizer)
        assert [one.kind for one in desk.news(session, provider.manager)] == ["result"]
        assert len(selection_queries.own_applications(session, [provider.organisation_id], call_id=call.id)) == 1
        assert selection_queries.offered(session, [provider.organisation_id], call.id) == []
        assert len(scoring_queries.sheets_of(session, contest.scorers[0].person_id)) == 3
        assert [row.given for row in scoring_queries.scorers(session, call.id)] == [3, 3]
        assert len(scoring_queries.sheets_about(session, best.id)) == 2
        assert len(people_found(session, call.id, "申报人")) == 3
        assert best.scorer_ids == {who.person_id for who in contest.scorers}
        assert everything(session, contest.scorers[0].person_id or 0)["scores"]
        assert everything(session, provider.person)["roadshow_applications"]
