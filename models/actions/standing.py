"""What stands outside the versions of a record and acts at once: contact, circles, validity, tighter disclosure."""

from collections.abc import Collection
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, matching
from models.actions.publication import schedule
from models.enums import Disclosure, RecordState, Side
from models.errors import N_, Invalid, NotNow
from models.queries.gaps import owner_names
from models.queries.indexing import effective_disclosure
from models.queries.questions import questions
from models.queries.settings import setting
from models.rules.calendar import DEFAULT_ZONE, months_later, today
from models.rules.naming import names_in
from models.rules.need_completeness import named_in
from models.rules.policy import Actor
from models.tables import Circle, Match, MatchForward, Membership, Need


def look_at(subject: Any) -> str:
    """The audited action of a look at restricted details or files."""
    return "need.look" if isinstance(subject, Need) else "achievement.look"


def set_contact(session: Session, record: Any, *, by: Actor, person_id: int | None) -> None:
    """Name who answers for the owner.

    Raises Invalid (contact) for somebody who is not in the organisation, or whom the texts of a masked need name.
    """
    if person_id == record.contact_id:
        return
    member = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id == record.organisation_id,
        Membership.ended_at.is_(None),
    )
    if person_id is not None and session.scalar(member) is None:
        raise Invalid(N_("Please choose somebody of the organisation."), field="contact")
    if isinstance(record, Need) and record.masked:
        _name_nowhere(session, record, person_id, field="contact")
    record.contact_id = person_id
    _noted(session, f"{record.kind}.contact", record, by, person_id=person_id)


def set_circles(session: Session, record: Any, *, by: Actor, circle_ids: Collection[int]) -> None:
    """Say to which circles it belongs. Raises Invalid (circles) for an unknown circle."""
    wanted = set(circle_ids)
    present = {link.circle_id: link for link in record.circles}
    if wanted == set(present):
        return
    if len(session.scalars(select(Circle.id).where(Circle.id.in_(wanted))).all()) != len(wanted):
        raise Invalid(N_("Please choose among the circles."), field="circles")
    for circle_id in set(present) - wanted:
        record.circles.remove(present[circle_id])
    for circle_id in sorted(wanted - set(present)):
        record.circles.append(record.circle_class(circle_id=circle_id))
    _noted(session, f"{record.kind}.circles", record, by, circles=sorted(wanted))


def set_valid_until(
    session: Session, record: Any, *, by: Actor, valid_until: date | None, zone: tzinfo = DEFAULT_ZONE
) -> None:
    """Choose the last day (none: the usual term from publication on). Raises Invalid (valid_until), NotNow."""
    if valid_until == record.valid_until:
        return
    if record.state not in (RecordState.DRAFT, RecordState.PUBLISHED):
        raise NotNow(N_("Renew it first: %(state)s."), state=record.state.label)
    if valid_until is None and record.state is RecordState.PUBLISHED:
        raise Invalid(N_("Please choose the last day."), field="valid_until")
    months = setting(session, "validity_months")
    if valid_until is not None and not today(zone) < valid_until <= months_later(today(zone), months):
        raise Invalid(
            N_("Please choose a day after today, at most %(months)s months ahead."), field="valid_until", months=months
        )
    record.valid_until = valid_until
    if record.state is RecordState.PUBLISHED:
        schedule(session, record, zone=zone)
    _noted(session, f"{record.kind}.validity", record, by, valid_until=valid_until.isoformat() if valid_until else None)


def tighten(session: Session, record: Any, *, by: Actor, to: Disclosure) -> None:
    """Restrict the details of what is public, at once. A version under way follows, so that it cannot loosen by mistake.

    Raises Invalid (disclosure) where ``to`` is not stricter; loosening needs a new version and its review.
    """
    public = record.public_version
    if public is None:
        raise NotNow(N_("Nothing of it was published yet."))
    present = effective_disclosure(public.disclosure, record.tightened_to)
    if to is present:
        return
    if to.strictness < present.strictness:
        raise Invalid(
            N_("To open the details to more readers, begin a new version; it is reviewed first."), field="disclosure"
        )
    record.tightened_to = to
    version = record.working_version
    if version is not None and version.disclosure.strictness < to.strictness:
        version.disclosure = to
    matching.forget_words(session, record)  # reasons say only what everybody may read
    matching.want(session, record)
    _noted(session, f"{record.kind}.tighten", record, by, disclosure=to.value)


def note_look(session: Session, subject: Any, *, by: Actor) -> None:
    """Leave an audit row for a look at restricted details or a restricted file: one a day per person and item."""
    audit.record_once_a_day(session, look_at(subject), subject, by=by)
    session.flush()


def _noted(session: Session, action: str, record: Any, by: Actor, **detail: object) -> None:
    audit.record(
        session, action, record, by=by, on_behalf_of=by.behalf(record.organisation_id), **detail
    )  # fmt: skip
    session.flush()


def set_masked(session: Session, need: Need, *, by: Actor, masked: bool) -> None:
    """Name the owner to everybody, or only to those whose request it accepted; acts at once.

    Raises Invalid (masked) where the texts that stand on the site name the organisation themselves.
    """
    if need.masked == masked:
        return
    if masked:
        _name_nowhere(session, need, need.contact_id, field="masked")
    need.masked = masked
    matching.want(session, need)
    _noted(session, "need.masked", need, by, masked=masked)


def _name_nowhere(session: Session, need: Need, contact_id: int | None, *, field: str) -> None:
    """Refuse where what everybody reads about a need names its owner or a contact.

    A technology manager's note to a provider is blanked: nobody can edit it.
    """
    names = owner_names(session, need.organisation_id, contact_id)
    if need.public_version is not None and named_in(need.public_version, names):
        raise Invalid(
            N_("The published text names your organisation or its contact. Begin a new version without it."),
            field=field,
        )
    for line in questions(session, need.id):
        if names_in(line.answer, names):
            raise Invalid(
                N_("Your answer to “%(question)s” names your organisation or its contact. Change the answer first."),
                field=field,
                question=line.text,
            )
        if names_in(line.text, names):
            raise Invalid(
                N_(
                    "The public question “%(question)s” names your organisation or its contact. Ask an organizer to hide it first."
                ),
                field=field,
                question=line.text,
            )
    forwards = select(MatchForward).join(Match).where(Match.need_id == need.id, MatchForward.side == Side.PROVIDER)
    for forward in session.scalars(forwards):
        if names_in(forward.note, names):
            forward.note = ""
