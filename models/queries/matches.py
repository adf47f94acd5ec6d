"""Questions about suggestions: pairs that the reader's organisations may decide on, and what became of them.

A pair has two sides. Each side sees it with its own decision, and of the other side nothing but the card that everybody may see.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from models.enums import Choice, RecordState, Side, Unsuitable
from models.queries import cards as achievement_cards
from models.queries import needs as need_cards
from models.queries.cards import Card
from models.queries.needs import NeedCard
from models.rules.matches import MOST
from models.tables import (
    Achievement,
    ContactRequest,
    Match,
    MatchDecision,
    MatchForward,
    Need,
    Organisation,
    Person,
)

STATES = ("open", "put_off", "decided")
ORDERS = ("best", "newest")
PAGE = 10
Passer = aliased(Person)


@dataclass(frozen=True)
class Suggestion:
    """One pair as one side sees it."""

    public_id: str
    side: Side
    organisation_id: int  # the side's
    organisation_public_id: str
    organisation: str
    other_id: int | None  # the other side's organisation; none where it is named to nobody
    masked: bool  # the need's owner is named to nobody
    need: NeedCard
    achievement: Card
    score: int  # 0-100
    reasons: Sequence[dict[str, Any]]  # rules/scoring.py
    missing: Sequence[dict[str, Any]]
    fresh_at: datetime
    choice: Choice | None  # the present decision, if it is in force
    reason: Unsuitable | None
    until: date | None
    decided_at: datetime | None
    decided_by: str
    request: str  # public id of the contact request that it became
    again: bool  # declined before, and something has changed since
    passed_on_by: str
    passed_on_note: str

    @property
    def own(self) -> NeedCard | Card:
        return self.need if self.side is Side.SEEKER else self.achievement

    @property
    def other(self) -> NeedCard | Card:
        return self.achievement if self.side is Side.SEEKER else self.need


def _own(side: Side) -> Any:
    return Need if side is Side.SEEKER else Achievement


def _of_today(row: Any) -> ColumnElement[bool]:
    """A pair or decision was made on the versions that are public now."""
    return and_(
        row.need_version_id == Need.public_version_id, row.achievement_version_id == Achievement.public_version_id
    )


def _standing(today: date) -> ColumnElement[bool]:
    """The decision holds: taken up, declined on these very versions, or put off to a later day."""
    decision = MatchDecision
    return or_(
        decision.choice == Choice.ACCEPTED,
        and_(decision.choice == Choice.DECLINED, _of_today(decision)),
        and_(decision.choice == Choice.PUT_OFF, decision.until > today),
    )


def _in_touch(side: Side) -> ColumnElement[bool]:
    """A request has been sent about it already, from whichever side and page.

    A masked need stays in the provider's list when its owner asks about the achievement under its own name: that it is
    gone at this moment would tell whose need it is.
    """
    request = ContactRequest
    named = Need.masked.is_(False) if side is Side.PROVIDER else true()
    return exists().where(
        or_(
            and_(request.need_id == Match.need_id, request.sender_id == Achievement.organisation_id),
            and_(
                request.need_id.is_(None),
                request.achievement_id == Match.achievement_id,
                request.sender_id == Need.organisation_id,
                named,
            ),
        )
    )


def _pairs(side: Side, owners: Collection[int], state: str, today: date, record_id: int | None) -> Select[Any]:
    """Pairs of one side in a state of STATES; of open ones the best of each record."""
    own = _own(side)
    flag, key = (
        (Match.for_need, Match.need_id) if side is Side.SEEKER else (Match.for_achievement, Match.achievement_id)
    )
    passed_on = MatchForward.id.is_not(None)  # a person's recommendation stands, whatever a later run finds
    order = (MatchForward.id.is_(None), Match.score.desc(), Match.id)
    place = func.row_number().over(partition_by=key, order_by=order)
    statement = (
        select(
            Match.id.label("match_id"),
            literal(side.value).label("side"),
            Match.score.label("score"),
            Match.fresh_at.label("fresh_at"),
            MatchDecision.created_at.label("decided_at"),
            MatchDecision.until.label("until"),
            MatchForward.id.label("forward_id"),
            (place if state == "open" else literal(1)).label("place"),
        )
        .join(Need, Need.id == Match.need_id)
        .join(Achievement, Achievement.id == Match.achievement_id)
        .outerjoin(
            MatchDecision,
            and_(MatchDecision.match_id == Match.id, MatchDecision.side == side, MatchDecision.ended_at.is_(None)),
        )
        .outerjoin(MatchForward, and_(MatchForward.match_id == Match.id, MatchForward.side == side))
        .where(
            own.organisation_id.in_(owners),
            Need.organisation_id != Achievement.organisation_id,
            Need.state == RecordState.PUBLISHED,
            Achievement.state == RecordState.PUBLISHED,
        )
    )
    if record_id is not None:
        statement = statement.where(own.id == record_id)
    if state == "open":
        return statement.where(
            or_(flag, passed_on), or_(MatchDecision.id.is_(None), ~_standing(today)), ~_in_touch(side)
        )
    if state == "put_off":
        return statement.where(MatchDecision.choice == Choice.PUT_OFF, _standing(today))
    return statement.where(MatchDecision.choice != Choice.PUT_OFF, _standing(today))


def pairs(
    owners: Collection[int],
    *,
    state: str,
    today: date,
    side: Side | None = None,
    record_id: int | None = None,
    passed_on: bool = False,
) -> Subquery:
    """Columns match_id, side, score, fresh_at, decided_at, until, forward_id of what stands in a state for these organisations.

    ``passed_on``: only what a technology manager passed on.
    """
    found_by_side = [_pairs(each, owners, state, today, record_id) for each in ([side] if side else Side)]
    if passed_on:
        found_by_side = [statement.where(MatchForward.id.is_not(None)) for statement in found_by_side]
    found = union_all(*found_by_side).subquery()
    return select(found).where(found.c.place <= MOST).subquery()


def counts(
    session: Session, owners: Collection[int], *, today: date, side: Side | None = None, record_id: int | None = None
) -> dict[str, int]:
    """State of STATES -> how many; one query."""
    if not owners:
        return dict.fromkeys(STATES, 0)
    numbers = [
        select(func.count()).select_from(pairs(owners, state=state, today=today, side=side, record_id=record_id))
        for state in STATES
    ]
    row = session.execute(select(*(number.scalar_subquery() for number in numbers))).one()
    return dict(zip(STATES, row, strict=True))


def listing(
    session: Session,
    owners: Collection[int],
    *,
    today: date,
    state: str = "open",
    side: Side | None = None,
    record_id: int | None = None,
    order: str = "best",
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[Suggestion], bool]:
    """A page of suggestions, and whether more follow; a constant number of queries."""
    if not owners:
        return [], False
    found = pairs(owners, state=state, today=today, side=side, record_id=record_id)
    by: tuple[Any, ...] = (found.c.score.desc(), found.c.match_id)
    if state == "decided":
        by = (found.c.decided_at.desc(), *by)
    elif order == "newest":
        by = (found.c.fresh_at.desc(), *by)
    rows = session.execute(
        select(found.c.match_id, found.c.side).order_by(*by).offset((page - 1) * limit).limit(limit + 1)
    ).all()
    keys = [(row.match_id, Side(row.side)) for row in rows]
    return suggestions(session, keys[:limit], today=today), len(keys) > limit


def suggestions(session: Session, keys: Sequence[tuple[int, Side]], *, today: date) -> list[Suggestion]:
    """The pairs as those sides see them, in that order; what is not published any more is left out."""
    if not keys:
        return []
    rows = session.execute(_details(keys, today)).all()
    found = {(row.Match.id, row.side): row for row in rows}
    needs = {card.id: card for card in need_cards.cards(session, [row.need_public_id for row in rows])}
    achievements = {
        card.id: card for card in achievement_cards.cards(session, [row.achievement_public_id for row in rows])
    }
    return [
        _suggestion(row, needs[row.Match.need_id], achievements[row.Match.achievement_id])
        for key in keys
        if (row := found.get((key[0], key[1].value)))
        and row.Match.need_id in needs
        and row.Match.achievement_id in achievements
    ]


def one(session: Session, match: Match, side: Side, *, today: date) -> Suggestion | None:
    """One pair as one side sees it; none where one of both is not published."""
    found = suggestions(session, [(match.id, side)], today=today)
    return found[0] if found else None


def _details(keys: Sequence[tuple[int, Side]], today: date) -> Any:
    decision, forward = MatchDecision, MatchForward

    def of(side: Side) -> Any:
        own, other = _own(side), Achievement if side is Side.SEEKER else Need
        return (
            select(
                Match.id.label("match_id"),
                literal(side.value).label("side"),
                other.organisation_id.label("other_id"),
                Need.public_id.label("need_public_id"),
                Need.masked,
                Achievement.public_id.label("achievement_public_id"),
                Organisation.id.label("organisation_id"),
                Organisation.public_id.label("organisation_public_id"),
                Organisation.name.label("organisation"),
                decision.id.label("decision_id"),
                _standing(today).label("standing"),
                _of_today(Match).label("of_today"),
                forward.id.label("forward_id"),
            )
            .select_from(Match)
            .join(Need, Need.id == Match.need_id)
            .join(Achievement, Achievement.id == Match.achievement_id)
            .join(Organisation, Organisation.id == own.organisation_id)
            .outerjoin(
                decision, and_(decision.match_id == Match.id, decision.side == side, decision.ended_at.is_(None))
            )
            .outerjoin(forward, and_(forward.match_id == Match.id, forward.side == side))
            .where(Match.id.in_([match_id for match_id, wanted in keys if wanted is side]))
        )

    part = union_all(*(of(side) for side in Side)).subquery()
    return (
        select(
            Match,
            part.c.side,
            part.c.need_public_id,
            part.c.masked,
            part.c.other_id,
            part.c.achievement_public_id,
            part.c.organisation_id,
            part.c.organisation_public_id,
            part.c.organisation,
            part.c.standing,
            part.c.of_today,
            decision.choice,
            decision.reason,
            decision.until,
            decision.created_at.label("decided_at"),
            Person.name.label("decided_by"),
            ContactRequest.public_id.label("request"),
            Passer.name.label("passed_on_by"),
            forward.note.label("passed_on_note"),
        )
        .join(part, part.c.match_id == Match.id)
        .outerjoin(decision, decision.id == part.c.decision_id)
        .outerjoin(Person, Person.id == decision.person_id)
        .outerjoin(ContactRequest, ContactRequest.id == decision.request_id)
        .outerjoin(forward, forward.id == part.c.forward_id)
        .outerjoin(Passer, Passer.id == forward.person_id)
    )


def _suggestion(row: Any, need: NeedCard, achievement: Card) -> Suggestion:
    match, holds = row.Match, bool(row.standing)
    reasons, missing = (match.reasons, match.missing) if row.of_today else ((), ())  # they quote what stood there
    return Suggestion(
        public_id=match.public_id,
        side=Side(row.side),
        organisation_id=row.organisation_id,
        organisation_public_id=row.organisation_public_id,
        organisation=row.organisation,
        other_id=None if row.masked and row.side == Side.PROVIDER.value else row.other_id,
        masked=row.masked,
        need=need,
        achievement=achievement,
        score=match.score,
        reasons=reasons,
        missing=missing,
        fresh_at=match.fresh_at,
        choice=row.choice if holds else None,
        reason=row.reason if holds else None,
        until=row.until if holds else None,
        decided_at=row.decided_at if holds else None,
        decided_by=(row.decided_by or "") if holds else "",
        request=(row.request or "") if holds else "",
        again=row.choice is Choice.DECLINED and not holds,
        passed_on_by=row.passed_on_by or "",
        passed_on_note=row.passed_on_note or "",
    )


def current(session: Session, match: Match, side: Side) -> MatchDecision | None:
    """The present decision of a side, whether it is still in force or not."""
    return session.scalar(
        select(MatchDecision).where(
            MatchDecision.match_id == match.id, MatchDecision.side == side, MatchDecision.ended_at.is_(None)
        )
    )


def partners(session: Session, kind: str, record_id: int) -> Sequence[int]:
    """Ids of the other side's records that stand in a pair with a need or achievement."""
    other, key = (Match.achievement_id, Match.need_id) if kind == "need" else (Match.need_id, Match.achievement_id)
    return session.scalars(select(other).where(key == record_id).order_by(other)).all()


def in_touch(session: Session, match: Match, side: Side) -> bool:
    """Whether a request has been sent about a pair, as far as that side may know."""
    found = (
        select(Match.id).join(Need, Need.id == Match.need_id).join(Achievement, Achievement.id == Match.achievement_id)
    )
    return session.scalar(found.where(Match.id == match.id, _in_touch(side))) is not None


def by_public_id(session: Session, public_id: str) -> Match | None:
    return session.scalar(select(Match).where(Match.public_id == public_id))


def owners(session: Session, ids: Collection[int]) -> Sequence[Any]:
    """(id, public_id, name) of organisations, by name."""
    return session.execute(
        select(Organisation.id, Organisation.public_id, Organisation.name)
        .where(Organisation.id.in_(ids))
        .order_by(Organisation.name)
    ).all()


def own_record(session: Session, public_id: str, owners: Collection[int]) -> tuple[Side, Any] | None:
    """The need or achievement of one of these organisations, and the side it makes them."""
    for side in Side:
        own = _own(side)
        found = session.scalar(select(own).where(own.public_id == public_id, own.organisation_id.in_(owners)))
        if found is not None:
            return side, found
    return None
