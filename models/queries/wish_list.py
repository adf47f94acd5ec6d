"""The wishes of a session as people leaf through them: by what became of them, by name, a page at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import Session

from models.enums import Labelled, Side
from models.errors import N_
from models.queries.meeting_wishes import RANK, Providing, Seeking, booked, waits_for, wishes_of
from models.tables import AchievementVersion, MeetingWish

PAGE = 50


class WishStand(Labelled):
    """What became of a wish to meet."""

    OPEN = "open", N_("Not answered")
    BOTH = "both", N_("Wanted by both")
    DECLINED = "declined", N_("Declined")
    BOOKED = "booked", N_("With a meeting")


@dataclass(frozen=True)
class WishSelection:
    """Which wishes of a session a list shows: those that concern these organisations (None: all)."""

    match_session_id: int
    organisation_ids: Collection[int] | None
    stand: WishStand | None = None
    text: str = ""


@dataclass(frozen=True)
class WishPage:
    """Rows as of ``meeting_wishes.wishes``; ``next_key`` for ``after``, empty at the end; ``counts`` by stand, None: all."""

    rows: Sequence[Any]
    next_key: str
    counts: Mapping[WishStand | None, int]


def wish_page(session: Session, selection: WishSelection, *, after: str = "", limit: int = PAGE) -> WishPage:
    """Two queries, whatever the size; an unknown key shows the first page."""
    statement = _named(selection)
    counting = statement.order_by(None).with_only_columns(
        func.count(), *(func.count().filter(stands(stand)) for stand in WishStand)
    )
    every, *each = session.execute(counting).one()
    statement = _standing(statement, selection.stand)
    if key := _key(after):
        rank, number = key
        statement = statement.where(or_(rank > RANK, and_(rank == RANK, MeetingWish.id > number)))
    rows = session.execute(statement.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    counts = dict(zip(WishStand, each, strict=True))
    return WishPage(rows[:limit], f"{last.rank}-{last.id}" if last else "", {None: every, **counts})


def all_wishes(session: Session, selection: WishSelection) -> Sequence[Any]:
    """Every wish of a selection, for a file."""
    return session.execute(_standing(_named(selection), selection.stand)).all()


def stands(stand: WishStand) -> ColumnElement[bool]:
    """Condition: a wish of which this became."""
    both = and_(MeetingWish.seeker_strength.is_not(None), MeetingWish.provider_strength.is_not(None))
    return {
        WishStand.OPEN: or_(*map(waits_for, Side)),
        WishStand.BOTH: both,
        WishStand.DECLINED: MeetingWish.declined_side.is_not(None),
        WishStand.BOOKED: booked().is_not(None),
    }[stand]


def _named(selection: WishSelection) -> Any:
    statement = wishes_of(selection.match_session_id, organisation_ids=selection.organisation_ids)
    if not selection.text:
        return statement
    names = (Seeking.name, Providing.name, AchievementVersion.title)
    return statement.where(or_(*(name.icontains(selection.text, autoescape=True) for name in names)))


def _standing(statement: Any, stand: WishStand | None) -> Any:
    return statement if stand is None else statement.where(stands(stand))


def _key(text: str) -> tuple[int, int] | None:
    rank, _hyphen, number = text.partition("-")
    if not (rank.isascii() and rank.isdigit() and number.isascii() and number.isdigit()):
        return None
    key = (int(rank[:10]), int(number[:20]))
    return key if max(key) < 2**31 else None
