"""Forms of roadshows and their programmes."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from models.tables import Event
from web.forms.agenda import minutes
from web.forms.fields import REQUIRED, Lines, at_most, moment, revision

HOSTS = ("host", "organizer", "co_organizer")


class EventForm(FlaskForm):
    revision = revision()
    title = StringField(_("Title"), [REQUIRED, at_most(120)])
    introduction = TextAreaField(_("Introduction"), [at_most(3000)])
    circle = SelectField(_("Circle"), [Optional()])
    starts_at = moment(_("Begins"))
    ends_at = moment(_("Ends"))
    venue = StringField(_("Place"), [at_most(120)])
    address = StringField(_("Address"), [at_most(200)])
    rooms = Lines(_("Rooms"), longest=80)
    host = Lines(_("Hosts"))
    organizer = Lines(_("Organizers"))
    co_organizer = Lines(_("Co-organizers"))
    capacity = IntegerField(
        _("Seats"), [Optional(), NumberRange(1, 20_000, _("Please choose %(min)s to %(max)s seats."))]
    )
    pitch_minutes = minutes(_("Pitch"), 1)
    questions_minutes = minutes(_("Questions"), 0)

    def offer(self, circles: Sequence[tuple[int, str]], none: str) -> None:
        self.circle.choices = [("", none), *((str(key), name) for key, name in circles)]

    def values(self) -> dict[str, Any]:
        """What the actions take, but for the beginning."""
        return {
            "title": self.title.data.strip(),
            "introduction": self.introduction.data or "",
            "circle_id": int(self.circle.data) if self.circle.data else None,
            "ends_at": self.ends_at.data,
            "venue": (self.venue.data or "").strip(),
            "address": (self.address.data or "").strip(),
            "rooms": self.rooms.data or [],
            "hosts": {name: self[name].data or [] for name in HOSTS},
            "capacity": self.capacity.data,
            "pitch_minutes": self.pitch_minutes.data,
            "questions_minutes": self.questions_minutes.data,
        }


NAMES = (
    "revision", "title", "introduction", "starts_at", "ends_at", "venue", "address", "rooms", "capacity",
    "pitch_minutes", "questions_minutes",
)  # fmt: skip


def data_of(event: Event) -> dict[str, Any]:
    """A roadshow as the form shows it."""
    hosts = {name: event.hosts.get(name, []) for name in HOSTS}
    return {name: getattr(event, name) for name in NAMES} | hosts | {"circle": str(event.circle_id or "")}


class CloneForm(FlaskForm):
    title = StringField(_("Title"), [REQUIRED, at_most(120)])
    starts_at = moment(_("Begins"))
    pitches = BooleanField(_("With the pitches of achievements that are still published"))


class PostponeForm(FlaskForm):
    revision = revision()
    starts_at = moment(_("New beginning"))
    reason = TextAreaField(_("Reason"), [REQUIRED, at_most(500)])


class CancelForm(FlaskForm):
    reason = TextAreaField(_("Reason"), [REQUIRED, at_most(500)])
