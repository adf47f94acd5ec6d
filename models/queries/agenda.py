"""The programme of a roadshow that everybody sees, what its people do meanwhile, and what can be added to it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.enums import AgendaKind, EventState, OccupancyKind, RecordState, RegistrationState, RuleLevel
from models.queries.limits import HOLDING
from models.rules.agenda import Item, Plan, speaker_of
from models.rules.agenda_clashes import Trouble, level_of
from models.rules.calendar import CELL, cells, moment
from models.tables import (
    Achievement,
    AchievementVersion,
    AgendaItem,
    Booking,
    BookingAttendee,
    Event,
    MatchSession,
    Membership,
    Occupancy,
    Organisation,
    Person,
    Registration,
    SessionTable,
    Slot,
)

FOUND_AT_MOST = 20
STILL_NAMED = (RecordState.PUBLISHED, RecordState.EXPIRED)  # other achievements are not named in old programmes


def programme(session: Session, event_id: int) -> Sequence[Any]:
    """The items of a roadshow in their order. ``achievement`` is the title where it may still be shown, else None."""
    shown = Achievement.state.in_(STILL_NAMED)
    return session.execute(
        select(
            AgendaItem.public_id.label("key"),
            Event.public_id.label("event_public_id"),
            AgendaItem.kind,
            AgendaItem.title,
            AgendaItem.room,
            AgendaItem.starts_at,
            AgendaItem.ends_at,
            AgendaItem.pitch_minutes,
            AgendaItem.questions_minutes,
            AgendaItem.speaker_id,
            AgendaItem.speaker_name,
            AgendaItem.achievement_id,
            Achievement.public_id.label("achievement_public_id"),
            Achievement.state.label("achievement_state"),
            Achievement.organisation_id,
            AchievementVersion.title.label("achievement"),
            Organisation.name.label("owner"),
        )
        .join(Event, Event.id == AgendaItem.event_id)
        .outerjoin(Achievement, Achievement.id == AgendaItem.achievement_id)
        .outerjoin(AchievementVersion, (AchievementVersion.id == Achievement.public_version_id) & shown)
        .outerjoin(Organisation, (Organisation.id == Achievement.organisation_id) & shown)
        .where(AgendaItem.event_id == event_id)
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()


def meetings(
    session: Session, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> Mapping[str, list[tuple[datetime, datetime]]]:
    """Stretches in which people are in meetings (held or confirmed), by the speaker's name in the rules."""
    span = cells(starts_at, ends_at)
    rows = session.execute(
        select(Occupancy.holder_id, Occupancy.cell)
        .where(
            Occupancy.kind == OccupancyKind.PERSON,
            Occupancy.holder_id.in_(person_ids),
            Occupancy.cell >= span.start,
            Occupancy.cell < span.stop,
        )
        .order_by(Occupancy.holder_id, Occupancy.cell)
    )
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for holder, cell in rows:
        start = moment(cell)
        own = found.setdefault(speaker_of(holder), [])
        if own and own[-1][1] == start:
            own[-1] = (own[-1][0], start + CELL)
        else:
            own.append((start, start + CELL))
    return found


