"""Why a hit is where it is, in words: what of the question its texts hold, and the small terms beside."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from models.queries.details import achievement_details, need_details
from search.explaining import matched
from search.query import Page, Standing
from search.question import Question
from web.auth import actor
from web.database import db
from web.display import day

ALL = 0.85  # of the question's coverage; another spelling of all of it is given a little less than 1
RECENT = 0.5  # of a new record's freshness: published within the time in which it halves


def texts_of(card: Any, details: str) -> dict[str, str]:
    """Title of a field -> what the reader may read there, in the order of the page; of a card of either kind."""
    if hasattr(card, "description"):
        return {
            _("Title"): card.title,
            _("Keywords"): " ".join(card.keywords),
            _("Enterprise in need"): card.owner,
            _("What is wanted"): card.description,
            _("Indicators"): "；".join(card.indicators),
            _("What was tried"): details,
        }
    return {
        _("Title"): card.title,
        _("Keywords"): " ".join(card.keywords),
        _("Owner"): card.owner,
        _("Summary"): card.summary,
        _("The problem it solves"): card.problem,
        _("Better than what, by how much"): card.advantage,
        _("Where it can be used"): card.scenes,
        _("Details"): details,
    }


def reasons(page: Page, cards: list[Any], kind: str) -> list[dict[str, Any] | None]:
    """For each card of a page what `components/why.html` shows; None where nothing was asked. Two queries for all."""
    asked = page.asked
    if asked is None or not asked.weights:
        return [None] * len(cards)
    ids = [card.public_id for card in cards]
    details = (need_details if kind == "need" else achievement_details)(db(), ids, actor().tokens)
    standing = {hit.public_id: hit.standing for hit in page.hits}
    return [_reason(card, texts_of(card, details.get(card.public_id, "")), asked, standing) for card in cards]


def _reason(
    card: Any, texts: Mapping[str, str], asked: Question, standing: Mapping[str, Standing | None]
) -> dict[str, Any]:
    found = [(title, matched(text, asked)) for title, text in texts.items() if text]
    return {"fields": [(title, words) for title, words in found if words], "notes": _notes(card, standing)}


def _notes(card: Any, standing: Mapping[str, Standing | None]) -> list[str]:
    terms = standing.get(card.public_id)
    if terms is None:
        return []
    notes = []
    if terms.coverage >= ALL:
        notes.append(_("All of your words are in it."))
    if terms.freshness >= RECENT and card.published_at:
        notes.append(_("Published on %(day)s: what is new comes a little earlier.", day=day(card.published_at)))
    notes.append(
        _("%(percent)s %% of the record is filled in: what is complete comes a little earlier.", percent=terms.whole)
    )
    return notes
