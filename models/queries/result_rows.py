"""The rows behind each figure of an event's results: one SELECT a figure, which is counted and listed alike.

Every row belongs to one event, so that figures of several events add up; ``key`` is what counts once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from models.base import UtcDateTime
from models.enums import (
    AgendaKind,
    ApplicationState,
    BookingState,
    MeetingResult,
    Origin,
    Outcome,
    RegistrationState,
    RequestState,
    Stage,
    Verdict,
)
from models.queries.bookings import STARTS
from models.queries.engagements import Provider, Seeker
from models.queries.outcomes import PROVIDER_SAID, SEEKER_SAID, OfProvider, OfSeeker, verdict_column
from models.queries.requests import TITLE, VERSION, Receiver, Sender, with_subject
from models.rules.results import ELSE, KINDS
from models.rules.stages import IMPLEMENTED, SIGNED
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Booking,
    ContactRequest,
    Engagement,
    MatchSession,
    NextStep,
    Organisation,
    ProjectApplication,
    ProjectCall,
    Registration,
    Slot,
    Transition,
)

Rows = Select[Any]


@dataclass(frozen=True)
class Scope:
    """Of which events, as of when."""

    event_ids: tuple[int, ...]
    now: datetime


def _row(event: Any, of: Any, key: Any, *, title: Any, first: Any, second: Any, state: Any, at: Any) -> Rows:
    """A SELECT of the same columns for every figure."""

    def text(value: Any) -> ColumnElement[Any]:
        return literal(value, String) if isinstance(value, str) else type_coerce(value, String)

    return select(
        type_coerce(event, Integer).label("event_id"),
        of.id.label("id"),
        of.public_id.label("public_id"),
        text(key).label("key"),
        text(func.coalesce(title, "")).label("title"),
        text(func.coalesce(first, "")).label("first"),
        text(func.coalesce(second, "")).label("second"),
        text(state).label("state"),
        type_coerce(at, UtcDateTime).label("at"),
    )


def _key(kind: str, number: Any) -> ColumnElement[str]:
    """What counts once, by its id; ``kind`` keeps those of two tables apart."""
    return literal(kind) + cast(number, String)


def _subject(of: Any) -> ColumnElement[Any]:
    """The need where there is one, else the achievement."""
    return case((of.need_id.is_not(None), _key("n", of.need_id)), else_=_key("a", of.achievement_id))


# --- programme and people -----------------------------------------------------------------------------------------


def pitched(scope: Scope) -> Rows:
    return (
        _row(
            AgendaItem.event_id,
            Achievement,
            _key("a", Achievement.id),
            title=AchievementVersion.title,
            first=Organisation.name,
            second="",
            state="",
            at=AgendaItem.starts_at,
        )
        .select_from(AgendaItem)
        .join(Achievement, Achievement.id == AgendaItem.achievement_id)
        .join(AchievementVersion, VERSION)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(
            AgendaItem.event_id.in_(scope.event_ids),
            AgendaItem.kind == AgendaKind.PITCH,
            AgendaItem.ends_at <= scope.now,
        )
    )


def collected(scope: Scope) -> Rows:
    """Applications to the events' calls that were handed in and not withdrawn."""
    about = _key("a", ProjectApplication.achievement_id)
    at = func.coalesce(ProjectApplication.submitted_at, ProjectApplication.created_at)
    names = {"title": AchievementVersion.title, "first": Organisation.name, "second": "", "state": ""}
    return (
        _row(ProjectCall.event_id, Achievement, about, **names, at=at)
        .select_from(ProjectApplication)
        .join(ProjectCall, ProjectCall.id == ProjectApplication.call_id)
        .join(Achievement, Achievement.id == ProjectApplication.achievement_id)
        .join(AchievementVersion, VERSION)
        .join(Organisation, Organisation.id == ProjectApplication.organisation_id)
        .where(ProjectCall.event_id.in_(scope.event_ids), ProjectApplication.state == ApplicationState.SUBMITTED)
    )


def selected(scope: Scope) -> Rows:
    """What was selected counts once that is announced."""
    return collected(scope).where(ProjectApplication.outcome == Outcome.SELECTED, ProjectCall.announced_at.is_not(None))


