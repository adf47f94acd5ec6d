"""What is missing of a need before it can be submitted, why it matters, and what should be looked at twice.

Pure: works on anything with the attributes of a version. Each finding says why: the form shows them beside the fields.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from models.enums import Disclosure
from models.errors import N_
from models.rules.completeness import CONTACT_DATA, Finding, Step
from models.rules.naming import names_in

LONGEST = {"title": 60, "description": 3000, "tried": 2000}
SHORTEST = {"title": 6, "description": 80}
MOST = {"fields": 3, "industries": 6, "keywords": 5}
TEXTS = ("title", "description", "tried")
LABELS = {
    "title": N_("Title"),
    "description": N_("What is wanted"),
    "tried": N_("What was tried"),
    "indicators": N_("Indicators"),
    "fields": N_("High-tech fields"),
    "industries": N_("Industries"),
    "keywords": N_("Keywords"),
}
STEP = Step.BASICS  # the form of a need is one page
SOON = 14  # days within which hardly anybody can answer


def missing(version: Any, *, today: date, concealed: Collection[str] = ()) -> list[Finding]:
    """What keeps a version from being submitted, in the order of the form; ``concealed``: names no text may hold."""
    return [
        *_texts(version),
        *_indicators(version),
        *_choices(version),
        *_money(version, today),
        *_named(version, concealed),
    ]


def warnings(version: Any, *, today: date) -> list[Finding]:
    """What does not keep it from being submitted, but makes a good answer less likely."""
    return [*_doubtful(version, today)]


def named_in(version: Any, names: Collection[str]) -> list[str]:
    """The fields whose text holds one of the names (rules/naming.py)."""
    texts = {name: getattr(version, name) for name in TEXTS}
    texts["indicators"] = " ".join(str(value) for row in version.indicators for value in row.values())
    texts["keywords"] = " ".join(version.keywords)
    return [field for field, text in texts.items() if names_in(text, names)]


def _texts(version: Any) -> Iterator[Finding]:
    if not version.title.strip():
        yield Finding(STEP, "title", N_("Give it a title: it is what providers see first in a list."))
    elif len(version.title.strip()) < SHORTEST["title"]:
        yield Finding(
            STEP,
            "title",
            N_("Name the process or product and the goal in the title, so that the right experts open it."),
        )
    length = len(version.description.strip())
    if not length:
        yield Finding(
            STEP,
            "description",
            N_(
                "Say what is wanted: the situation, the difficulty, the limits. Without it nobody can tell whether they can help."
            ),
        )
    elif length < SHORTEST["description"]:
        yield Finding(
            STEP,
            "description",
            N_(
                "Write a little more about what is wanted (%(length)s of at least %(least)s characters): materials, scale and site decide whether a solution fits."
            ),
            {"length": length, "least": SHORTEST["description"]},
        )
    for name, most in LONGEST.items():
        over = len(getattr(version, name)) - most
        if over > 0:
            yield Finding(
                STEP,
                name,
                N_("“%(field)s” is %(over)s characters too long: at most %(most)s."),
                {"field": LABELS[name], "over": over, "most": most},
            )


def _indicators(version: Any) -> Iterator[Finding]:
    if not version.indicators:
        yield Finding(
            STEP,
            "indicators",
            N_("Give at least one indicator with its target: figures turn a wish into a task that can be checked."),
        )
    elif any(not (row.get("name") and row.get("target")) for row in version.indicators):
        yield Finding(
            STEP,
            "indicators",
            N_("Each indicator needs a name and a target: with a name alone nobody knows when it is reached."),
        )


def _choices(version: Any) -> Iterator[Finding]:
    if not version.fields:
        yield Finding(STEP, "fields", N_("Choose at least one high-tech field: teams are found and told by it."))
    if not version.industries:
        yield Finding(
            STEP, "industries", N_("Choose at least one industry: providers with experience in it find the need.")
        )
    if not version.modes:
        yield Finding(
            STEP, "modes", N_("Choose how you would work together: many teams only develop, others only license.")
        )
    if not version.keywords:
        yield Finding(STEP, "keywords", N_("Give at least one keyword, as an expert would type it."))
    for name, most in MOST.items():
        if len(getattr(version, name)) > most:
            yield Finding(
                STEP, name, N_("Too many in “%(field)s”: at most %(most)s."), {"field": LABELS[name], "most": most}
            )


def _money(version: Any, today: date) -> Iterator[Finding]:
    if not version.negotiable and version.budget_min is None and version.budget_max is None:
        yield Finding(
            STEP,
            "budget_min",
            N_("Give a budget or say that it is negotiable: it shows what kind of solution is thinkable."),
        )
    if version.deadline is None:
        yield Finding(
            STEP,
            "deadline",
            N_("Say by when you need a solution: it decides between what is ready and what must be developed."),
        )
    elif version.deadline < today:
        yield Finding(
            STEP,
            "deadline",
            N_("The day by when you need a solution is over. Choose a later one, or nobody will answer."),
        )


def _named(version: Any, concealed: Collection[str]) -> Iterator[Finding]:
    for name in named_in(version, concealed):
        yield Finding(
            STEP,
            name,
            N_(
                "“%(field)s” names your organisation or its contact, who are not to be shown. Write “we” or “our plant” instead."
            ),
            {"field": LABELS[name]},
        )


def _doubtful(version: Any, today: date) -> Iterator[Finding]:
    if version.indicators and not any(row.get("now") for row in version.indicators):
        yield Finding(
            STEP,
            "indicators",
            N_("No indicator says where you stand now; the distance to the target tells how hard it is."),
        )
    if not version.tried.strip():
        yield Finding(STEP, "tried", N_("Saying what was tried keeps others from offering the same again."))
    if version.trl_from is None and version.trl_to is None:
        yield Finding(
            STEP, "trl_from", N_("Without a readiness level you will be offered both ideas and finished equipment.")
        )
    if version.deadline is not None and 0 <= (version.deadline - today).days < SOON:
        yield Finding(
            STEP, "deadline", N_("The deadline is less than two weeks away; hardly anybody can answer in time.")
        )
    for name in TEXTS:
        if CONTACT_DATA.search(getattr(version, name)):
            yield Finding(
                STEP,
                name,
                N_(
                    "“%(field)s” seems to hold a telephone number or an e-mail address. Everybody would see it; contact data is passed on after a request."
                ),
                {"field": LABELS[name]},
            )
    restricted = bool(version.tried.strip()) or version.budget_min is not None or version.budget_max is not None
    if version.disclosure is not Disclosure.PUBLIC and not restricted:
        yield Finding(STEP, "disclosure", N_("Details are to be restricted, but there are none."))
