"""The grid of a programme, rooms by time, and what speaks against it in words."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _

from models.rules.agenda_clashes import Clash
from models.tables import Event
from web.display import clock, day
from web.i18n import local, worded
from web.programmes import days_of, title_of, venue_of

MINUTE = timedelta(minutes=1)
WORKDAY = (time(8), time(20))  # what a middle day of several shows at least


def said(clash: Clash) -> dict[str, Any]:
    """A contradiction as a sentence, and the item to look at."""
    return {"text": worded(clash.trouble.label, clash.params), "key": clash.keys[0], "blocks": clash.blocks}


def boards(event: Event, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """One grid a day: where it begins and ends, its hours and its items, all in minutes from the roadshow's beginning."""
    rooms = ["", *_rooms(event, rows)]
    found = []
    for on in _days(event.starts_at, event.ends_at, rows):
        own = [row for row in rows if local(row.starts_at).date() == on]
        begin, end = _hours(event, on, own)
        hours = [begin + timedelta(minutes=15 * step) for step in range(int((end - begin) / timedelta(minutes=15)) + 1)]
        found.append(
            {
                "title": day(begin),
                "from": (begin - event.starts_at) // MINUTE,
                "to": (end - event.starts_at) // MINUTE,
                "rooms": rooms,
                "hours": [
                    {"at": (hour - event.starts_at) // MINUTE, "text": clock(hour)}
                    for hour in hours
                    if local(hour).minute in (0, 30)
                ],
                "blocks": [
                    {
                        "row": row,
                        "title": title_of(row),
                        "at": (row.starts_at - event.starts_at) // MINUTE,
                        "minutes": row.pitch_minutes + row.questions_minutes,
                        "room": row.room,
                        "where": row.room or _("For everybody"),
                    }
                    for row in own
                ],
            }
        )
    return found


def _days(starts_at: datetime, ends_at: datetime, rows: Sequence[Any]) -> list[Any]:
    first, last = local(starts_at).date(), local(ends_at - MINUTE).date()
    held = {local(row.starts_at).date() for row in rows}
    return sorted({first + timedelta(days=step) for step in range((last - first).days + 1)} | held)


def _hours(event: Event, on: Any, rows: Sequence[Any]) -> tuple[datetime, datetime]:
    """From the roadshow's beginning (or the morning) to its end (or the evening) of a day; all items are within."""
    zone = local(event.starts_at).tzinfo
    morning, evening = (datetime.combine(on, clock, zone) for clock in WORKDAY)
    begin = event.starts_at if local(event.starts_at).date() == on else morning
    end = event.ends_at if local(event.ends_at - MINUTE).date() == on else evening
    if end <= begin:  # over midnight: the rest of this day, or the night that it began with
        first = local(event.starts_at).date() == on
        begin, end = (
            (begin, datetime.combine(on + timedelta(days=1), time(), zone))
            if first
            else (datetime.combine(on, time(), zone), end)
        )
    begin = min([begin, *(row.starts_at for row in rows)])
    return begin, max([end, begin + timedelta(hours=1), *(row.ends_at for row in rows)])


def grid(rows: Sequence[dict[str, Any]], rooms: Sequence[str]) -> list[dict[str, Any]]:
    """Items of one day (web.programmes.days_of) as rows of a table, rooms beside one another, a row a beginning.

    Each line: {start (none where nothing begins, something only ends), cells: [{item, span, whole}]}. [] where two overlap.
    """
    moments = sorted({row["start"] for row in rows} | {row["end"] for row in rows})
    number = {moment: place for place, moment in enumerate(moments)}
    taken: set[tuple[int, str]] = set()
    cells: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        whole = not row["room"]
        span = range(number[row["start"]], number[row["end"]])
        held = {(place, room) for place in span for room in (rooms if whole else [row["room"]])}
        if held & taken or (not whole and row["room"] not in rooms):
            return []
        taken |= held
        cells[span.start, rooms[0] if whole else row["room"]] = {"item": row, "span": len(span), "whole": whole}
    made = []
    for place, moment in enumerate(moments[:-1]):
        line = [
            cells.get((place, room))
            or ({"item": None, "span": 1, "whole": False} if (place, room) not in taken else None)
            for room in rooms
        ]
        begins = any(cell and cell["item"] for cell in line)
        made.append({"start": moment if begins else None, "cells": [cell for cell in line if cell is not None]})
    return made


def grids_of(days: list[dict[str, Any]], rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Days of web.programmes.days_of, each with its ``rooms`` and ``grid`` where several rooms run beside one another."""
    for one in days:
        used = {item["room"] for item in one["items"]} - {""}
        one["rooms"] = rooms = list(dict.fromkeys(row.room for row in rows if row.room in used))
        one["grid"] = grid(one["items"], rooms) if len(rooms) > 1 else []
    return days


def signs_of(event: Event, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """[{room, venue, days}]: what happens in each room, with what is for everybody."""
    return [
        {
            "room": room,
            "venue": venue_of(event, room),
            "days": days_of([row for row in rows if row.room in (room, "")], now=event.ends_at),
        }
        for room in _rooms(event, rows) or [""]
    ]


def _rooms(event: Event, rows: Sequence[Any]) -> list[str]:
    """Those of the roadshow, then any that only the programme names."""
    return list(dict.fromkeys([*event.rooms, *(row.room for row in rows if row.room)]))
