"""How the register of a circle counts.

A subject is present from the day it arrives to the day before it leaves. A period has two days, both within it. Over a
period four figures are taken, each counting subjects, not entries: present when it begins (before its first day),
arrived in it, left in it, present when it ends. A subject counts once per circle, and once in the sum over circles; so
the sum may be smaller than its parts, and one that left and came back counts once as arrived and once as left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.enums import Measure
from models.errors import N_, Invalid


@dataclass(frozen=True)
class Period:
    """From ``first`` to ``last`` day, both within."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid(N_("The last day must not be before the first."), field="last")

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True)
class Stay:
    """One entry of the register, as far as counting goes."""

    subject_key: str
    arrived_on: date
    left_on: date | None = None


def counts(measure: Measure, stay: Stay, period: Period) -> bool:
    """Whether an entry is behind a figure."""
    if measure is Measure.ARRIVALS:
        return stay.arrived_on in period
    if measure is Measure.DEPARTURES:
        return stay.left_on in period
    if measure is Measure.BEGIN:
        return stay.arrived_on < period.first and (stay.left_on is None or stay.left_on >= period.first)
    return stay.arrived_on <= period.last and (stay.left_on is None or stay.left_on > period.last)


def overlaps(stay: Stay, others: Iterable[Stay]) -> Stay | None:
    """The first of ``others`` during which the subject is already there; leaving and coming back on one day is none."""
    for other in others:
        begins_before_other_ends = other.left_on is None or stay.arrived_on < other.left_on
        ends_after_other_begins = stay.left_on is None or stay.left_on > other.arrived_on
        if begins_before_other_ends and ends_after_other_begins:
            return other
    return None


def usual_periods(today: date) -> list[Period]:
    """What people ask for: the half-year under way and the two before it, and this year so far, newest first."""
    halves, year, second = [], today.year, today.month > 6
    for _ in range(3):
        halves.append(
            Period(date(year, 7, 1), date(year, 12, 31)) if second else Period(date(year, 1, 1), date(year, 6, 30))
        )
        year, second = (year, False) if second else (year - 1, True)
    return [*halves, Period(date(today.year, 1, 1), date(today.year, 12, 31))]
