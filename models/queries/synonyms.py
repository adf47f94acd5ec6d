"""Groups of synonyms: those a search uses, and those organizers see."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.rules.synonyms import folded
from models.tables import Synonym, SynonymGroup


def groups_in_use(session: Session) -> list[tuple[str, ...]]:
    """The words of each group that is not retired; one query."""
    rows = session.execute(
        select(Synonym.group_id, Synonym.word)
        .join(SynonymGroup, SynonymGroup.id == Synonym.group_id)
        .where(SynonymGroup.retired.is_(False))
        .order_by(Synonym.group_id, Synonym.position)
    )
    groups: dict[int, list[str]] = {}
    for group_id, word in rows:
        groups.setdefault(group_id, []).append(word)
    return [tuple(words) for words in groups.values()]


@dataclass(frozen=True)
class GroupLine:
    public_id: str
    words: tuple[str, ...]
    retired: bool


def group_lines(session: Session, *, containing: str = "") -> list[GroupLine]:
    """Every group, those in use first, newest first; ``containing`` a piece of one of its words. Two queries."""
    statement = select(SynonymGroup).options(selectinload(SynonymGroup.words))
    if wanted := folded(containing):
        having = select(Synonym.group_id).where(Synonym.folded.contains(wanted, autoescape=True))
        statement = statement.where(SynonymGroup.id.in_(having))
    groups = session.scalars(statement.order_by(SynonymGroup.retired, SynonymGroup.id.desc()))
    return [GroupLine(group.public_id, tuple(word.word for word in group.words), group.retired) for group in groups]


def group_with(session: Session, words: list[str], *, but: int | None = None) -> tuple[str, list[str]] | None:
    """The first of these words that another group has, and that group's words."""
    taken = session.scalar(
        select(Synonym)
        .where(Synonym.folded.in_([folded(word) for word in words]), Synonym.group_id != (but or 0))
        .order_by(Synonym.id)
        .limit(1)
    )
    return (taken.word, [word.word for word in taken.group.words]) if taken else None


def group(session: Session, public_id: str) -> SynonymGroup | None:
    """One group, to change it."""
    return session.scalar(select(SynonymGroup).where(SynonymGroup.public_id == public_id))
