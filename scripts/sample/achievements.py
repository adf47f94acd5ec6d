"""The 169 roadshow achievements, and a few in every other state."""

import zlib
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import Base
from models.enums import Disclosure, RecordState, VersionState
from models.rules.identifiers import patent_check_digit
from models.tables import (
    Achievement,
    AchievementCircle,
    AchievementVersion,
    Circle,
    IntellectualProperty,
    TeamMember,
    Transition,
)
from scripts.sample import Clock, lines, pick, sample_id
from scripts.sample.organisations import managers_of, organisation_ids

STEMS = tuple(row["key"] for row in lines("events.jsonl"))
RECORD_STATES = {
    "published": RecordState.PUBLISHED,
    "expired": RecordState.EXPIRED,
    "withdrawn": RecordState.WITHDRAWN,
    "taken_down": RecordState.TAKEN_DOWN,
    "revising": RecordState.PUBLISHED,
}
VERSION_STATES = {
    "draft": VersionState.DRAFT,
    "org_review": VersionState.ORG_REVIEW,
    "review": VersionState.REVIEW,
    "returned": VersionState.RETURNED,
}


def records() -> list[dict[str, Any]]:
    """Every sample achievement: those of the roadshows first, each with its key."""
    return [row for stem in (*STEMS, "others") for row in lines(f"achievements/{stem}.jsonl")]


def achievement_ids(session: Session) -> dict[str, int]:
    """key -> id of the sample achievements."""
    found = dict(session.execute(select(Achievement.public_id, Achievement.id)).all())
    return {row["key"]: found[sample_id("achievement", row["key"])] for row in records()}


def load(session: Session, clock: Clock) -> int:
    """Insert what is missing; returns how many."""
    known = set(session.scalars(select(Achievement.public_id).where(Achievement.is_sample)))
    owners = organisation_ids(session)
    circles = dict(session.execute(select(Circle.key, Circle.id)).all())
    managers = managers_of(session)
    days = {row["key"]: row["day"] for row in lines("events.jsonl")}
    added = 0
    for row in records():
        if sample_id("achievement", row["key"]) in known:
            continue
        added += 1
        stem = row["key"].rpartition("-")[0]
        published = clock.at(min(days.get(stem, -40), 0) - 14 - pick(row["key"], 20), "10:00")
        owner = owners[row["owner"]]
        achievement = _achievement(session, row, owner, managers[owner], published, clock)
        if row.get("circle"):
            session.add(AchievementCircle(achievement_id=achievement.id, circle_id=circles[row["circle"]]))
    session.flush()
    return added


def _achievement(
    session: Session, row: dict[str, Any], owner: int, author: int, published: datetime, clock: Clock
) -> Achievement:
    word = row.get("state", "published")
    state = RECORD_STATES.get(word, RecordState.DRAFT)
    public = state is not RecordState.DRAFT
    achievement = Achievement(
        public_id=sample_id("achievement", row["key"]),
        organisation_id=owner,
        contact_id=author,
        state=state,
        published_at=published if public else None,
        valid_until=_valid_until(row["key"], state, clock.first.date()) if public else None,
        state_reason=row.get("reason", "") if state in (RecordState.WITHDRAWN, RecordState.TAKEN_DOWN) else "",
        created_at=published - timedelta(days=9),
        is_sample=True,
    )
    session.add(achievement)
    session.flush()
    version_state = VersionState.PUBLISHED if public else VERSION_STATES[word]
    version = _version(session, row, achievement, author, version_state, published)
    achievement.public_version_id = version.id if public else None
    achievement.working_version_id = None if public else version.id
    if word == "revising":
        newer = _version(session, row, achievement, author, VersionState.REVIEW, published, number=2)
        newer.scenes += "新增两家试用单位，正在积累一个完整冬季的运行数据。"
        achievement.working_version_id = newer.id
    if public:
        _transition(session, achievement, "draft", "published", published, author)
        if state is not RecordState.PUBLISHED:
            _transition(
                session, achievement, "published", state.value, clock.at(-5, "15:00"), author, row.get("reason", "")
            )
    session.flush()
    return achievement


def _valid_until(key: str, state: RecordState, today: date) -> date:
    return today - timedelta(days=5) if state is RecordState.EXPIRED else today + timedelta(days=200 + pick(key, 500))


def _version(
    session: Session,
    row: dict[str, Any],
    achievement: Achievement,
    author: int,
    state: VersionState,
    published: datetime,
    number: int = 1,
) -> AchievementVersion:
    copied = (
        "title", "summary", "problem", "advantage", "indicators", "scenes", "details", "fields", "industries",
        "discipline", "trl", "stage", "modes", "price_mode", "negotiable", "team_note", "keywords",
    )  # fmt: skip
    version = AchievementVersion(
        achievement_id=achievement.id,
        number=number,
        state=state,
        **{name: row[name] for name in copied if row.get(name) is not None},
        price_min=_fen(row.get("price_min")),
        price_max=_fen(row.get("price_max")),
        disclosure=Disclosure(row.get("disclosure", "public")),
        non_classified=state is not VersionState.DRAFT,
        author_id=author,
        created_at=published - timedelta(days=9),
        updated_at=published - timedelta(days=3),
        submitted_at=None if state is VersionState.DRAFT else published - timedelta(days=2),
        submitted_by_id=None if state is VersionState.DRAFT else author,
        published_at=published if state is VersionState.PUBLISHED else None,
        return_reason=row.get("reason", "") if state is VersionState.RETURNED else "",
    )
    session.add(version)
    session.flush()
    for position, item in enumerate(row.get("ip", ())):
        session.add(
            IntellectualProperty(
                version_id=version.id,
                position=position,
                kind=item["kind"],
                title=item["title"],
                status=item["status"],
                number=_number(item["kind"], item["status"], f"{row['key']}:{position}"),
            )
        )
    for position, member in enumerate(row.get("team", ())):
        session.add(TeamMember(version_id=version.id, position=position, **member))
    return version


def _fen(yuan: int | None) -> int | None:
    return None if yuan is None else yuan * 100


def _number(kind: str, status: str, key: str) -> str:
    """A patent number of the right form and check digit, in years that have not come: impossible in fact."""
    types = {"invention": 1, "utility": 2, "design": 3}
    if kind not in types or status == "planned":
        return ""
    serial = zlib.crc32(key.encode()) % 10_000_000
    digits = f"{2090 + pick(key, 9)}{types[kind]}{serial:07d}"
    prefix = "ZL" if status in ("granted", "licensed", "pledged", "transferred") else ""
    return f"{prefix}{digits}.{patent_check_digit(digits)}"


def _transition(
    session: Session, subject: Base, old: str, new: str, at: datetime, person: int, reason: str = ""
) -> None:
    session.add(
        Transition(
            object_type=subject.__tablename__,
            object_id=subject.id,
            from_state=old,
            to_state=new,
            at=at,
            person_id=person,
            reason=reason,
        )
    )
