"""An event with everything that its results count, and what must come out."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.actions import engagements, next_steps, outcomes, requests
from models.base import utcnow
from models.enums import (
    AmountSaid,
    ApplicationState,
    BookingState,
    Capacity,
    IntentionKind,
    IntentionWay,
    MeetingResult,
    Origin,
    Outcome,
    RegistrationState,
    SessionKind,
    Side,
    Stage,
)
from models.queries.actors import load_actor
from models.queries.result_parts import Scope
from models.rules.deals import Contract
from models.rules.policy import Actor
from models.tables import (
    Achievement,
    Booking,
    Engagement,
    Event,
    Intention,
    MatchSession,
    Organisation,
    ProjectApplication,
    ProjectCall,
    Registration,
)
from tests.factories import make_account, make_achievement, make_event, make_org, make_seeker, make_session
from tests.models.thread_cases import CONTRACT, IMPLEMENTATION, World, make_world

HELD, NO_SHOW, ABSENT = MeetingResult.HELD, MeetingResult.NO_SHOW, MeetingResult.ABSENT


@dataclass
class Fair:
    """Ids by what they are; ``wanted``: figure -> (each, once)."""

    world: World
    event: Event
    wanted: dict[str, tuple[int, int]]

    def scope(self, *more: Event) -> Scope:
        return Scope((self.event.id, *(one.id for one in more)), utcnow())


WANTED = {
    "collected": (3, 3),
    "selected": (1, 1),
    "pitched": (3, 2),  # one achievement twice
    "org_enterprise": (3, 2),  # two people of one, and a name that was typed
    "org_university": (1, 1),
    "org_investor": (1, 1),
    "org_bank": (1, 1),
    "org_else": (1, 1),
    "registered": (8, 8),  # one of them of no organisation
    "attended": (2, 2),
    "planned": (6, 2),
    "held": (2, 1),
    "useful": (1, 1),
    "no_show": (1, 1),
    "contradictory": (1, 1),
    "unanswered": (1, 1),
    "seats": (2, 2),
    "seats_taken": (1, 1),
    "intentions": (4, 2),  # two requests, one of which was recorded too, and two visitors' that are not sent on
    "intended_amount": (2, 2),
    "engagements": (3, 2),
    "followed": (2, 2),
    "signed": (2, 2),
    "signed_amount": (1, 1),  # the other is confidential
    "implemented": (1, 1),
    "local": (1, 1),
    "unplaced": (0, 0),
}


def make_fair(session: Session) -> Fair:
    world = make_world(session)
    begun = (utcnow() - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    first, second = world.achievement, make_achievement(session, world.university, title="第二项成果")
    event = make_event(session, first, first, second, starts_at=begun)
    _call(session, world, event)
    _registrations(session, world, event)
    _meetings(session, world, event, first, second)
    _threads(session, world, event)
    session.flush()
    return Fair(world, event, dict(WANTED))


def _call(session: Session, world: World, event: Event) -> None:
    """Three handed in, of which one is selected and announced; a draft and a withdrawn one."""
    call = ProjectCall(
        event_id=event.id, closes_at=event.starts_at - timedelta(days=9), places=1, announced_at=utcnow()
    )
    session.add(call)
    session.flush()
    handed_in = {"ip_disclosed": True, "not_secret": True, "presenter_id": world.professor.person_id}
    for state, outcome in (
        (ApplicationState.SUBMITTED, Outcome.SELECTED),
        (ApplicationState.SUBMITTED, Outcome.NOT_SELECTED),
        (ApplicationState.SUBMITTED, None),
        (ApplicationState.DRAFT, None),
        (ApplicationState.WITHDRAWN, None),
    ):
        achievement = make_achievement(session, world.university)
        session.add(
            ProjectApplication(
                call_id=call.id, achievement_id=achievement.id, organisation_id=world.university.id, state=state,
                outcome=outcome, submitted_at=event.starts_at - timedelta(days=10), **handed_in,
            )
        )  # fmt: skip


def _registrations(session: Session, world: World, event: Event) -> None:
    bank = make_org(session, name="示例银行", kind="bank")
    fund = make_org(session, name="示例创投", kind="vc")
    media = make_org(session, name="示例报社", kind="media")
    rows: list[tuple[Capacity, Organisation | None, str]] = [
        (Capacity.SEEKER, world.enterprise, ""),
        (Capacity.SEEKER, world.enterprise, ""),
        (Capacity.SEEKER, None, "只写了名字的企业"),
        (Capacity.PROVIDER, world.university, ""),
        (Capacity.BANK, bank, ""),
        (Capacity.INVESTOR, fund, ""),
        (Capacity.MEDIA, media, ""),
        (Capacity.SEEKER, None, ""),
    ]
    for number, (capacity, organisation, name) in enumerate(rows):
        register(session, event, number, capacity=capacity, organisation_id=organisation.id if organisation else None,
                 organisation_name=name, checked_in_at=event.starts_at if number < 2 else None)  # fmt: skip
    register(session, event, 99, state=RegistrationState.CANCELLED, capacity=Capacity.BANK, organisation_id=bank.id)


def register(session: Session, event: Event, number: int, **values: Any) -> Registration:
    contact = f"guest{number}@example.org"
    made = Registration(
        event_id=event.id, name=f"来宾{number}", email=contact, contact=contact, consent_version="1",
        consent_at=utcnow(), **values,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def meeting(
    session: Session, world: World, at: MatchSession, number: int, achievement: Achievement, **values: Any
) -> Booking:
    booking = Booking(
        match_session_id=at.id, slot_id=at.slots[number].id, table_id=at.tables[0].id, achievement_id=achievement.id,
        **{"seeker_id": world.enterprise.id, "provider_id": world.university.id, "state": BookingState.CONFIRMED, **values},
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def _meetings(session: Session, world: World, event: Event, first: Achievement, second: Achievement) -> None:
    sitting = make_session(session, event_id=event.id, starts_at=event.starts_at, hours=6)
    buyer, dean = world.by(session, "buyer"), world.by(session, "dean")
    says: list[tuple[MeetingResult | None, MeetingResult | None]] = [
        (HELD, HELD), (HELD, None), (NO_SHOW, None), (HELD, NO_SHOW), (None, None),
    ]  # fmt: skip
    for number, (seeker, provider) in enumerate(says):
        booking = meeting(session, world, sitting, number, first if number != 3 else second)
        for side, by, result in ((Side.SEEKER, buyer, seeker), (Side.PROVIDER, dean, provider)):
            if result is not None:
                useful = number == 0 and side is Side.SEEKER
                outcomes.say(session, booking, by=by, side=side, result=result, useful=useful)
    coming = make_session(session, event_id=event.id)
    meeting(session, world, coming, 0, second)
    meeting(session, world, sitting, 6, first, state=BookingState.CANCELLED)
    group = make_session(session, kind=SessionKind.GROUP, capacity=4, event_id=event.id, starts_at=event.starts_at)
    for seat, (organisation, by, result) in enumerate(
        ((world.enterprise, buyer, HELD), (world.outsider.person.memberships[0].organisation, None, ABSENT)), start=1
    ):
        booking = Booking(match_session_id=group.id, seat=seat, seeker_id=organisation.id, state=BookingState.CONFIRMED)
        session.add(booking)
        session.flush()
        actor: Actor = by or world.by(session, "organizer")
        outcomes.say(session, booking, by=actor, side=Side.SEEKER, result=result)


def _threads(session: Session, world: World, event: Event) -> None:
    """Two intentions about one achievement (one accepted, at the contract), one withdrawn; engagements of the meetings."""
    other = make_seeker(session, name="另一家企业")
    asker = load_actor(session, make_account(session, other).id)
    common: dict[str, Any] = {"purpose": "想了解", "origin": Origin.ROADSHOW, "origin_event_id": event.id}
    asked = requests.ask(session, world.achievement, by=asker, sender_id=other.id, **common)
    opened = requests.accept(session, asked, by=world.by(session, "dean"), open_details=False)
    _signed(session, opened, world.by(session, "dean"), (Stage.S6, Stage.X))
    _intentions(session, world, event, other)
    requests.ask(session, world.achievement, by=world.by(session, "buyer"), sender_id=world.enterprise.id, **common)
    own = world.outsider.person.memberships[0].organisation
    gone = requests.ask(session, world.achievement, by=world.by(session, "outsider"), sender_id=own.id, **common)
    requests.withdraw(session, gone, by=world.by(session, "outsider"))
    contradicted = session.query(Engagement).filter(Engagement.achievement_id != world.achievement.id).one()
    next_steps.plan(
        session, contradicted, by=world.by(session, "dean"), text="再约一次", person_id=world.dean.person_id or 0,
        due_on=utcnow().date() + timedelta(days=9), today=utcnow().date(),
    )  # fmt: skip
    confidential = replace(CONTRACT, amount_said=AmountSaid.CONFIDENTIAL, amount=None)
    _signed(session, contradicted, world.by(session, "dean"), (Stage.S8,), confidential)


def _signed(
    session: Session, engagement: Engagement, by: Actor, stages: tuple[Stage, ...], contract: Contract = CONTRACT
) -> None:
    for stage in stages:
        engagements.advance(
            session, engagement, by=by, stage=stage, revision=engagement.revision, note="合同见附件。",
            reason="price" if stage is Stage.X else "", contract=contract, implementation=IMPLEMENTATION,
        )  # fmt: skip


def _intentions(session: Session, world: World, event: Event, other: Organisation) -> None:
    """Of five recorded three count: one's organisation has asked too, two of one typed name are one pair, one was put aside."""
    second = session.query(Achievement).filter_by(organisation_id=world.university.id).order_by(Achievement.id).all()[1]
    rows: list[tuple[str, Achievement, Organisation | None, tuple[int | None, int | None], bool]] = [
        ("另一家企业", world.achievement, other, (20_0000_00, 50_0000_00), False),
        ("只写了名字的企业", world.achievement, None, (None, None), False),
        ("只写了名字的企业", world.achievement, None, (None, None), False),
        ("", second, None, (None, 30_0000_00), False),
        ("改了主意的企业", second, None, (90_0000_00, None), True),
    ]
    for number, (name, achievement, organisation, budget, dropped) in enumerate(rows):
        guest = register(
            session, event, 300 + number, organisation_name=name, state=RegistrationState.CANCELLED,
            capacity=Capacity.SEEKER,
        )  # fmt: skip
        session.add(
            Intention(
                event_id=event.id, achievement_id=achievement.id, registration_id=guest.id, way=IntentionWay.CODE,
                organisation_id=organisation.id if organisation else None, kind=IntentionKind.LICENCE,
                budget_min=budget[0], budget_max=budget[1], dropped_at=utcnow() if dropped else None,
            )
        )  # fmt: skip
