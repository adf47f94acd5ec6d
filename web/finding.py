"""From an address to a question and from an answer to what the search page shows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from models.queries import labels
from models.rules.policy import Actor
from search.after import parse_after
from search.query import FACETS, WINDOW, Facet, Filter, Page, Query, Sort, parse_filters
from search.question import Meaning
from web.database import db
from web.display import here, here_without
from web.i18n import locale
from web.site import site

SIZE = 20
LONGEST_QUESTION = 10_000
SYSTEMS = {"field": "field", "industry": "industry", "stage": "stage", "trl": "trl", "mode": "transfer_mode"}


def facet_titles(kind: str = "achievement") -> dict[str, str]:
    """Facet -> title, in the order shown."""
    return {
        "field": _("Field"),
        "industry": _("Industry"),
        "trl": _("Readiness (TRL)"),
        "stage": _("Stage"),
        "mode": _("Transfer mode"),
        "owner": _("Enterprise in need") if kind == "need" else _("Owner"),
        "circle": _("Circle"),
        "roadshow": _("Roadshow"),
    }


def question_of(arguments: MultiDict[str, str], reader: Actor) -> Query:
    """The question in an address. What cannot be understood is left out; nothing raises."""
    pairs = [(name, value) for name in FACETS for value in arguments.getlist(name)]
    try:
        sort = Sort(arguments.get("sort", ""))
    except ValueError:
        sort = Sort.RELEVANCE
    number = arguments.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    return Query(
        text=arguments.get("q", "")[:LONGEST_QUESTION].strip(),
        filters=parse_filters(pairs),
        audience=reader.tokens,
        sort=sort,
        page=min(max(page, 1), WINDOW // SIZE),
        size=SIZE,
        after=parse_after(arguments.get("after", ""), sort),
        synonyms=site().synonyms,
        exact=arguments.get("exact") == "1",
    )


@dataclass(frozen=True)
class Labels:
    """What facet values are called in the reader's language."""

    known: Mapping[str, Mapping[str, str]]

    def __call__(self, facet: str, value: str) -> str:
        if system := SYSTEMS.get(facet):
            return site().label(system, value, locale())
        return self.known.get(facet, {}).get(value, value)


def labels_for(facets: tuple[Facet, ...], filters: tuple[Filter, ...]) -> Labels:
    """Names of the owners, roadshows and circles among facet values and filters; three queries."""
    values: dict[str, set[str]] = {name: set() for name in FACETS}
    for facet in facets:
        values[facet.name].update(value.value for value in facet.values)
    for chosen in filters:
        values[chosen.name].add(chosen.value)
    return Labels(
        {
            "owner": labels.owner_names(db(), values["owner"]),
            "roadshow": labels.roadshow_titles(db(), values["roadshow"]),
            "circle": labels.circle_names(db()),
        }
    )


def groups(page: Page, name_of: Labels, kind: str = "achievement") -> list[dict[str, Any]]:
    """Facets for components/facets.html; TRL by number, all others by count."""
    shown = {facet.name: facet for facet in page.facets}
    return [
        {
            "name": name,
            "title": title,
            "values": [
                {
                    "value": value.value,
                    "label": name_of(name, value.value),
                    "count": value.count,
                    "selected": value.selected,
                }
                for value in sorted(shown[name].values, key=lambda value: value.value if name == "trl" else "")
            ],
        }
        for name, title in facet_titles(kind).items()
        if name in shown
    ]


def chips(question: Query, name_of: Labels) -> list[dict[str, str]]:
    """The active filters, each with the address without it."""
    titles = facet_titles(question.kind)
    return [
        {
            "title": titles[chosen.name],
            "label": name_of(chosen.name, chosen.value),
            "url": here_without(chosen.name, chosen.value),
        }
        for chosen in question.filters
    ]


def sorts(question: Query) -> list[dict[str, Any]]:
    words = {Sort.RELEVANCE: _("Best match"), Sort.NEWEST: _("Newest"), Sort.TRL: _("Highest TRL")}
    return [
        {
            "text": text,
            "url": here(sort=None if sort is Sort.RELEVANCE else sort.value, page=None, after=None),
            "current": sort is question.sort,
        }
        for sort, text in words.items()
    ]


def looser(question: Query, name_of: Labels, count: Any) -> list[dict[str, Any]]:
    """For an empty result: the same question without one filter or without its text, and what that would find.

    ``count(query)`` returns the number of hits.
    """
    found = []
    for chosen in question.filters:
        rest = tuple(other for other in question.filters if other != chosen)
        total = count(replace(question, filters=rest, facets=(), size=1, page=1, after=None))
        if total:
            text = _("Without “%(filter)s”", filter=name_of(chosen.name, chosen.value))
            found.append({"text": text, "count": total, "url": here_without(chosen.name, chosen.value)})
    if question.text and question.filters:
        total = count(replace(question, filters=(), facets=(), size=1, page=1, after=None))
        if total:
            cleared = dict.fromkeys(FACETS)
            found.append(
                {"text": _("Without any filter"), "count": total, "url": here(**cleared, page=None, after=None)}
            )
    return found


@dataclass(frozen=True)
class Understood:
    """What was asked besides what was typed."""

    also: tuple[str, ...] = ()  # synonyms
    meant: tuple[tuple[str, str], ...] = ()  # as typed, as hits spell it
    text: str = ""  # the question in the hits' spelling; empty where nothing was taken for something else


def understood(page: Page, reasons: Iterable[Mapping[str, Any] | None]) -> Understood:
    """For the line above the hits. A word is spelled as the reader finds it most often on this page."""
    asked = page.asked
    if asked is None:
        return Understood()
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for reason in reasons:
        told = [words for _title, words in reason["fields"]] if reason else []
        for word in {word for words in told for word in words if word.typed}:
            if _is_whole(word.text, asked.meant[word.typed]):
                spelled[word.typed][word.text] += 1
    meant = {typed: counted.most_common(1)[0][0] for typed, counted in spelled.items()}
    text = " ".join("".join(meant.get(run, run) for run in either[0]) for either in asked.terms) if meant else ""
    return Understood(asked.also, tuple(meant.items()), text)


def _is_whole(piece: str, meaning: Meaning) -> bool:
    """Whether a piece is all of what a word may mean, not a part of it."""
    return len(piece) in {len(meaning.letters), *map(len, meaning.spoken)} or bool(meaning.slip)