def meeting_places(
    session: Session, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> Mapping[str, list[tuple[str, datetime, datetime]]]:
    """(place, from, until) of the 1:1 meetings that people have then, by the speaker's name in the rules."""
    rows = session.execute(
        select(
            BookingAttendee.person_id,
            func.coalesce(func.nullif(SessionTable.venue, ""), MatchSession.venue),
            Slot.starts_at,
            Slot.ends_at,
        )
        .join(Booking, Booking.id == BookingAttendee.booking_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(MatchSession, MatchSession.id == Booking.match_session_id)
        .outerjoin(SessionTable, SessionTable.id == Booking.table_id)
        .where(
            BookingAttendee.person_id.in_(person_ids),
            Booking.state.in_(HOLDING),
            Slot.starts_at < ends_at,
            Slot.ends_at > starts_at,
        )
        .order_by(Slot.starts_at, Booking.id)
    )
    return _by_speaker(rows)


def _by_speaker(rows: Iterable[Any]) -> dict[str, list[tuple[str, datetime, datetime]]]:
    found: dict[str, list[tuple[str, datetime, datetime]]] = {}
    for person_id, what, start, end in rows:
        found.setdefault(speaker_of(person_id), []).append((what, start, end))
    return found


def talks_elsewhere(
    session: Session, event_id: int, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> Mapping[str, list[tuple[str, datetime, datetime]]]:
    """(title, from, until) of what people say at other announced roadshows then, by the speaker's name in the rules."""
    rows = session.execute(
        select(AgendaItem.speaker_id, Event.title, AgendaItem.starts_at, AgendaItem.ends_at)
        .join(Event, Event.id == AgendaItem.event_id)
        .where(
            Event.state == EventState.PUBLISHED,
            Event.id != event_id,
            AgendaItem.speaker_id.in_(person_ids),
            AgendaItem.starts_at < ends_at,
            AgendaItem.ends_at > starts_at,
        )
        .order_by(AgendaItem.starts_at, AgendaItem.id)
    )
    return _by_speaker(rows)


def lock_events_around(
    session: Session, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> list[int]:
    """Lock every roadshow that could put one of these people on a stage then; returns the ids.

    Whoever books a meeting calls this before it looks at ``pitches_during``: a change of an agenda holds the same lock,
    so that of two who meet the later one reads what the earlier has written.
    """
    speaks = select(AgendaItem.event_id).where(AgendaItem.speaker_id.in_(person_ids))
    overlapping = (Event.starts_at < ends_at) & (Event.ends_at > starts_at)
    return list(
        session.scalars(
            select(Event.id)
            .where(Event.state != EventState.CANCELLED, or_(overlapping, Event.id.in_(speaks)))
            .order_by(Event.id)
            .with_for_update()
        )
    )


def pitches_during(
    session: Session, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> Sequence[Any]:
    """(person_id, title of the roadshow, starts_at, ends_at, room and where it is) of published items in which one of these people speaks.

    Roadshows that only warn of a meeting during a talk leave it to their organizers.
    """
    rows = session.execute(
        select(
            AgendaItem.speaker_id.label("person_id"),
            Event.title,
            AgendaItem.starts_at,
            AgendaItem.ends_at,
            AgendaItem.room,
            AgendaItem.event_id,
            Event.venue,
            Event.room_facts,
            Event.rule_levels,
        )
        .join(Event, Event.id == AgendaItem.event_id)
        .where(
            Event.state == EventState.PUBLISHED,
            AgendaItem.speaker_id.in_(person_ids),
            AgendaItem.starts_at < ends_at,
            AgendaItem.ends_at > starts_at,
        )
        .order_by(AgendaItem.starts_at)
    ).all()
    return [row for row in rows if level_of(Trouble.IN_MEETING, row.rule_levels) is RuleLevel.BLOCK]


def candidates(session: Session, already: Collection[int], text: str) -> Sequence[Any]:
    """Published achievements whose title or owner has the text, but for those in the programme already, newest first."""
    statement = (
        select(Achievement.public_id, AchievementVersion.title, Organisation.name.label("owner"))
        .join(AchievementVersion, AchievementVersion.id == Achievement.public_version_id)
        .join(Organisation, Organisation.id == Achievement.organisation_id)
        .where(Achievement.state == RecordState.PUBLISHED, Achievement.id.not_in(already))
        .order_by(Achievement.published_at.desc(), Achievement.id.desc())
        .limit(FOUND_AT_MOST)
    )
    if text:
        statement = statement.where(
            or_(
                AchievementVersion.title.contains(text, autoescape=True),
                Organisation.name.contains(text, autoescape=True),
            )
        )
    return session.execute(statement).all()


def achievements(session: Session, public_ids: Collection[str]) -> list[Achievement]:
    """Achievements by public id, in the order of ``public_ids``; unknown ones are left out."""
    found = {
        achievement.public_id: achievement
        for achievement in session.scalars(select(Achievement).where(Achievement.public_id.in_(public_ids)))
    }
    return [found[public_id] for public_id in public_ids if public_id in found]


def speakers(session: Session, event: Event, plan: Plan, item: Item | None = None) -> Sequence[Any]:
    """Who may be chosen as speaker (id, public_id, name, title), and who is it now.

    Of a pitch the people of the achievement's owner; of a talk who is registered for the roadshow, or speaks there. One query.
    """
    if item is not None and item.kind is AgendaKind.PITCH:
        owner = select(Achievement.organisation_id).where(Achievement.id == item.achievement_id).scalar_subquery()
        members = select(Membership.person_id).where(Membership.organisation_id == owner, Membership.ended_at.is_(None))
        chosen, now = Person.id.in_(members), [item]
    else:
        guests = select(Registration.person_id).where(
            Registration.event_id == event.id, Registration.state == RegistrationState.REGISTERED
        )
        chosen, now = Person.id.in_(guests), list(plan)
    speaking = {one.speaker_id for one in now if one.speaker_id}
    return session.execute(
        select(Person.id, Person.public_id, Person.name, Person.title)
        .where(or_(chosen, Person.id.in_(speaking)), Person.deidentified_at.is_(None))
        .order_by(Person.name, Person.id)
    ).all()


def person(session: Session, public_id: str) -> Person | None:
    """A person who can be chosen as speaker."""
    return session.scalar(select(Person).where(Person.public_id == public_id))
