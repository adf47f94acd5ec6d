"""Wishes to meet in the 1:1 sessions to come, from both sides and the organizer: answered, declined and open ones.

In the first of them some people are away for a while, one enterprise limits its meetings, and two tables stand elsewhere.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import SessionKind, Side, Verification, WishOrigin
from models.tables import Absence, Achievement, MatchSession, MeetingLimit, MeetingWish, Organisation
from scripts.sample import Clock, lines, pick
from scripts.sample.achievements import achievement_ids
from scripts.sample.organisations import managers_of

EACH = 4  # wishes of an enterprise in a session
DECLINED = "changed"  # of the dictionary "stop_reason"
ORIGINS = {4: WishOrigin.PROVIDER, 5: WishOrigin.PROVIDER, 7: WishOrigin.ORGANIZER}


def load(session: Session, clock: Clock) -> int:
    """Insert them where there are none yet; returns how many."""
    if session.scalar(select(MeetingWish.id).where(MeetingWish.is_sample).limit(1)) is not None:
        return 0
    managers = managers_of(session)
    seekers = session.scalars(
        select(Organisation.id)
        .where(Organisation.is_sample, Organisation.is_seeker, Organisation.verification == Verification.VERIFIED)
        .order_by(Organisation.id)
    ).all()
    coming = select(MatchSession).where(
        MatchSession.is_sample,
        MatchSession.kind == SessionKind.ONE_TO_ONE,
        MatchSession.starts_at > clock.first,
        MatchSession.owner_id.is_(None),
    )
    events = {row["key"]: row["event"] for row in lines("sessions.jsonl")}
    ids, made = achievement_ids(session), 0
    for match_session in session.scalars(coming.order_by(MatchSession.id)):
        event = events.get(match_session.key)
        keys = [key for key in ids if (key.startswith(f"{event}-") if event else not key.startswith("others-"))]
        for seeker in seekers:
            if seeker not in managers:
                continue
            names = [f"{match_session.key}:{seeker}:{number}" for number in range(EACH)]
            for key in dict.fromkeys(keys[pick(name, len(keys))] for name in names):
                achievement = session.get_one(Achievement, ids[key])
                if achievement.organisation_id == seeker or achievement.organisation_id not in managers:
                    continue
                chance = pick(f"{match_session.key}:{seeker}:{key}", 60)
                answered, declined = chance % 3 == 0, chance % 10 == 1
                origin = ORIGINS.get(chance % 10, WishOrigin.SEEKER)
                asked = origin is not WishOrigin.SEEKER and not answered
                session.add(
                    MeetingWish(
                        match_session_id=match_session.id,
                        seeker_id=seeker,
                        achievement_id=achievement.id,
                        origin=origin,
                        seeker_strength=None if asked else 1 + chance % 3,
                        seeker_people=[] if asked else [managers[seeker]],
                        provider_strength=(
                            1 + chance % 2 if (answered or origin is WishOrigin.PROVIDER) and not declined else None
                        ),
                        provider_person_id=managers[achievement.organisation_id],
                        declined_reason=DECLINED if declined else None,
                        declined_side=Side.PROVIDER if declined else None,
                        acted_by_id=managers[seeker],
                        created_at=clock.first,
                        is_sample=True,
                    )
                )
                made += 1
        if made and match_session.walking_minutes == 0 and not session.scalar(select(Absence.id).limit(1)):
            _surroundings(
                session, match_session, [managers[seeker] for seeker in seekers if seeker in managers], seekers
            )
    session.flush()
    return made


def _surroundings(session: Session, match_session: MatchSession, people: Sequence[int], seekers: Sequence[int]) -> None:
    """Every third manager is away at the first two slots; the last tables stand in another hall."""
    for person in dict.fromkeys(people[::3]):
        session.add_all(Absence(slot_id=slot.id, person_id=person) for slot in match_session.slots[:2])
    session.add(MeetingLimit(match_session_id=match_session.id, organisation_id=seekers[0], most=3))
    match_session.walking_minutes, match_session.most_of_person = 10, 8
    for table in match_session.tables[-2:]:
        table.venue = "二层洽谈厅"
