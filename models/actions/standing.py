"""What stands outside the versions of an achievement and acts at once: contact, circles, validity, tighter disclosure."""

from collections.abc import Collection
from datetime import date, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit
from models.actions.publication import schedule
from models.enums import Disclosure, RecordState
from models.errors import N_, Invalid, NotNow
from models.queries.indexing import effective_disclosure
from models.queries.settings import setting
from models.rules.calendar import DEFAULT_ZONE, months_later, today
from models.rules.policy import Actor
from models.tables import Achievement, AchievementCircle, Attachment, Circle, Membership

LOOK = "achievement.look"  # at restricted details or files


def set_contact(session: Session, achievement: Achievement, *, by: Actor, person_id: int | None) -> None:
    """Name who answers for the owner. Raises Invalid (contact) for somebody who is not in the organisation."""
    if person_id == achievement.contact_id:
        return
    member = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id == achievement.organisation_id,
        Membership.ended_at.is_(None),
    )
    if person_id is not None and session.scalar(member) is None:
        raise Invalid(N_("Please choose somebody of the organisation."), field="contact")
    achievement.contact_id = person_id
    _noted(session, "achievement.contact", achievement, by, person_id=person_id)


def set_circles(session: Session, achievement: Achievement, *, by: Actor, circle_ids: Collection[int]) -> None:
    """Say to which circles it belongs. Raises Invalid (circles) for an unknown circle."""
    wanted = set(circle_ids)
    present = {link.circle_id: link for link in achievement.circles}
    if wanted == set(present):
        return
    if len(session.scalars(select(Circle.id).where(Circle.id.in_(wanted))).all()) != len(wanted):
        raise Invalid(N_("Please choose among the circles."), field="circles")
    for circle_id in set(present) - wanted:
        achievement.circles.remove(present[circle_id])
    for circle_id in sorted(wanted - set(present)):
        achievement.circles.append(AchievementCircle(circle_id=circle_id))
    _noted(session, "achievement.circles", achievement, by, circles=sorted(wanted))


def set_valid_until(
    session: Session, achievement: Achievement, *, by: Actor, valid_until: date | None, zone: tzinfo = DEFAULT_ZONE
) -> None:
    """Choose the last day (none: the usual term from publication on). Raises Invalid (valid_until), NotNow."""
    if valid_until == achievement.valid_until:
        return
    if achievement.state not in (RecordState.DRAFT, RecordState.PUBLISHED):
        raise NotNow(N_("Renew the achievement first: %(state)s."), state=achievement.state.label)
    if valid_until is None and achievement.state is RecordState.PUBLISHED:
        raise Invalid(N_("Please choose the last day."), field="valid_until")
    months = setting(session, "validity_months")
    if valid_until is not None and not today(zone) < valid_until <= months_later(today(zone), months):
        raise Invalid(
            N_("Please choose a day after today, at most %(months)s months ahead."), field="valid_until", months=months
        )
    achievement.valid_until = valid_until
    if achievement.state is RecordState.PUBLISHED:
        schedule(session, achievement, zone=zone)
    _noted(
        session, "achievement.validity", achievement, by, valid_until=valid_until.isoformat() if valid_until else None
    )


def tighten(session: Session, achievement: Achievement, *, by: Actor, to: Disclosure) -> None:
    """Restrict the details of what is public, at once. A version under way follows, so that it cannot loosen by mistake.

    Raises Invalid (disclosure) where ``to`` is not stricter; loosening needs a new version and its review.
    """
    public = achievement.public_version
    if public is None:
        raise NotNow(N_("Nothing of this achievement was published yet."))
    present = effective_disclosure(public.disclosure, achievement.tightened_to)
    if to is present:
        return
    if to.strictness < present.strictness:
        raise Invalid(
            N_("To open the details to more readers, begin a new version; it is reviewed first."), field="disclosure"
        )
    achievement.tightened_to = to
    version = achievement.working_version
    if version is not None and version.disclosure.strictness < to.strictness:
        version.disclosure = to
    _noted(session, "achievement.tighten", achievement, by, disclosure=to.value)


def note_look(session: Session, subject: Achievement | Attachment, *, by: Actor) -> None:
    """Leave an audit row for a look at restricted details or a restricted file: one a day per person and item."""
    audit.record_once_a_day(session, LOOK, subject, by=by)
    session.flush()


def _noted(session: Session, action: str, achievement: Achievement, by: Actor, **detail: object) -> None:
    audit.record(
        session, action, achievement, by=by, on_behalf_of=by.behalf(achievement.organisation_id), **detail
    )  # fmt: skip
    session.flush()
