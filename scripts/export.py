"""`python -m scripts.export achievements|needs|organisations|events|decisions [--as EMAIL]`: JSON Lines of what that reader may see.

One record a line, in the order of publication; restricted details only for their audience. An export is audited.
``decisions``: what became of suggestions, to learn from, for organizers and administrators; without names.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from models.actions.audit import record
from models.queries import exports, match_statistics
from models.queries.actors import actor_by_email
from models.rules.policy import VISITOR, Actor
from web.backends import connect
from web.config import Settings

KINDS = {
    "achievements": exports.achievements,
    "needs": exports.needs,
    "organisations": exports.organisations,
    "events": exports.events,
    "decisions": match_statistics.decisions,
}


def lines(session: Session, kind: str, reader: Actor) -> Iterator[dict[str, Any]]:
    """The records of a kind as this reader may see them."""
    yield from KINDS[kind](session, reader)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--as", dest="email", metavar="EMAIL", help="read as this account; without it as a visitor")
    arguments = parser.parse_args()
    backends = connect(Settings.from_env())
    try:
        with backends.database.read() as session:
            reader = actor_by_email(session, arguments.email) if arguments.email else VISITOR
            if reader is None:
                parser.error(f"there is no account {arguments.email}")
            count = 0
            for row in lines(session, arguments.kind, reader):
                print(json.dumps(row, ensure_ascii=False))
                count += 1
        with backends.database.write() as session:
            record(session, f"export.{arguments.kind}", by=reader, rows=count)
    finally:
        backends.close()
    print(f"{count} {arguments.kind}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
