"""Field-wise differences between two versions. Pure; keys and codes stay as they are, the page gives their labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from models.errors import N_
from models.rules.completeness import LABELS
from models.rules.need_completeness import LABELS as NEED_LABELS


class Kind(StrEnum):
    """How a difference is shown."""

    TEXT = "text"
    CODES = "codes"  # keys of a dictionary system, or plain words where the system is ""
    VALUE = "value"
    ROWS = "rows"


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    kind: Kind
    system: str = ""  # dictionary of the keys


ACHIEVEMENT: tuple[Field, ...] = (
    Field("title", LABELS["title"], Kind.TEXT),
    Field("summary", LABELS["summary"], Kind.TEXT),
    Field("problem", LABELS["problem"], Kind.TEXT),
    Field("fields", N_("High-tech fields"), Kind.CODES, "field"),
    Field("industries", N_("Industries"), Kind.CODES, "industry"),
    Field("discipline", N_("Discipline"), Kind.CODES, "discipline"),
    Field("keywords", N_("Keywords"), Kind.CODES),
    Field("advantage", LABELS["advantage"], Kind.TEXT),
    Field("indicators", N_("Indicators"), Kind.ROWS),
    Field("scenes", LABELS["scenes"], Kind.TEXT),
    Field("trl", N_("Technology readiness level"), Kind.CODES, "trl"),
    Field("stage", N_("Market stage"), Kind.CODES, "stage"),
    Field("modes", N_("Ways of transfer"), Kind.CODES, "transfer_mode"),
    Field("price_mode", N_("How the price is found"), Kind.CODES, "price_mode"),
    Field("price", N_("Price"), Kind.VALUE),
    Field("intellectual_property", N_("Intellectual property"), Kind.ROWS),
    Field("team", N_("Team"), Kind.ROWS),
    Field("team_note", LABELS["team_note"], Kind.TEXT),
    Field("details", LABELS["details"], Kind.TEXT),
    Field("disclosure", N_("Who may read the details"), Kind.VALUE),
    Field("attachments", N_("Pictures and files"), Kind.ROWS),
)

NEED: tuple[Field, ...] = (
    Field("title", LABELS["title"], Kind.TEXT),
    Field("description", NEED_LABELS["description"], Kind.TEXT),
    Field("indicators", N_("Indicators"), Kind.ROWS),
    Field("fields", N_("High-tech fields"), Kind.CODES, "field"),
    Field("industries", N_("Industries"), Kind.CODES, "industry"),
    Field("keywords", N_("Keywords"), Kind.CODES),
    Field("modes", N_("Wanted ways of working together"), Kind.CODES, "transfer_mode"),
    Field("trl_from", N_("Readiness level from"), Kind.CODES, "trl"),
    Field("trl_to", N_("Readiness level to"), Kind.CODES, "trl"),
    Field("deadline", N_("Wanted by"), Kind.VALUE),
    Field("budget", N_("Budget"), Kind.VALUE),
    Field("tried", NEED_LABELS["tried"], Kind.TEXT),
    Field("disclosure", N_("Who may read the details"), Kind.VALUE),
)
FIELDS = {"achievement": ACHIEVEMENT, "need": NEED}

_WORDS = re.compile(r"[A-Za-z0-9.,%±℃°]+|\s+|.", re.DOTALL)  # a figure with its unit changes as one, Chinese by sign
_SENTENCES = re.compile(r"[^。；！？!?;\n]*[。；！？!?;\n]*", re.DOTALL)
LONG = 3000  # characters beyond which sentences are compared, not words: the time grows with the square


@dataclass(frozen=True)
class Segment:
    """A stretch of a text: "same", "gone" or "new"."""

    change: str
    text: str


@dataclass(frozen=True)
class Difference:
    """What changed in one field. ``segments`` for texts, else what went and what came (keys, values or rows)."""

    field: Field
    segments: tuple[Segment, ...] = ()
    gone: tuple[Any, ...] = ()
    new: tuple[Any, ...] = ()


def differences(old: Any, new: Any) -> list[Difference]:
    """What changed from one version to another, in the order of the form; nothing changed: empty.

    Both are versions (row or Content). Rows are compared as wholes, so that a changed row is one gone and one new.
    """
    found = []
    for field in FIELDS[new.kind]:
        before, after = _value(old, field), _value(new, field)
        if before == after:
            continue
        if field.kind is Kind.TEXT:
            found.append(Difference(field, segments=segments(before, after)))
        else:
            found.append(Difference(field, gone=_without(before, after), new=_without(after, before)))
    return found


def _value(version: Any, field: Field) -> Any:
    if field.name in ("price", "budget"):
        return (price(version),)
    value = getattr(version, field.name)
    match field.kind:
        case Kind.TEXT:
            return value.replace("\r\n", "\n").strip()
        case Kind.CODES if isinstance(value, list | tuple):
            return tuple(value)
        case Kind.CODES:
            return (str(value),) if value else ()
        case Kind.VALUE:
            return (value,)
    return tuple(_ROW[field.name](row) for row in value)


def price(version: Any) -> tuple[int | None, int | None, bool]:
    """Lowest and highest price or budget in fen, and whether it is negotiable (then the figures do not count)."""
    if version.negotiable:
        return None, None, True
    if version.kind == "need":
        return version.budget_min, version.budget_max, False
    return version.price_min, version.price_max, False


_ROW = {
    "indicators": lambda row: (
        row.get("name", ""),
        row.get("unit", ""),
        row.get("this") or row.get("target", ""),  # of an achievement, of a need
        row.get("today") or row.get("now", ""),
    ),
    "intellectual_property": lambda row: (row.kind, row.number, row.title, row.status),
    "team": lambda row: (row.name, row.title, row.role),
    "attachments": lambda row: (row.name, row.sha256, row.restricted),
}


def _without(these: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    rest = list(others)
    left = []
    for item in these:
        if item in rest:
            rest.remove(item)
        else:
            left.append(item)
    return tuple(left)


def segments(old: str, new: str) -> tuple[Segment, ...]:
    """The texts woven into one: joined without "gone" it is the new, without "new" the old."""
    cut = _SENTENCES if max(len(old), len(new)) > LONG else _WORDS
    before, after = cut.findall(old), cut.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    woven: list[Segment] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            woven.append(Segment("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            woven.append(Segment("gone", "".join(before[i1:i2])))
        if j2 > j1:
            woven.append(Segment("new", "".join(after[j1:j2])))
    return tuple(woven)
