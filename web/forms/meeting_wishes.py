"""Forms of wishes to meet and of timetables."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from models.errors import N_
from web.forms import bookings
from web.forms.bookings import PeopleForm
from web.forms.fields import at_most, revision

STRENGTHS = {"3": N_("Must meet"), "2": N_("Want to meet"), "1": N_("Would be good")}


def _strength(label: Any) -> RadioField:
    said = InputRequired(_("Please choose how much you want to meet."))
    return RadioField(label, [said], choices=lambda: [(key, gettext(text)) for key, text in STRENGTHS.items()])


class WishForm(PeopleForm):
    strength = _strength(_("How much do you want to meet them?"))
    note = TextAreaField(_("What is it about?"), [at_most(500)])


class AnswerForm(PeopleForm):
    revision = revision()
    strength = _strength(_("How much do you want to meet them?"))


class EnterpriseForm(AnswerForm):
    """The owner of an achievement wants to meet an enterprise."""

    achievement = SelectField(_("About which of your achievements?"), [Optional()])
    note = TextAreaField(_("What is it about?"), [at_most(500)])
    seeker = HiddenField()  # where a refusal about the enterprise is shown

    def offer_achievements(self, own: Sequence[Any], chosen: str) -> None:
        self.achievements = {one.public_id: one.id for one in own}
        self.achievement.choices = [(one.public_id, one.title) for one in own]
        if not self.is_submitted():
            self.achievement.data = chosen


class ProposalForm(FlaskForm):
    """The organizer proposes that two meet."""

    achievement = HiddenField()
    seeker = HiddenField()
    note = TextAreaField(_("What is it about?"), [at_most(500)])


class DeclineForm(bookings.DeclineForm):
    note = None


KEEPS = {
    "locked": N_("Only what is locked keeps its place"),
    "placed": N_("All that is placed keeps its place: compute only what is not placed"),
}


class AskForm(FlaskForm):
    accepted_only = BooleanField(_("Only meetings that both sides want"))
    everybody = BooleanField(_("Nobody goes without a meeting where that is possible"))
    keep = RadioField(
        _("What stays as it is in this timetable?"), [Optional()], default="locked",
        choices=lambda: [(key, gettext(text)) for key, text in KEEPS.items()],
    )  # fmt: skip
    base = IntegerField(validators=[Optional()])  # number of the timetable that ``keep`` is about
