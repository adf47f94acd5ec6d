"""Circles: create and edit one, let organisations join and leave it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.actions import audit
from models.base import new_public_id
from models.errors import N_, Conflict, Invalid, NotNow
from models.rules.policy import Actor
from models.tables import Circle, CircleMember, Organisation


def create(
    session: Session,
    *,
    by: Actor,
    name: str,
    anchor: Organisation | None = None,
    introduction: str = "",
    services: Sequence[str] = (),
) -> Circle:
    """Found a circle. Raises Conflict (name) where one has that name."""
    circle = Circle(
        key=f"c-{new_public_id()}",
        name=name.strip(),
        anchor_id=anchor.id if anchor else None,
        introduction=introduction,
        services=list(services),
    )
    try:
        with session.begin_nested():
            session.add(circle)
    except IntegrityError:
        raise _name_taken() from None
    audit.record(session, "circle.create", circle, by=by, name=circle.name)
    session.flush()
    return circle


def edit(
    session: Session,
    circle: Circle,
    *,
    by: Actor,
    revision: int,
    name: str,
    anchor: Organisation | None,
    introduction: str,
    services: Sequence[str],
) -> None:
    """Change what the circle's page says. Raises Conflict where somebody else was faster or the name is taken."""
    session.refresh(circle, with_for_update=True)
    if circle.revision != revision:
        raise Conflict(N_("Somebody else changed this circle in the meantime. Open it again and compare."))
    before = {"name": circle.name, "anchor_id": circle.anchor_id}
    try:
        with session.begin_nested():
            circle.name, circle.anchor_id = name.strip(), anchor.id if anchor else None
            circle.introduction, circle.services = introduction, list(services)
            circle.revision = revision + 1
    except IntegrityError:
        raise _name_taken() from None
    audit.record(session, "circle.edit", circle, by=by, before=before)
    session.flush()


def join(session: Session, circle: Circle, *, by: Actor, organisation: Organisation, since: date, today: date) -> None:
    """Make an organisation a member. Raises Conflict where it is one, Invalid (since) for a day to come."""
    if since > today:
        raise Invalid(N_("The day must not lie in the future."), field="since")
    session.refresh(circle, with_for_update=True)
    present = select(CircleMember.id).where(
        CircleMember.circle_id == circle.id,
        CircleMember.organisation_id == organisation.id,
        or_(CircleMember.until.is_(None), CircleMember.until > since),
    )
    if session.scalar(present.limit(1)) is not None:
        raise Conflict(
            N_("“%(name)s” is a member of this circle already."), field="organisation", name=organisation.name
        )
    session.add(CircleMember(circle_id=circle.id, organisation_id=organisation.id, since=since))
    audit.record(session, "circle.join", circle, by=by, organisation_id=organisation.id, since=since.isoformat())
    session.flush()


def leave(session: Session, circle: Circle, member: CircleMember, *, by: Actor, until: date, today: date) -> None:
    """End a membership. Raises NotNow where it has ended, Invalid (until) where the day cannot be right."""
    session.refresh(member, with_for_update=True)
    if member.until is not None:
        raise NotNow(N_("This membership has ended already."))
    if until < member.since:
        raise Invalid(N_("The last day must not be before the first."), field="until")
    if until > today:
        raise Invalid(N_("The day must not lie in the future."), field="until")
    member.until = until
    audit.record(
        session, "circle.leave", circle, by=by, organisation_id=member.organisation_id, until=until.isoformat()
    )
    session.flush()


def _name_taken() -> Conflict:
    return Conflict(N_("Another circle has this name."), field="name")
