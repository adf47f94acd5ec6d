"""Where the tables of a session stand, and which are fixed to a provider."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from models.actions import audit
from models.actions.booking_checks import open_for, session_unchanged
from models.actions.occupancy import lock
from models.actions.places import promote
from models.enums import EventState, SessionKind
from models.errors import N_, Invalid
from models.queries.session_tables import providers_of, taken_by_others
from models.rules.policy import Actor
from models.tables import MatchSession

LONGEST = 80


@dataclass(frozen=True)
class Table:
    """What an organizer says of a table; an empty venue is the session's own place."""

    venue: str = ""
    provider_id: int | None = None


def arrange(
    session: Session,
    match_session: MatchSession,
    *,
    by: Actor,
    tables: Mapping[int, Table],
    revision: int | None = None,
) -> None:
    """Say where tables (by number) stand and whose they are. Meetings that stand keep their table.

    Raises Invalid at a field ("venue_" or "provider_" and the number) where a provider would have tables at two venues,
    is none of this session, or somebody else meets at the table; Conflict for a stale revision.
    """
    lock(session, match_session)
    session_unchanged(match_session, revision)
    if match_session.state is not EventState.DRAFT:
        open_for(match_session, SessionKind.ONE_TO_ONE)
    _check(session, match_session, tables)
    for table in match_session.tables:
        if (said := tables.get(table.number)) is not None:
            table.venue, table.provider_id = said.venue.strip(), said.provider_id
    flag_modified(match_session, "venue")  # a new revision: who opened the page before is told
    audit.record(session, "session.tables", match_session, by=by)
    promote(session, match_session)
    session.flush()


def fix_all(session: Session, match_session: MatchSession, *, by: Actor) -> int:
    """Give each provider with wishes and without a table of its own a free one, those with most wishes first; returns how many."""
    lock(session, match_session)
    open_for(match_session, SessionKind.ONE_TO_ONE)
    fixed = {table.provider_id for table in match_session.tables}
    wanting = [one.id for one in providers_of(session, match_session) if one.id not in fixed and one.wishes]
    sitting = taken_by_others(session, match_session)
    given = 0
    for table in match_session.tables:
        if table.provider_id is not None:
            continue
        # a table at which others meet already stays free
        provider = next((one for one in wanting if not sitting.get(table.number, set()) - {one}), None)
        if provider is not None:
            table.provider_id = provider
            wanting.remove(provider)
            given += 1
    audit.record(session, "session.tables", match_session, by=by, fixed=given)
    promote(session, match_session)
    session.flush()
    return given


def _check(session: Session, match_session: MatchSession, tables: Mapping[int, Table]) -> None:
    known = {one.id for one in providers_of(session, match_session)}
    known |= {table.provider_id for table in match_session.tables if table.provider_id is not None}
    venues: dict[int, set[str]] = defaultdict(set)
    sitting = taken_by_others(session, match_session)
    for number, said in sorted(tables.items()):
        if len(said.venue) > LONGEST:
            raise Invalid(N_("At most %(most)s characters, please."), field=f"venue_{number}", most=LONGEST)
        if said.provider_id is None:
            continue
        if said.provider_id not in known:
            raise Invalid(N_("This provider does not take part."), field=f"provider_{number}")
        venues[said.provider_id].add(said.venue.strip())
        if len(venues[said.provider_id]) > 1:
            raise Invalid(N_("The tables of a provider stand at one venue."), field=f"venue_{number}")
        if sitting.get(number, set()) - {said.provider_id}:
            raise Invalid(
                N_("Somebody else has a meeting at this table. Choose another table, or cancel that meeting first."),
                field=f"provider_{number}",
            )
