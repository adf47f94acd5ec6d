"""Saved searches between address, row and engine."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from models.rules.policy import Actor
from models.tables import SavedSearch
from search.query import Query, Sort, parse_filters
from web.finding import Labels, facet_titles
from web.kinds import endpoint_of
from web.site import site


def values_of(question: Query) -> dict[str, Any]:
    """What of a question is kept, as plain values."""
    return {
        "kind": question.kind,
        "text": question.text,
        "filters": question.selected,
        "sort": question.sort.value,
        "exact": question.exact,
    }


def question_of(row: SavedSearch, reader: Actor, **more: Any) -> Query:
    """The kept question as its owner may ask it now; ``more``: size, keys, sort."""
    pairs = [(facet, value) for facet, values in row.filters.items() for value in values]
    asked: dict[str, Any] = {
        "text": row.text,
        "filters": parse_filters(pairs),
        "audience": reader.tokens,
        "sort": Sort(row.sort),
        "facets": (),
        "kind": row.kind,
        "synonyms": site().synonyms,
        "exact": row.exact,
    }
    return Query(**(asked | more))


def address(question: Query, endpoint: str = "") -> str:
    """The page of results of a question, or another page that takes it from the address."""
    values: dict[str, Any] = {
        "q": question.text or None,
        "sort": None if question.sort is Sort.RELEVANCE else question.sort.value,
        "exact": "1" if question.exact else None,
        "kind": "need" if endpoint and question.kind == "need" else None,
        **{facet: list(ticked) for facet, ticked in question.selected.items()},
    }
    return url_for(endpoint or endpoint_of(question.kind, "search.index"), **values)


def words(question: Query, name_of: Labels) -> list[str]:
    """What a question says, in the reader's language: its text, then its filters."""
    titles = facet_titles(question.kind)
    said = [f"“{question.text}”"] if question.text else []
    for facet, values in question.selected.items():
        named = _(", ").join(name_of(facet, value) for value in values)
        said.append(_("%(facet)s: %(values)s", facet=titles[facet], values=named))
    if question.exact:
        said.append(_("only as typed"))
    return said or [_("everything")]


def proposed_name(question: Query, name_of: Labels) -> str:
    """A name to begin with: the text, else what the filters say."""
    labels = [name_of(chosen.name, chosen.value) for chosen in question.filters]
    fallback = _("All needs") if question.kind == "need" else _("All achievements")
    return (question.text or _(", ").join(labels) or fallback)[:60]
