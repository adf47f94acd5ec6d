"""One mail to each person about their day, as it was published or planned anew, with its calendar files."""

from collections.abc import Mapping
from typing import Any

from models.actions.booking_mails import INVITE, TAKE_BACK
from models.actions.day_mails import CHANGED, LOST
from web import mails
from web.handlers.bookings import calendar_of
from web.jobs import handler


@handler("day_mail")
def day_mail(payload: Mapping[str, Any]) -> None:
    """Send one mail; a calendar file has one method, so what moved or is new and what falls out are two files."""
    values = {"name": payload["receiver"], **payload["values"]}
    changes = [one for one in values["changes"] if not one["waits"]]
    values["files"] = [
        calendar_of(payload, some, method=method, name=name)
        for name, method, some in (
            ("calendar.ics", INVITE, [one for one in changes if one["what"] != LOST]),
            ("cancelled.ics", TAKE_BACK, [one for one in changes if one["what"] == LOST]),
        )
        if some
    ]
    mails.send(
        {
            "template": payload.get("template", CHANGED),
            "to": payload["to"],
            "locale": payload["locale"],
            "values": values,
        }
    )
