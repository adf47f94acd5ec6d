"""From the call to the announced selection: who may when, what two at once do, who is told what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import applications, calls, scoring, selection
from models.actions.agenda_publication import publish_changes
from models.base import Database, utcnow
from models.enums import ApplicationState, Decision, EventState, Level, Outcome, RecordState, Told, Verification
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
    AuditEntry,
    Event,
    Membership,
    Organisation,
    Person,
    ProjectApplication,
    ProjectCall,
    ScoreSheet,
)
from tests.factories import make_account, make_achievement, make_event, make_mandate
from tests.models.booking_cases import at_once
from tests.models.selection_cases import (
    CRITERIA,
    Contest,
    applied,
    assigned,
    cancel_event,
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


def test_one_application_for_an_achievement(each_database: Database) -> None:
    contest = make_contest(each_database)

    def enter(number: int) -> int:
        with each_database.write() as session:
            return applied(session, contest).id

    made, refused = at_once(4, enter)
    assert len(made) == 1
    assert {type(one) for one in refused} == {Conflict}
    with each_database.read() as session:
        assert session.scalar(select(func.count(ProjectApplication.id))) == 1
        assert len(mails(session, "application_received")) == 1


def test_the_bound_of_an_organisation_holds_for_two_at_once(each_database: Database) -> None:
    contest = make_contest(each_database, providers=1, most_each=1)
    with each_database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        more = [make_achievement(session, own).id for _number in range(3)]

    def enter(number: int) -> int:
        with each_database.write() as session:
            return applied(session, contest, achievement_id=more[number]).id

    made, refused = at_once(3, enter)
    assert len(made) == 1
    assert {type(one) for one in refused} == {NotNow}


def test_a_late_one_is_refused_with_the_deadline(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        draft = applied(session, contest, 0, submit=False)
        call = close(session, contest)
        with pytest.raises(NotNow) as told:
            applied(session, contest, 1)
        assert told.value.params["closes"] == [call.closes_at]
        with pytest.raises(NotNow):
            applications.edit(
                session, draft, by=contest.providers[0].manager, said=said(contest.providers[0]), submit=True,
                revision=draft.revision,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"presenter_id": None}, "presenter"),
        ({"minutes": None}, "minutes"),
        ({"minutes": 99}, "minutes"),
        ({"ip_disclosed": False}, "ip_disclosed"),
        ({"not_secret": False}, "not_secret"),
    ],
)
def test_what_is_missing_is_said_at_its_field(database: Database, values: dict[str, Any], field: str) -> None:
    contest = make_contest(database)
    with database.write() as session, pytest.raises(Invalid) as told:
        applied(session, contest, **values)
    assert told.value.field == field


def test_a_presenter_of_another_organisation_is_refused(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session, pytest.raises(Invalid) as told:
        applied(session, contest, 0, presenter_id=contest.providers[1].person)
    assert told.value.field == "presenter"


def test_a_draft_may_be_incomplete_and_a_submitted_one_not(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        draft = applied(session, contest, submit=False, presenter_id=None, minutes=None, not_secret=False)
        assert draft.state is ApplicationState.DRAFT
        assert not mails(session, "application_received")
        by, provider = contest.providers[0].manager, contest.providers[0]
        applications.edit(session, draft, by=by, said=said(provider), submit=True, revision=draft.revision)
        assert draft.state is ApplicationState.SUBMITTED
        with pytest.raises(Invalid):
            applications.edit(
                session, draft, by=by, said=said(provider, not_secret=False), submit=False, revision=draft.revision
            )
        with pytest.raises(Conflict):
            applications.edit(session, draft, by=by, said=said(provider), submit=False, revision=0)


def test_the_table_refuses_an_unconfirmed_one(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        one = applied(session, contest).id
    with pytest.raises(IntegrityError, match="confirmed"), each_database.write() as session:
        session.execute(update(ProjectApplication).where(ProjectApplication.id == one).values(not_secret=False))


def test_withdrawn_and_entered_again(database: Database) -> None:
    contest = make_contest(database, most_each=1)
    with database.write() as session:
        provider = contest.providers[0]
        one = applied(session, contest)
        applications.withdraw(session, one, by=provider.manager)
        with pytest.raises(NotNow):
            applications.withdraw(session, one, by=provider.manager)
        with pytest.raises(Conflict):
            applied(session, contest)
        applications.edit(session, one, by=provider.manager, said=said(provider), submit=True, revision=one.revision)
        assert one.state is ApplicationState.SUBMITTED
        assert len(mails(session, "application_received")) == 2


def test_a_broker_acts_for_the_organisation(database: Database) -> None:
    from models.enums import GrantRole
    from models.queries.actors import load_actor
    from tests.factories import make_org

    contest = make_contest(database)
    with database.write() as session:
        own = session.get_one(Organisation, contest.providers[0].organisation_id)
        broker = make_account(session, make_org(session), GrantRole.BROKER)
        manager = session.get_one(Person, contest.providers[0].person)
        given_by = make_account(session, own, name=manager.name)
        make_mandate(session, own, broker, given_by)
        one = applied(session, contest, by=load_actor(session, broker.id))
        behalf = session.scalars(
            select(AuditEntry.on_behalf_of_id).where(AuditEntry.action == "application.submit")
        ).one()
        assert (one.acted_by_id, behalf) == (broker.person_id, own.id)
        with pytest.raises(NotNow):
            applied(session, contest, 1, by=load_actor(session, broker.id))


def test_an_unverified_organisation_saves_a_draft_only(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        session.get_one(Organisation, contest.providers[0].organisation_id).verification = Verification.UNVERIFIED
        applied(session, contest, submit=False)
        one = session.scalars(select(ProjectApplication)).one()
        with pytest.raises(NotNow):
            applications.edit(
                session, one, by=contest.providers[0].manager, said=said(contest.providers[0]), submit=True,
                revision=one.revision,
            )  # fmt: skip


# --- the call ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"closes_at": utcnow() - timedelta(hours=1)}, "closes_at"),
        ({"closes_at": utcnow() + timedelta(days=400)}, "closes_at"),
        ({"scores_due_at": utcnow() + timedelta(hours=1)}, "scores_due_at"),
        ({"scores_due_at": utcnow() + timedelta(days=400)}, "scores_due_at"),
        ({"criteria": []}, "criteria"),
        ({"criteria": [{"name": "技术", "weight": 99}]}, "criteria"),
        ({"criteria": [{"name": "技术", "weight": 50}, {"name": "技术", "weight": 50}]}, "criteria"),
        ({"criteria": [{"name": "技术", "weight": 100}, {"name": "团队", "weight": 0}]}, "criteria"),
        ({"questions": list("abcdef")}, "questions"),
    ],
)
def test_a_call_that_cannot_be(database: Database, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        make_contest(database, **values)
    assert told.value.field == field


def test_one_call_for_a_roadshow(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        second = make_event(session, starts_at=utcnow() + timedelta(days=20)).id

    def open_one(number: int) -> int:
        with each_database.write() as session:
            return calls.open_call(
                session, session.get_one(Event, second), by=contest.organizer, criteria=CRITERIA, places=1,
                closes_at=utcnow() + timedelta(days=1),
            ).id  # fmt: skip

    made, refused = at_once(3, open_one)
    assert len(made) == 1
    assert {type(one) for one in refused} == {Conflict}


def test_criteria_stay_once_somebody_has_scored(database: Database) -> None:
    contest = make_contest(database)

    def edited(session: Any, call: ProjectCall, **values: Any) -> None:
        calls.edit(
            session, call, by=contest.organizer, revision=call.revision,
            **{"closes_at": call.closes_at, "criteria": call.criteria, "places": 2, **values},
        )  # fmt: skip

    with database.write() as session:
        assigned(session, contest)
        call = contest.call(session)
        edited(session, call, criteria=[{"name": "技术和产品", "weight": 50}, {"name": "团队", "weight": 50}])
        sheet = session.scalars(select(ScoreSheet).limit(1)).one()
        by = next(who for who in contest.scorers if who.person_id == sheet.person_id)
        scoring.give(session, sheet, by=by, points=[5, 5])
        edited(session, call, places=3)
        assert call.places == 3
        with pytest.raises(NotNow):
            edited(session, call, criteria=CRITERIA)


def test_answered_questions_stay(database: Database) -> None:
    contest = make_contest(database, questions=["场地？"])
    with database.write() as session:
        call = contest.call(session)
        applied(session, contest, answers=("六平方米",))

        def ask(*questions: str) -> None:
            calls.edit(
                session, call, by=contest.organizer, revision=call.revision, closes_at=call.closes_at,
                criteria=call.criteria, questions=list(questions),
            )  # fmt: skip

        ask("场地？", "用电？")
        with pytest.raises(Invalid) as told:
            ask("用电？", "场地？")
        assert told.value.field == "questions"


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


def test_closing_early_and_a_cancelled_roadshow(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        calls.close(session, contest.call(session), by=contest.organizer)
        with pytest.raises(NotNow):
            calls.close(session, contest.call(session), by=contest.organizer)
        with pytest.raises(NotNow):
            applied(session, contest)
    other = make_contest(database)
    with database.write() as session:
        cancel_event(session, other)
        with pytest.raises(NotNow):
            applied(session, other)


# --- scoring ----------------------------------------------------------------------------------------------------------


def test_nobody_scores_their_own(database: Database) -> None:
    """A former member of one applicant, a present one of another, and one without ties: nothing barred is assigned."""
    contest = make_contest(database, scorers=3)
    with database.write() as session:
        former, present, free = contest.scorers
        session.add(
            Membership(
                person_id=former.person_id,
                organisation_id=contest.providers[0].organisation_id,
                started_at=utcnow() - timedelta(days=900),
                ended_at=utcnow() - timedelta(days=400),
            )
        )
        held = session.scalars(select(Membership).where(Membership.person_id == present.person_id)).one()
        held.organisation_id = contest.providers[1].organisation_id
        session.flush()
        sheets = assigned(session, contest)
        pairs = {(sheet.application.organisation_id, sheet.person_id) for sheet in sheets}
        assert len(pairs) == 7
        assert (contest.providers[0].organisation_id, former.person_id) not in pairs
        assert (contest.providers[1].organisation_id, present.person_id) not in pairs
        assert sum(person == free.person_id for _organisation, person in pairs) == 3


def test_a_conflict_that_arises_later_stops_the_score(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        sheet = assigned(session, contest)[0]
        scorer = next(who for who in contest.scorers if who.person_id == sheet.person_id)
        held = session.scalars(select(Membership).where(Membership.person_id == scorer.person_id)).one()
        held.organisation_id = sheet.application.organisation_id
        session.flush()
        with pytest.raises(NotNow):
            scoring.give(session, sheet, by=scorer, points=[5, 5])
        assert scoring.assign(session, contest.call(session), by=contest.organizer) == 0
        assert session.get(ScoreSheet, sheet.id) is None, "taken away where it is not scored yet"


def test_a_declared_conflict_is_never_scored_nor_assigned_again(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        sheet = assigned(session, contest)[0]
        by = next(who for who in contest.scorers if who.person_id == sheet.person_id)
        with pytest.raises(Invalid):
            scoring.declare_conflict(session, sheet, by=by, text="  ")
        scoring.declare_conflict(session, sheet, by=by, text="合作过")
        with pytest.raises(NotNow):
            scoring.give(session, sheet, by=by, points=[5, 5])
        assert scoring.assign(session, contest.call(session), by=contest.organizer) == 0
        assert sheet.application.scorer_ids == {w.person_id for w in contest.scorers} - {by.person_id}
        key = sheet.id
    with pytest.raises(IntegrityError, match="conflict_or_given"), each_database.write() as session:
        session.execute(update(ScoreSheet).where(ScoreSheet.id == key).values(given_at=utcnow()))


def test_shares_are_even_and_told_once(database: Database) -> None:
    contest = make_contest(database, providers=4, scorers=4, scorers_each=2)
    with database.write() as session:
        sheets = assigned(session, contest)
        load = [sum(sheet.person_id == who.person_id for sheet in sheets) for who in contest.scorers]
        assert load == [2, 2, 2, 2]
        told = mails(session, "scores_asked")
        assert [one["values"]["number"] for one in told] == [2, 2, 2, 2]
        assert scoring.assign(session, contest.call(session), by=contest.organizer) == 0
        assert len(mails(session, "scores_asked")) == 4


def test_a_score_is_given_once(each_database: Database) -> None:
    contest = make_contest(each_database)
    with each_database.write() as session:
        sheet = assigned(session, contest)[0]
        key, person = sheet.id, sheet.person_id
    by = next(who for who in contest.scorers if who.person_id == person)

    def score(number: int) -> None:
        with each_database.write() as session:
            scoring.give(session, session.get_one(ScoreSheet, key), by=by, points=[1 + number, 5])

    done, refused = at_once(4, score)
    assert len(done) == 1
    assert {type(one) for one in refused} == {NotNow}
    with each_database.write() as session:
        sheet = session.get_one(ScoreSheet, key)
        scoring.give_back(session, sheet, by=contest.organizer)
        scoring.give(session, sheet, by=by, points=[10, 10])
        assert sheet.points == [10, 10]


@pytest.mark.parametrize("points", [[5], [5, 11], [0, 5], [5, 5, 5], []])
def test_points_that_cannot_be(database: Database, points: list[int]) -> None:
    contest = make_contest(database)
    with database.write() as session:
        sheet = assigned(session, contest)[0]
        by = next(who for who in contest.scorers if who.person_id == sheet.person_id)
        with pytest.raises(Invalid) as told:
            scoring.give(session, sheet, by=by, points=points)
        assert told.value.field == "points"


def test_scores_are_due(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        sheet = assigned(session, contest)[0]
        call = contest.call(session)
        call.closes_at, call.scores_due_at = utcnow() - timedelta(days=2), utcnow() - timedelta(days=1)
        session.flush()
        by = next(who for who in contest.scorers if who.person_id == sheet.person_id)
        with pytest.raises(NotNow) as told:
            scoring.give(session, sheet, by=by, points=[5, 5])
        assert told.value.params["due"] == [call.scores_due_at]


def test_nobody_scores_before_the_call_has_closed(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        applied(session, contest)
        invited(session, contest)
        with pytest.raises(NotNow):
            scoring.assign(session, contest.call(session), by=contest.organizer)


def test_who_scored_stays(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        sheets = assigned(session, contest)
        by = next(who for who in contest.scorers if who.person_id == sheets[0].person_id)
        scoring.give(session, sheets[0], by=by, points=[5, 5])
        with pytest.raises(NotNow):
            scoring.remove(session, sheets[0].scorer, by=contest.organizer)
        other = next(sheet for sheet in sheets if sheet.scorer_id != sheets[0].scorer_id)
        scoring.remove(session, other.scorer, by=contest.organizer)
        assert session.scalar(select(func.count(ScoreSheet.id))) == 3
        person = session.get_one(Person, by.person_id)
        with pytest.raises(Conflict):
            scoring.invite(session, contest.call(session), person, by=contest.organizer)


def test_people_are_found_by_name_once(database: Database) -> None:
    contest = make_contest(database)
    with database.write() as session:
        assert len(people_found(session, contest.call_id, "评委")) == 2
        invited(session, contest)
        assert people_found(session, contest.call_id, "评委") == []
        assert people_found(session, contest.call_id, "%") == []


# --- decisions --------------------------------------------------------------------------------------------------------


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
        asked: list[str] = []
        with database.write() as session:
            given(session, contest, [[5, 5]] * count)
            call = contest.call(session)
            listener = lambda *call: asked.append(call[2])  # noqa: E731, B023
            event.listen(database.engine, "before_cursor_execute", listener)
            ranking(session, call)
            event.remove(database.engine, "before_cursor_execute", listener)
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
            by = next(who for who in contest.scorers if who.person_id == sheet.person_id)
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
