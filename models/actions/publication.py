"""Reviewing, publishing, and everything that changes what the public sees of a record of any kind."""

from collections.abc import Collection
from datetime import date, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs, matching
from models.actions.drafting import IN_REVIEW, working
from models.actions.leaving import close_what_hangs
from models.base import utcnow
from models.enums import RecordState, ReturnReason, Verification, VersionState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.gaps import missing
from models.queries.recipients import Recipient, acting, managers
from models.queries.settings import setting
from models.rules.calendar import DEFAULT_ZONE, at_local, months_later, today
from models.rules.policy import Actor
from models.tables import Transition

REMIND_DAYS = 30  # before the last day


def _under_review(record: Any, state: VersionState, revision: int) -> Any:
    version = working(record)
    if version.state is not state:
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=version.state.label,
        )
    if version.revision != revision:
        raise Conflict(N_("The version has changed since you opened it. Please read the present one and decide again."))
    return version


def _by_another(version: Any, by: Actor) -> None:
    if by.person_id in (version.author_id, version.submitted_by_id):
        raise NotNow(N_("You wrote or submitted this version. Another manager has to review it."))


def approve(session: Session, record: Any, *, by: Actor, revision: int) -> None:
    """The organisation's own review lets a version pass to the organizers. Raises NotNow, Conflict."""
    version = _under_review(record, VersionState.ORG_REVIEW, revision)
    _by_another(version, by)
    audit.move(session, version, VersionState.REVIEW, f"{record.kind}.approve", by=by)
    session.flush()


def return_own(session: Session, record: Any, *, by: Actor, revision: int, codes: Collection[str], note: str) -> None:
    """The organisation's own review gives a version back. Raises NotNow, Conflict, Invalid (codes, note)."""
    version = _under_review(record, VersionState.ORG_REVIEW, revision)
    _by_another(version, by)
    _give_back(session, record, version, by=by, codes=codes, note=note)


def send_back(session: Session, record: Any, *, by: Actor, revision: int, codes: Collection[str], note: str) -> None:
    """An organizer gives a version back with reasons; what is public stays. Raises NotNow, Conflict, Invalid."""
    version = _under_review(record, VersionState.REVIEW, revision)
    _give_back(session, record, version, by=by, codes=codes, note=note)


def _give_back(
    session: Session,
    record: Any,
    version: Any,
    *,
    by: Actor,
    codes: Collection[str],
    note: str,
) -> None:
    reasons = [reason for reason in ReturnReason if reason in codes]
    if not reasons:
        raise Invalid(N_("Please choose at least one reason."), field="codes")
    if not note.strip() and ReturnReason.OTHER in reasons:
        raise Invalid(N_("Please say in a sentence what should be changed."), field="note")
    version.return_codes = [reason.value for reason in reasons]
    version.return_reason = note.strip()
    audit.move(session, version, VersionState.RETURNED, f"{record.kind}.return", by=by, reason=note.strip())
    _tell_author(
        session,
        record,
        version,
        "record_returned",
        codes=[r.label for r in reasons],
        note=note.strip(),
        by=by,
    )
    session.flush()


def publish(session: Session, record: Any, *, by: Actor, revision: int, zone: tzinfo = DEFAULT_ZONE) -> None:
    """An organizer makes the reviewed version what the public sees; the one before becomes an earlier version.

    Raises NotNow (not under review, incomplete, owner suspended), Conflict for a stale revision.
    """
    version = _under_review(record, VersionState.REVIEW, revision)
    owner = record.organisation
    if owner.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” cannot publish now: %(state)s."), name=owner.name, state=owner.verification.label)
    if not version.non_classified or missing(session, record, version):
        raise NotNow(N_("Something is still missing, or the pledge was not given. Please return the version."))
    now = utcnow()
    if record.public_version is not None:
        audit.move(session, record.public_version, VersionState.SUPERSEDED, f"{record.kind}.supersede", by=by)
    version.published_at = now
    version.return_codes, version.return_reason = [], ""
    audit.move(session, version, VersionState.PUBLISHED, f"{record.kind}.publish", by=by)
    record.public_version, record.working_version = version, None
    record.tightened_to = None  # the version carries what the owner wants since
    record.published_at = record.published_at or now
    if record.state is not RecordState.PUBLISHED:
        audit.move(session, record, RecordState.PUBLISHED, f"{record.kind}.publish", by=by)
        record.state_reason = ""
    if record.valid_until is None or record.valid_until < today(zone):
        record.valid_until = _fresh_validity(session, zone)
    schedule(session, record, zone=zone)
    matching.want(session, record)
    _tell_author(session, record, version, "record_published", valid_until=record.valid_until.isoformat(), by=by)
    session.flush()


