"""`python -m scripts.search "text" [--filter name=value ...] [--as EMAIL] [--json]`: what the site would find."""

import argparse
import json

from models.queries.actors import actor_by_email
from models.queries.indexing import titles
from models.queries.synonyms import groups_in_use
from models.rules.policy import VISITOR
from models.tables import Achievement, Need
from search.documents import KINDS
from search.engine import EngineUnavailable
from search.query import Query, Sort, UnknownFacet, parse_filters
from search.synonyms import Synonyms
from web.backends import connect
from web.config import Settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text")
    parser.add_argument("--filter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--as", dest="email", metavar="EMAIL", help="read as this account; without it as a visitor")
    parser.add_argument("--kind", choices=KINDS, default="achievement")
    parser.add_argument("--sort", choices=list(Sort), default=Sort.RELEVANCE)
    parser.add_argument("--page", type=int, default=1)
    parser.add_argument("--size", type=int, default=20)
    parser.add_argument("--exact", action="store_true", help="only as typed: no synonyms, no other spelling")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    backends = connect(Settings.from_env())
    try:
        filters = parse_filters(
            (name, value) for name, _equals, value in (item.partition("=") for item in arguments.filter)
        )
        with backends.database.read() as session:
            reader = actor_by_email(session, arguments.email) if arguments.email else VISITOR
            if reader is None:
                parser.error(f"there is no account {arguments.email}")
            page = backends.engine.search(
                Query(
                    text=arguments.text,
                    filters=filters,
                    audience=reader.tokens,
                    sort=Sort(arguments.sort),
                    page=arguments.page,
                    size=arguments.size,
                    facets=(),
                    kind=arguments.kind,
                    synonyms=Synonyms(groups_in_use(session)),
                    exact=arguments.exact,
                )
            )
            names = titles(
                session, [hit.public_id for hit in page.hits], kind=Need if arguments.kind == "need" else Achievement
            )
        # The index lags a little: what has just been withdrawn has no title any more.
        hits = [
            {"id": hit.public_id, "title": names[hit.public_id], "score": hit.score}
            for hit in page.hits
            if hit.public_id in names
        ]
    except UnknownFacet as error:
        parser.error(f"unknown filter {error}")
    except EngineUnavailable as error:
        print(f"The search engine does not answer: {error}")
        return 1
    finally:
        backends.close()
    if arguments.json:
        print(json.dumps({"total": page.total, "hits": hits}, ensure_ascii=False))
    else:
        print(f"{page.total} found")
        for hit in hits:
            print(f"{hit['score']:8.3f}  {hit['id']}  {hit['title']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
