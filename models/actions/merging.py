"""Merging two entries of one organisation: everything of the first one becomes the second one's.

History stays as it was written: audit rows and dated transitions keep the organisation they name.
"""

from collections import Counter
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.actions import audit, matching
from models.actions.deals import take_over
from models.actions.organisations import tell_managers
from models.base import utcnow
from models.enums import NextStepState, RequestState, Stage, Verification
from models.errors import N_, Invalid, NotNow
from models.queries.hanging import OPEN_REQUESTS
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    Booking,
    Circle,
    CircleMember,
    ContactRequest,
    DisclosureGrant,
    Disturbance,
    Engagement,
    Intention,
    Invitation,
    JoinRequest,
    Mandate,
    MatchDecision,
    MatchForward,
    MatchSession,
    MeetingLimit,
    MeetingWish,
    Membership,
    Message,
    Need,
    NextStep,
    Organisation,
    ProjectApplication,
    Question,
    RegisterEntry,
    Registration,
    SessionTable,
    Transition,
)

# Rows that simply change their organisation: no unique key of theirs holds it together with something else.
PLAIN: tuple[Any, ...] = (
    Membership, JoinRequest, Invitation, Achievement, Need, Message, Question, Registration, MatchDecision, MatchForward,
    Disturbance,
    ProjectApplication,
)  # fmt: skip
FIRMS = "enterprise"  # the kind of the register whose subjects are organisations


def merge(session: Session, organisation: Organisation, into: Organisation, *, by: Actor) -> dict[str, int]:
    """Move all rows of ``organisation`` to ``into``; returns how many of which kind.

    The merged entry stays, marked, so that its name and code are still found and lead on. Raises Invalid (field into)
    for impossible pairs, NotNow for two that have requests, meetings or engagements with each other.
    """
    _check(session, organisation, into)
    moved: Counter[str] = Counter()
    for table in PLAIN:
        for row in session.scalars(select(table).where(table.organisation_id == organisation.id)):
            row.organisation_id = into.id
            moved[table.__tablename__] += 1
    _disclosure(session, organisation, into, moved, by=by)
    _requests(session, organisation, into, moved, by=by)
    session.flush()
    _engagements(session, organisation, into, moved)
    _bookings(session, organisation, into, moved)
    _wishes(session, organisation, into, moved)
    _intentions(session, organisation, into, moved)
    _mandates(session, organisation, into, moved, by=by)
    _circles(session, organisation, into, moved)
    _register(session, organisation, into, moved)
    _particulars(session, organisation, into)
    counts = dict(sorted(moved.items()))
    old = organisation.verification
    organisation.verification, organisation.merged_into_id = Verification.MERGED, into.id
    organisation.revision += 1
    audit.note_transition(session, organisation, old, Verification.MERGED, by=by, reason=into.name)
    audit.record(session, "organisation.merge", organisation, by=by, into=into.public_id, moved=counts)
    session.flush()
    matching.want_all(session, into)
    tell_managers(session, into, "merged", former=organisation.name)
    session.flush()
    return counts


def _check(session: Session, organisation: Organisation, into: Organisation) -> None:
    if organisation.id == into.id:
        raise Invalid(N_("Please choose another organisation to merge into."), field="into")
    for each in sorted((organisation, into), key=lambda row: row.id):  # in one order: no two merges wait in a circle
        session.refresh(each, with_for_update=True)
    if Verification.MERGED in (organisation.verification, into.verification):
        raise NotNow(N_("One of the two has been merged already."))
    one, other = organisation.id, into.id
    for table, first, second in (
        (ContactRequest, ContactRequest.sender_id, ContactRequest.receiver_id),
        (Engagement, Engagement.provider_id, Engagement.seeker_id),
        (Booking, Booking.provider_id, Booking.seeker_id),
    ):
        between = or_(and_(first == one, second == other), and_(first == other, second == one))
        if session.scalar(select(table.id).where(between).limit(1)) is not None:
            raise NotNow(
                N_(
                    "These two have dealt with each other (requests, meetings, engagements): they cannot be the same one."
                )
            )


def _disclosure(
    session: Session, organisation: Organisation, into: Organisation, moved: Counter[str], *, by: Actor
) -> None:
    current = set(
        session.scalars(
            select(DisclosureGrant.achievement_id).where(
                DisclosureGrant.organisation_id == into.id, DisclosureGrant.withdrawn_at.is_(None)
            )
        )
    )
    for grant in session.scalars(select(DisclosureGrant).where(DisclosureGrant.organisation_id == organisation.id)):
        if grant.withdrawn_at is None and grant.achievement_id in current:  # both had it: one consent remains
            grant.withdrawn_at, grant.withdrawn_by_id = utcnow(), by.person_id
        grant.organisation_id = into.id
        moved["disclosure_grant"] += 1