def _fresh_validity(session: Session, zone: tzinfo) -> date:
    return months_later(today(zone), setting(session, "validity_months"))


def schedule(session: Session, record: Any, *, zone: tzinfo = DEFAULT_ZONE) -> None:
    """Enqueue the reminder and the end for the present last day; both re-check when they run."""
    last = record.valid_until
    if last is None:
        return
    if record.id is None:
        session.flush()
    remind_at = at_local(last - timedelta(days=REMIND_DAYS), 9, zone)
    if remind_at > utcnow():
        jobs.add(
            session,
            "record_reminder",
            run_after=remind_at,
            unique_key=f"record_reminder:{record.kind}:{record.id}:{last}",
            **{f"{record.kind}_id": record.id},
            last=last.isoformat(),
        )
    jobs.add(
        session,
        "record_expiry",
        run_after=at_local(last + timedelta(days=1), 0, zone),
        unique_key=f"record_expiry:{record.kind}:{record.id}:{last}",
        **{f"{record.kind}_id": record.id},
    )


def remind(session: Session, record: Any, *, last: date) -> None:
    """Tell the author that the record ends soon; nothing where it was renewed or left meanwhile."""
    version = record.public_version
    if record.state is RecordState.PUBLISHED and record.valid_until == last and version is not None:
        _tell_author(session, record, version, "record_expiring", valid_until=last.isoformat())
        session.flush()


def expire(session: Session, record: Any, *, by: Actor | None = None, zone: tzinfo = DEFAULT_ZONE) -> bool:
    """End a record whose last day is over; returns whether it did. What hangs on it goes on."""
    last = record.valid_until
    if record.state is not RecordState.PUBLISHED or last is None or last >= today(zone):
        return False
    audit.move(session, record, RecordState.EXPIRED, f"{record.kind}.expire", by=by)
    if record.public_version is not None:
        _tell_author(session, record, record.public_version, "record_expired", valid_until=last.isoformat())
    matching.want(session, record)
    session.flush()
    return True


def renew(session: Session, record: Any, *, by: Actor, zone: tzinfo = DEFAULT_ZONE) -> date:
    """Let what was reviewed stand for another term: while published, after it expired, or withdrawn by its owner.

    Returns the new last day. Raises NotNow where nothing was published or an organizer took it down.
    """
    if record.public_version is None:
        raise NotNow(N_("Nothing of it was published yet. Submit it for review."))
    if record.state is RecordState.TAKEN_DOWN:
        raise NotNow(N_("An organizer took this down; only an organizer can restore it."))
    owner = record.organisation
    if owner.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” cannot publish now: %(state)s."), name=owner.name, state=owner.verification.label)
    behalf = by.behalf(record.organisation_id)
    record.valid_until = _fresh_validity(session, zone)
    if record.state is RecordState.PUBLISHED:
        audit.record(session, f"{record.kind}.renew", record, by=by, on_behalf_of=behalf)
    else:
        audit.move(session, record, RecordState.PUBLISHED, f"{record.kind}.renew", by=by, on_behalf_of=behalf)
        record.state_reason = ""
        matching.want(session, record)
    schedule(session, record, zone=zone)
    session.flush()
    return record.valid_until


