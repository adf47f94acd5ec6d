"""The call for a roadshow's projects: what it cannot be, one for each roadshow, what stays once somebody relies on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.actions import calls, scoring
from models.base import Database, utcnow
from models.errors import Conflict, Invalid, NotNow
from models.tables import (
    Event,
    ProjectCall,
    ScoreSheet,
)
from tests.factories import make_event
from tests.models.booking_cases import at_once
from tests.models.selection_cases import (
    CRITERIA,
    applied,
    assigned,
    cancel_event,
    make_contest,
)


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
        by = contest.scorer_of(sheet)
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
