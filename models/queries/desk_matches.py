"""Suggestions on a desk: how many are new, and what a technology manager passed on."""

from collections.abc import Iterable

from sqlalchemy import case, func, or_, select

from models.enums import Side
from models.queries.desk_rows import Scope, Statement, row
from models.queries.matches import Passer, pairs
from models.rules.matches import FRESH
from models.tables import Achievement, AchievementVersion, Match, MatchForward, Need, NeedVersion, Organisation


def suggestions(scope: Scope) -> Iterable[Statement]:
    """Who wants no suggestions sees only what a person passed on to their organisation."""
    if scope.acts and scope.suggestions:
        found = pairs(scope.acts, state="open", today=scope.today)
        yield (
            row("suggestions", number=func.count(found.c.match_id))
            .select_from(found)
            .where(
                or_(found.c.fresh_at > scope.now - FRESH, found.c.until > scope.today - FRESH),  # or put off until then
                found.c.forward_id.is_(None),
            )
            .having(func.count(found.c.match_id) > 0)
        )
    if scope.own:
        yield _passed_on(scope)


def _passed_on(scope: Scope) -> Statement:
    found = pairs(scope.own, state="open", today=scope.today, passed_on=True)
    wanted = select(NeedVersion.title).where(NeedVersion.id == Need.public_version_id).scalar_subquery()
    offered = (
        select(AchievementVersion.title).where(AchievementVersion.id == Achievement.public_version_id).scalar_subquery()
    )
    return (
        row(
            "passed_on",
            key=Match.public_id,
            second_key=found.c.side,
            title=case((found.c.side == Side.SEEKER.value, offered), else_=wanted),  # the other side's card
            who=Passer.name,
            mine=Organisation.name,
            mine_id=Organisation.id,
            at=MatchForward.created_at,
        )
        .select_from(found)
        .join(MatchForward, MatchForward.id == found.c.forward_id)
        .join(Match, Match.id == found.c.match_id)
        .join(Need, Need.id == Match.need_id)
        .join(Achievement, Achievement.id == Match.achievement_id)
        .join(Passer, Passer.id == MatchForward.person_id)
        .join(Organisation, Organisation.id == MatchForward.organisation_id)
    )
