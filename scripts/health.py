"""`python -m scripts.health`: how database and search engine are, and how many changes wait for the index.

Exit code 0: all is well; 1: searches or changes fail at the moment.
"""

from search.sync import pending
from web.backends import connect
from web.config import Settings


def main() -> int:
    backends = connect(Settings.from_env())
    try:
        with backends.database.read() as session:
            waiting = pending(session)
        engine = backends.engine.health()
    finally:
        backends.close()
    print("Database: answers")
    print(f"Search engine: {'answers' if engine.ready else 'does not answer'}, {engine.documents} documents")
    if engine.trouble:
        print(f"  {engine.trouble.sentence}")
    print(f"  {engine.detail}")
    print(f"Changes that wait for the index: {waiting}")
    if backends.semantic:
        print(f"Matching by meaning: {backends.meaning_trouble or backends.semantic[0]}")
    return 0 if engine.ready and engine.trouble is None else 1


if __name__ == "__main__":
    raise SystemExit(main())
