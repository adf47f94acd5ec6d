"""What the actions of drafting and publication must know of a kind of record; all else is the same for every kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.errors import N_
from models.tables import Achievement, IntellectualProperty, Need, TeamMember

COMMON = ("title", "indicators", "fields", "industries", "modes", "negotiable", "keywords", "disclosure")


@dataclass(frozen=True)
class Kind:
    plain: tuple[str, ...]  # columns of a version that its form writes and a new version takes over
    capability: str  # what an organisation must be to publish one
    asks: str  # what it must be to ask about one
    incapable: str  # said where it is not
    reversed: Mapping[str, tuple[str, str]]  # lower column -> (upper column, what is said when that is the lower)
    rows: Mapping[str, tuple[type[Any], Mapping[str, int]]] = field(default_factory=dict)  # longest of each column
    files: bool = False


KINDS: Mapping[type[Any], Kind] = {
    Achievement: Kind(
        plain=(
            *COMMON, "summary", "problem", "advantage", "scenes", "details", "discipline", "trl", "stage", "price_mode",
            "price_min", "price_max", "currency", "team_note",
        ),
        capability="is_provider",
        asks="is_seeker",
        incapable=N_("“%(name)s” is not registered as a provider of achievements."),
        reversed={"price_min": ("price_max", N_("The highest price is below the lowest."))},
        rows={
            "intellectual_property": (IntellectualProperty, {"kind": 20, "number": 40, "title": 160, "status": 20}),
            "team": (TeamMember, {"name": 60, "title": 60, "role": 60}),
        },
        files=True,
    ),
    Need: Kind(
        plain=(*COMMON, "description", "tried", "budget_min", "budget_max", "deadline", "trl_from", "trl_to"),
        capability="is_seeker",
        asks="is_provider",
        incapable=N_("“%(name)s” is not registered as an organisation that looks for technology."),
        reversed={
            "budget_min": ("budget_max", N_("The highest budget is below the lowest.")),
            "trl_from": ("trl_to", N_("The highest readiness level is below the lowest.")),
        },
    ),
}  # fmt: skip
