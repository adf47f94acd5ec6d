"""Saved searches: kept, changed, and their new hits told once."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import jobs
from models.base import utcnow
from models.enums import Frequency
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries import cards, needs
from models.queries import saved_searches as queries
from models.rules.policy import Actor
from models.tables import Account, Achievement, Need, SavedSearch, SavedSearchHit

MOST = 50  # of one account
IN_A_MAIL = 20
NAME_LENGTH = 80
CARDS: Mapping[str, Any] = {"achievement": cards.cards, "need": needs.cards}
RECORDS: Mapping[str, type[Any]] = {"achievement": Achievement, "need": Need}


def save(
    session: Session,
    *,
    by: Actor,
    name: str,
    frequency: Frequency,
    kind: str,
    text: str,
    filters: Mapping[str, Sequence[str]],
    sort: str,
    exact: bool,
) -> SavedSearch:
    """Keep a question. What it finds now is noted as known by a job. Raises Invalid (name), NotNow (too many)."""
    if queries.number(session, by.account_id) >= MOST:
        raise NotNow(N_("You keep %(most)s searches already. Delete one that you do not need any more."), most=MOST)
    search = SavedSearch(
        account_id=by.account_id, name=_named(name), frequency=frequency, kind=kind, text=text,
        filters={facet: list(values) for facet, values in filters.items()}, sort=sort, exact=exact,
    )  # fmt: skip
    session.add(search)
    session.flush()
    jobs.add(session, "note_saved_search", saved_search_id=search.id)
    return search


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid(N_("Please give it a name."), field="name")
    return name.strip()[:NAME_LENGTH]


def change(session: Session, search: SavedSearch, *, name: str, frequency: Frequency, revision: int) -> None:
    """Rename it, or tell its hits more or less often. Raises Invalid (name), Conflict for a stale revision."""
    if search.revision != revision:
        raise Conflict(N_("You changed this search on another page in the meantime. Please look at it again."))
    search.name = _named(name)
    _tell_from_now_on(session, search, frequency)
    search.revision += 1
    session.flush()


def unsubscribe(session: Session, search: SavedSearch) -> None:
    """No more mails about it; it stays in the list."""
    _tell_from_now_on(session, search, Frequency.NEVER)
    session.flush()


def _tell_from_now_on(session: Session, search: SavedSearch, frequency: Frequency) -> None:
    """What waits when mails are switched off is never told."""
    if frequency is Frequency.NEVER:
        session.execute(
            update(SavedSearchHit)
            .where(SavedSearchHit.saved_search_id == search.id, SavedSearchHit.told_at.is_(None))
            .values(told_at=utcnow())
            .execution_options(synchronize_session=False)
        )
    search.frequency = frequency


def delete(session: Session, search: SavedSearch) -> None:
    session.execute(
        delete_rows(SavedSearchHit)
        .where(SavedSearchHit.saved_search_id == search.id)
        .execution_options(synchronize_session=False)
    )
    session.delete(search)
    session.flush()


def note_known(session: Session, search: SavedSearch, public_ids: Collection[str]) -> None:
    """Note what a search found when it was saved, so that a later change of it is not told as new."""
    record = RECORDS[search.kind]
    version = record.version_class
    noted = select(SavedSearchHit.record).where(SavedSearchHit.saved_search_id == search.id)
    before = session.scalars(
        select(record.public_id)
        .join(version, version.id == record.public_version_id)
        .where(
            record.public_id.in_(public_ids),
            record.public_id.not_in(noted),
            version.published_at < search.created_at,
        )
    )
    now = utcnow()
    session.add_all(
        SavedSearchHit(saved_search_id=search.id, record=public_id, found_at=now, told_at=now) for public_id in before
    )
    session.flush()


def note_found(session: Session, search_ids: Collection[int], public_id: str) -> None:
    """Note that searches have found a record, and tell of it at once where that is wanted."""
    for search in session.scalars(select(SavedSearch).where(SavedSearch.id.in_(search_ids)).order_by(SavedSearch.id)):
        if search.frequency is not Frequency.NEVER:
            _note(session, search.id, public_id)
        if search.frequency is Frequency.IMMEDIATELY:
            tell(session, search)


def _note(session: Session, search_id: int, public_id: str) -> None:
    """Add a hit; one that is known already is left as it is."""
    try:
        with session.begin_nested():
            session.add(SavedSearchHit(saved_search_id=search_id, record=public_id, found_at=utcnow()))
    except IntegrityError:
        pass


def tell(session: Session, search: SavedSearch) -> int:
    """Enqueue a mail of what a search has found and not told, if anything of it is published; returns how many.

    Cards hold what everybody may see: a masked owner is not in the mail. Which of two runs tells a hit the database decides.
    """
    account = session.get_one(Account, search.account_id)
    search.last_run_at = utcnow()
    published = {card.public_id: card for card in CARDS[search.kind](session, queries.waiting(session, search.id))}
    told = set(
        session.scalars(
            update(SavedSearchHit)
            .where(
                SavedSearchHit.saved_search_id == search.id,
                SavedSearchHit.told_at.is_(None),
                SavedSearchHit.record.in_(published),
            )
            .values(told_at=utcnow())
            .returning(SavedSearchHit.record)
            .execution_options(synchronize_session=False)
        )
    )
    if not told or account.confirmed_at is None or account.suspended_at is not None:
        return 0
    hits = [card for public_id, card in published.items() if public_id in told]
    jobs.add_mail(
        session,
        "saved_search",
        to=account.email,
        locale=account.locale,
        name=search.name,
        kind=search.kind,
        search=search.public_id,
        number=len(hits),
        hits=[{"title": hit.title, "owner": hit.owner, "public_id": hit.public_id} for hit in hits[:IN_A_MAIL]],
    )
    session.flush()
    return len(hits)
