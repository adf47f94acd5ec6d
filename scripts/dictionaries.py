"""Dictionary terms of a new installation, from data/dictionaries.json (its sources: docs/domain.md).

Loading inserts what is missing and never changes a row that people maintain.
"""

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables import Term

FILE = Path(__file__).parent / "data" / "dictionaries.json"


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
