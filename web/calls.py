"""What the pages of a call for projects share: the call of a roadshow, scores as people read them, the reader's links."""

from fractions import Fraction
from typing import Any

from flask import abort

from models.base import utcnow
from models.queries import selection as queries
from models.rules.policy import may
from models.rules.selection import Standing, score
from models.tables import Event, ProjectCall
from web.auth import actor
from web.database import db
from web.display import number
from web.meetings import own_organisations


def call_of(event: Event) -> ProjectCall:
    """The call of a roadshow, else 404."""
    return queries.call_of(db(), event.id) or abort(404)


def on_page_of(event: Event) -> dict[str, Any] | None:
    """What the roadshow's page says about its call: {call, takes, mine}; none where there is none."""
    call = queries.call_of(db(), event.id)
    if call is None:
        return None
    applies = may(actor(), "call.apply", event)
    return {
        "call": call,
        "takes": call.takes(utcnow()),
        "mine": queries.own_applications(db(), own_organisations(), call_id=call.id) if applies else [],
    }


def hands_out(call: ProjectCall) -> bool:
    """Whether an organizer can hand out applications now: those that were submitted are all there, nothing is announced."""
    return call.closes_at <= utcnow() and call.announced_at is None


def points(value: Fraction | int | None) -> str:
    """Hundredths as points: 7.85; a dash where there are none."""
    return "—" if value is None else number(in_points(value))


def in_points(hundredths: Fraction | int) -> float:
    """For a spreadsheet: 7.85."""
    return round(float(hundredths) / 100, 2)


def figures_of(standing: Standing | None, criteria: int) -> list[float | None]:
    """A row's figures for a spreadsheet: rank, mean, mean of each criterion, lowest, highest, given, missing; in points."""
    if standing is None:
        return [None] * (criteria + 6)
    hundredths = (standing.mean, *(100 * one for one in standing.criteria), standing.lowest, standing.highest)
    plain = [None if one is None else in_points(one) for one in hundredths]
    plain[1:1] = [None] * (criteria - len(standing.criteria))
    return [standing.rank, *plain, standing.given, standing.missing]


def total(row: Any, call: ProjectCall) -> str:
    """What one sheet comes to."""
    return points(score(row.points, call.weights)) if row.given_at else "—"
