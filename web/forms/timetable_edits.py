"""Forms that change a computed timetable by hand."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from web.display import period
from web.forms.fields import revision


class PlaceForm(FlaskForm):
    """Where a meeting goes: a slot that is possible, and a table."""

    revision = revision()
    slot = RadioField(_("Time"), [InputRequired(_("Please choose a time."))], coerce=int)
    table = SelectField(_("Table"), [Optional()])

    def offer(self, slots: Sequence[Any], tables: dict[int, int]) -> None:
        """``slots`` are those possible, ``tables`` id -> number."""
        self.slot.choices = [(slot.id, period(slot.starts_at, slot.ends_at)) for slot in slots]
        self.table.choices = [("", gettext("Whichever is free")), *((str(key), str(tables[key])) for key in tables)]

    @property
    def table_id(self) -> int | None:
        return int(self.table.data) if self.table.data else None


class SwapForm(FlaskForm):
    revision = revision()
    other = SelectField(_("With which meeting?"), [InputRequired(_("Please choose a meeting."))], coerce=int)

    def offer(self, meetings: Sequence[tuple[int, str]]) -> None:
        self.other.choices = list(meetings)


class StepForm(FlaskForm):
    """A button: take out, lock, unlock, undo."""

    revision = revision()
