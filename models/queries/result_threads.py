"""The rows behind the figures from intention to result: intentions, engagements, contracts, what is put to use."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from models.enums import BookingState, Origin, Place, RequestState, Stage
from models.queries.bookings import STARTS
from models.queries.engagements import Provider, Seeker
from models.queries.requests import TITLE, VERSION, Receiver, Sender, with_subject
from models.queries.result_parts import Rows, Scope, key_of, row, subject_of
from models.rules.stages import IMPLEMENTED, SIGNED
from models.tables import (
    Achievement,
    AchievementVersion,
    Booking,
    ContactRequest,
    Engagement,
    Intention,
    MatchSession,
    NextStep,
    Registration,
    Slot,
    Transition,
)

INTENTION, REQUEST = "intention", "request"  # which page a row of the intentions opens; a request goes first


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
    """A row for each pair (who, about what) of an event, whether it asked for contact, recorded an intention at the event, or
    both; then the request is shown. The amount is the largest that the pair named."""
    said = union_all(_asked(scope), _recorded(scope)).subquery()
    of_pair = (said.c.event_id, said.c.pair)
    place = func.row_number().over(
        partition_by=of_pair, order_by=(said.c.page.desc(), said.c.at.desc(), said.c.id.desc())
    )
    largest = [func.max(said.c[name]).over(partition_by=of_pair).label(name) for name in ("low", "high")]
    others = [column for column in said.c if column.name not in ("pair", "low", "high")]
    ranked = select(*others, *largest, place.label("place")).subquery()
    return select(*(ranked.c[column.name] for column in said.c if column.name != "pair")).where(ranked.c.place == 1)


def _asked(scope: Scope) -> Rows:
    """Requests for contact of the events, those withdrawn left out."""
    event = _event_of_request()
    rows = row(
        event,
        ContactRequest,
        subject_of(ContactRequest),
        title=TITLE,
        first=Sender.name,
        second=Receiver.name,
        state=ContactRequest.state,
        at=ContactRequest.created_at,
        low=func.coalesce(ContactRequest.budget_min, ContactRequest.budget_max),
        high=func.coalesce(ContactRequest.budget_max, ContactRequest.budget_min),
        page=REQUEST,
    )
    rows = rows.add_columns(_pair(ContactRequest.sender_id, subject_of(ContactRequest))).select_from(ContactRequest)
    return (
        with_subject(rows, ContactRequest)
        .join(Sender, Sender.id == ContactRequest.sender_id)
        .join(Receiver, Receiver.id == ContactRequest.receiver_id)
        .where(event.in_(scope.event_ids), ContactRequest.state != RequestState.WITHDRAWN)
    )


def _recorded(scope: Scope) -> Rows:
    """Intentions recorded at the events; not what was put aside, and not what became a request that was withdrawn."""
    who = func.coalesce(ContactRequest.sender_id, Intention.organisation_id, Registration.organisation_id)
    typed = func.nullif(func.coalesce(Registration.organisation_name, ""), "")
    named = func.coalesce(Sender.name, typed, Registration.name)
    about = key_of("a", Intention.achievement_id)
    visitor = case(
        (typed.is_not(None), literal("n") + func.lower(typed)), else_=key_of("r", func.coalesce(Registration.id, 0))
    )
    rows = row(
        Intention.event_id,
        Intention,
        about,
        title=AchievementVersion.title,
        first=named,
        second=Receiver.name,
        state="",
        at=Intention.created_at,
        low=func.coalesce(Intention.budget_min, Intention.budget_max),
        high=func.coalesce(Intention.budget_max, Intention.budget_min),
        page=INTENTION,
    )
    return (
        rows.add_columns(_pair(who, about, else_=visitor))
        .select_from(Intention)
        .join(Achievement, Achievement.id == Intention.achievement_id)
        .outerjoin(AchievementVersion, VERSION)
        .join(Receiver, Receiver.id == Achievement.organisation_id)
        .outerjoin(Registration, Registration.id == Intention.registration_id)
        .outerjoin(ContactRequest, ContactRequest.id == Intention.contact_request_id)
        .outerjoin(Sender, Sender.id == who)
        .where(
            Intention.event_id.in_(scope.event_ids),
            Intention.dropped_at.is_(None),
            or_(ContactRequest.id.is_(None), ContactRequest.state != RequestState.WITHDRAWN),
        )
    )


def _pair(organisation_id: Any, subject: Any, *, else_: Any = None) -> Any:
    """Who and about what, as one text; ``else_``: who, where no organisation of the site is known."""
    who = key_of("o", organisation_id)
    if else_ is not None:
        who = case((organisation_id.is_not(None), who), else_=else_)
    return (who + literal(":") + subject).label("pair")


def intended_amount(scope: Scope) -> Rows:
    """The intentions of which a budget is known."""
    found = intentions(scope).subquery()
    return select(found).where(found.c.low.is_not(None))


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
    rows = row(
        first.c.event_id,
        Engagement,
        subject_of(Engagement),
        title=TITLE,
        first=Seeker.name,
        second=Provider.name,
        state=Engagement.stage,
        at=Engagement.created_at,
        low=Engagement.amount,
        high=Engagement.amount,
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


def signed_amount(scope: Scope) -> Rows:
    """The contracts of which an amount is known."""
    return signed(scope).where(Engagement.amount.is_not(None))


def implemented(scope: Scope) -> Rows:
    return engagements(scope).where(Engagement.stage.in_(IMPLEMENTED))


def local(scope: Scope) -> Rows:
    return implemented(scope).where(Engagement.place == Place.CITY)


def unplaced(scope: Scope) -> Rows:
    return implemented(scope).where(Engagement.place.is_(None))
