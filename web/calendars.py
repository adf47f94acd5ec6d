"""iCalendar files (RFC 5545): events, sessions and bookings, to download and beside mails.

A UID never changes and a SEQUENCE only rises, so that a calendar program moves or removes the entry it already has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Response, current_app
from icalendar import Calendar, Event, vCalAddress, vText

from models.base import utcnow
from models.queries.recipients import Recipient
from web.downloads import download

PUBLISH, REQUEST, CANCEL = "PUBLISH", "REQUEST", "CANCEL"


@dataclass(frozen=True)
class Entry:
    """One entry. ``kind`` (event, session, booking) and ``public_id`` make its UID."""

    kind: str
    public_id: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    text: str = ""
    url: str = ""
    cancelled: bool = False
    tentative: bool = False  # waits for somebody's confirmation


def calendar_file(
    entries: Iterable[Entry], *, organiser: str, method: str = PUBLISH, attendee: Recipient | None = None
) -> str:
    """The text of an .ics file. PUBLISH is for downloads, REQUEST and CANCEL for mails to one ``attendee``."""
    calendar = Calendar()
    calendar.add("PRODID", "-//achievement-matchmaking//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    for entry in entries:
        calendar.add_component(_event(entry, organiser, attendee if method != PUBLISH else None))
    text: str = calendar.to_ical().decode()
    return text


def _event(entry: Entry, organiser: str, attendee: Recipient | None) -> Event:
    settings = current_app.config["SETTINGS"]
    event = Event()
    event.add("UID", f"{entry.kind}-{entry.public_id}@{urlsplit(settings.public_url).hostname}")
    event.add("DTSTAMP", utcnow())
    event.add("SEQUENCE", entry.sequence)
    event.add("DTSTART", entry.starts_at)
    event.add("DTEND", entry.ends_at)
    event.add("SUMMARY", entry.title)
    event.add("STATUS", "CANCELLED" if entry.cancelled else "TENTATIVE" if entry.tentative else "CONFIRMED")
    for name, value in (("LOCATION", entry.place), ("DESCRIPTION", entry.text), ("URL", entry.url)):
        if value:
            event.add(name, value)
    if attendee is not None:  # invitations and cancellations need both; others' addresses are never given away
        event.add("ORGANIZER", _address(settings.mail_from, organiser))
        event.add("ATTENDEE", _address(attendee.email, attendee.name))
    return event


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    return address


def attachment(name: str, text: str, *, method: str) -> dict[str, str]:
    """The file as an item of a mail's ``values["files"]``."""
    return {"name": name, "media_type": f"text/calendar; charset=utf-8; method={method}", "text": text}


def download_calendar(name: str, text: str) -> Response:
    """Answer with the file under a name that may be Chinese."""
    return download(text, name=name, media_type="text/calendar")