def _people(scope: Scope, key: Any) -> Rows:
    """Registrations that stand."""
    return (
        _row(
            Registration.event_id,
            Registration,
            key,
            title=Registration.name,
            first=func.coalesce(Organisation.name, Registration.organisation_name),
            second="",
            state=Registration.capacity,
            at=Registration.created_at,
        )
        .select_from(Registration)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.event_id.in_(scope.event_ids), Registration.state == RegistrationState.REGISTERED)
    )


def registered(scope: Scope) -> Rows:
    return _people(scope, Registration.contact)


def attended(scope: Scope) -> Rows:
    """Checked in at the door; who takes part online is not."""
    return registered(scope).where(Registration.checked_in_at.is_not(None))


def _organisations(kind: str) -> Callable[[Scope], Rows]:
    key = case(
        (Organisation.id.is_not(None), _key("o", Organisation.id)),
        else_=literal("n") + func.lower(Registration.organisation_name),
    )
    named = or_(Organisation.id.is_not(None), Registration.organisation_name != "")

    def rows(scope: Scope) -> Rows:
        return _people(scope, key).where(named, _of_kind(kind))

    return rows


def _of_kind(kind: str) -> ColumnElement[bool]:
    if kind == ELSE:
        return and_(*(~_of_kind(other) for other in KINDS))
    kinds, capacities = KINDS[kind]
    return or_(
        func.coalesce(Organisation.kind, "").in_(kinds),
        and_(Registration.organisation_id.is_(None), Registration.capacity.in_(capacities)),
    )


# --- meetings -----------------------------------------------------------------------------------------------------


def _bookings(scope: Scope, key: Any) -> Rows:
    return (
        _row(
            MatchSession.event_id,
            Booking,
            key,
            title=func.coalesce(AchievementVersion.title, MatchSession.title),
            first=Seeker.name,
            second=Provider.name,
            state=verdict_column(),
            at=STARTS,
        )
        .select_from(Booking)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .outerjoin(Achievement, Achievement.id == Booking.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .join(Seeker, Seeker.id == Booking.seeker_id)
        .outerjoin(Provider, Provider.id == Booking.provider_id)
        .outerjoin(OfSeeker, SEEKER_SAID)
        .outerjoin(OfProvider, PROVIDER_SAID)
        .where(MatchSession.event_id.in_(scope.event_ids), Booking.state == BookingState.CONFIRMED)
    )


def planned(scope: Scope) -> Rows:
    about = _key("a", Booking.achievement_id)
    return _bookings(scope, about).where(Booking.provider_id.is_not(None))


def _said(verdict: Verdict) -> Callable[[Scope], Rows]:
    return lambda scope: planned(scope).where(verdict_column() == verdict.value)


def useful(scope: Scope) -> Rows:
    return _said(Verdict.HELD)(scope).where(or_(OfSeeker.useful.is_(True), OfProvider.useful.is_(True)))


def unanswered(scope: Scope) -> Rows:
    return planned(scope).where(verdict_column() == Verdict.UNKNOWN.value, scope.now >= STARTS)


def seats(scope: Scope) -> Rows:
    return _bookings(scope, _key("o", Booking.seeker_id)).where(Booking.provider_id.is_(None))


def seats_taken(scope: Scope) -> Rows:
    return seats(scope).where(OfSeeker.result == MeetingResult.HELD)


# --- from intention to result -------------------------------------------------------------------------------------


def _event_of_request() -> ColumnElement[Any]:
    """The event that a request names, else the one in whose session the pair had met last before."""
    meeting, sitting, slot = aliased(Booking), aliased(MatchSession), aliased(Slot)
    begins = func.coalesce(slot.starts_at, sitting.starts_at)
    pair = or_(
        and_(meeting.seeker_id == ContactRequest.sender_id, meeting.provider_id == ContactRequest.receiver_id),
        and_(meeting.seeker_id == ContactRequest.receiver_id, meeting.provider_id == ContactRequest.sender_id),
    )
    of_session = (
        select(sitting.event_id)
        .select_from(meeting)
        .join(sitting, sitting.id == meeting.match_session_id)
        .outerjoin(slot, slot.id == meeting.slot_id)
        .where(
            meeting.state == BookingState.CONFIRMED,
            sitting.event_id.is_not(None),
            pair,
            begins <= ContactRequest.created_at,
        )
        .order_by(begins.desc(), meeting.id.desc())
        .limit(1)
        .correlate(ContactRequest)
        .scalar_subquery()
    )
    return case(
        (ContactRequest.origin_event_id.is_not(None), ContactRequest.origin_event_id),
        (ContactRequest.origin == Origin.ONE_TO_ONE, of_session),
    )


def intentions(scope: Scope) -> Rows:
    event = _event_of_request()
    rows = _row(
        event,
        ContactRequest,
        _subject(ContactRequest),
        title=TITLE,
        first=Sender.name,
        second=Receiver.name,
        state=ContactRequest.state,
        at=ContactRequest.created_at,
    ).select_from(ContactRequest)
    return (
        with_subject(rows, ContactRequest)
        .join(Sender, Sender.id == ContactRequest.sender_id)
        .join(Receiver, Receiver.id == ContactRequest.receiver_id)
        .where(event.in_(scope.event_ids), ContactRequest.state != RequestState.WITHDRAWN)
    )


def _first_events() -> Any:
    """Engagement -> the first event that a request of it names or in whose session the pair met."""
    asked = select(
        ContactRequest.engagement_id,
        ContactRequest.origin_event_id.label("event_id"),
        ContactRequest.created_at.label("at"),
    ).where(ContactRequest.engagement_id.is_not(None), ContactRequest.origin_event_id.is_not(None))
    met = (
        select(Booking.engagement_id, MatchSession.event_id, STARTS)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.engagement_id.is_not(None),
            MatchSession.event_id.is_not(None),
            Booking.state == BookingState.CONFIRMED,
        )
    )
    touched = union_all(asked, met).subquery()
    place = func.row_number().over(partition_by=touched.c.engagement_id, order_by=(touched.c.at, touched.c.event_id))
    ranked = select(touched.c.engagement_id, touched.c.event_id, place.label("place")).subquery()
    return select(ranked.c.engagement_id, ranked.c.event_id).where(ranked.c.place == 1).subquery()


