"""All scores of a call as a file has them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.queries.selection import TITLE, with_titles
from models.tables import (
    Achievement,
    CallScorer,
    Organisation,
    Person,
    ProjectApplication,
    ScoreSheet,
)


def sheets_of(session: Session, call_id: int) -> Sequence[Any]:
    """What was asked for and given, by application and scorer, with names; one query."""
    statement = with_titles(
        select(
            TITLE.label("title"),
            Organisation.name.label("organisation"),
            Person.name.label("scorer"),
            ScoreSheet.points,
            ScoreSheet.note,
            ScoreSheet.given_at,
            ScoreSheet.conflict,
        )
        .join(CallScorer, CallScorer.id == ScoreSheet.scorer_id)
        .join(Person, Person.id == CallScorer.person_id)
        .join(ProjectApplication, ProjectApplication.id == ScoreSheet.application_id)
        .join(Organisation, Organisation.id == ProjectApplication.organisation_id)
        .join(Achievement, Achievement.id == ProjectApplication.achievement_id)
        .where(ProjectApplication.call_id == call_id)
    )
    return list(session.execute(statement.order_by(ProjectApplication.id, ScoreSheet.id)))
