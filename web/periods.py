"""What an address asks of the register: a period (first=, last=), and which entries."""

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from models.enums import Measure
from models.errors import DomainError
from models.queries.circles import by_public_id
from models.queries.register import Selection
from models.rules.register import Period, usual_periods
from web.database import db
from web.display import here, today
from web.i18n import sentence
from web.site import site


def chosen_period(values: MultiDict[str, str] | None = None) -> tuple[Period, str]:
    """The period that the address (or ``values``) asks for, else that of the settings; and what is wrong with the asked."""
    values = request.args if values is None else values
    usual = usual_period()
    first, last = values.get("first", "").strip(), values.get("last", "").strip()
    if not first and not last:
        return usual, ""
    try:
        return Period(date.fromisoformat(first or last), date.fromisoformat(last or first)), ""
    except DomainError as error:
        return usual, sentence(error)
    except ValueError:
        return usual, _("Please give both days like 2026-11-26.")


def usual_period() -> Period:
    """The period of the settings; the half-year under way where they hold no dates."""
    settings = site().settings
    try:
        return Period(
            date.fromisoformat(settings["report_period_from"]), date.fromisoformat(settings["report_period_to"])
        )
    except (ValueError, DomainError):
        return usual_periods(today())[0]


def period_links(chosen: Period) -> list[dict[str, Any]]:
    """Links to the periods that people usually ask for: {text, url, current}."""
    return [
        {
            "text": _name(period),
            "url": here(first=period.first.isoformat(), last=period.last.isoformat(), after=None),
            "current": period == chosen,
        }
        for period in usual_periods(today())
    ]


def selection_of(values: MultiDict[str, str]) -> tuple[Selection, str]:
    """What the filters ask for; an unknown value narrows nothing."""
    circle = by_public_id(db(), values.get("circle", "")) if values.get("circle") else None
    measure = Measure(values["measure"]) if values.get("measure") in set(Measure) else None
    period, problem = chosen_period(values)
    return Selection(
        kind=values["kind"] if values.get("kind", "") in site().terms.get("register_kind", {}) else "",
        circle_id=circle.id if circle else None,
        measure=measure,
        period=period if measure else None,
        text=values.get("q", "").strip()[:100],
        unchecked=bool(values.get("unchecked")),
    ), problem


def _name(period: Period) -> str:
    year = period.first.year
    if period.last.month - period.first.month > 6:
        return _("Year %(year)s", year=str(year))
    if period.first.month == 1:
        return _("First half of %(year)s", year=str(year))
    return _("Second half of %(year)s", year=str(year))
