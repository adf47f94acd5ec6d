"""A person's day at a roadshow as calendar entries."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from models.enums import BookingState, RegistrationState
from models.queries.event_day import Day
from models.tables import Event
from web.calendars import Entry
from web.meetings import place_of_meeting, title_of_meeting
from web.programmes import entry_of, item_entry, title_of
from web.sharing import public_address


def entries_of_day(event: Event, day: Day) -> list[Entry]:
    """The roadshow where the person is registered, their talks and their meetings."""
    entries = [_talk(event, row) for row in day.talks] + [_meeting(event, row) for row in day.meetings]
    registered = day.registration is not None and day.registration.state is RegistrationState.REGISTERED
    return [entry_of(event), *entries] if registered or not entries else entries


def _talk(event: Event, row: Any) -> Entry:
    return replace(item_entry(event, row), title=_("Talk: %(title)s", title=title_of(row)), text=event.title)


def _meeting(event: Event, row: Any) -> Entry:
    return Entry(
        kind="booking",
        public_id=row.public_id,
        sequence=row.sequence,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        title=title_of_meeting(row.other, row.session),
        place=place_of_meeting(row.venue, row.table),
        text=row.achievement or "",
        url=public_address("event_day.show", public_id=event.public_id),
        tentative=row.state is not BookingState.CONFIRMED,
    )