def engagements(scope: Scope) -> Rows:
    first = _first_events()
    rows = _row(
        first.c.event_id,
        Engagement,
        _subject(Engagement),
        title=TITLE,
        first=Seeker.name,
        second=Provider.name,
        state=Engagement.stage,
        at=Engagement.created_at,
    ).select_from(Engagement)
    return (
        with_subject(rows.join(first, first.c.engagement_id == Engagement.id), Engagement)
        .join(Seeker, Seeker.id == Engagement.seeker_id)
        .join(Provider, Provider.id == Engagement.provider_id)
        .where(first.c.event_id.in_(scope.event_ids))
    )


def _moved(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Transition.object_type == Engagement.__tablename__,
        Transition.object_id == Engagement.id,
        Transition.from_state != "",
        condition,
    )


def followed(scope: Scope) -> Rows:
    beyond = _moved(Transition.to_state.not_in((Stage.S1.value, Stage.S2.value, Stage.S3.value)))
    has_step = exists().where(NextStep.engagement_id == Engagement.id)
    return engagements(scope).where(or_(beyond, has_step))


def signed(scope: Scope) -> Rows:
    once = _moved(Transition.to_state.in_([stage.value for stage in SIGNED]))
    return engagements(scope).where(or_(Engagement.stage.in_(SIGNED), and_(Engagement.stage == Stage.X, once)))


def implemented(scope: Scope) -> Rows:
    return engagements(scope).where(Engagement.stage.in_(IMPLEMENTED))


SOURCES: Mapping[str, Callable[[Scope], Rows]] = {
    "collected": collected,
    "selected": selected,
    "pitched": pitched,
    **{f"org_{kind}": _organisations(kind) for kind in (*KINDS, ELSE)},
    "registered": registered,
    "attended": attended,
    "planned": planned,
    "held": _said(Verdict.HELD),
    "useful": useful,
    "no_show": _said(Verdict.NO_SHOW),
    "contradictory": _said(Verdict.CONTRADICTORY),
    "unanswered": unanswered,
    "seats": seats,
    "seats_taken": seats_taken,
    "intentions": intentions,
    "engagements": engagements,
    "followed": followed,
    "signed": signed,
    "implemented": implemented,
}
