"""Times of an organisation as its pages show them: by day, each with what a tap on it does."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any

from flask import request, url_for

from models.enums import SessionKind
from models.queries.availability import Time, Times
from models.queries.own_people import Stay
from web.display import clock, day
from web.i18n import local, zone

AT_MOST = 3  # achievements of a session that are named


def begins() -> datetime | None:
    """The moment that the address names ("from": a day of the site, or a moment); None where it names none."""
    text = request.args.get("from", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1900 <= moment.year <= 2200:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else datetime.combine(moment, time(), zone()).astimezone(UTC)


def days_of(found: Times, chosen: Any) -> list[dict[str, Any]]:
    """Days with their sessions, each with its times; ``chosen``: the achievement that is looked for."""
    days = []
    for on, of_day in groupby(found.rows, key=lambda row: local(row.starts_at).date()):
        sessions: dict[int, dict[str, Any]] = {}
        for row in of_day:
            there = sessions.setdefault(row.where.id, _session(row, chosen) | {"times": []})
            there["times"].append(_time(row, there["achievement"]))
        days.append({"title": day(on), "sessions": list(sessions.values())})
    return days


def _session(row: Time, chosen: Any) -> dict[str, Any]:
    where = row.where
    only = where.achievements[0][0] if len(where.achievements) == 1 else None
    return {
        "where": where,
        "group": where.kind is SessionKind.GROUP,
        "url": url_for("sessions.show", public_id=where.public_id, achievement=chosen.public_id if chosen else None),
        "achievement": chosen.public_id if chosen else only,
        "named": where.achievements[:AT_MOST],
        "more": max(len(where.achievements) - AT_MOST, 0),
    }


def _time(row: Time, achievement: str | None) -> dict[str, Any]:
    group = row.where.kind is SessionKind.GROUP
    address: dict[str, Any] = {"public_id": row.where.public_id}
    if not group:
        address |= {"achievement": achievement, "slot": row.starts_at.isoformat()}
        if len(row.people) == 1:
            address["host"] = row.people[0][0]
    return {
        "time": f"{clock(row.starts_at)}–{clock(row.ends_at)}",
        "free": row.free,
        "places": row.places,
        "mine": row.mine,
        "people": [name for _public_id, name in row.people],
        "url": url_for("bookings.new" if row.free else "bookings.wait", **address),
    }


def days_of_people(found: Sequence[Stay]) -> list[dict[str, Any]]:
    """Days with a column for each person who is somewhere, and a row for each stretch of time."""
    days = []
    for on, of_day in groupby(found, key=lambda stay: local(stay.starts_at).date()):
        stays = list(of_day)
        people = sorted({(stay.name, stay.person_id) for stay in stays})
        rows: dict[str, dict[int, list[Stay]]] = {}
        for stay in stays:
            rows.setdefault(f"{clock(stay.starts_at)}–{clock(stay.ends_at)}", {}).setdefault(stay.person_id, []).append(
                stay
            )
        days.append({"title": day(on), "people": people, "rows": list(rows.items())})
    return days
