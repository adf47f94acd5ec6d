"""Reviewing, publishing, and everything that changes what the public sees."""

from collections.abc import Collection
from datetime import date, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actions import audit, jobs
from models.actions.achievements import IN_REVIEW, working
from models.actions.leaving import close_what_hangs
from models.base import utcnow
from models.enums import RecordState, ReturnReason, Verification, VersionState
from models.errors import N_, Conflict, Invalid, NotNow
from models.queries.recipients import Recipient, acting, managers
from models.queries.settings import setting
from models.rules import completeness
from models.rules.calendar import DEFAULT_ZONE, at_local, months_later, today
from models.rules.policy import Actor
from models.tables import Achievement, AchievementVersion, Transition

REMIND_DAYS = 30  # before the last day


def _under_review(achievement: Achievement, state: VersionState, revision: int) -> AchievementVersion:
    version = working(achievement)
    if version.state is not state:
        raise NotNow(
            N_("This is not possible any more: the state is now “%(state)s”. Reload the page to see it."),
            state=version.state.label,
        )
    if version.revision != revision:
        raise Conflict(N_("The version has changed since you opened it. Please read the present one and decide again."))
    return version


def _by_another(version: AchievementVersion, by: Actor) -> None:
    if by.person_id in (version.author_id, version.submitted_by_id):
        raise NotNow(N_("You wrote or submitted this version. Another manager has to review it."))


def approve(session: Session, achievement: Achievement, *, by: Actor, revision: int) -> None:
    """The organisation's own review lets a version pass to the organizers. Raises NotNow, Conflict."""
    version = _under_review(achievement, VersionState.ORG_REVIEW, revision)
    _by_another(version, by)
    audit.move(session, version, VersionState.REVIEW, "achievement.approve", by=by)
    session.flush()


def return_own(
    session: Session, achievement: Achievement, *, by: Actor, revision: int, codes: Collection[str], note: str
) -> None:
    """The organisation's own review gives a version back. Raises NotNow, Conflict, Invalid (codes, note)."""
    version = _under_review(achievement, VersionState.ORG_REVIEW, revision)
    _by_another(version, by)
    _give_back(session, achievement, version, by=by, codes=codes, note=note)


def send_back(
    session: Session, achievement: Achievement, *, by: Actor, revision: int, codes: Collection[str], note: str
) -> None:
    """An organizer gives a version back with reasons; what is public stays. Raises NotNow, Conflict, Invalid."""
    version = _under_review(achievement, VersionState.REVIEW, revision)
    _give_back(session, achievement, version, by=by, codes=codes, note=note)


