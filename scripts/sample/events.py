"""Roadshows with agenda and registrations; matchmaking sessions with tables and slots."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.enums import AgendaKind, Capacity, EventState, SessionKind
from models.rules.calendar import slots
from models.rules.settings import PRIVACY_VERSION
from models.tables import AgendaItem, Circle, Event, MatchSession, Registration, SessionTable, Slot
from scripts.sample import Clock, lines, pick, sample_id
from scripts.sample.achievements import achievement_ids
from scripts.sample.organisations import organisation_ids, person_ids

BREAK = timedelta(minutes=10)
SMALL_ROOM = 80  # seats
CAPACITIES = {
    "university": Capacity.PROVIDER, "institute": Capacity.PROVIDER, "new_rd": Capacity.PROVIDER,
    "medical": Capacity.PROVIDER, "enterprise": Capacity.SEEKER, "spinoff": Capacity.SEEKER, "bank": Capacity.BANK,
    "vc": Capacity.INVESTOR, "transfer_agency": Capacity.BROKER, "media": Capacity.MEDIA,
}  # fmt: skip


def load(session: Session, clock: Clock) -> dict[str, int]:
    """Insert what is missing; returns how many rows of which kind."""
    circles = dict(session.execute(select(Circle.key, Circle.id)).all())
    events = dict(session.execute(select(Event.key, Event.id).where(Event.key.is_not(None))).all())
    organizer = person_ids(session)["organizer"]
    achievements = achievement_ids(session)
    added = {"roadshows": 0, "sessions": 0}
    for row in lines("events.jsonl"):
        if row["key"] in events:
            continue
        added["roadshows"] += 1
        event = Event(
            public_id=sample_id("event", row["key"]),
            key=row["key"],
            title=row["title"],
            introduction=row["intro"],
            circle_id=circles.get(row["circle"]),
            state=EventState.PUBLISHED,
            published_once=True,
            venue=row["venue"],
            address=row["address"],
            rooms=row["rooms"],
            hosts=row["hosts"],
            starts_at=(start := clock.at(row["day"], row["start"])),
            ends_at=start + timedelta(hours=4),
            capacity=row["capacity"],
            pitch_minutes=row["pitch_minutes"],
            questions_minutes=row["questions_minutes"],
            created_by_id=organizer,
            is_sample=True,
        )
        session.add(event)
        session.flush()
        events[row["key"]] = event.id
        end = _agenda(
            session, event, row, [key for key in achievements if key.rpartition("-")[0] == row["key"]], achievements
        )
        event.ends_at = max(event.ends_at, end)
        _second_room(session, event)
        _registrations(session, event)
    added["sessions"] = _sessions(session, clock, circles, events, organizer)
    session.flush()
    return added


def _agenda(
    session: Session, event: Event, row: dict[str, Any], keys: list[str], achievements: dict[str, int]
) -> datetime:
    """Arrange the pitches one after the other; returns when the last one ends."""
    moment = event.starts_at + timedelta(minutes=15)
    session.add(
        AgendaItem(
            event_id=event.id, position=0, kind=AgendaKind.TALK, title="签到与开场", room=row["rooms"][0],
            starts_at=event.starts_at, ends_at=moment, pitch_minutes=15, questions_minutes=0,
        )
    )  # fmt: skip
    position = 0
    for number, key in enumerate(keys, start=1):
        position += 1
        end = moment + timedelta(minutes=row["pitch_minutes"] + row["questions_minutes"])
        session.add(
            AgendaItem(
                event_id=event.id, position=position, kind=AgendaKind.PITCH, achievement_id=achievements[key],
                room=row["rooms"][0], starts_at=moment, ends_at=end,
            )
        )  # fmt: skip
        moment = end
        if number in row["break_after"]:
            position += 1
            session.add(
                AgendaItem(
                    event_id=event.id, position=position, kind=AgendaKind.BREAK, title="茶歇", room=row["rooms"][0],
                    starts_at=moment, ends_at=moment + BREAK, pitch_minutes=10, questions_minutes=0,
                )
            )  # fmt: skip
            moment += BREAK
    return moment


def _second_room(session: Session, event: Event) -> None:
    """Something beside the pitches where there is a room for it, and what the rooms hold."""
    event.room_facts = {
        room: {"venue": "", "seats": SMALL_ROOM if number else event.capacity}
        for number, room in enumerate(event.rooms)
    }
    if len(event.rooms) > 1:
        start = event.starts_at + timedelta(minutes=30)
        session.add(
            AgendaItem(
                event_id=event.id, position=99, kind=AgendaKind.TALK, title="技术经理人现场答疑", room=event.rooms[1],
                starts_at=start, ends_at=start + timedelta(minutes=60), pitch_minutes=60, questions_minutes=0,
                speaker_name="示例技术转移公司",
            )
        )  # fmt: skip


def _registrations(session: Session, event: Event) -> None:
    organisations = organisation_ids(session)
    kinds = {row["key"]: (row["kind"], row["name"]) for row in lines("organisations.jsonl")}
    people = person_ids(session)
    seat = 0
    for row in lines("people.jsonl"):
        kind, name = kinds[row["org"]]
        if kind not in CAPACITIES or pick(f"{event.key}:{row['key']}", 3):
            continue
        seat += 1
        session.add(
            Registration(
                public_id=sample_id("registration", f"{event.key}:{row['key']}"),
                event_id=event.id, person_id=people[row["key"]], organisation_id=organisations[row["org"]],
                name=row["name"], organisation_name=name, capacity=CAPACITIES[kind], email=row["email"],
                contact=row["email"].casefold(), seat=seat, consent_version=PRIVACY_VERSION,
                consent_at=event.starts_at - timedelta(days=7), created_at=event.starts_at - timedelta(days=7),
                is_sample=True,
            )
        )  # fmt: skip


def _sessions(session: Session, clock: Clock, circles: dict[str, int], events: dict[str | None, int], by: int) -> int:
    known = set(session.scalars(select(MatchSession.key)))
    rows = [row for row in lines("sessions.jsonl") if row["key"] not in known]
    for row in rows:
        made = MatchSession(
            public_id=sample_id("session", row["key"]),
            key=row["key"],
            title=row["title"],
            introduction=row["intro"],
            kind=SessionKind(row["kind"]),
            state=EventState.PUBLISHED,
            published_once=True,
            circle_id=circles.get(row["circle"]),
            event_id=events.get(row["event"]),
            venue=row["venue"],
            starts_at=clock.at(row["day"], row["start"]),
            ends_at=clock.at(row["day"], row["end"]),
            slot_minutes=row["slot_minutes"] or 30,
            capacity=row["capacity"] or 0,
            created_by_id=by,
            is_sample=True,
        )
        session.add(made)
        session.flush()
        if made.kind is SessionKind.ONE_TO_ONE:
            session.add_all(SessionTable(match_session_id=made.id, number=n + 1) for n in range(row["tables"]))
            session.add_all(
                Slot(match_session_id=made.id, starts_at=start, ends_at=end)
                for start, end in slots(made.starts_at, made.ends_at, made.slot_minutes)
            )
    session.flush()
    return len(rows)
