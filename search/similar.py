"""Records like one, by its own words (`search/likeness.py`)."""

from collections.abc import Collection

from search.engine import Engine
from search.likeness import BODY, Text
from search.query import Query

LEAST = 0.1  # of the score of a document that has all of the record's words; what is less alike shares a few usual ones


def similar(
    engine: Engine, head: str, body: str, *, kind: str, public_id: str, audience: Collection[str], limit: int
) -> list[str]:
    """Public ids of the records of a kind most like one with these texts, best first, itself left out.

    Raises:
        EngineUnavailable: as the name says.
    """
    query = Query(audience=frozenset(audience), kind=kind, size=limit + 1)
    found = engine.alike(query, [Text(head, 1.0), Text(body, BODY)])
    others = [
        each.public_id for each in found.candidates if each.public_id != public_id and each.score >= LEAST * found.whole
    ]
    return others[:limit]
