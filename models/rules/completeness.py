"""What is missing before a version can be submitted, and what a reviewer should look at twice.

Pure: works on anything with the attributes of a version (the row, or the plain Content of queries/versions.py).
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.enums import Disclosure
from models.errors import N_
from models.rules.identifiers import normal_code, patent_conforms


class Step(StrEnum):
    """The steps of the form, in order."""

    BASICS = "basics"  # what it is
    WORTH = "worth"  # better than what, by how much
    TRANSFER = "transfer"  # maturity, modes, price
    RIGHTS = "rights"  # intellectual property, team, contact
    FILES = "files"  # files, details and who may read them


# Most characters of a text, and the fewest that say anything (FACTS 3.1: title up to 60, summary up to 300).
LONGEST = {
    "title": 60,
    "summary": 300,
    "problem": 500,
    "advantage": 300,
    "scenes": 500,
    "details": 5000,
    "team_note": 500,
}
SHORTEST = {"title": 4, "summary": 60, "problem": 10, "advantage": 10, "scenes": 5}
MOST = {"fields": 3, "industries": 6, "keywords": 5}
KEYWORD_LENGTH = 20
ROWS = 30  # of indicators, intellectual property, team
ABSOLUTE = 20_000  # characters that a draft may hold in one text, however long that is for publishing

PATENTS = frozenset({"invention", "utility", "design"})
STAGES = {
    "lab": (1, 3),
    "bench": (4, 4),
    "pilot": (5, 6),
    "prototype": (7, 7),
    "small_batch": (8, 8),
    "industrial": (9, 9),
}
PUBLIC_TEXTS = ("title", "summary", "problem", "advantage", "scenes", "team_note")
CONTACT_DATA = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|[\w.+-]+@[\w-]+\.[\w.]+")
LABELS = {
    "title": N_("Title"),
    "summary": N_("Summary"),
    "problem": N_("The problem it solves"),
    "advantage": N_("Better than what, by how much"),
    "scenes": N_("Where it can be used"),
    "details": N_("Details"),
    "team_note": N_("About the team"),
    "fields": N_("High-tech fields"),
    "industries": N_("Industries that could use it"),
    "keywords": N_("Keywords"),
}


@dataclass(frozen=True)
class Finding:
    """One thing to mend: in which step and field, and a sentence (message id) with its values."""

    step: Step
    field: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


def missing(version: Any) -> list[Finding]:
    """What keeps a version from being submitted, in the order of the form. Empty: it may be submitted."""
    return [*_basics(version), *_worth(version), *_transfer(version), *_rights(version), *_too_long(version)]


def warnings(version: Any) -> list[Finding]:
    """What does not keep it from being submitted, but may be a mistake: check digits, contact data, contradictions."""
    return [
        *_doubtful_texts(version),
        *_doubtful_stage(version),
        *_doubtful_rights(version),
        *_doubtful_details(version),
    ]


def _text(version: Any, step: Step, name: str, message: str) -> Iterator[Finding]:
    length = len(getattr(version, name).strip())
    if not length:
        yield Finding(step, name, message)
    elif length < SHORTEST[name]:
        yield Finding(
            step,
            name,
            N_("Please write a little more about “%(field)s”: at least %(least)s characters."),
            {"field": LABELS[name], "least": SHORTEST[name]},
        )


def _basics(version: Any) -> Iterator[Finding]:
    yield from _text(version, Step.BASICS, "title", N_("Please give it a title."))
    yield from _text(version, Step.BASICS, "summary", N_("Please say in a summary what it is and does."))
    yield from _text(version, Step.BASICS, "problem", N_("Please say which problem it solves."))
    if not version.fields:
        yield Finding(Step.BASICS, "fields", N_("Please choose at least one high-tech field."))
    if not version.industries:
        yield Finding(Step.BASICS, "industries", N_("Please choose at least one industry that could use it."))
    if not version.discipline:
        yield Finding(Step.BASICS, "discipline", N_("Please choose the discipline."))
    if not version.keywords:
        yield Finding(Step.BASICS, "keywords", N_("Please give at least one keyword."))
    for name, most in MOST.items():
        if len(getattr(version, name)) > most:
            yield Finding(
                Step.BASICS,
                name,
                N_("Too many in “%(field)s”: at most %(most)s."),
                {"field": LABELS[name], "most": most},
            )


def _worth(version: Any) -> Iterator[Finding]:
    yield from _text(version, Step.WORTH, "advantage", N_("Please say what it is better than, and by how much."))
    yield from _text(version, Step.WORTH, "scenes", N_("Please say where it can be used."))
    for row in version.indicators:
        if not (row.get("name") and row.get("this")):
            yield Finding(Step.WORTH, "indicators", N_("Each indicator needs a name and a value of this achievement."))
            return


def _transfer(version: Any) -> Iterator[Finding]:
    if version.trl is None:
        yield Finding(Step.TRANSFER, "trl", N_("Please choose the technology readiness level."))
    if not version.stage:
        yield Finding(Step.TRANSFER, "stage", N_("Please choose the market stage."))
    if not version.modes:
        yield Finding(Step.TRANSFER, "modes", N_("Please choose how it may be transferred."))
    if not version.price_mode:
        yield Finding(Step.TRANSFER, "price_mode", N_("Please choose how the price is found."))
    if not version.negotiable and version.price_min is None and version.price_max is None:
        yield Finding(Step.TRANSFER, "price_min", N_("Please give a price, or say that it is negotiable."))


def _rights(version: Any) -> Iterator[Finding]:
    if not version.intellectual_property:
        yield Finding(
            Step.RIGHTS,
            "intellectual_property",
            N_("Please list the intellectual property, or choose that none is involved."),
        )
    elif any(not row.kind for row in version.intellectual_property):
        yield Finding(Step.RIGHTS, "intellectual_property", N_("Please choose the kind of each right."))
    if not version.team and not version.team_note.strip():
        yield Finding(Step.RIGHTS, "team", N_("Please name the team or describe it."))
    elif any(not row.name for row in version.team):
        yield Finding(Step.RIGHTS, "team", N_("Please give the name of each colleague."))


def _too_long(version: Any) -> Iterator[Finding]:
    for name, most in LONGEST.items():
        over = len(getattr(version, name)) - most
        if over > 0:
            yield Finding(
                step_of(name),
                name,
                N_("“%(field)s” is %(over)s characters too long: at most %(most)s."),
                {"field": LABELS[name], "over": over, "most": most},
            )


def step_of(name: str) -> Step:
    """The step on which a field stands."""
    return next((step for step, names in FIELDS_OF_STEP.items() if name in names), Step.BASICS)


FIELDS_OF_STEP: dict[Step, tuple[str, ...]] = {
    Step.BASICS: ("title", "summary", "problem", "fields", "industries", "discipline", "keywords"),
    Step.WORTH: ("advantage", "indicators", "scenes"),
    Step.TRANSFER: ("trl", "stage", "modes", "price_mode", "negotiable", "price_min", "price_max"),
    Step.RIGHTS: ("intellectual_property", "team", "team_note"),
    Step.FILES: ("details", "disclosure"),
}


def _doubtful_texts(version: Any) -> Iterator[Finding]:
    for name in PUBLIC_TEXTS:
        if CONTACT_DATA.search(getattr(version, name)):
            yield Finding(
                step_of(name),
                name,
                N_(
                    "“%(field)s” seems to hold a telephone number or an e-mail address. Everybody would see it; contact data is passed on after a request."
                ),
                {"field": LABELS[name]},
            )
    if version.advantage and not re.search(r"[\d一二三四五六七八九十百千万半倍]", version.advantage):
        yield Finding(Step.WORTH, "advantage", N_("No figure says by how much it is better."))
    if not version.indicators:
        yield Finding(Step.WORTH, "indicators", N_("No indicator compares it with today's practice."))


def _doubtful_stage(version: Any) -> Iterator[Finding]:
    low, high = STAGES.get(version.stage, (1, 9))
    if version.trl is not None and not low <= version.trl <= high:
        expected = str(low) if low == high else f"{low}–{high}"
        yield Finding(
            Step.TRANSFER,
            "stage",
            N_("Readiness level %(trl)s is unusual for this market stage (usual: %(expected)s)."),
            {"trl": version.trl, "expected": expected},
        )


def _doubtful_rights(version: Any) -> Iterator[Finding]:
    for row in version.intellectual_property:
        number = normal_code(row.number)
        if row.kind in PATENTS and number and not patent_conforms(number):
            yield Finding(
                Step.RIGHTS,
                "intellectual_property",
                N_("Please check the patent number %(number)s: form or check digit do not agree."),
                {"number": number},
            )
        elif row.kind in PATENTS and row.status == "granted" and not number:
            yield Finding(
                Step.RIGHTS,
                "intellectual_property",
                N_("A granted patent has no number: “%(title)s”."),
                {"title": row.title or "—"},
            )
        elif row.status in ("lapsed", "transferred"):
            yield Finding(
                Step.RIGHTS,
                "intellectual_property",
                N_("A right has lapsed or was transferred: “%(title)s”."),
                {"title": row.title or number or "—"},
            )


def _doubtful_details(version: Any) -> Iterator[Finding]:
    restricted = [file for file in version.attachments if file.restricted]
    if version.disclosure is not Disclosure.PUBLIC and not version.details.strip() and not restricted:
        yield Finding(Step.FILES, "details", N_("Details are to be restricted, but there are none."))
    if version.disclosure is Disclosure.PUBLIC and restricted:
        yield Finding(
            Step.FILES, "disclosure", N_("Files are marked as restricted, but the details are open to everybody.")
        )
