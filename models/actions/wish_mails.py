"""Mails about wishes to meet: that somebody said one, and once before answers close, how many wait for an answer."""

from datetime import timedelta

from sqlalchemy.orm import Session

from models.actions import jobs
from models.base import utcnow
from models.enums import EventState, Side, WishOrigin
from models.queries.meeting_wishes import unanswered
from models.queries.recipients import Recipient, acting, managers
from models.tables import MatchSession, MeetingWish

REMIND = timedelta(days=1)  # before wishes close


def tell_owner(session: Session, one: MeetingWish) -> None:
    """The achievement's contact, else the managers: once for each wish, not for its changes."""
    contact = acting(session, one.provider_id, [one.achievement.contact_id])
    for person in contact or managers(session, one.provider_id):
        _tell(session, one, person, Side.PROVIDER)


def tell_seeker(session: Session, one: MeetingWish) -> None:
    """The managers of the enterprise, once for each wish."""
    for person in managers(session, one.seeker_id):
        _tell(session, one, person, Side.SEEKER)


def tell_declined(session: Session, one: MeetingWish, *, without: int | None) -> None:
    """The side that did not decline reads that, and why: who said the wish, or whoever is told of wishes."""
    if one.declined_side is Side.SEEKER:
        side, organisation, first = Side.PROVIDER, one.provider_id, one.achievement.contact_id
    else:
        side, organisation, first = Side.SEEKER, one.seeker_id, None
    said = acting(session, organisation, [one.acted_by_id, first])
    for person in said or managers(session, organisation):
        if person.person_id != without:
            _tell(session, one, person, side, "meeting_declined", reason=one.declined_reason or "")


def _tell(session: Session, one: MeetingWish, person: Recipient, side: Side, template: str = "", **values: str) -> None:
    """``meeting_wished`` to the owner, ``meeting_wanted`` to the enterprise; an organizer's proposal is another one."""
    wanted = "meeting_wished" if side is Side.PROVIDER else "meeting_wanted"
    version = one.achievement.public_version
    jobs.add_mail(
        session,
        template or ("meeting_proposed" if one.origin is WishOrigin.ORGANIZER else wanted),
        to=person.email,
        locale=person.locale,
        event=one.match_session.title,
        public_id=one.match_session.public_id,
        until=one.match_session.wishes_close_at.isoformat(),
        seeker=one.seeker.name,
        provider=one.achievement.organisation.name,
        other=one.seeker.name if side is Side.PROVIDER else one.achievement.organisation.name,
        achievement=version.title if version else "",
        day_of=[person.person_id, one.match_session_id],
        **values,
    )


def keep_reminder(session: Session, match_session: MatchSession) -> None:
    """Have those who have not answered reminded before wishes close; the handler looks again whether it is due."""
    at = match_session.wishes_close_at - REMIND
    if match_session.wishes_reminded_at is None and at > utcnow():
        key = f"wishes_closing:{match_session.id}:{at:%Y-%m-%dT%H:%M}"
        jobs.add(session, "wishes_closing", run_after=at, unique_key=key, session_id=match_session.id)


def remind(session: Session, match_session: MatchSession) -> int:
    """Tell each organisation how many wishes wait for its answer; returns how many mails. Once for a session.

    Nothing happens where the time was moved meanwhile (another job is kept for it), or the session is not announced.
    """
    now, until = utcnow(), match_session.wishes_close_at
    if match_session.wishes_reminded_at is not None or match_session.state is not EventState.PUBLISHED:
        return 0
    if not until - REMIND <= now < until:
        return 0
    match_session.wishes_reminded_at = now
    told = 0
    for organisation_id, name, number in unanswered(session, match_session.id):
        for person in managers(session, organisation_id):
            jobs.add_mail(
                session, "wishes_closing", to=person.email, locale=person.locale, event=match_session.title,
                public_id=match_session.public_id, organisation=name, number=number, until=until.isoformat(),
            )  # fmt: skip
            told += 1
    session.flush()
    return told
