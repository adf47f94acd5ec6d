"""What is being arranged for a roadshow, beside what everybody sees; its steps and versions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import AgendaKind, EventState, RecordState
from models.queries.agenda import STILL_NAMED, meeting_places, meetings, programme, talks_elsewhere
from models.queries.registrations import taken
from models.rules.agenda import Item, Plan, Timed, from_values, standing, timed
from models.rules.agenda_changes import Change, differences
from models.rules.agenda_clashes import Clash, Ground, Room, Stretch, clashes
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaStep,
    Event,
    Organisation,
    Person,
    SpeakerRefusal,
    SpeakerTime,
)

LATELY = 8  # steps that the page of a programme lists


@dataclass(frozen=True)
class Row:
    """An item of a plan, as queries.agenda.programme has those that are public."""

    key: str
    kind: AgendaKind
    title: str
    room: str
    starts_at: datetime
    ends_at: datetime
    pitch_minutes: int
    questions_minutes: int
    at: int | None
    speaker_id: int | None
    speaker_name: str
    achievement_id: int | None
    achievement_public_id: str | None = None
    achievement_state: RecordState | None = None
    achievement: str | None = None
    owner: str | None = None


def newest_step(session: Session, event_id: int) -> AgendaStep | None:
    return session.scalar(
        select(AgendaStep).where(AgendaStep.event_id == event_id).order_by(AgendaStep.number.desc()).limit(1)
    )


def public_plan(session: Session, event: Event) -> list[Item]:
    """The programme that everybody sees, as a plan."""
    rows = programme(session, event.id)
    items = [
        Item(
            key=row.key,
            kind=row.kind,
            title=row.achievement or row.title,
            achievement_id=row.achievement_id,
            room=row.room,
            pitch_minutes=row.pitch_minutes,
            questions_minutes=row.questions_minutes,
            speaker_id=row.speaker_id,
            speaker_name=row.speaker_name,
        )
        for row in rows
    ]
    return standing(items, [(row.starts_at - event.starts_at) // timedelta(minutes=1) for row in rows])


def working_plan(session: Session, event: Event) -> list[Item]:
    """The programme as it is being arranged; before anybody changed it, what is public."""
    step = newest_step(session, event.id)
    return from_values(step.items) if step is not None else public_plan(session, event)


@dataclass(frozen=True)
class Facts:
    """What the plan of a roadshow is read with, in a constant number of queries."""

    achievements: Mapping[int, Any]  # id -> public_id, state, title (where it may be shown), owner
    ground: Ground


def facts(session: Session, event: Event, *plans: Plan) -> Facts:
    """What plans of one roadshow name, and what they are compared with; seven queries."""
    items = [item for plan in plans for item in plan]
    named = _achievements(session, {item.achievement_id for item in items if item.achievement_id})
    way = timedelta(minutes=event.walking_minutes)
    speakers = {item.speaker_id for item in items if item.speaker_id}
    ground = Ground(
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        rooms=rooms_of(event),
        venue=event.venue,
        walking_minutes=event.walking_minutes,
        registered=taken(session, event.id),
        levels=event.rule_levels,
        meetings=meetings(session, speakers, event.starts_at, event.ends_at),
        places=meeting_places(session, speakers, event.starts_at - way, event.ends_at + way),
        elsewhere=talks_elsewhere(session, event.id, speakers, event.starts_at, event.ends_at),
        available=available(session, event.id),
        called_off=refusals(session, event.id),
        gone={key for key, row in named.items() if row.state is not RecordState.PUBLISHED},
    )
    return Facts(named, ground)


def rooms_of(event: Event) -> dict[str, Room]:
    """The rooms of a roadshow with what is known about them."""
    said = event.room_facts
    return {room: Room(**said[room]) if room in said else Room() for room in event.rooms}


def available(session: Session, event_id: int) -> Mapping[str, list[Stretch]]:
    """Speaker (Item.speaker) -> when they can be there, for those who said so."""
    found: dict[str, list[Stretch]] = {}
    for speaker, start, end in session.execute(
        select(SpeakerTime.speaker, SpeakerTime.starts_at, SpeakerTime.ends_at)
        .where(SpeakerTime.event_id == event_id)
        .order_by(SpeakerTime.speaker, SpeakerTime.starts_at)
    ):
        found.setdefault(speaker, []).append((start, end))
    return found


def refusals(session: Session, event_id: int) -> Mapping[str, str]:
    """Speaker (Item.speaker) -> reason, of those who cannot come."""
    rows = session.execute(
        select(SpeakerRefusal.speaker, SpeakerRefusal.reason).where(SpeakerRefusal.event_id == event_id)
    )
    return {row.speaker: row.reason for row in rows}


def _achievements(session: Session, ids: Collection[int]) -> dict[int, Any]:
    shown = Achievement.state.in_(STILL_NAMED)
    rows = session.execute(
        select(
            Achievement.id,
            Achievement.public_id,
            Achievement.state,
            AchievementVersion.title,
            Organisation.name.label("owner"),
        )
        .outerjoin(AchievementVersion, (AchievementVersion.id == Achievement.public_version_id) & shown)
        .outerjoin(Organisation, (Organisation.id == Achievement.organisation_id) & shown)
        .where(Achievement.id.in_(ids))
    )
    return {row.id: row for row in rows}


def clashes_of(event: Event, plan: Plan, found: Facts) -> list[Clash]:
    """What speaks against a plan; titles as they are today."""
    programme = timed(plan, event.starts_at)
    return clashes([replace(one, item=_named(one.item, found)) for one in programme], found.ground)


def standing_clashes(session: Session, event: Event) -> list[Clash]:
    """What speaks against the programme that everybody sees."""
    plan = public_plan(session, event)
    return clashes_of(event, plan, facts(session, event, plan))


def _named(item: Item, found: Facts) -> Item:
    row = found.achievements.get(item.achievement_id or 0)
    return replace(item, title=row.title) if row is not None and row.title else item


def rows_of(event: Event, plan: Plan, found: Facts, *, starts_at: datetime | None = None) -> list[Row]:
    """The plan in its order as pages show it; an old version with the beginning of then."""
    programme = timed(plan, starts_at or event.starts_at)
    return [_row(one, found.achievements.get(one.item.achievement_id or 0)) for one in programme]


def _row(one: Timed, achievement: Any) -> Row:
    item = one.item
    return Row(
        key=item.key,
        kind=item.kind,
        title=item.title,
        room=item.room,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        pitch_minutes=item.pitch_minutes,
        questions_minutes=item.questions_minutes,
        at=item.at,
        speaker_id=item.speaker_id,
        speaker_name=item.speaker_name,
        achievement_id=item.achievement_id,
        achievement_public_id=achievement.public_id if achievement else None,
        achievement_state=achievement.state if achievement else None,
        achievement=achievement.title if achievement else None,
        owner=achievement.owner if achievement else None,
    )


def lately(session: Session, event_id: int) -> Sequence[Any]:
    """The newest steps first: (number, act, about, version, created_at, who)."""
    return session.execute(
        select(
            AgendaStep.number,
            AgendaStep.act,
            AgendaStep.about,
            AgendaStep.version,
            AgendaStep.created_at,
            Person.name.label("who"),
        )
        .outerjoin(Person, Person.id == AgendaStep.by_id)
        .where(AgendaStep.event_id == event_id)
        .order_by(AgendaStep.number.desc())
        .limit(LATELY)
    ).all()


def versions(session: Session, event_id: int) -> Sequence[Any]:
    """Published versions of a programme, the newest first: (version, created_at, who, told, mails)."""
    return session.execute(
        select(
            AgendaStep.version,
            AgendaStep.created_at,
            AgendaStep.told,
            AgendaStep.mails,
            Person.name.label("who"),
        )
        .outerjoin(Person, Person.id == AgendaStep.by_id)
        .where(AgendaStep.event_id == event_id, AgendaStep.version.is_not(None))
        .order_by(AgendaStep.version.desc())
    ).all()


def version(session: Session, event_id: int, number: int) -> AgendaStep | None:
    """One published version."""
    return session.scalar(select(AgendaStep).where(AgendaStep.event_id == event_id, AgendaStep.version == number))


def unpublished(session: Session, event: Event) -> list[Change]:
    """What the draft changes in the programme of an announced roadshow."""
    step = newest_step(session, event.id) if event.state is EventState.PUBLISHED else None
    return differences(public_plan(session, event), from_values(step.items)) if step is not None else []


def speaks(session: Session, event: Event, person_id: int | None) -> bool:
    """Whether a person speaks in the public programme or in the one that is being arranged."""
    plans = (*public_plan(session, event), *working_plan(session, event))
    return person_id is not None and any(item.speaker_id == person_id for item in plans)
