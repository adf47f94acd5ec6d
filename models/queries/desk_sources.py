"""What can stand on a desk: each source is SELECTs of the columns of desk_rows.row(), for a scope.

A source that cannot concern the reader yields nothing, so that everybody's desk costs what it shows.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from models.enums import (
    BookingState,
    Decision,
    EventState,
    JobState,
    RecordState,
    RegistrationState,
    RequestState,
    Stage,
    Verification,
    VersionState,
)
from models.queries.desk_rows import Scope, Statement, row
from models.queries.desk_versions import Owner, own_version, versions
from models.queries.hanging import OPEN_REQUESTS
from models.queries.requests import NEED_VERSION, TITLE, VERSION, Receiver, Sender, receiver_shown
from models.rules.threads import MANAGER, ORGANIZER
from models.tables import (
    Account,
    Achievement,
    AchievementVersion,
    Booking,
    BookingAttendee,
    ContactRequest,
    Engagement,
    Event,
    Job,
    JoinRequest,
    MatchSession,
    Membership,
    Need,
    NeedVersion,
    Person,
    Question,
    RegisterEntry,
    Registration,
    Report,
    SessionTable,
    Slot,
    Transition,
)

NEWS = timedelta(days=14)
Source = Callable[[Scope], Iterable[Statement]]


# --- contact requests and engagements -----------------------------------------------------------------------------


def _request_row(kind: str, other: Any, mine: Any, mine_id: Any, **columns: Any) -> Statement:
    request = ContactRequest
    columns = {"due_on": request.due_on, **columns}
    return (
        row(
            kind,
            key=request.public_id,
            title=TITLE,
            who=other,
            mine=mine,
            mine_id=mine_id,
            state=request.state,
            **columns,
        )
        .select_from(request)
        .outerjoin(Achievement, Achievement.id == request.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .outerjoin(Need, Need.id == request.need_id)
        .outerjoin(NeedVersion, NEED_VERSION)
        .join(Sender, Sender.id == request.sender_id)
        .join(Receiver, Receiver.id == request.receiver_id)
    )


def _received(kind: str, scope: Scope) -> Statement:
    """Of what an organisation received: assigned to the reader, to nobody (any more), or escalated to its manager."""
    request = ContactRequest
    in_charge = exists().where(
        Membership.person_id == request.assigned_to_id,
        Membership.organisation_id == request.receiver_id,
        Membership.ended_at.is_(None),
    )
    escalated = and_(request.receiver_id.in_(scope.managed), request.escalation >= MANAGER)
    return _request_row(kind, Sender.name, Receiver.name, request.receiver_id).where(
        request.receiver_id.in_(scope.acts), or_(request.assigned_to_id == scope.me, ~in_charge, escalated)
    )


def _sent(kind: str, scope: Scope, **columns: Any) -> Statement:
    """Of what an organisation sent: the reader's own, and everything for its manager."""
    request = ContactRequest
    return _request_row(kind, receiver_shown(Receiver.name), Sender.name, request.sender_id, **columns).where(
        request.sender_id.in_(scope.acts),
        or_(request.asked_by_id == scope.me, request.acted_by_id == scope.me, request.sender_id.in_(scope.managed)),
    )


def _threads(scope: Scope) -> Iterable[Statement]:
    if scope.acts:
        yield _received("answer", scope).where(ContactRequest.state == RequestState.PENDING)
        yield _sent("reply", scope).where(ContactRequest.state == RequestState.ASKED_BACK)
        yield _first_contact(scope, Engagement.seeker_id, Engagement.provider_id).where(Engagement.need_id.is_(None))
        yield _first_contact(scope, Engagement.provider_id, Engagement.seeker_id).where(Engagement.need_id.is_not(None))
    if scope.organizer:
        request = ContactRequest
        yield _request_row("escalated", Receiver.name, "", None).where(
            request.state == RequestState.PENDING, request.escalation >= ORGANIZER
        )