def _subject(first: int, second: int, thread: Any) -> tuple[Any, ...]:
    """A pair and what it talks about: the need, else the achievement."""
    return first, second, ("need", thread.need_id) if thread.need_id else ("achievement", thread.achievement_id)


def _requests(
    session: Session, organisation: Organisation, into: Organisation, moved: Counter[str], *, by: Actor
) -> None:
    rows = session.scalars(
        select(ContactRequest).where(
            or_(ContactRequest.sender_id == into.id, ContactRequest.receiver_id == into.id),
            ContactRequest.state.in_(OPEN_REQUESTS),
        )
    )
    open_already = {_subject(row.sender_id, row.receiver_id, row) for row in rows}
    mine = or_(ContactRequest.sender_id == organisation.id, ContactRequest.receiver_id == organisation.id)
    for request in session.scalars(select(ContactRequest).where(mine).order_by(ContactRequest.id)):
        sender = into.id if request.sender_id == organisation.id else request.sender_id
        receiver = into.id if request.receiver_id == organisation.id else request.receiver_id
        if request.state in OPEN_REQUESTS and _subject(sender, receiver, request) in open_already:
            audit.move(session, request, RequestState.CLOSED, "request.close", by=by, reason=into.name)
        request.sender_id, request.receiver_id = sender, receiver
        moved["contact_request"] += 1


