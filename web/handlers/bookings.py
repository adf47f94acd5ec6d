"""The ends of holds, and mails about bookings with their calendar files."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app
from flask_babel import force_locale

from models.actions import bookings
from models.actions.booking_mails import TAKE_BACK
from models.queries.bookings import overdue
from models.queries.recipients import Recipient
from models.tables import Booking, MatchSession
from web import mails
from web.calendars import attachment, calendar_file
from web.database import backends
from web.jobs import handler
from web.meetings import entry_of_mail
from web.site import site


@handler("booking_expiry")
def expire(payload: Mapping[str, Any]) -> None:
    """End a hold that nobody answered, or waiting that is over. Not due (any more): nothing happens."""
    with backends().database.write() as session:
        booking = session.get(Booking, payload["booking_id"])
        if booking is not None:
            bookings.expire(session, booking)


@handler("waiting_list")
def waiting_list(payload: Mapping[str, Any]) -> None:
    """Give who waits in a session what became free because of something elsewhere."""
    with backends().database.write() as session:
        match_session = session.get(MatchSession, payload["match_session_id"])
        if match_session is not None:
            bookings.serve(session, match_session)


@handler("expire_bookings")
def expire_bookings(payload: Mapping[str, Any]) -> None:
    """End what has no job of its own, loaded or imported rows, and what was missed while nothing ran."""
    with backends().database.read() as session:
        ids = overdue(session)
    for booking_id in ids:
        expire({"booking_id": booking_id})


@handler("booking_mail")
def booking_mail(payload: Mapping[str, Any]) -> None:
    """Send one mail; what it says was true when it was enqueued, so it and its calendar file agree."""
    values = {"name": payload["receiver"], "files": [], **payload["values"]}
    if payload["calendar"]:
        values["files"] = [calendar_of(payload, [values], method=payload["calendar"])]
    mails.send({"template": payload["template"], "to": payload["to"], "locale": payload["locale"], "values": values})


def calendar_of(
    payload: Mapping[str, Any], meetings: Iterable[Mapping[str, Any]], *, method: str, name: str = "calendar.ics"
) -> dict[str, str]:
    """The calendar file beside a mail; ``meetings`` are the plain values of models.actions.booking_mails.plain_of."""
    receiver = Recipient(0, payload["receiver"], payload["to"], payload["locale"])
    with (
        current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url),
        force_locale(payload["locale"]),
    ):
        text = calendar_file(
            [entry_of_mail(one, cancelled=method == TAKE_BACK) for one in meetings],
            organiser=site().settings["organiser_name"],
            method=method,
            attendee=receiver,
        )
    return attachment(name, text, method=method)
