"""What the search field offers while somebody types."""

from collections import Counter
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from models.queries import cards as achievements
from models.queries import needs
from search.engine import Engine
from search.query import Query
from search.suggesting import fits
from web.auth import actor
from web.database import db

TITLES, KEYWORDS, OWNERS = 5, 3, 2  # offered at most


def suggestions(engine: Engine, kind: str, text: str) -> list[dict[str, Any]]:
    """Groups of {title, items: [{text, url}]}, without empty ones; from what the reader may read. At most three queries.

    Raises EngineUnavailable.
    """
    ids = engine.suggest(Query(text, audience=actor().tokens, kind=kind))
    found: list[Any] = list((needs if kind == "need" else achievements).cards(db(), ids)) if ids else []
    show, index = ("needs.show", "search.need_index") if kind == "need" else ("achievements.show", "search.index")
    titles = [
        {"text": card.title, "url": url_for(show, public_id=card.public_id)} for card in found if fits(card.title, text)
    ]
    keywords = Counter(word for card in found for word in card.keywords if fits(word, text))
    owners = Counter((card.owner, card.owner_public_id) for card in found if card.owner and fits(card.owner, text))
    groups = [
        (
            _("Keywords"),
            [{"text": word, "url": url_for(index, q=word)} for word, _times in keywords.most_common(KEYWORDS)],
        ),
        (_("Needs") if kind == "need" else _("Achievements"), titles[:TITLES]),
        (
            _("Organisations"),
            [
                {"text": name, "url": url_for("organisations.show", public_id=public_id)}
                for (name, public_id), _times in owners.most_common(OWNERS)
            ],
        ),
    ]
    return [{"title": title, "items": items} for title, items in groups if items]
