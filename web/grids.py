"""The grid of a session: times and tables, or who receives. All that a row or a column shares is made once, not per cell."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from models.queries.sessions import Availability
from models.tables import MatchSession
from web.display import clock, day, moment


@dataclass(frozen=True)
class Column:
    """``query`` completes the address of a row for this column, escaped."""

    title: str
    note: str
    query: Markup


def columns_of(places: Availability) -> list[Column]:
    return [
        Column(table.host, table.host_title, Markup("&amp;host=") + escape(table.host_id))
        if table.host
        else Column(_("Table %(number)s", number=table.number), "", Markup())
        for table in places.tables
    ]


def rows_of(
    match_session: MatchSession, places: Availability, *, achievement: str | None, bookable: bool
) -> list[dict[str, Any]]:
    """Rows for sessions/_slots.html. ``day`` stands where a day begins, in a session of several; ``url``: where a free
    table of the row is booked, "" where it is not."""
    book = url_for("bookings.new", public_id=match_session.public_id, achievement=achievement)
    book += "&" if "?" in book else "?"
    rows: list[dict[str, Any]] = []
    days = [day(row.starts_at) for row in places.rows]
    for number, (row, on) in enumerate(zip(places.rows, days, strict=True)):
        begins = days[0] != days[-1] and (number == 0 or days[number - 1] != on)
        rows.append(
            {
                "day": on if begins else "",
                "time": f"{clock(row.starts_at)}–{clock(row.ends_at)}",
                "said": moment(row.starts_at),
                "url": escape(f"{book}slot={quote(row.value)}") if bookable and not row.past else "",
                "past": row.past,
                "cells": row.cells,
            }
        )
    return rows
