"""The rows behind each figure of an event's results: one SELECT a figure, which is counted and listed alike.

Every row belongs to one event, so that figures of several events add up; ``key`` is what counts once.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_

from models.enums import (
    AgendaKind,
    ApplicationState,
    BookingState,
    MeetingResult,
    Outcome,
    RegistrationState,
    Verdict,
)
from models.queries import result_threads as threads
from models.queries.bookings import STARTS
from models.queries.engagements import Provider, Seeker
from models.queries.outcomes import PROVIDER_SAID, SEEKER_SAID, OfProvider, OfSeeker, verdict_column
from models.queries.requests import VERSION
from models.queries.result_parts import Rows, Scope, key_of, row
from models.rules.results import ELSE, KINDS
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Booking,
    MatchSession,
    Organisation,
    ProjectApplication,
    ProjectCall,
    Registration,
    Slot,
)

# --- programme and people -----------------------------------------------------------------------------------------


def pitched(scope: Scope) -> Rows:
    return (
        row(
            AgendaItem.event_id,
            Achievement,
            key_of("a", Achievement.id),
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
    about = key_of("a", ProjectApplication.achievement_id)
    at = func.coalesce(ProjectApplication.submitted_at, ProjectApplication.created_at)
    names: dict[str, Any] = {"title": AchievementVersion.title, "first": Organisation.name, "second": "", "state": ""}
    return (
        row(ProjectCall.event_id, Achievement, about, **names, at=at)
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
        row(
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
        (Organisation.id.is_not(None), key_of("o", Organisation.id)),
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
        row(
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
    about = key_of("a", Booking.achievement_id)
    return _bookings(scope, about).where(Booking.provider_id.is_not(None))


def _said(verdict: Verdict) -> Callable[[Scope], Rows]:
    return lambda scope: planned(scope).where(verdict_column() == verdict.value)


def useful(scope: Scope) -> Rows:
    return _said(Verdict.HELD)(scope).where(or_(OfSeeker.useful.is_(True), OfProvider.useful.is_(True)))


def unanswered(scope: Scope) -> Rows:
    return planned(scope).where(verdict_column() == Verdict.UNKNOWN.value, scope.now >= STARTS)


def seats(scope: Scope) -> Rows:
    return _bookings(scope, key_of("o", Booking.seeker_id)).where(Booking.provider_id.is_(None))


def seats_taken(scope: Scope) -> Rows:
    return seats(scope).where(OfSeeker.result == MeetingResult.HELD)


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
    "intentions": threads.intentions,
    "intended_amount": threads.intended_amount,
    "engagements": threads.engagements,
    "followed": threads.followed,
    "signed": threads.signed,
    "signed_amount": threads.signed_amount,
    "implemented": threads.implemented,
    "local": threads.local,
    "unplaced": threads.unplaced,
}
