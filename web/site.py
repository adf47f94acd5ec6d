"""What every page needs and people seldom change: settings, dictionary terms and synonyms, held per process for some seconds."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g

from models.base import Database
from models.queries.dictionaries import TermRow, all_terms
from models.queries.settings import all_settings
from models.queries.synonyms import groups_in_use
from search.synonyms import Synonyms

HOLD_SECONDS = 3.0


@dataclass(frozen=True)
class Site:
    settings: Mapping[str, Any]
    terms: Mapping[str, Mapping[str, TermRow]]
    synonyms: Synonyms

    def label(self, system: str, key: str, locale: str) -> str:
        """The label of a term; the key itself where the dictionary does not know it."""
        term = self.terms.get(system, {}).get(key)
        return term.label(locale) if term else key

    def choices(self, system: str, locale: str, *, keep: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """(key, label) of the terms in use, and of those in ``keep`` even when retired."""
        terms = self.terms.get(system, {})
        return [(key, term.label(locale)) for key, term in terms.items() if not term.retired or key in keep]


class SiteCache:
    """One per application; ``forget()`` after a change makes this process read anew."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = threading.Lock()
        self._site: Site | None = None
        self._until = 0.0

    def get(self) -> Site:
        if self._site is None or time.monotonic() > self._until:
            with self._lock:
                if self._site is None or time.monotonic() > self._until:
                    with self.database.read() as session:
                        self._site = Site(all_settings(session), all_terms(session), Synonyms(groups_in_use(session)))
                    self._until = time.monotonic() + HOLD_SECONDS
        return self._site

    def forget(self) -> None:
        self._until = 0.0


def site() -> Site:
    """Settings and terms, the same for the whole request."""
    if "site" not in g:
        cache: SiteCache = current_app.extensions["site"]
        g.site = cache.get()
    found: Site = g.site
    return found
