"""What an event's result page counts (FACTS 4.4). "对接" is not "意向" is not "签约" is not "落地": each is a figure of its own.

Each figure is counted two ways: every row, and once for what it is about, so that an achievement that met five times is five
meetings and one achievement. What the program does not record is named, not counted as nought.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import N_

ENTERPRISE, UNIVERSITY, INVESTOR, BANK, ELSE = "enterprise", "university", "investor", "bank", "else"
# Kinds of organisations (dictionary "organisation_kind") and, where somebody typed a name only, capacities (enums.Capacity).
KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ENTERPRISE: (("enterprise", "spinoff"), ("seeker",)),
    UNIVERSITY: (("university", "institute", "new_rd", "medical"), ("provider",)),
    INVESTOR: (("vc",), ("investor",)),
    BANK: (("bank",), ("bank",)),
}
ACHIEVEMENT, ORGANISATION, PERSON = N_("achievements or needs"), N_("organisations"), N_("people")


@dataclass(frozen=True)
class Figure:
    """``once``: what counts once in the second way of counting; empty: the figure is not recorded, ``means`` says why.
    ``of``: the figure whose rows have the amounts that this one adds up; its own rows are those with a known amount."""

    name: str
    label: str
    means: str
    once: str = ""
    of: str = ""

    @property
    def recorded(self) -> bool:
        return bool(self.once)


_BY_KIND = N_("People registered. By the kind of their organisation, or by their capacity where it was only typed.")
GROUPS: tuple[tuple[str, tuple[Figure, ...]], ...] = (
    (
        N_("Achievements and needs"),
        (
            Figure("collected", N_("Achievements collected"), N_("Applications to the event's call, withdrawn ones left out; none without a call."), ACHIEVEMENT),
            Figure("selected", N_("Achievements selected"), N_("Applications selected, once that is announced."), ACHIEVEMENT),
            Figure("pitched", N_("Achievements pitched"), N_("Pitches of the programme that are over."), ACHIEVEMENT),
            Figure("needs_collected", N_("Needs collected"), N_("Needs are published on the site, not for an event.")),
            Figure("needs_published", N_("Needs published"), N_("Needs are published on the site, not for an event.")),
        ),
    ),
    (
        N_("Who registered and who came"),
        (
            Figure(f"org_{ENTERPRISE}", N_("Enterprises"), _BY_KIND, ORGANISATION),
            Figure(f"org_{UNIVERSITY}", N_("Universities and institutes"), _BY_KIND, ORGANISATION),
            Figure(f"org_{INVESTOR}", N_("Investors"), _BY_KIND, ORGANISATION),
            Figure(f"org_{BANK}", N_("Banks"), _BY_KIND, ORGANISATION),
            Figure(f"org_{ELSE}", N_("Other organisations"), _BY_KIND, ORGANISATION),
            Figure("registered", N_("People registered"), N_("Registrations that were not cancelled."), PERSON),
            Figure("attended", N_("People who came"), N_("Checked in at the door; who takes part online is not."), PERSON),
        ),
    ),
    (
        N_("Meetings"),
        (
            Figure("planned", N_("Meetings confirmed"), N_("1:1 meetings of the event's sessions that stood."), ACHIEVEMENT),
            Figure("held", N_("Meetings held"), N_("At least one side says so, and none the contrary."), ACHIEVEMENT),
            Figure("useful", N_("Meetings called useful"), N_("Of those held: by at least one side."), ACHIEVEMENT),
            Figure("no_show", N_("Somebody did not come"), N_("A side says so, and none the contrary."), ACHIEVEMENT),
            Figure("contradictory", N_("Contradictory"), N_("One side says it took place, the other that nobody came."), ACHIEVEMENT),
            Figure("unanswered", N_("Not said yet"), N_("Begun, and no side has said how it was."), ACHIEVEMENT),
            Figure("seats", N_("Seats in group sessions"), N_("Seats that stood."), ORGANISATION),
            Figure("seats_taken", N_("Seats taken up"), N_("Who had the seat says they took part."), ORGANISATION),
        ),
    ),
    (
        N_("From intention to result"),
        (
            Figure("intentions", N_("Intentions"), N_("Who asked for contact in the name of the event or after a meeting in one of its sessions, or recorded an intention at it; each pair of who and about what once. Withdrawn and put aside is left out."), ACHIEVEMENT),
            Figure("intended_amount", N_("Intended amount"), N_("Sum of the budgets named with the intentions, from the lower to the upper ends. Counted once: of the first intention about each."), ACHIEVEMENT, "intentions"),
            Figure("engagements", N_("Engagements opened"), N_("Opened by a request or meeting of the event; each belongs to the first event it touched."), ACHIEVEMENT),
            Figure("followed", N_("Followed up"), N_("Engagements with a note, a next step, or a stage beyond first contact."), ACHIEVEMENT),
            Figure("signed", N_("Contracts signed"), N_("Engagements at “Contract signed” or beyond, also where they ended later."), ACHIEVEMENT),
            Figure("signed_amount", N_("Amount of contracts"), N_("Sum of the amounts stated; confidential and not fixed ones are not known. Counted once: of the first engagement about each."), ACHIEVEMENT, "signed"),
            Figure("implemented", N_("Implemented"), N_("Engagements in implementation or closed with success."), ACHIEVEMENT),
            Figure("local", N_("Implemented in the city"), N_("Of those implemented: put to use in this city."), ACHIEVEMENT),
            Figure("unplaced", N_("Implemented, place not recorded"), N_("Of those implemented: nobody has recorded where."), ACHIEVEMENT),
        ),
    ),
)  # fmt: skip
FIGURES: Mapping[str, Figure] = {one.name: one for _title, figures in GROUPS for one in figures}
COUNTED = tuple(name for name, one in FIGURES.items() if one.recorded)
AMOUNTS = tuple(name for name, one in FIGURES.items() if one.of)


def percent(part: int, whole: int) -> int | None:
    """Rounded; None of nothing."""
    return round(100 * part / whole) if whole else None
