"""A person's day at a roadshow as calendar entries."""

from typing import Any

from flask_babel import gettext as _

from models.enums import BookingState, RegistrationState
from models.queries.event_day import Day
from models.tables import Event
from web.calendars import Entry
from web.programmes import entry_of
from web.sharing import public_address


def entries_of_day(event: Event, day: Day) -> list[Entry]:
    """The roadshow where the person is registered, their talks and their meetings."""
    entries = [_talk(event, row) for row in day.talks] + [_meeting(event, row) for row in day.meetings]
    registered = day.registration is not None and day.registration.state is RegistrationState.REGISTERED
    return [entry_of(event), *entries] if registered or not entries else entries


def _talk(event: Event, row: Any) -> Entry:
    return Entry(
        kind="talk",
        public_id=f"{event.public_id}-{row.id}",
        sequence=event.sequence,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        title=_("Talk: %(title)s", title=row.achievement or row.title),
        place="，".join(part for part in (event.venue, row.room) if part),
        text=event.title,
        url=public_address("events.show", public_id=event.public_id),
    )


def _meeting(event: Event, row: Any) -> Entry:
    return Entry(
        kind="booking",
        public_id=row.public_id,
        sequence=row.sequence,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        title=_("Meeting: %(who)s", who=row.other) if row.other else row.session,
        place=_("%(venue)s, table %(number)s", venue=row.venue, number=row.table) if row.table else row.venue,
        text=row.achievement or "",
        url=public_address("event_day.show", public_id=event.public_id),
        tentative=row.state is not BookingState.CONFIRMED,
    )
