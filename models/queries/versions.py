"""Versions of a record as plain values: what a page shows, what two versions differ in, their history."""

import dataclasses
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from models.enums import AttachmentKind, Disclosure, ReturnReason, VersionState
from models.tables import (
    AchievementVersion,
    Attachment,
    IntellectualProperty,
    Need,
    NeedVersion,
    Organisation,
    Person,
    TeamMember,
    Transition,
)

CACHED = 4000  # published versions kept per database; what is published is immutable


@dataclass(frozen=True)
class Right:
    """One row of intellectual property; kind and status are dictionary keys."""

    kind: str
    number: str
    title: str
    status: str


@dataclass(frozen=True)
class Colleague:
    name: str
    title: str
    role: str


@dataclass(frozen=True)
class File:
    public_id: str
    kind: AttachmentKind
    name: str
    media_type: str
    size: int  # bytes
    sha256: str
    restricted: bool


@dataclass(frozen=True)
class VersionContent:
    """What one version says, as far as all kinds say it. Money in fen; codes are dictionary keys."""

    kind: ClassVar[str]

    id: int
    record_id: int
    number: int
    state: VersionState
    revision: int
    title: str
    indicators: Sequence[Mapping[str, str]]
    fields: Sequence[str]
    industries: Sequence[str]
    modes: Sequence[str]
    negotiable: bool
    keywords: Sequence[str]
    disclosure: Disclosure
    non_classified: bool
    author_id: int | None
    updated_at: datetime | None
    submitted_at: datetime | None
    submitted_by_id: int | None
    published_at: datetime | None
    return_codes: Sequence[str]
    return_reason: str

    @property
    def reasons(self) -> list[ReturnReason]:
        """Why it was returned, those without a code left out."""
        return [ReturnReason(code) for code in self.return_codes]


@dataclass(frozen=True)
class Content(VersionContent):
    """Everything one version of an achievement says."""

    kind = "achievement"

    summary: str
    problem: str
    advantage: str
    scenes: str
    details: str
    discipline: str
    trl: int | None
    stage: str
    price_mode: str
    price_min: int | None
    price_max: int | None
    team_note: str
    intellectual_property: tuple[Right, ...] = ()
    team: tuple[Colleague, ...] = ()
    attachments: tuple[File, ...] = ()


@dataclass(frozen=True)
class NeedContent(VersionContent):
    """Everything one version of a need says."""

    kind = "need"

    description: str
    tried: str
    budget_min: int | None
    budget_max: int | None
    deadline: date | None
    trl_from: int | None
    trl_to: int | None


_ROWS = ("intellectual_property", "team", "attachments")
_COLUMNS = {
    row: tuple(getattr(row, field.name) for field in dataclasses.fields(content) if field.name not in _ROWS)
    for row, content in ((AchievementVersion, Content), (NeedVersion, NeedContent))
}


def contents_of(session: Session, record: Any, version_ids: Collection[int]) -> dict[int, Any]:
    """Version id -> content, of versions of this record's kind."""
    return (need_contents if isinstance(record, Need) else contents)(session, version_ids)


def need_contents(session: Session, version_ids: Collection[int]) -> dict[int, NeedContent]:
    """Version id -> content of needs; one query."""
    rows = session.execute(select(*_COLUMNS[NeedVersion]).where(NeedVersion.id.in_(version_ids)))
    return {row.id: NeedContent(**row._mapping) for row in rows}


def contents(session: Session, version_ids: Collection[int]) -> dict[int, Content]:
    """Version id -> content of achievements; three queries however many."""
    rows = (
        session.execute(select(*_COLUMNS[AchievementVersion]).where(AchievementVersion.id.in_(version_ids)))
        .mappings()
        .all()
    )
    if not rows:
        return {}
    rights, team = _rights_and_team(session, version_ids)
    files = _files(session, version_ids)
    return {
        row["id"]: Content(
            **row,
            intellectual_property=tuple(rights[row["id"]]),
            team=tuple(team[row["id"]]),
            attachments=tuple(files[row["id"]]),
        )
        for row in rows
    }


def _rights_and_team(
    session: Session, version_ids: Collection[int]
) -> tuple[dict[int, list[Right]], dict[int, list[Colleague]]]:
    right, member = IntellectualProperty, TeamMember
    both = union_all(
        select(
            literal("right").label("what"), right.version_id, right.position, right.id, right.kind.label("first"),
            right.number.label("second"), right.title.label("third"), right.status.label("fourth"),
        ).where(right.version_id.in_(version_ids)),
        select(
            literal("member"), member.version_id, member.position, member.id, member.name, member.title, member.role,
            literal(""),
        ).where(member.version_id.in_(version_ids)),
    ).subquery()  # fmt: skip
    rights: dict[int, list[Right]] = defaultdict(list)
    team: dict[int, list[Colleague]] = defaultdict(list)
    for row in session.execute(select(both).order_by(both.c.position, both.c.id)):
        if row.what == "right":
            rights[row.version_id].append(Right(row.first, row.second, row.third, row.fourth))
        else:
            team[row.version_id].append(Colleague(row.first, row.second, row.third))
    return rights, team


