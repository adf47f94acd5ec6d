"""Who receives in an organisation's own sessions: held while a group is there, told when others change their session."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import jobs
from models.actions.booking_mails import consented
from models.actions.occupancy import Taken, release_sessions, take_for_sessions
from models.actions.places import MEANWHILE
from models.enums import EventState, SessionKind
from models.errors import N_, Conflict
from models.queries.places import name_of, whereabouts
from models.queries.recipients import managers, recipients
from models.rules.calendar import cells
from models.rules.policy import Actor
from models.tables import MatchSession

BUSY = N_("%(name)s is in another meeting on %(when)s. Choose somebody else, or another time.")
ON_STAGE = N_("%(name)s presents at “%(title)s” on %(when)s. Choose somebody else, or another time.")


def owner_behind(match_session: MatchSession, by: Actor) -> int | None:
    """The owner to record beside a technology manager who acts for it; an organizer acts in their own right."""
    return by.behalf(match_session.owner_id) if by.acts_for(match_session.owner_id) else None


def hosts_of(match_session: MatchSession) -> list[int]:
    """Ids of who receives; none in an organizer's session."""
    return [table.host_id for table in match_session.tables if table.host_id is not None]


def hold_hosts(session: Session, found: Collection[MatchSession], *, field: str) -> None:
    """Let who receives a group be nowhere else meanwhile; what these sessions held before is given back.

    Who receives in 1:1 meetings is held by each meeting alone. Raises Conflict (field) naming who is elsewhere, and when.
    """
    groups = [one for one in found if one.kind is SessionKind.GROUP and one.owner_id is not None]
    if not groups:
        return
    release_sessions(session, [one.id for one in groups])
    for one in groups:
        hosts = hosts_of(one)
        elsewhere = whereabouts(session, hosts, one.starts_at, one.ends_at).hindrance(hosts, one.starts_at, one.ends_at)
        if elsewhere is not None:
            values = {"title": elsewhere.title} if elsewhere.title else {}
            name = name_of(session, elsewhere.person_id)
            sentence = ON_STAGE if elsewhere.title else BUSY
            raise Conflict(sentence, field=field, name=name, when=[one.starts_at], **values)
    try:
        take_for_sessions(
            session, [(one.id, host, cells(one.starts_at, one.ends_at)) for one in groups for host in hosts_of(one)]
        )
    except Taken as error:
        raise Conflict(MEANWHILE, field=field) from error


def of_series(session: Session, match_session: MatchSession, state: EventState) -> Sequence[MatchSession]:
    """The session and the later dates of its weekly repetition that are in this state, by time."""
    later = select(MatchSession).where(
        MatchSession.series == match_session.series,
        MatchSession.starts_at > match_session.starts_at,
        MatchSession.state == state,
    )
    if match_session.series is None:
        return [match_session]
    return [match_session, *session.scalars(later.order_by(MatchSession.starts_at))]


def tell_owner(
    session: Session, match_session: MatchSession, what: str, *, by: Actor, reason: str, later: int = 0
) -> None:
    """Tell who receives, and the owner's managers where an organizer did it. ``what``: "cancelled" (with so many ``later``
    dates of the repetition) or "moved"."""
    if match_session.owner_id is None or not match_session.published_once:
        return
    people: set[int | None] = set(hosts_of(match_session))
    if not by.acts_for(match_session.owner_id):
        people |= {one.person_id for one in managers(session, match_session.owner_id)}
    for person in recipients(session, consented(session, {one for one in people if one not in (None, by.person_id)})):
        jobs.add_mail(
            session,
            "own_session_changed",
            to=person.email,
            locale=person.locale,
            name=person.name,
            what=what,
            public_id=match_session.public_id,
            title=match_session.title,
            venue=match_session.venue,
            starts_at=match_session.starts_at.isoformat(),
            ends_at=match_session.ends_at.isoformat(),
            reason=reason,
            later=later,
            actor=by.name,
        )
