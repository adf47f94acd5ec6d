"""A roadshow's programme as components/schedule.html shows it, and its calendar entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from babel.dates import get_timezone_name
from flask import url_for
from flask_babel import gettext as _

from models.enums import AgendaKind, EventState, RecordState
from web.calendars import Entry
from web.display import day
from web.i18n import local, locale, zone
from web.sharing import public_address, qr_picture, talk_address


def zone_name() -> str:
    """The site's zone in words, to stand beside the times of an event."""
    name: str = get_timezone_name(zone(), locale=locale())
    return name


def days_of(rows: Sequence[Any], *, now: datetime, person_id: int | None = None) -> list[dict[str, Any]]:
    """Items of queries.agenda.programme by day: [{title, items}]; what left the site is named no more."""
    days: dict[str, list[dict[str, Any]]] = {}
    rooms = {row.room for row in rows if row.room}
    for row in sorted(rows, key=lambda row: row.starts_at):
        days.setdefault(day(local(row.starts_at)), []).append(
            {
                "start": row.starts_at,
                "end": row.ends_at,
                "title": title_of(row),
                "url": url_for("achievements.show", public_id=row.achievement_public_id)
                if row.achievement_state is RecordState.PUBLISHED
                else "",
                "who": _who(row),
                "kind": row.kind.value,
                "now": row.starts_at <= now < row.ends_at,
                "mine": person_id is not None and row.speaker_id == person_id,
                "note": row.room if len(rooms) > 1 else "",
                "room": row.room,
                "key": row.key,
                "calendar": url_for("event_sheets.calendar", public_id=row.event_public_id, key=row.key),
            }
        )
    return [{"title": title, "items": items} for title, items in days.items()]


def title_of(row: Any) -> str:
    """The title of an item; a pitch whose achievement left the site keeps its place, not its name."""
    if row.kind is AgendaKind.PITCH:
        return row.achievement or _("An achievement that is not shown any more")
    return str(row.title)


def venue_of(event: Any, room: str) -> str:
    """Where a room is: its own venue, else the roadshow's."""
    return event.room_facts.get(room, {}).get("venue") or event.venue


def entry_of(event: Any, *, cancelled: bool = False) -> Entry:
    """A roadshow (a row or a record) as a calendar entry."""
    return Entry(
        kind="event",
        public_id=event.public_id,
        sequence=event.sequence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        title=event.title,
        place="，".join(part for part in (event.venue, event.address) if part),
        text=event.introduction,
        url=public_address("events.show", public_id=event.public_id),
        cancelled=cancelled or event.state is EventState.CANCELLED,
    )


def item_entry(event: Any, row: Any) -> Entry:
    """An item of the public programme as a calendar entry."""
    place = (row.room, venue_of(event, row.room), event.address)
    return Entry(
        kind="item",
        public_id=row.key,
        sequence=event.sequence,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        title=f"{title_of(row)} · {event.title}",
        place="，".join(part for part in place if part),
        text=row.speaker_name,
        url=public_address("events.show", public_id=event.public_id),
        cancelled=event.state is EventState.CANCELLED,
    )


def now_and_next(rows: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    """[{room, now, next}] by room; what is for everybody runs in all of them. Each item: {title, who, start, end} or None;
    what runs has a ``code`` too, where an intention about it can be recorded."""
    rooms = list(dict.fromkeys(row.room for row in rows if row.room)) or [""]
    ordered = sorted(rows, key=lambda row: row.starts_at)
    found = []
    for room in rooms:
        own = [row for row in ordered if row.room in (room, "")]
        running = next((row for row in own if row.starts_at <= now < row.ends_at), None)
        coming = next((row for row in own if row.starts_at > now), None)
        found.append({"room": room, "now": _shown(running, code=True), "next": _shown(coming)})
    return found


def _shown(row: Any, *, code: bool = False) -> dict[str, Any] | None:
    if row is None:
        return None
    offered = code and row.achievement_state is RecordState.PUBLISHED
    picture = qr_picture(talk_address(row.event_public_id, row.achievement_public_id)) if offered else ""
    return {"title": title_of(row), "who": _who(row), "start": row.starts_at, "end": row.ends_at, "code": picture}


def _who(row: Any) -> str:
    return " · ".join(part for part in (row.owner, row.speaker_name) if part)
