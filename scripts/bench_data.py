"""A large database for measuring: copies of the published sample achievements, told apart by title and id."""

from datetime import timedelta

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from models.base import new_public_id
from models.enums import RecordState
from models.tables import Achievement, AchievementCircle, AchievementVersion, IntellectualProperty, TeamMember
from search.sync import rebuild
from web.backends import Backends
from web.config import Settings

PUBLISHED = Achievement.state == RecordState.PUBLISHED
PARTS = (IntellectualProperty, TeamMember)  # child rows of a version
APART = timedelta(seconds=90)  # between the publication of one copy and the next: "newest" has an order


def grow(backends: Backends, settings: Settings, total: int) -> int:
    """Copy until ``total`` achievements are published, then rebuild the index; returns how many are published.

    Written past the index by bulk statements (models/changes.py), hence the rebuild.
    """
    with backends.database.write() as session:
        originals = session.scalars(select(Achievement.id).where(PUBLISHED).order_by(Achievement.id)).all()
        missing = total - len(originals)
        while missing > 0:
            _copy(session, list(originals)[:missing])
            missing -= len(originals)
        published = session.scalar(select(func.count()).select_from(Achievement).where(PUBLISHED)) or 0
    rebuild(backends.database, backends.engine, settings.var_dir)
    return published


def _copy(session: Session, ids: list[int]) -> None:
    """One copy of each of these achievements with its published version, rights, team and circles."""
    first = (session.scalar(select(func.max(Achievement.id))) or 0) + 1
    first_version = (session.scalar(select(func.max(AchievementVersion.id))) or 0) + 1
    old = _rows(session, Achievement, Achievement.id.in_(ids))
    versions = {
        row["id"]: row
        for row in _rows(session, AchievementVersion, AchievementVersion.id.in_([r["public_version_id"] for r in old]))
    }
    new_ids = {row["id"]: first + place for place, row in enumerate(old)}
    new_versions = {row["public_version_id"]: first_version + place for place, row in enumerate(old)}
    records, contents = [], []
    for row in old:
        number = new_ids[row["id"]]
        at = row["published_at"] - APART * number
        records.append(
            row | {
                "id": number, "public_id": new_public_id(), "published_at": at, "public_version_id": None,
                "working_version_id": None,
            }
        )  # fmt: skip
        content = versions[row["public_version_id"]]
        contents.append(
            content | {
                "id": new_versions[content["id"]], "achievement_id": number, "number": 1, "published_at": at,
                "title": f"{content['title'][:100]}（副本{number}）",
            }
        )  # fmt: skip
    _insert(session, Achievement, records)
    _insert(session, AchievementVersion, contents)
    version = _table(AchievementVersion)
    table = _table(Achievement)
    session.execute(
        table.update()
        .where(table.c.id >= first)
        .values(public_version_id=select(version.c.id).where(version.c.achievement_id == table.c.id).scalar_subquery()),
        execution_options={"bulk": True},
    )
    for part in PARTS:
        rows = _rows(session, part, part.version_id.in_(new_versions))
        _insert(session, part, [_child(row) | {"version_id": new_versions[row["version_id"]]} for row in rows])
    rows = _rows(session, AchievementCircle, AchievementCircle.achievement_id.in_(ids))
    _insert(
        session, AchievementCircle, [_child(row) | {"achievement_id": new_ids[row["achievement_id"]]} for row in rows]
    )


def _child(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != "id"}


def _table(model: type) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _rows(session: Session, model: type, condition: object) -> list[dict]:
    return [dict(row) for row in session.execute(select(_table(model)).where(condition)).mappings()]  # type: ignore[arg-type]


def _insert(session: Session, model: type, rows: list[dict]) -> None:
    if rows:
        session.execute(insert(_table(model)), rows, execution_options={"bulk": True})
