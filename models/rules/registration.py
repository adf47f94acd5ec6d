"""Rules of coming to a roadshow: when one can register, an organizer's questions, how long an offered seat is held."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from models.enums import LinkKind, QuestionKind
from models.errors import N_, Invalid, NotNow

MOST_QUESTIONS = 10
LONGEST_QUESTION = 120
LONGEST_ANSWER = 200
LONGEST_TEXT = 500  # of accessibility needs and of what somebody looks for
MOST_WISHES = 20
OFFER_HOURS = 24
SHORTEST_OFFER = timedelta(minutes=30)
LAST_OFFER = timedelta(hours=1)  # before the beginning; seats that become free later go to who takes them
# How long after the end of a roadshow its links open something: a day can still be read, a door is shut soon.
LINK_STAYS = {LinkKind.DAY: timedelta(days=14), LinkKind.DOOR: timedelta(hours=12)}
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Question:
    """What an organizer asks of everybody who registers. ``key`` stays while the words change."""

    key: str
    label: str
    kind: QuestionKind
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def field(self) -> str:
        return f"q_{self.key}"

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"choices": list(self.choices)}


def questions_of(stored: Iterable[Mapping[str, Any]]) -> list[Question]:
    """The questions out of their stored form."""
    return [
        Question(one["key"], one["label"], QuestionKind(one["kind"]), tuple(one["choices"]), one["required"])
        for one in stored
    ]


def check_questions(questions: Sequence[Question]) -> None:
    """Raises Invalid where a question cannot be asked like this."""
    if len(questions) > MOST_QUESTIONS:
        raise Invalid(N_("At most %(most)s questions, please."), field="questions", most=MOST_QUESTIONS)
    for number, one in enumerate(questions, start=1):
        if not one.label.strip():
            raise Invalid(N_("Question %(number)s has no words."), field="questions", number=number)
        if one.kind is QuestionKind.CHOICE and len(one.choices) < 2:
            raise Invalid(N_("Question %(number)s needs at least two answers."), field="questions", number=number)
    if len({one.key for one in questions}) != len(questions):
        raise Invalid(N_("A question stands there twice. Please open the form again."), field="questions")


def answers_to(questions: Sequence[Question], given: Mapping[str, str]) -> dict[str, str]:
    """Answers by the key of their question; what was not asked is left out. Raises Invalid at the question's field."""
    answers = {}
    for one in questions:
        answer = (given.get(one.key) or "").strip()
        if not answer:
            if one.required:
                raise Invalid(N_("Please answer this."), field=one.field)
            continue
        allowed = {QuestionKind.CHOICE: one.choices, QuestionKind.YES_NO: (YES, NO)}.get(one.kind)
        if allowed is not None and answer not in allowed:
            raise Invalid(N_("Please choose one of the answers."), field=one.field)
        if len(answer) > LONGEST_ANSWER:
            raise Invalid(N_("Please write at most %(max)s characters."), field=one.field, max=LONGEST_ANSWER)
        answers[one.key] = answer
    return answers


def check_period(opens_at: datetime | None, closes_at: datetime | None, *, now: datetime) -> None:
    """Raises NotNow, naming the time, where registration has not opened or is closed."""
    if opens_at is not None and now < opens_at:
        raise NotNow(N_("Registration opens at %(when)s."), when=[opens_at])
    if closes_at is not None and closes_at <= now:
        raise NotNow(N_("Registration closed at %(when)s."), when=[closes_at])


def too_late_to_offer(now: datetime, begins_at: datetime) -> bool:
    return begins_at - now < LAST_OFFER


def offer_until(now: datetime, begins_at: datetime, hours: int) -> datetime | None:
    """Until when a seat that becomes free now is held for whom it is offered to: the hours of the setting, at most a
    quarter of what is left until the beginning, at least half an hour; None: too late to offer."""
    if too_late_to_offer(now, begins_at):
        return None
    return now + max(SHORTEST_OFFER, min(timedelta(hours=hours), (begins_at - now) / 4))


def hash_of(token: str) -> str:
    """What is stored of a token: tokens are random and long, so that a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
