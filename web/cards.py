"""Cards as templates/components/cards.html shows them: words instead of codes, hits marked."""

from collections.abc import Iterable
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from models.queries.cards import Card
from models.queries.needs import NeedCard
from search.marking import mark, snippet
from web.i18n import locale
from web.site import site

SUMMARY_WIDTH = 110  # characters: one line of what it does
TAG_SYSTEMS = (("fields", "field"), ("modes", "transfer_mode"))


def achievement(card: Card, question: str = "") -> dict[str, Any]:
    """A card for the macro ``achievement_card``; ``question`` is what its hits are marked for."""
    return {
        "title": marked(mark(card.title, question)),
        "url": url_for("achievements.show", public_id=card.public_id),
        "owner": marked(mark(card.owner, question)),
        "owner_url": url_for("organisations.show", public_id=card.owner_public_id),
        "summary": marked(snippet(card.summary, question, SUMMARY_WIDTH)),
        "advantage": marked(mark(card.advantage, question)),
        "tags": tags(card),
        "sample": card.is_sample,
        "disclosure": card.disclosure,
        "next_session": card.next_session
        and {
            "title": card.next_session.title,
            "start": card.next_session.starts_at,
            "url": url_for("sessions.show", public_id=card.next_session.public_id),
        },
    }


def need(card: NeedCard, question: str = "") -> dict[str, Any]:
    """A card for the macro ``need_card``; a masked owner is not in it."""
    words = [
        site().label(system, key, locale()) for attribute, system in TAG_SYSTEMS for key in getattr(card, attribute)
    ]
    level = card.trl_from or card.trl_to
    return {
        "title": marked(mark(card.title, question)),
        "url": url_for("needs.show", public_id=card.public_id),
        "owner": marked(mark(card.owner, question)),
        "owner_url": url_for("organisations.show", public_id=card.owner_public_id) if card.owner else "",
        "summary": marked(snippet(card.description, question, SUMMARY_WIDTH)),
        "tags": [*([f"TRL {level}+"] if level else []), *words],
        "sample": card.is_sample,
        "deadline": card.deadline,
        "budget": (card.budget_min, card.budget_max, card.negotiable) if card.negotiable is not None else None,
    }


def tags(card: Card) -> list[str]:
    """TRL, fields and transfer modes in the reader's language."""
    words = [f"TRL {card.trl}"] if card.trl else []
    for attribute, system in TAG_SYSTEMS:
        words += [site().label(system, key, locale()) for key in getattr(card, attribute)]
    return words


def marked(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Pieces of text, the hits among them in <mark>; everything escaped."""
    return Markup("").join(Markup("<mark>{}</mark>").format(text) if hit else escape(text) for text, hit in pieces)