def _files(session: Session, version_ids: Collection[int]) -> dict[int, list[File]]:
    files: dict[int, list[File]] = defaultdict(list)
    columns = tuple(getattr(Attachment, name) for name in File.__annotations__)
    rows = session.execute(
        select(Attachment.version_id, *columns)
        .where(Attachment.version_id.in_(version_ids))
        .order_by(Attachment.position, Attachment.id)
    )
    for version_id, *values in rows:
        files[version_id].append(File(*values))
    return files


_lock = threading.Lock()
_published: WeakKeyDictionary[Engine, OrderedDict[tuple[int, datetime | None], Content]] = WeakKeyDictionary()


def published_contents(session: Session, stamps: Mapping[int, datetime | None]) -> dict[int, Content]:
    """Contents of published versions (id -> when published), from this process's memory where it has them.

    Published versions never change, so nothing invalidates them; who may read what is decided by the caller's SELECT.
    The time of publication is part of the key: a transaction taken back may have used the same id.
    """
    engine = session.get_bind().engine
    with _lock:
        known = _published.setdefault(engine, OrderedDict())
        found = {id_: known[id_, at] for id_, at in stamps.items() if (id_, at) in known}
    if missing := stamps.keys() - found.keys():
        read = {id_: content for id_, content in contents(session, missing).items() if content.published_at}
        found |= read
        with _lock:
            known.update({(id_, stamps[id_]): content for id_, content in read.items()})
            while len(known) > CACHED:
                known.popitem(last=False)
    return found


def last_number(session: Session, record: Any) -> int:
    """The highest version number of a record; 0 without any."""
    version = record.version_class
    return session.scalar(select(func.max(version.number)).where(version.record_id == record.id)) or 0


def numbered(session: Session, record: Any, numbers: Collection[int]) -> dict[int, Any]:
    """Version number -> content of a record; unknown numbers are left out."""
    version = record.version_class
    ids = session.scalars(select(version.id).where(version.record_id == record.id, version.number.in_(numbers))).all()
    return {content.number: content for content in contents_of(session, record, ids).values()}


def version_row(session: Session, record: Any, number: int) -> Any:
    """One version of a record, to act on; None where there is none."""
    version = record.version_class
    return session.scalar(select(version).where(version.record_id == record.id, version.number == number))


@dataclass(frozen=True)
class VersionLine:
    """A version in the history."""

    number: int
    state: VersionState
    title: str
    author: str
    updated_at: datetime | None
    submitted_at: datetime | None
    published_at: datetime | None
    return_codes: Sequence[str]
    return_reason: str


def history(session: Session, record: Any) -> list[VersionLine]:
    """All versions, newest first."""
    version = record.version_class
    rows = session.execute(
        select(
            version.number, version.state, version.title, func.coalesce(Person.name, ""), version.updated_at,
            version.submitted_at, version.published_at, version.return_codes, version.return_reason,
        )
        .outerjoin(Person, Person.id == version.author_id)
        .where(version.record_id == record.id)
        .order_by(version.number.desc())
    )  # fmt: skip
    return [VersionLine(*row) for row in rows]


@dataclass(frozen=True)
class Happening:
    """A dated change of state of the record (``number`` none) or of one of its versions."""

    at: datetime
    number: int | None
    from_state: str
    to_state: str
    reason: str
    who: str
    on_behalf: str


def happenings(session: Session, record: Any) -> list[Happening]:
    """What happened to a record and its versions, oldest first."""
    version = record.version_class
    behalf = aliased(Organisation)
    own = select(Transition.id, null().label("number")).where(
        Transition.object_type == record.__tablename__, Transition.object_id == record.id
    )
    versions = (
        select(Transition.id, version.number)
        .join(version, version.id == Transition.object_id)
        .where(Transition.object_type == version.__tablename__, version.record_id == record.id)
    )
    both = union_all(own, versions).subquery()
    rows = session.execute(
        select(
            Transition.at, both.c.number, Transition.from_state, Transition.to_state, Transition.reason,
            func.coalesce(Person.name, ""), func.coalesce(behalf.name, ""),
        )
        .join(both, both.c.id == Transition.id)
        .outerjoin(Person, Person.id == Transition.person_id)
        .outerjoin(behalf, behalf.id == Transition.on_behalf_of_id)
        .order_by(Transition.at, Transition.id)
    )  # fmt: skip
    return [Happening(*row) for row in rows]
