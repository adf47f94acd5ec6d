"""Dictionary terms and synonyms of a new installation, from data/*.json (sources of the terms: docs/domain.md).

Loading inserts what is missing and never changes a row that people maintain.
"""

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules.synonyms import folded
from models.tables import Synonym, SynonymGroup, Term

DATA = Path(__file__).parent / "data"
FILE = DATA / "dictionaries.json"


def load(session: Session) -> int:
    """Insert missing terms; returns how many."""
    known = set(session.execute(select(Term.system, Term.key)))
    added = 0
    for system, terms in json.loads(FILE.read_text(encoding="utf-8")).items():
        for position, term in enumerate(terms):
            if (system, term["key"]) in known:
                continue
            added += 1
            session.add(
                Term(
                    system=system,
                    key=term["key"],
                    parent=term["parent"],
                    label_zh=term["zh"],
                    label_en=term["en"],
                    description_zh=term.get("description_zh", ""),
                    description_en=term.get("description_en", ""),
                    position=position,
                )
            )
    session.flush()
    return added


def synonyms() -> list[list[str]]:
    """The groups of words that a new installation knows."""
    groups: list[list[str]] = json.loads((DATA / "synonyms.json").read_text(encoding="utf-8"))
    return groups


def load_synonyms(session: Session) -> None:
    """Insert them where there is no group at all: what organizers retire does not come back."""
    if session.scalar(select(SynonymGroup.id).limit(1)) is not None:
        return
    for words in synonyms():
        spelled = [Synonym(position=place, word=word, folded=folded(word)) for place, word in enumerate(words)]
        session.add(SynonymGroup(words=spelled))
    session.flush()