def _give_back(
    session: Session,
    achievement: Achievement,
    version: AchievementVersion,
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
    audit.move(session, version, VersionState.RETURNED, "achievement.return", by=by, reason=note.strip())
    _tell_author(
        session,
        achievement,
        version,
        "achievement_returned",
        codes=[r.label for r in reasons],
        note=note.strip(),
        by=by,
    )
    session.flush()


def publish(
    session: Session, achievement: Achievement, *, by: Actor, revision: int, zone: tzinfo = DEFAULT_ZONE
) -> None:
    """An organizer makes the reviewed version what the public sees; the one before becomes an earlier version.

    Raises NotNow (not under review, incomplete, owner suspended), Conflict for a stale revision.
    """
    version = _under_review(achievement, VersionState.REVIEW, revision)
    owner = achievement.organisation
    if owner.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” cannot publish now: %(state)s."), name=owner.name, state=owner.verification.label)
    if not version.non_classified or completeness.missing(version):
        raise NotNow(N_("Something is still missing, or the pledge was not given. Please return the version."))
    now = utcnow()
    if achievement.public_version is not None:
        audit.move(session, achievement.public_version, VersionState.SUPERSEDED, "achievement.supersede", by=by)
    version.published_at = now
    version.return_codes, version.return_reason = [], ""
    audit.move(session, version, VersionState.PUBLISHED, "achievement.publish", by=by)
    achievement.public_version, achievement.working_version = version, None
    achievement.tightened_to = None  # the version carries what the owner wants since
    achievement.published_at = achievement.published_at or now
    if achievement.state is not RecordState.PUBLISHED:
        audit.move(session, achievement, RecordState.PUBLISHED, "achievement.publish", by=by)
        achievement.state_reason = ""
    if achievement.valid_until is None or achievement.valid_until < today(zone):
        achievement.valid_until = _fresh_validity(session, zone)
    schedule(session, achievement, zone=zone)
    _tell_author(
        session, achievement, version, "achievement_published", valid_until=achievement.valid_until.isoformat(), by=by
    )
    session.flush()


def _fresh_validity(session: Session, zone: tzinfo) -> date:
    return months_later(today(zone), setting(session, "validity_months"))


def schedule(session: Session, achievement: Achievement, *, zone: tzinfo = DEFAULT_ZONE) -> None:
    """Enqueue the reminder and the end for the present last day; both re-check when they run."""
    last = achievement.valid_until
    if last is None:
        return
    if achievement.id is None:
        session.flush()
    remind_at = at_local(last - timedelta(days=REMIND_DAYS), 9, zone)
    if remind_at > utcnow():
        jobs.add(
            session,
            "achievement_reminder",
            run_after=remind_at,
            unique_key=f"achievement_reminder:{achievement.id}:{last}",
            achievement_id=achievement.id,
            last=last.isoformat(),
        )
    jobs.add(
        session,
        "achievement_expiry",
        run_after=at_local(last + timedelta(days=1), 0, zone),
        unique_key=f"achievement_expiry:{achievement.id}:{last}",
        achievement_id=achievement.id,
    )


def remind(session: Session, achievement: Achievement, *, last: date) -> None:
    """Tell the author that the achievement ends soon; nothing where it was renewed or left meanwhile."""
    version = achievement.public_version
    if achievement.state is RecordState.PUBLISHED and achievement.valid_until == last and version is not None:
        _tell_author(session, achievement, version, "achievement_expiring", valid_until=last.isoformat())
        session.flush()


def expire(session: Session, achievement: Achievement, *, by: Actor | None = None, zone: tzinfo = DEFAULT_ZONE) -> bool:
    """End an achievement whose last day is over; returns whether it did. What hangs on it goes on."""
    last = achievement.valid_until
    if achievement.state is not RecordState.PUBLISHED or last is None or last >= today(zone):
        return False
    audit.move(session, achievement, RecordState.EXPIRED, "achievement.expire", by=by)
    if achievement.public_version is not None:
        _tell_author(
            session, achievement, achievement.public_version, "achievement_expired", valid_until=last.isoformat()
        )
    session.flush()
    return True


def renew(session: Session, achievement: Achievement, *, by: Actor, zone: tzinfo = DEFAULT_ZONE) -> date:
    """Let what was reviewed stand for another term: while published, after it expired, or withdrawn by its owner.

    Returns the new last day. Raises NotNow where nothing was published or an organizer took it down.
    """
    if achievement.public_version is None:
        raise NotNow(N_("Nothing of this achievement was published yet. Submit it for review."))
    if achievement.state is RecordState.TAKEN_DOWN:
        raise NotNow(N_("An organizer took this achievement down; only an organizer can restore it."))
    owner = achievement.organisation
    if owner.verification in (Verification.SUSPENDED, Verification.MERGED):
        raise NotNow(N_("“%(name)s” cannot publish now: %(state)s."), name=owner.name, state=owner.verification.label)
    behalf = by.behalf(achievement.organisation_id)
    achievement.valid_until = _fresh_validity(session, zone)
    if achievement.state is RecordState.PUBLISHED:
        audit.record(session, "achievement.renew", achievement, by=by, on_behalf_of=behalf)
    else:
        audit.move(session, achievement, RecordState.PUBLISHED, "achievement.renew", by=by, on_behalf_of=behalf)
        achievement.state_reason = ""
    schedule(session, achievement, zone=zone)
    session.flush()
    return achievement.valid_until


def withdraw(session: Session, achievement: Achievement, *, by: Actor, reason: str) -> None:
    """The owner takes an achievement off the site; a version under review becomes a draft again.

    What hangs on it is closed with the reason. Raises Invalid (reason), NotNow.
    """
    reason = _reason(reason)
    behalf = by.behalf(achievement.organisation_id)
    audit.move(
        session, achievement, RecordState.WITHDRAWN, "achievement.withdraw", by=by, reason=reason, on_behalf_of=behalf
    )
    achievement.state_reason = reason
    version = achievement.working_version
    if version is not None and version.state in IN_REVIEW:
        audit.move(session, version, VersionState.DRAFT, "achievement.take_back", by=by, on_behalf_of=behalf)
    close_what_hangs(session, achievement, by=by, reason=reason)


def take_down(session: Session, achievement: Achievement, *, by: Actor, reason: str) -> None:
    """An organizer takes an achievement off the site at once, with all versions and files.

    What hangs on it is closed with the reason, the owner is told. Raises Invalid (reason), NotNow.
    """
    reason = _reason(reason)
    audit.move(session, achievement, RecordState.TAKEN_DOWN, "achievement.take_down", by=by, reason=reason)
    achievement.state_reason = reason
    close_what_hangs(session, achievement, by=by, reason=reason)
    version = achievement.public_version or achievement.working_version
    if version is not None:
        _tell_author(session, achievement, version, "achievement_taken_down", also_managers=True, reason=reason)
    session.flush()


def restore(session: Session, achievement: Achievement, *, by: Actor, zone: tzinfo = DEFAULT_ZONE) -> RecordState:
    """An organizer brings back what was taken down, to the state it was in; returns that state.

    What the owner had withdrawn stays withdrawn, what has outlived its last day is expired. Raises NotNow.
    """
    if achievement.state is not RecordState.TAKEN_DOWN or achievement.public_version is None:
        raise NotNow(N_("This achievement is not taken down: %(state)s."), state=achievement.state.label)
    down = _last_move(session, achievement, RecordState.TAKEN_DOWN)
    to = RecordState(down.from_state) if down else RecordState.PUBLISHED
    if to is RecordState.PUBLISHED and achievement.valid_until is not None and achievement.valid_until < today(zone):
        to = RecordState.EXPIRED
    audit.move(session, achievement, to, "achievement.restore", by=by)
    before = _last_move(session, achievement, to) if to is RecordState.WITHDRAWN else None
    achievement.state_reason = before.reason if before else ""
    _tell_author(session, achievement, achievement.public_version, "achievement_restored", by=by)
    session.flush()
    return to


def _last_move(session: Session, achievement: Achievement, to: RecordState) -> Transition | None:
    """The last move into a state that has been flushed."""
    with session.no_autoflush:
        return session.scalar(
            select(Transition)
            .where(
                Transition.object_type == achievement.__tablename__,
                Transition.object_id == achievement.id,
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
    achievement: Achievement,
    version: AchievementVersion,
    template: str,
    *,
    by: Actor | None = None,
    also_managers: bool = False,
    **values: object,
) -> None:
    """Mail to who submitted and who wrote the version, else (or also) to the owner's managers; never to ``by``."""
    people: dict[str, Recipient] = {
        person.email: person
        for person in acting(session, achievement.organisation_id, [version.submitted_by_id, version.author_id])
    }
    if also_managers or not people:
        people |= {person.email: person for person in managers(session, achievement.organisation_id)}
    for person in people.values():
        if by is not None and person.person_id == by.person_id:
            continue
        jobs.add_mail(
            session,
            template,
            to=person.email,
            locale=person.locale,
            title=version.title,
            public_id=achievement.public_id,
            **values,
        )
