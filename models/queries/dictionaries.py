"""Dictionary terms: labels and choices in one query, cached by the web under the dictionary's revision."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import Term


@dataclass(frozen=True)
class TermRow:
    key: str
    parent: str
    zh: str
    en: str
    description_zh: str
    description_en: str
    retired: bool

    def label(self, locale: str) -> str:
        return self.zh if locale.startswith("zh") else self.en


def all_terms(session: Session) -> Mapping[str, dict[str, TermRow]]:
    """system -> key -> term, in the order that people keep."""
    rows = session.execute(
        select(
            Term.system,
            Term.key,
            Term.parent,
            Term.label_zh,
            Term.label_en,
            Term.description_zh,
            Term.description_en,
            Term.retired,
        ).order_by(Term.system, Term.position, Term.id)
    )
    systems: dict[str, dict[str, TermRow]] = {}
    for row in rows:
        systems.setdefault(row.system, {})[row.key] = TermRow(*row[1:])
    return systems


def in_use(session: Session, system: str, key: str) -> bool:
    """Whether a dictionary has the term and people may still choose it."""
    found = select(Term.id).where(Term.system == system, Term.key == key, Term.retired.is_(False))
    return session.scalar(found) is not None


def term_row(session: Session, system: str, key: str) -> Term | None:
    """One term, to change it."""
    return session.scalar(select(Term).where(Term.system == system, Term.key == key))
