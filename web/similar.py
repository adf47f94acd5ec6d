"""Similar records on a record's page: quietly left out while the engine is away."""

from typing import Any

from flask import current_app, url_for

from models.enums import RecordState
from models.queries import cards as achievements
from models.queries import needs
from search.engine import EngineUnavailable
from search.patience import within
from search.similar import similar as find
from web.auth import actor
from web.cards import achievement as achievement_card
from web.cards import need as need_card
from web.database import backends, db
from web.kinds import endpoint_of

SHOWN = 4
PATIENCE = 0.5  # of what a search may take: the page has more to say
LONGEST = 200  # characters of the link's question: titles and keywords that long say enough


def similar_to(record: Any, content: Any) -> dict[str, Any]:
    """Cards of the records most like a published one that this reader may see, and the address of all; {} if none."""
    if record.state is not RecordState.PUBLISHED:
        return {}
    keywords = " ".join(content.keywords)
    need = record.kind == "need"
    body = content.description if need else content.summary
    settings = current_app.config["SETTINGS"]
    try:
        with within(PATIENCE * settings.search_milliseconds / 1000):
            ids = find(
                backends().engine,
                content.title,
                f"{keywords}\n{body}",
                kind=record.kind,
                public_id=record.public_id,
                audience=actor().tokens,
                limit=SHOWN,
            )
    except EngineUnavailable:
        return {}  # a visitor's page is kept without them for as long as pages are kept: seconds
    found: list[Any] = needs.cards(db(), ids) if need else achievements.cards(db(), ids)
    if not found:
        return {}
    cards = [
        need_card(card) if need else achievement_card(card) | {"advantage": "", "next_session": None} for card in found
    ]
    return {
        "cards": cards,
        "url": url_for(endpoint_of(record, "search.index"), q=f"{content.title} {keywords}"[:LONGEST]),
    }
