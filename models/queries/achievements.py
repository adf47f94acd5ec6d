"""Questions about achievements: the record page, an owner's own list, one file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from models.base import utcnow
from models.enums import Disclosure, EventState, RecordState, SessionKind, Verification
from models.queries.cards import Card, NextSession, cards, newest
from models.queries.indexing import effective_disclosure
from models.queries.open_sessions import about, in_force
from models.queries.versions import Content, contents, published_contents
from models.rules.policy import ORGANIZERS, PUBLIC, details_audience
from models.tables import (
    Achievement,
    AchievementCircle,
    AchievementVersion,
    AgendaItem,
    ApplicationFile,
    Attachment,
    Circle,
    DisclosureGrant,
    Event,
    MatchSession,
    Membership,
    Organisation,
    Person,
)

__all__ = ["Card", "NextSession", "cards", "newest"]  # beside what is defined here


@dataclass(frozen=True)
class Owner:
    id: int
    public_id: str
    name: str
    kind: str  # dictionary key
    region: str
    verification: Verification
    is_sample: bool


@dataclass(frozen=True)
class Meeting:
    """A roadshow that shows the achievement ("event"), or a coming matchmaking session near it ("session")."""

    what: str
    public_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    wishes: bool  # one may say now whom one wants to meet there


@dataclass(frozen=True)
class RecordPage:
    """What one reader sees of an achievement. What the reader may not read is not in it."""

    content: Content
    owner: Owner
    disclosure: Disclosure  # the stricter of the version's and what it was tightened to
    open: bool  # whether details and restricted files are in ``content``
    outside: bool  # open, restricted, and read by somebody who does not act for the owner: such a look is audited
    hidden_files: int
    circles: tuple[tuple[str, str], ...]  # public id, name
    meetings: tuple[Meeting, ...]


def page(
    session: Session, achievement: Achievement, tokens: Collection[str], *, content: Content | None = None
) -> RecordPage:
    """The record page of a reader with these audience tokens; ``content``: another version than the public one.

    Without it: two queries, three more for a version new to this process, one more for a signed-in reader of restricted details.
    """
    owner, circles, stamp = _surroundings(session, achievement)
    shown = content or _shown(session, achievement, stamp)
    disclosure = effective_disclosure(shown.disclosure, achievement.tightened_to)
    inner = {f"org:{owner.id}", ORGANIZERS} & set(tokens)
    opened = bool(inner) or may_read_details(session, achievement.id, owner.id, disclosure, tokens)
    hidden = 0
    if not opened:
        files = tuple(file for file in shown.attachments if not file.restricted)
        hidden = len(shown.attachments) - len(files)
        shown = replace(shown, details="", attachments=files)
    return RecordPage(
        content=shown,
        owner=owner,
        disclosure=disclosure,
        open=opened,
        outside=opened and disclosure is not Disclosure.PUBLIC and f"org:{owner.id}" not in tokens,
        hidden_files=hidden,
        circles=circles,
        meetings=_meetings(session, achievement.id),
    )


def _shown(session: Session, achievement: Achievement, stamp: datetime | None) -> Content:
    """The public version, else the one under way, else the last."""
    public = achievement.public_version_id
    if public is not None:
        return published_contents(session, {public: stamp})[public]
    id_ = achievement.working_version_id or session.scalar(
        select(func.max(AchievementVersion.id)).where(AchievementVersion.achievement_id == achievement.id)
    )
    return contents(session, [id_ or 0])[id_ or 0]


def _surroundings(
    session: Session, achievement: Achievement
) -> tuple[Owner, tuple[tuple[str, str], ...], datetime | None]:
    """The owner, the circles, and when the public version was published; one query."""
    columns = tuple(getattr(Organisation, name) for name in Owner.__annotations__)
    rows = session.execute(
        select(
            *columns, Circle.public_id.label("circle_id"), Circle.name.label("circle"), AchievementVersion.published_at
        )
        .select_from(Organisation)
        .outerjoin(AchievementVersion, AchievementVersion.id == achievement.public_version_id)
        .outerjoin(AchievementCircle, AchievementCircle.achievement_id == achievement.id)
        .outerjoin(Circle, Circle.id == AchievementCircle.circle_id)
        .where(Organisation.id == achievement.organisation_id)
        .order_by(Circle.id)
    ).all()
    circles = tuple((row.circle_id, row.circle) for row in rows if row.circle)
    return Owner(*rows[0][:-3]), circles, rows[0].published_at


def _meetings(session: Session, achievement_id: int) -> tuple[Meeting, ...]:
    """Roadshows, past ones too, and coming sessions of its owner, circles and roadshows; one query, soonest first."""
    match, item = MatchSession, AgendaItem
    near = or_(
        match.owner_id.is_(None)
        & match.circle_id.in_(
            select(AchievementCircle.circle_id).where(AchievementCircle.achievement_id == achievement_id)
        ),
        match.owner_id.in_(select(Achievement.organisation_id).where(Achievement.id == achievement_id))
        & about(achievement_id)
        & in_force(),
        match.event_id.in_(select(item.event_id).where(item.achievement_id == achievement_id)),
    )
    both = union_all(
        select(
            literal("event").label("what"),
            Event.public_id,
            Event.title,
            item.starts_at,
            item.ends_at,
            Event.venue,
            literal(False, Boolean).label("wishes"),
        )
        .join(item, item.event_id == Event.id)
        .where(item.achievement_id == achievement_id, Event.state == EventState.PUBLISHED),
        select(
            literal("session"),
            match.public_id,
            match.title,
            match.starts_at,
            match.ends_at,
            match.venue,
            match.owner_id.is_(None) & (match.kind == SessionKind.ONE_TO_ONE) & (match.wishes_close_at > utcnow()),
        ).where(near, match.state == EventState.PUBLISHED, match.ends_at > utcnow()),
    ).subquery()
    return tuple(Meeting(*row) for row in session.execute(select(both).order_by(both.c.starts_at)))


def may_read_details(
    session: Session, achievement_id: int, owner_id: int, disclosure: Disclosure, tokens: Collection[str]
) -> bool:
    """Whether tokens meet the audience of the details; asks for consents only where they can matter."""
    if details_audience(disclosure, owner_id) & set(tokens):
        return True
    organisations = [int(token[4:]) for token in tokens if token.startswith("org:")]
    if not organisations:
        return False
    granted = session.scalars(
        select(DisclosureGrant.organisation_id).where(
            DisclosureGrant.achievement_id == achievement_id,
            DisclosureGrant.organisation_id.in_(organisations),
            DisclosureGrant.withdrawn_at.is_(None),
        )
    ).all()
    return bool(details_audience(disclosure, owner_id, granted) & set(tokens))


# --- one file -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileAccess:
    """A file, and what decides who may read it."""

    attachment: Attachment
    public: bool  # belongs to what the public sees now
    achievement_id: int
    owner_id: int
    disclosure: Disclosure

    @property
    def governed(self) -> bool:
        """Whether it belongs to details that are not for everybody."""
        return self.attachment.restricted and self.disclosure is not Disclosure.PUBLIC


def file_access(session: Session, public_id: str) -> FileAccess | None:
    """One attachment by its public id; None where there is none."""
    public = (Achievement.state == RecordState.PUBLISHED) & (Achievement.public_version_id == Attachment.version_id)
    row = session.execute(
        select(
            Attachment,
            public.label("public"),
            Achievement.id,
            Achievement.organisation_id,
            AchievementVersion.disclosure,
            Achievement.tightened_to,
        )
        .join(AchievementVersion, AchievementVersion.id == Attachment.version_id)
        .join(Achievement, Achievement.id == AchievementVersion.achievement_id)
        .where(Attachment.public_id == public_id)
    ).one_or_none()
    if row is None:
        return None
    return FileAccess(
        attachment=row.Attachment,
        public=bool(row.public),
        achievement_id=row.id,
        owner_id=row.organisation_id,
        disclosure=effective_disclosure(row.disclosure, row.tightened_to),
    )


def may_read_file(session: Session, file: FileAccess, tokens: Collection[str]) -> bool:
    """A draft's, an earlier version's, a withdrawn record's file: owner and organizers. Else as the page shows it."""
    if {f"org:{file.owner_id}", ORGANIZERS} & set(tokens):
        return True
    if not file.public:
        return False
    if not file.governed:
        return PUBLIC in tokens
    return may_read_details(session, file.achievement_id, file.owner_id, file.disclosure, tokens)


