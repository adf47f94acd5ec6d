"""Forms about who comes to a confirmed meeting."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired

from models.enums import Side
from web.forms.bookings import named
from web.forms.fields import revision


class BringForm(FlaskForm):
    revision = revision()
    attendees = SelectField(_("Who comes too?"), [InputRequired(_("Please choose somebody."))])

    def offer(self, people: Sequence[Any]) -> None:
        self.people = {one.public_id: (one.id, Side(one.side) if one.side else None) for one in people}
        self.attendees.choices = [
            ("", gettext("Please choose")),
            *((one.public_id, " · ".join(filter(None, (named(one), one.organisation)))) for one in people),
        ]

    @property
    def chosen(self) -> tuple[int, Side | None]:
        return self.people[self.attendees.data]


class TakeOffForm(FlaskForm):
    revision = revision()