def withdraw(session: Session, record: Any, *, by: Actor, reason: str) -> None:
    """The owner takes a record off the site; a version under review becomes a draft again.

    What hangs on it is closed with the reason. Raises Invalid (reason), NotNow.
    """
    reason = _reason(reason)
    behalf = by.behalf(record.organisation_id)
    audit.move(
        session, record, RecordState.WITHDRAWN, f"{record.kind}.withdraw", by=by, reason=reason, on_behalf_of=behalf
    )
    record.state_reason = reason
    version = record.working_version
    if version is not None and version.state in IN_REVIEW:
        audit.move(session, version, VersionState.DRAFT, f"{record.kind}.take_back", by=by, on_behalf_of=behalf)
    matching.want(session, record)
    close_what_hangs(session, record, by=by, reason=reason)


def take_down(session: Session, record: Any, *, by: Actor, reason: str) -> None:
    """An organizer takes a record off the site at once, with all versions and files.

    What hangs on it is closed with the reason, the owner is told. Raises Invalid (reason), NotNow.
    """
    reason = _reason(reason)
    audit.move(session, record, RecordState.TAKEN_DOWN, f"{record.kind}.take_down", by=by, reason=reason)
    record.state_reason = reason
    matching.want(session, record)
    close_what_hangs(session, record, by=by, reason=reason)
    version = record.public_version or record.working_version
    if version is not None:
        _tell_author(session, record, version, "record_taken_down", also_managers=True, reason=reason)
    session.flush()


def restore(session: Session, record: Any, *, by: Actor, zone: tzinfo = DEFAULT_ZONE) -> RecordState:
    """An organizer brings back what was taken down, to the state it was in; returns that state.

    What the owner had withdrawn stays withdrawn, what has outlived its last day is expired. Raises NotNow.
    """
    if record.state is not RecordState.TAKEN_DOWN or record.public_version is None:
        raise NotNow(N_("This is not taken down: %(state)s."), state=record.state.label)
    down = _last_move(session, record, RecordState.TAKEN_DOWN)
    to = RecordState(down.from_state) if down else RecordState.PUBLISHED
    if to is RecordState.PUBLISHED and record.valid_until is not None and record.valid_until < today(zone):
        to = RecordState.EXPIRED
    audit.move(session, record, to, f"{record.kind}.restore", by=by)
    before = _last_move(session, record, to) if to is RecordState.WITHDRAWN else None
    record.state_reason = before.reason if before else ""
    matching.want(session, record)
    _tell_author(session, record, record.public_version, "record_restored", by=by)
    session.flush()
    return to


def _last_move(session: Session, record: Any, to: RecordState) -> Transition | None:
    """The last move into a state that has been flushed."""
    with session.no_autoflush:
        return session.scalar(
            select(Transition)
            .where(
                Transition.object_type == record.__tablename__,
                Transition.object_id == record.id,
                Transition.to_state == to.value,
            )
            .order_by(Transition.id.desc())
            .limit(1)
        )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(N_("Please give a reason; the people concerned will read it."), field="reason")
    if len(reason) > 1000:
        raise Invalid(N_("Please keep the reason under %(most)s characters."), field="reason", most=1000)
    return reason.strip()


def _tell_author(
    session: Session,
    record: Any,
    version: Any,
    template: str,
    *,
    by: Actor | None = None,
    also_managers: bool = False,
    **values: object,
) -> None:
    """Mail to who submitted and who wrote the version, else (or also) to the owner's managers; never to ``by``."""
    people: dict[str, Recipient] = {
        person.email: person
        for person in acting(session, record.organisation_id, [version.submitted_by_id, version.author_id])
    }
    if also_managers or not people:
        people |= {person.email: person for person in managers(session, record.organisation_id)}
    for person in people.values():
        if by is not None and person.person_id == by.person_id:
            continue
        jobs.add_mail(
            session,
            template,
            to=person.email,
            locale=person.locale,
            title=version.title,
            public_id=record.public_id,
            kind=record.kind,
            **values,
        )
