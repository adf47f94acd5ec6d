"""Public questions on a need and their answers. Nobody is named: the owner may be masked, the asker is a competitor's eye."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import Question


@dataclass(frozen=True)
class QuestionLine:
    public_id: str
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    hidden: bool
    hidden_reason: str


def questions(session: Session, need_id: int, *, with_hidden: bool = False) -> list[QuestionLine]:
    """Oldest first; hidden ones only for organizers and the owner."""
    statement = (
        select(
            Question.public_id, Question.text, Question.created_at, Question.answer, Question.answered_at,
            Question.hidden_at.is_not(None), Question.hidden_reason,
        )
        .where(Question.need_id == need_id)
        .order_by(Question.id)
        .limit(200)
    )  # fmt: skip
    if not with_hidden:
        statement = statement.where(Question.hidden_at.is_(None))
    return [QuestionLine(*row) for row in session.execute(statement)]


def question(session: Session, need_id: int, public_id: str) -> Question | None:
    """One question of a need, to act on."""
    return session.scalar(select(Question).where(Question.need_id == need_id, Question.public_id == public_id))