def used_digests(session: Session) -> set[str]:
    """Digests of every file that a version or an application refers to."""
    return {digest for table in (Attachment, ApplicationFile) for digest in session.scalars(select(table.sha256))}


# --- choices of the form ------------------------------------------------------------------------------------------


def contact_choices(session: Session, organisation_id: int) -> list[tuple[int, str, str]]:
    """(id, name, title) of the people an achievement's owner may name as contact."""
    rows = session.execute(
        select(Person.id, Person.name, Person.title)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name, row.title) for row in rows]


def circle_choices(session: Session) -> list[tuple[int, str]]:
    """(id, name) of all circles."""
    return [(row.id, row.name) for row in session.execute(select(Circle.id, Circle.name).order_by(Circle.id))]


def linked_circles(session: Session, record: Any) -> list[int]:
    """Ids of the circles a record of any kind belongs to."""
    link = record.circle_class
    return list(session.scalars(select(link.circle_id).where(link.record_id == record.id)))


def owner_choices(session: Session, organisation_ids: Sequence[int], capability: str) -> list[tuple[int, str]]:
    """(id, name) of those of the organisations that have a capability ("is_provider", "is_seeker")."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(organisation_ids), getattr(Organisation, capability))
        .order_by(Organisation.name)
    )
    return [(row.id, row.name) for row in rows]
