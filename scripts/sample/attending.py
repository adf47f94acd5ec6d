"""Around the registrations of the roadshows to come: terms with questions, who waits, intentions at past ones."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import Capacity, IntentionKind, IntentionWay, QuestionKind, RegistrationState, WantedWithin
from models.queries.intentions import organisation_of
from models.rules.registration import Question
from models.rules.settings import PRIVACY_VERSION
from models.tables import AgendaItem, Event, Intention, Registration, RegistrationTerms, RegistrationWish
from scripts.sample import Clock, pick, sample_id

QUESTIONS = (
    Question("sample1", "是否携带样品或展板？", QuestionKind.YES_NO),
    Question("sample2", "希望的洽谈时段", QuestionKind.CHOICE, ("上午", "下午", "都可以")),
)
WAITING = ("顾候补（示例）", "程候补（示例）", "邵候补（示例）")


def load(session: Session, clock: Clock) -> int:
    """Insert them where there are none yet; returns how many roadshows to come got terms."""
    if session.scalar(select(Intention.id).where(Intention.is_sample).limit(1)) is not None:
        return 0
    events = session.scalars(select(Event).where(Event.is_sample).order_by(Event.starts_at, Event.id)).all()
    coming = [event for event in events if event.starts_at > clock.first]
    for event in coming:
        session.add(
            RegistrationTerms(event_id=event.id, online=True, questions=[question.stored() for question in QUESTIONS])
        )
    if coming:
        _fill(session, coming[-1])
    for event in events:
        if event.starts_at <= clock.first:
            _intentions(session, event)
    session.flush()
    return len(coming)


def _fill(session: Session, event: Event) -> None:
    """The last roadshow to come is full, and three people wait."""
    registered = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.seat.is_not(None))
    ).all()
    if not registered:
        return
    event.capacity = len(registered)
    for seat, one in enumerate(sorted(registered, key=lambda one: one.id), start=1):
        one.seat = seat
    pitched = _pitched(session, event)
    for number, name in enumerate(WAITING):
        since = event.starts_at - timedelta(days=5) + timedelta(hours=number)
        waiting = Registration(
            public_id=sample_id("registration", f"{event.key}:waiting{number}"), event_id=event.id, name=name,
            organisation_name="示例装备有限公司", capacity=Capacity.SEEKER, email=f"waiting{number}@example.org",
            contact=f"waiting{number}@example.org", state=RegistrationState.WAITING, waiting_since=since,
            need="低温环境下电池续航的改进（示例）" if number == 0 else "", answers={"sample1": "no"},
            consent_version=PRIVACY_VERSION, consent_at=since, created_at=since, is_sample=True,
        )  # fmt: skip
        session.add(waiting)
        session.flush()
        session.add_all(RegistrationWish(registration_id=waiting.id, achievement_id=one) for one in pitched[:2])


def _intentions(session: Session, event: Event) -> None:
    """A few visitors of each roadshow have recorded what they intend."""
    pitched = _pitched(session, event)
    visitors = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.capacity.in_((Capacity.SEEKER, Capacity.INVESTOR)))
        .order_by(Registration.id)
        .limit(3)
    ).all()
    kinds = list(IntentionKind)
    for number, visitor in enumerate(visitors if pitched else ()):
        name = f"{event.key}:{number}"
        session.add(
            Intention(
                public_id=sample_id("intention", name), event_id=event.id,
                achievement_id=pitched[pick(name, len(pitched))], registration_id=visitor.id,
                organisation_id=organisation_of(session, visitor),
                kind=kinds[pick(f"{name}:kind", len(kinds))], way=IntentionWay.CODE, created_at=event.starts_at,
                is_sample=True, **_wanted(name),
            )
        )  # fmt: skip


def _wanted(name: str) -> dict[str, object]:
    """Two of three name a budget."""
    if not pick(f"{name}:budget", 3):
        return {}
    low = (10, 30, 80)[pick(f"{name}:low", 3)] * 1_000_000
    return {"budget_min": low, "budget_max": 2 * low, "wanted_within": WantedWithin.HALF_YEAR}


def _pitched(session: Session, event: Event) -> list[int]:
    found = select(AgendaItem.achievement_id).where(
        AgendaItem.event_id == event.id, AgendaItem.achievement_id.is_not(None)
    )
    return [one for one in session.scalars(found.order_by(AgendaItem.position)) if one is not None]
