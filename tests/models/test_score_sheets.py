"""Who scores what: nobody their own, shares that are even, each score given once and in time."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from models.actions import scoring
from models.base import Database, utcnow
from models.errors import Conflict, Invalid, NotNow
from models.queries.scoring import people_found
from models.tables import (
    Membership,
    Person,
    ScoreSheet,
)
from tests.models.booking_cases import at_once
from tests.models.selection_cases import (
    applied,
    assigned,
    invited,
    mails,
    make_contest,
    was_with,
)


def test_nobody_scores_their_own(database: Database) -> None:
    """A former member of one applicant, a present one of another, and one without ties: nothing barred is assigned."""
    contest = make_contest(database, scorers=3)
    with database.write() as session:
        former, present, free = contest.scorers
        was_with(session, former.person_id, contest.providers[0])
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
        scorer = contest.scorer_of(sheet)
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
        by = contest.scorer_of(sheet)
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
        key, by = sheet.id, contest.scorer_of(sheet)

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
        by = contest.scorer_of(sheet)
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
        by = contest.scorer_of(sheet)
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
        by = contest.scorer_of(sheets[0])
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