def _engagements(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    """Two engagements about one subject become one, at the stage of the one further on."""
    mine = or_(Engagement.provider_id == organisation.id, Engagement.seeker_id == organisation.id)
    for engagement in session.scalars(select(Engagement).where(mine).order_by(Engagement.id)).all():
        provider = into.id if engagement.provider_id == organisation.id else engagement.provider_id
        seeker = into.id if engagement.seeker_id == organisation.id else engagement.seeker_id
        twin = session.scalar(
            select(Engagement).where(
                Engagement.provider_id == provider,
                Engagement.seeker_id == seeker,
                Engagement.need_id == engagement.need_id
                if engagement.need_id
                else and_(Engagement.need_id.is_(None), Engagement.achievement_id == engagement.achievement_id),
            )
        )
        moved["engagement"] += 1
        if twin is None:
            engagement.provider_id, engagement.seeker_id = provider, seeker
            session.flush()
            continue
        if _advance(engagement.stage) > _advance(twin.stage):
            twin.stage, twin.stop_reason = engagement.stage, engagement.stop_reason
        take_over(engagement, twin)
        twin.note = "\n".join(note for note in (twin.note, engagement.note) if note)
        for request in session.scalars(select(ContactRequest).where(ContactRequest.engagement_id == engagement.id)):
            request.engagement_id = twin.id
        for booking in session.scalars(select(Booking).where(Booking.engagement_id == engagement.id)):
            booking.engagement_id = twin.id
        _next_steps(session, engagement, twin)
        history = (Transition.object_type == Engagement.__tablename__, Transition.object_id == engagement.id)
        for transition in session.scalars(select(Transition).where(*history)):
            transition.object_id = twin.id
        session.flush()
        session.delete(engagement)
        session.flush()


def _next_steps(session: Session, engagement: Engagement, twin: Engagement) -> None:
    """All go on in the one that stays; it keeps its own open step, if it has one."""
    is_open = select(NextStep.id).where(NextStep.engagement_id == twin.id, NextStep.state == NextStepState.OPEN)
    has_one = session.scalar(is_open) is not None
    for step in session.scalars(select(NextStep).where(NextStep.engagement_id == engagement.id)):
        if has_one and step.state is NextStepState.OPEN:
            step.state, step.closed_at = NextStepState.REPLACED, utcnow()
        step.engagement_id = twin.id


def _advance(stage: Stage) -> int:
    """How far on a stage is; an ended one counts least."""
    return -1 if stage is Stage.X else list(Stage).index(stage)


def _bookings(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    mine = or_(Booking.provider_id == organisation.id, Booking.seeker_id == organisation.id)
    for booking in session.scalars(select(Booking).where(mine)):
        if booking.provider_id == organisation.id:
            booking.provider_id = into.id
        if booking.seeker_id == organisation.id:
            booking.seeker_id = into.id
        moved["booking"] += 1
    for match_session in session.scalars(select(MatchSession).where(MatchSession.owner_id == organisation.id)):
        match_session.owner_id = into.id
        moved["match_session"] += 1


def _wishes(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    """Wishes to meet: one for each achievement stays; nobody wants to meet themselves."""
    mine = select(MeetingWish).where(MeetingWish.seeker_id == into.id)
    said = {(one.match_session_id, one.achievement_id) for one in session.scalars(mine)}
    for one in session.scalars(select(MeetingWish).where(MeetingWish.seeker_id == organisation.id)):
        if (one.match_session_id, one.achievement_id) in said:
            session.delete(one)
        else:
            one.seeker_id = into.id
            moved["meeting_wish"] += 1
    session.flush()
    own = select(Achievement.id).where(Achievement.organisation_id == into.id)
    for one in session.scalars(mine.where(MeetingWish.achievement_id.in_(own))):
        session.delete(one)
    for table in session.scalars(select(SessionTable).where(SessionTable.provider_id == organisation.id)):
        table.provider_id = into.id
    limits = select(MeetingLimit).where(MeetingLimit.organisation_id == organisation.id)
    limited = select(MeetingLimit.match_session_id).where(MeetingLimit.organisation_id == into.id)
    for limit in session.scalars(limits.where(MeetingLimit.match_session_id.in_(limited))).all():
        session.delete(limit)
    session.flush()
    for limit in session.scalars(limits):
        limit.organisation_id = into.id


def _intentions(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    """Intentions at roadshows: of two that members recorded with the same achievement one stays."""
    own = Intention.registration_id.is_(None)
    mine = session.scalars(select(Intention).where(Intention.organisation_id == into.id, own))
    said = {(one.event_id, one.achievement_id): one for one in mine}
    for one in session.scalars(select(Intention).where(Intention.organisation_id == organisation.id)):
        twin = said.get((one.event_id, one.achievement_id)) if one.registration_id is None else None
        if twin is not None:
            if twin.budget_min is None and twin.budget_max is None:
                twin.budget_min, twin.budget_max = one.budget_min, one.budget_max
            session.delete(one)
        else:
            one.organisation_id = into.id
            moved["intention"] += 1
    session.flush()


def _mandates(
    session: Session, organisation: Organisation, into: Organisation, moved: Counter[str], *, by: Actor
) -> None:
    current = set(
        session.scalars(select(Mandate.broker_id).where(Mandate.organisation_id == into.id, Mandate.ended_at.is_(None)))
    )
    for mandate in session.scalars(select(Mandate).where(Mandate.organisation_id == organisation.id)):
        if mandate.ended_at is None and mandate.broker_id in current:
            mandate.ended_at, mandate.ended_by_id = utcnow(), by.person_id
        mandate.organisation_id = into.id
        moved["mandate"] += 1


def _circles(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    for circle in session.scalars(select(Circle).where(Circle.anchor_id == organisation.id)):
        circle.anchor_id = into.id
        circle.revision += 1
        moved["circle"] += 1
    theirs = list(session.scalars(select(CircleMember).where(CircleMember.organisation_id == into.id)))
    for member in session.scalars(select(CircleMember).where(CircleMember.organisation_id == organisation.id)).all():
        twin = next((each for each in theirs if _overlap(each, member)), None)
        moved["circle_member"] += 1
        if twin is None:
            member.organisation_id = into.id
            continue
        session.delete(member)  # one stay from the first day to the last of both
        session.flush()
        twin.since = min(twin.since, member.since)
        twin.until = max(twin.until, member.until) if twin.until and member.until else None


def _overlap(one: CircleMember, other: CircleMember) -> bool:
    return (
        one.circle_id == other.circle_id
        and (one.until is None or other.since <= one.until)
        and (other.until is None or one.since <= other.until)
    )


def _register(session: Session, organisation: Organisation, into: Organisation, moved: Counter[str]) -> None:
    """As a firm the two are one subject now, which counts once."""
    key = session.scalar(
        select(RegisterEntry.subject_key)
        .where(RegisterEntry.organisation_id == into.id, RegisterEntry.kind == FIRMS)
        .order_by(RegisterEntry.id)
        .limit(1)
    )
    for entry in session.scalars(select(RegisterEntry).where(RegisterEntry.organisation_id == organisation.id)):
        entry.organisation_id = into.id
        if key is not None and entry.kind == FIRMS:
            entry.subject_key = key
        entry.revision += 1
        moved["register_entry"] += 1


def _particulars(session: Session, organisation: Organisation, into: Organisation) -> None:
    """What only the merged entry knew is kept; who was merged into it earlier follows."""
    into.is_provider = into.is_provider or organisation.is_provider
    into.is_seeker = into.is_seeker or organisation.is_seeker
    if not into.uscc and organisation.uscc:
        code, conforms = organisation.uscc, organisation.uscc_conforms
        organisation.uscc = None
        session.flush()
        into.uscc, into.uscc_conforms = code, conforms
    into.revision += 1
    for earlier in session.scalars(select(Organisation).where(Organisation.merged_into_id == organisation.id)):
        earlier.merged_into_id = into.id
