"""One mail to each person about a new plan of the day, with its calendar files."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from flask_babel import force_locale

from models.actions.booking_mails import INVITE, TAKE_BACK
from models.actions.day_mails import LOST
from models.queries.recipients import Recipient
from web import mails
from web.calendars import attachment, calendar_file
from web.jobs import handler
from web.meetings import entry_of_mail
from web.site import site


@handler("day_mail")
def day_mail(payload: Mapping[str, Any]) -> None:
    """Send one mail; a calendar file has one method, so what moved or is new and what falls out are two files."""
    values = {"name": payload["receiver"], **payload["values"]}
    changes = [one for one in values["changes"] if one["confirmed"]]
    values["files"] = [
        _calendar(payload, name, method, some)
        for name, method, some in (
            ("calendar.ics", INVITE, [one for one in changes if one["what"] != LOST]),
            ("cancelled.ics", TAKE_BACK, [one for one in changes if one["what"] == LOST]),
        )
        if some
    ]
    mails.send({"template": "day_changed", "to": payload["to"], "locale": payload["locale"], "values": values})


def _calendar(
    payload: Mapping[str, Any], name: str, method: str, changes: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    receiver = Recipient(0, payload["receiver"], payload["to"], payload["locale"])
    with (
        current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url),
        force_locale(payload["locale"]),
    ):
        text = calendar_file(
            [entry_of_mail(one, cancelled=method == TAKE_BACK) for one in changes],
            organiser=site().settings["organiser_name"],
            method=method,
            attendee=receiver,
        )
    return attachment(name, text, method=method)
