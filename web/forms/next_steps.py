"""Forms of next steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField

from models.enums import Side
from models.rules.outcomes import STEP_LENGTH
from web.forms.bookings import named
from web.forms.fields import REQUIRED, at_most, day, revision


class PlanForm(FlaskForm):
    text = StringField(_("What comes next?"), [REQUIRED, at_most(STEP_LENGTH)])
    person = SelectField(_("Who does it?"), [REQUIRED])
    due_on = day(_("Until when?"))
    replaces = HiddenField()
    revision = revision()

    def offer(
        self, people: Mapping[Side, Sequence[Any]], names: Mapping[Side, str], first: Side | None, *, chosen: int | None
    ) -> None:
        """The people of both sides, those of ``first`` on top, each with the organisation; who is ``chosen`` at first."""
        sides = sorted(people, key=lambda side: side is not first)
        self.people = {one.public_id: one.id for side in sides for one in people[side]}
        self.person.choices = [
            (one.public_id, f"{named(one)} · {names[side]}") for side in sides for one in people[side]
        ]
        if not self.is_submitted():
            self.person.data = next((public_id for public_id, one in self.people.items() if one == chosen), None)


class OwnStepForm(FlaskForm):
    """By a personal link: whoever plans it does it."""

    text = StringField(_("What comes next?"), [REQUIRED, at_most(STEP_LENGTH)])
    due_on = day(_("Until when?"))


class PutOffForm(FlaskForm):
    due_on = day(_("Until when?"))
    revision = revision()


class DoneForm(FlaskForm):
    revision = revision()