def _first_contact(scope: Scope, asking: Any, asked_side: Any) -> Statement:
    """Accepted, and nobody has noted a first contact yet: it is the asking side's turn."""
    request = ContactRequest
    asked = exists().where(
        request.engagement_id == Engagement.id, or_(request.asked_by_id == scope.me, request.acted_by_id == scope.me)
    )
    return (
        row(
            "contact",
            key=Engagement.public_id,
            title=TITLE,
            who=Receiver.name,
            mine=Sender.name,
            mine_id=asking,
            state=Engagement.stage,
            at=Engagement.created_at,
        )
        .select_from(Engagement)
        .outerjoin(Achievement, Achievement.id == Engagement.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .outerjoin(Need, Need.id == Engagement.need_id)
        .outerjoin(NeedVersion, NEED_VERSION)
        .join(Sender, Sender.id == asking)
        .join(Receiver, Receiver.id == asked_side)
        .where(Engagement.stage == Stage.S2, asking.in_(scope.acts), asked)
    )


def _questions(scope: Scope) -> Iterable[Statement]:
    """Public questions without an answer: for who answers for the need, and for managers and brokers."""
    if scope.acts:
        yield (
            row(
                "question",
                key=Need.public_id,
                second_key=Question.public_id,
                title=NeedVersion.title,
                who=func.substr(Question.text, 1, 60),
                mine=Owner.name,
                mine_id=Need.organisation_id,
                at=Question.created_at,
            )
            .select_from(Question)
            .join(Need, Need.id == Question.need_id)
            .join(NeedVersion, NeedVersion.id == Need.public_version_id)
            .join(Owner, Owner.id == Need.organisation_id)
            .where(
                Question.answered_at.is_(None),
                Question.hidden_at.is_(None),
                Need.state == RecordState.PUBLISHED,
                Need.organisation_id.in_(scope.acts),
                or_(Need.contact_id == scope.me, Need.organisation_id.in_(scope.managed + scope.mandates)),
            )
        )


# --- bookings -----------------------------------------------------------------------------------------------------


def booking_row(kind: str, other: Any, mine: Any, mine_id: Any, **columns: Any) -> Statement:
    starts_at = func.coalesce(Slot.starts_at, MatchSession.starts_at)
    return (
        row(
            kind,
            key=Booking.public_id,
            title=MatchSession.title,
            who=func.coalesce(other, ""),
            mine=func.coalesce(mine, ""),
            mine_id=mine_id,
            state=Booking.state,
            at=starts_at,
            **columns,
        )
        .select_from(Booking)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .join(Sender, Sender.id == Booking.seeker_id)
        .outerjoin(Receiver, Receiver.id == Booking.provider_id)
    )


def attends(scope: Scope) -> ColumnElement[bool]:
    return exists().where(BookingAttendee.booking_id == Booking.id, BookingAttendee.person_id == scope.me)


def _bookings(scope: Scope) -> Iterable[Statement]:
    """Meetings to confirm: for who attends, the achievement's contact, managers; for all where nobody of them can log in."""
    if not scope.acts:
        return
    contact_logs_in = exists().where(Account.person_id == Achievement.contact_id)
    yield (
        booking_row("booking", Sender.name, Receiver.name, Booking.provider_id, due_at=Booking.hold_until)
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .where(
            Booking.state == BookingState.PENDING,
            Booking.provider_id.in_(scope.acts),
            or_(
                attends(scope),
                Achievement.contact_id == scope.me,
                Booking.provider_id.in_(scope.managed + scope.mandates),
                ~contact_logs_in,
            ),
        )
    )


# --- people and organisations -------------------------------------------------------------------------------------


def _join_row(kind: str) -> Statement:
    return (
        row(
            kind,
            key=Owner.public_id,
            second_key=Person.public_id,
            title=Person.name,
            who=Owner.name,
            due_at=JoinRequest.due_at,
        )
        .select_from(JoinRequest)
        .join(Person, Person.id == JoinRequest.person_id)
        .join(Owner, Owner.id == JoinRequest.organisation_id)
        .where(JoinRequest.state == Decision.PENDING)
    )


def _people(scope: Scope) -> Iterable[Statement]:
    if scope.managed:
        yield _join_row("join").where(JoinRequest.organisation_id.in_(scope.managed))
    if scope.organizer:
        overdue = _join_row("overdue_join").where(JoinRequest.due_at <= scope.now)
        yield overdue.where(JoinRequest.organisation_id.not_in(scope.managed)) if scope.managed else overdue
    if scope.organizer or scope.administrator:
        yield (
            row("verify", key=Owner.public_id, title=Owner.name, at=Owner.created_at, state=Owner.verification)
            .select_from(Owner)
            .where(Owner.verification == Verification.PENDING)
        )


# --- the site -----------------------------------------------------------------------------------------------------


def _site(scope: Scope) -> Iterable[Statement]:
    if scope.organizer:
        yield (
            row("report", key=Report.public_id, title=func.substr(Report.reason, 1, 60), at=Report.created_at)
            .select_from(Report)
            .where(Report.handled_at.is_(None))
        )
        yield (
            row("register", number=func.count(RegisterEntry.id))
            .select_from(RegisterEntry)
            .where(RegisterEntry.checked_by_id.is_(None))
            .having(func.count(RegisterEntry.id) > 0)
        )
    if scope.administrator:
        yield (
            row("failed_jobs", number=func.count(Job.id))
            .select_from(Job)
            .where(Job.state == JobState.FAILED)
            .having(func.count(Job.id) > 0)
        )


WAITING: tuple[Source, ...] = (_threads, _questions, _bookings, versions, _people, _site)


# --- what the reader waits for, and what is new -----------------------------------------------------------------------


def awaited(scope: Scope) -> Iterable[Statement]:
    if not scope.acts:
        return
    yield _sent("answer", scope).where(ContactRequest.state == RequestState.PENDING)
    yield _received("reply", scope).where(ContactRequest.state == RequestState.ASKED_BACK)
    yield booking_row("booking", Receiver.name, Sender.name, Booking.seeker_id, due_at=Booking.hold_until).where(
        Booking.state.in_((BookingState.PENDING, BookingState.WAITING)),
        Booking.seeker_id.in_(scope.acts),
        or_(Booking.acted_by_id == scope.me, attends(scope), Booking.seeker_id.in_(scope.managed)),
        func.coalesce(Slot.starts_at, MatchSession.starts_at) > scope.now,
    )
    for record in (Achievement, Need):
        yield own_version(record, "review", scope).where(
            record.version_class.state.in_((VersionState.ORG_REVIEW, VersionState.REVIEW))
        )


def news(scope: Scope) -> Iterable[Statement]:
    """Requests that ended within two weeks, for who asked."""
    if not scope.acts:
        return
    changed_at = (
        select(func.max(Transition.at))
        .where(Transition.object_type == ContactRequest.__tablename__, Transition.object_id == ContactRequest.id)
        .scalar_subquery()
    )
    yield _sent("answered", scope, due_on=None, at=changed_at).where(
        ContactRequest.state.not_in((*OPEN_REQUESTS, RequestState.WITHDRAWN)), changed_at >= scope.now - NEWS
    )


def coming(scope: Scope) -> Iterable[Statement]:
    """Confirmed meetings ahead that the reader attends or arranged."""
    if not scope.acts:
        return
    for side, other, mine in (
        (Booking.seeker_id, Receiver.name, Sender.name),
        (Booking.provider_id, Sender.name, Receiver.name),
    ):
        yield booking_row("meeting", other, mine, side).where(
            Booking.state == BookingState.CONFIRMED,
            side.in_(scope.acts),
            or_(Booking.acted_by_id == scope.me, Booking.answered_by_id == scope.me, attends(scope)),
            func.coalesce(Slot.ends_at, MatchSession.ends_at) > scope.now,
        )


def receiving(scope: Scope) -> Iterable[Statement]:
    """Sessions ahead of the organisation's own in which the reader receives."""
    if not scope.me:
        return
    yield (
        row(
            "receiving",
            key=MatchSession.public_id,
            title=MatchSession.title,
            who=MatchSession.venue,
            at=MatchSession.starts_at,
        )
        .select_from(MatchSession)
        .join(SessionTable, SessionTable.match_session_id == MatchSession.id)
        .where(
            SessionTable.host_id == scope.me,
            MatchSession.state == EventState.PUBLISHED,
            MatchSession.ends_at > scope.now,
        )
    )


def roadshows(scope: Scope) -> Iterable[Statement]:
    """Roadshows ahead for which the reader is registered."""
    if not scope.me:
        return
    yield (
        row("roadshow", key=Registration.public_id, title=Event.title, who=Event.venue, at=Event.starts_at)
        .select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.person_id == scope.me,
            Registration.state == RegistrationState.REGISTERED,
            Event.state == EventState.PUBLISHED,
            Event.ends_at > scope.now,
        )
    )
