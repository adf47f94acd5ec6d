"""Links of a roadshow: one person's day, or its door. Whoever holds one needs no account; of its token only a hash is kept.

The token exists in the mail or on the page that shows it once. Mails make theirs when they leave (web/handlers/events.py),
so that no job row holds one.
"""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.base import utcnow
from models.enums import LinkKind
from models.errors import N_, Invalid, NotNow
from models.queries.event_links import may_be_written_to
from models.queries.recipients import recipients
from models.rules.policy import Actor
from models.rules.registration import hash_of
from models.tables import Event, EventLink, Person, Registration


def for_registration(session: Session, registration: Registration, *, by: Actor | None) -> str:
    """A new personal link; returns its token. Earlier ones stay valid: a second mail must not spoil the first."""
    return _issue(session, registration.event_id, LinkKind.DAY, by=by, registration_id=registration.id)


def for_person(session: Session, event: Event, person: Person, *, by: Actor | None) -> str:
    """The same for somebody who speaks or meets and is not registered."""
    return _issue(session, event.id, LinkKind.DAY, by=by, person_id=person.id)


def renew(session: Session, event: Event, holder: Registration | Person, *, by: Actor) -> str:
    """A new personal link in the place of every earlier one; returns its token, to be shown once."""
    revoke_all(session, event, holder, by=by)
    if isinstance(holder, Registration):
        return for_registration(session, holder, by=by)
    return for_person(session, event, holder, by=by)


def send(session: Session, event: Event, holder: Registration | Person, *, by: Actor) -> None:
    """Mail a new personal link in the place of every earlier one. Raises NotNow where there is no address."""
    revoke_all(session, event, holder, by=by)
    if isinstance(holder, Registration):
        if not holder.email:
            raise NotNow(N_("There is no e-mail address. Show the link and pass it on yourself."))
        jobs.add(session, "event_mail", template="day_link", registration_id=holder.id)
    else:
        found = recipients(session, [holder.id]) if may_be_written_to(session, holder) else []
        if not found:
            raise NotNow(N_("There is no e-mail address. Show the link and pass it on yourself."))
        who = found[0]
        jobs.add(session, "event_mail", template="day_link", event_id=event.id, person_id=who.person_id, to=who.email,
                 locale=who.locale)  # fmt: skip
    audit.record(session, "event_link.send", holder, by=by, event_id=event.id)
    session.flush()


def for_door(session: Session, event: Event, *, by: Actor, name: str) -> str:
    """A link that only checks in at this roadshow, for a helper named ``name``; returns its token, to be shown once."""
    name = name.strip()
    if not name:
        raise Invalid(N_("Please say for whom the link is."), field="name")
    if len(name) > 60:
        raise Invalid(N_("Please write at most %(max)s characters."), field="name", max=60)
    return _issue(session, event.id, LinkKind.DOOR, by=by, name=name)


def revoke(session: Session, link: EventLink, *, by: Actor) -> None:
    """The link opens nothing any more. A second time changes nothing."""
    if link.revoked_at is None:
        link.revoked_at = utcnow()
        audit.record(session, "event_link.revoke", link, by=by)
        session.flush()


def revoke_all(session: Session, event: Event, holder: Registration | Person, *, by: Actor) -> int:
    """Revoke every personal link of somebody for a roadshow; returns how many opened something until now."""
    mine = EventLink.registration_id if isinstance(holder, Registration) else EventLink.person_id
    found = session.scalars(
        select(EventLink).where(EventLink.event_id == event.id, mine == holder.id, EventLink.revoked_at.is_(None))
    ).all()
    for link in found:
        revoke(session, link, by=by)
    return len(found)


def _issue(
    session: Session,
    event_id: int,
    kind: LinkKind,
    *,
    by: Actor | None,
    registration_id: int | None = None,
    person_id: int | None = None,
    name: str = "",
) -> str:
    token = secrets.token_urlsafe(32)
    link = EventLink(
        event_id=event_id,
        kind=kind,
        registration_id=registration_id,
        person_id=person_id,
        name=name,
        token_hash=hash_of(token),
        created_by_id=by.person_id if by else None,
    )
    session.add(link)
    audit.record(session, "event_link.create", link, by=by, kind=kind.value)
    session.flush()
    return token
