"""What people made of some suggestions; all others are found by the run that the first start asks for."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Choice, Side, Unsuitable
from models.tables import Achievement, ContactRequest, Match, MatchDecision, Need
from scripts.sample import Clock, pick, sample_id
from scripts.sample.organisations import managers_of

FIT, LACK = ["field", "industry", "trl"], ["other_industry", "price_unknown"]  # reasons then (enums.ReasonCode)
# need, achievement, score then, number of the request in threads.jsonl that it became
ADOPTED = (
    ("n01", "shale-oil-09", 88, 1),
    ("n05", "polymers-11", 81, 5),
    ("n07", "polymers-04", 72, 7),
    ("n12", "polymers-10", 79, 13),
    ("n16", "farm-machinery-09", 76, 18),
)
# need, achievement, score then, side, reason, sentence
DECLINED = (
    ("n01", "shale-oil-03", 47, Side.SEEKER, Unsuitable.IRRELEVANT, ""),
    ("n02", "shale-oil-08", 44, Side.SEEKER, Unsuitable.IRRELEVANT, ""),
    ("n04", "petrochem-07", 52, Side.SEEKER, Unsuitable.INDICATORS, ""),
    ("n11", "new-energy-05", 63, Side.SEEKER, Unsuitable.TIME, ""),
    ("n12", "environment-09", 41, Side.PROVIDER, Unsuitable.INDUSTRY, ""),
    ("n23", "environment-03", 46, Side.PROVIDER, Unsuitable.OTHER, "今年排不出中试线，明年再谈。"),
)
PUT_OFF = (("n03", "petrochem-10", 58, Side.SEEKER, 30),)  # ..., days


def load(session: Session, clock: Clock) -> int:
    """Insert the decisions, once; returns how many."""
    if session.scalar(select(MatchDecision.id).where(MatchDecision.is_sample).limit(1)) is not None:
        return 0
    managers = managers_of(session)

    def decide(need_key: str, key: str, score: int, side: Side, days: int, **values: Any) -> None:
        why, lack = [*(FIT if score > 60 else FIT[:1]), "words"], [] if score > 60 else LACK
        need = session.scalars(select(Need).where(Need.public_id == sample_id("need", need_key))).one()
        offered = session.scalars(
            select(Achievement).where(Achievement.public_id == sample_id("achievement", key))
        ).one()
        decided = clock.at(-days, "11:00")
        versions = {"need_version_id": need.public_version_id, "achievement_version_id": offered.public_version_id}
        found = decided - timedelta(days=2)
        match = session.scalar(select(Match).where(Match.need_id == need.id, Match.achievement_id == offered.id))
        if match is None:
            match = Match(
                public_id=sample_id("match", f"{need_key}:{key}"), need_id=need.id, achievement_id=offered.id,
                score=score, computed_at=found, fresh_at=found, created_at=found, **versions,
            )  # fmt: skip
        session.add(match)
        session.flush()
        owner = need.organisation_id if side is Side.SEEKER else offered.organisation_id
        session.add(
            MatchDecision(
                match_id=match.id,
                side=side,
                organisation_id=owner,
                person_id=managers[owner],
                score=score,
                created_at=decided,
                is_sample=True,
                reasons=why,
                missing=lack,
                **versions,
                **values,
            )
        )

    for need, key, score, number in ADOPTED:
        request = session.scalars(
            select(ContactRequest).where(ContactRequest.public_id == sample_id("request", str(number)))
        ).one()
        decide(need, key, score, Side.SEEKER, 3 + pick(key, 9), choice=Choice.ACCEPTED, request_id=request.id)
    for need, key, score, side, reason, note in DECLINED:
        decide(need, key, score, side, 2 + pick(key, 9), choice=Choice.DECLINED, reason=reason, note=note)
    for need, key, score, side, days in PUT_OFF:
        until = clock.first.date() + timedelta(days=days)
        decide(need, key, score, side, 1, choice=Choice.PUT_OFF, until=until)
    session.flush()
    return len(ADOPTED) + len(DECLINED) + len(PUT_OFF)
