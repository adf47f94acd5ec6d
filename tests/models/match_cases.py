"""A seeker's need and a provider's achievement that the matching has found for each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import matching
from models.base import utcnow
from models.enums import GrantRole, OrgRole, VersionState
from models.queries.actors import load_actor
from models.rules.policy import Actor
from models.tables import Account, Achievement, Match, Need, Organisation
from tests.factories import make_account, make_achievement, make_mandate, make_need, make_provider, make_seeker

TODAY = date(2026, 11, 27)


WORDS = {"code": "words", "values": ["低温", "废液"]}
REGION = {"code": "region", "values": ["秘密地区"]}


@dataclass(frozen=True)
class Pair:
    """As search.matching finds one."""

    need_id: int
    achievement_id: int
    score: int = 70
    reasons: list[dict[str, Any]] = field(default_factory=lambda: [WORDS, {"code": "budget", "values": []}, REGION])
    missing: list[dict[str, Any]] = field(default_factory=lambda: [{"code": "trl_below", "values": ["4", "6"]}])


def matched(session: Session, need: Need, *achievements: Achievement, scores: Iterable[int] = ()) -> list[Match]:
    """Rows as a run of the need makes them."""
    given = list(scores) or [70 - place for place in range(len(achievements))]
    found = [Pair(need.id, one.id, score) for one, score in zip(achievements, given, strict=True)]
    matching.keep(session, "need", need.id, found)
    return [
        session.scalars(select(Match).where(Match.need_id == need.id, Match.achievement_id == one.id)).one()
        for one in achievements
    ]


@dataclass
class Case:
    seeker: Organisation
    provider: Organisation
    need: Need
    achievement: Achievement
    match: Match
    accounts: dict[str, Account]

    def actor(self, session: Session, name: str) -> Actor:
        return load_actor(session, self.accounts[name].id)


def make_case(session: Session, **need: Any) -> Case:
    """One pair; a manager and a member on each side, a technology manager with the mandates of both, organizers."""
    seeker, provider = make_seeker(session, name="北澜示例药业有限公司"), make_provider(session, name="示例大学")
    wanted = make_need(session, seeker, **need)
    offered = make_achievement(session, provider)
    accounts = {
        "seeker": make_account(session, seeker, role=OrgRole.MANAGER, name="需方经理"),
        "seeker_member": make_account(session, seeker, name="需方同事"),
        "provider": make_account(session, provider, role=OrgRole.MANAGER, name="供方经理"),
        "provider_member": make_account(session, provider, name="供方同事"),
        "broker": make_account(session, make_seeker(session), GrantRole.BROKER, name="技术经理人甲"),
        "stranger": make_account(session, make_seeker(session), role=OrgRole.MANAGER, name="局外人"),
        "administrator": make_account(session, None, GrantRole.ADMINISTRATOR, name="管理员"),
    }
    make_mandate(session, seeker, accounts["broker"], accounts["seeker"])
    make_mandate(session, provider, accounts["broker"], accounts["provider"])
    (match,) = matched(session, wanted, offered)
    return Case(seeker, provider, wanted, offered, match, accounts)


def new_version(session: Session, record: Any) -> None:
    """The record gets another public version with the same words."""
    old = record.public_version
    columns = {column.key for column in old.__table__.columns} - {"id", "number", "state", "revision", "published_at"}
    old.state = VersionState.SUPERSEDED
    made = type(old)(
        **{name: getattr(old, name) for name in columns}, number=old.number + 1, state=VersionState.PUBLISHED,
        published_at=utcnow(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    record.public_version = made
    session.flush()
