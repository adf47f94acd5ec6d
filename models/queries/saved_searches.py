"""Questions about saved searches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.enums import Frequency
from models.tables import Account, SavedSearch, SavedSearchHit

WEEK = timedelta(days=6, hours=12)  # less than seven days: a run that was late must not push the next by a day
LOOKED_AT = 1000  # of what waits; what is left stays for the next time


def mine(session: Session, account_id: int | None) -> Sequence[SavedSearch]:
    """The account's own, newest first."""
    return session.scalars(
        select(SavedSearch).where(SavedSearch.account_id == account_id).order_by(SavedSearch.id.desc())
    ).all()


def number(session: Session, account_id: int | None) -> int:
    return session.scalar(select(func.count(SavedSearch.id)).where(SavedSearch.account_id == account_id)) or 0


def by_public_id(session: Session, public_id: str) -> SavedSearch | None:
    return session.scalar(select(SavedSearch).where(SavedSearch.public_id == public_id))


def reachable() -> ColumnElement[bool]:
    """Whether the account gets mails: confirmed, not suspended (who was deleted is suspended)."""
    return Account.confirmed_at.is_not(None) & Account.suspended_at.is_(None)


def alerting(session: Session, kind: str) -> Sequence[SavedSearch]:
    """Those of a kind whose owners want to be told and can be, by account."""
    return session.scalars(
        select(SavedSearch)
        .join(Account, Account.id == SavedSearch.account_id)
        .where(SavedSearch.kind == kind, SavedSearch.frequency != Frequency.NEVER, reachable())
        .order_by(SavedSearch.account_id, SavedSearch.id)
    ).all()


def due(session: Session, now: datetime) -> Sequence[int]:
    """Ids of those that have something to tell and whose turn it is. A hit told "at once" waits only if that failed."""
    since = func.coalesce(SavedSearch.last_run_at, SavedSearch.created_at)
    return session.scalars(
        select(SavedSearch.id)
        .join(Account, Account.id == SavedSearch.account_id)
        .where(
            SavedSearch.id.in_(_waiting()),
            SavedSearch.frequency.in_((Frequency.IMMEDIATELY, Frequency.DAILY))
            | ((SavedSearch.frequency == Frequency.WEEKLY) & (since <= now - WEEK)),
            reachable(),
        )
        .order_by(SavedSearch.id)
    ).all()


def _waiting() -> Select[int]:
    return select(SavedSearchHit.saved_search_id).where(SavedSearchHit.told_at.is_(None))


def waiting(session: Session, search_id: int) -> Sequence[str]:
    """Public ids of what is found and not told yet, newest first."""
    return session.scalars(
        select(SavedSearchHit.record)
        .where(SavedSearchHit.saved_search_id == search_id, SavedSearchHit.told_at.is_(None))
        .order_by(SavedSearchHit.id.desc())
        .limit(LOOKED_AT)
    ).all()
