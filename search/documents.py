"""The documents an index holds: one mapping for every engine, strict and versioned."""

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple, TypedDict, cast

from search.query import FACETS
from search.reading import HEAD, reading
from search.sounds import initials, pairs_of, syllables
from search.text import analyse_runs, fold, runs

# Raise it whenever the names below, the counts or the analysis in text.py change: an index of another version answers
# "run reindex" (a test holds the version and what it stands for together).
MAPPING_VERSION = 3

KINDS = ("achievement", "need")

# How often a field's tokens count. All fields are ranked as one: on 11,860 real documents BM25 over one field found
# the known item at MRR .848 (two keywords), the sum of BM25 over four fields at .703; the title twice gave .854.
TEXT_FIELDS = {
    "title": 2,
    "keywords": 2,
    "owner": 1,
    "summary": 1,
    "problem": 1,
    "advantage": 1,
    "scenes": 1,
    "details": 1,
}


class MappingError(ValueError):
    """A document that is not of the mapping: a bug of who made it, never of what a person typed."""


class Document(TypedDict):
    """A plain document. Who holds a token of `audience` and none of `superseded_for` may see it and all it says."""

    key: str  # "achievement:<id>:card"
    kind: str
    public_id: str
    audience: list[str]
    superseded_for: list[str]  # whose holders find the fuller document of the same record instead
    text: dict[str, str]  # TEXT_FIELDS, raw
    facets: dict[str, list[str]]  # FACETS, codes
    published_at: int  # epoch seconds
    trl: int | None  # 1-9
    version: int  # of the row; an engine refuses an older one
    digest: str  # of all the rest: content may change where no version does


def digest(document: Mapping[str, Any]) -> str:
    """Return 16 hexadecimal digits of the content; version, order and repetition of codes and tokens do not count."""
    content = {name: value for name, value in document.items() if name not in ("version", "digest")}
    for name in ("audience", "superseded_for"):
        content[name] = sorted(set(content[name]))
    content["facets"] = {name: sorted(set(codes)) for name, codes in content["facets"].items()}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return blake2b(written.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def seal(content: Mapping[str, Any]) -> Document:
    """Make a document of everything but the digest.

    Raises:
        MappingError: the content is not of the mapping.
    """
    try:
        document = {**content, "digest": digest(content)}
    except (KeyError, TypeError, AttributeError) as error:
        raise MappingError(f"{content.get('key')!r}: {error!r}") from error
    return check(document)


def check(document: Mapping[str, Any]) -> Document:
    """Return the document if names and types are the mapping's (Tantivy would accept unknown names in silence).

    Raises:
        MappingError: names the document and what is wrong with it.
    """
    wrong = (
        _names("document", document, Document.__annotations__)
        or _names("text", document["text"], TEXT_FIELDS)
        or _names("facets", document["facets"], FACETS)
        or next((f"{name}: {document[name]!r}" for name, fits in _FITS.items() if not fits(document[name])), None)
    )
    if wrong:
        raise MappingError(f"{document.get('key')!r}: {wrong}")
    return cast(Document, document)


class Prepared(NamedTuple):
    """What engines index of a document's text; `tokens` and `sounds` are joined by blanks."""

    tokens: str
    sounds: str
    reading: str
    whole: int  # percent of texts and facets that are filled in


def prepare(document: Document) -> Prepared:
    """Analyse a document once for all that is made of it."""
    tokens: list[str] = []
    sounds: set[str] = set()
    bigrams: set[str] = set()
    lines = []
    for place, (name, times) in enumerate(TEXT_FIELDS.items()):
        cut = list(runs(fold(document["text"][name])))
        tokens += analyse_runs(cut) * times
        lines.append(cut)
        for run in (run for run, _, ideographs in cut if ideographs):
            bigrams.update(map(str.__add__, run, run[1:]))
            if place < HEAD:
                sounds.update(initials(syllables(run)))
    sounds |= pairs_of(bigrams)
    parts = [*document["text"].values(), *document["facets"].values(), document["trl"]]
    whole = 100 * sum(map(bool, parts)) // len(parts)
    return Prepared(" ".join(tokens), " ".join(sorted(sounds)), reading(lines), whole)


def _names(where: str, given: object, expected: Mapping[str, Any] | tuple[str, ...]) -> str | None:
    if not isinstance(given, Mapping):
        return f"{where} is no mapping"
    unknown, missing = sorted(set(given) - set(expected)), sorted(set(expected) - set(given))
    return f"{where} has unknown {unknown}, lacks {missing}" if unknown or missing else None


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()


def _is_codes(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_code, value))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


_FITS: dict[str, Callable[[Any], bool]] = {
    "key": _is_code,
    "kind": KINDS.__contains__,
    "public_id": _is_code,
    "audience": _is_codes,
    "superseded_for": _is_codes,
    "text": lambda value: all(isinstance(text, str) for text in value.values()),
    "facets": lambda value: all(map(_is_codes, value.values())),
    "published_at": _is_count,
    "trl": lambda value: value is None or (type(value) is int and 1 <= value <= 9),
    "version": _is_count,
    "digest": _is_code,
}
