"""Forms of contact threads."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from models.rules.threads import MEET_LENGTH, MESSAGE_LENGTH, PURPOSE_LENGTH
from web.forms.fields import REQUIRED, at_most
from web.forms.terms import TenThousandYuan


class BeginForm(FlaskForm):
    """What a visitor can write before logging in; kept in the session."""

    purpose = TextAreaField(_("What do you want to talk about?"), [REQUIRED, at_most(PURPOSE_LENGTH)])
    meet_when = StringField(_("When would you like to meet?"), [at_most(MEET_LENGTH)])


class AskForm(BeginForm):
    asked_by = SelectField(_("Who asks?"), [REQUIRED], coerce=int)
    share_contact = BooleanField(_("If they accept, they may see the phone number and e-mail address of who asks"))
    achievement = SelectField(_("With which achievement of yours?"), [Optional()])
    budget_min = TenThousandYuan(_("Budget from"))
    budget_max = TenThousandYuan(_("Budget to"))
    sender = HiddenField()  # where a refusal about the organisation is shown

    def offer(self, persons: Sequence[Any], me: int | None) -> None:
        """Whose question it can be; the actor first where they are among them."""
        ordered = sorted(persons, key=lambda person: person.id != me)
        self.asked_by.choices = [(person.id, " ".join(filter(None, (person.name, person.title)))) for person in ordered]

    def bring(self, achievements: Sequence[Any] | None) -> None:
        """What a need can be answered with; none: it is no answer to a need."""
        if achievements is None:
            del self.achievement
            return
        self.achievement.choices = [("", _("Without one")), *((str(one.id), one.title) for one in achievements)]

    def of_roadshow(self, event_id: int | None) -> None:
        """A budget is asked for where the request comes from a roadshow."""
        if event_id is None:
            del self.budget_min
            del self.budget_max

    @property
    def budget(self) -> dict[str, int | None]:
        return {name: self[name].data for name in ("budget_min", "budget_max") if name in self}

    @property
    def brought(self) -> int | None:
        """Id of the achievement that a need is answered with."""
        return int(self.achievement.data) if "achievement" in self and self.achievement.data else None


class AcceptForm(FlaskForm):
    share_contact = BooleanField(_("They may see my phone number and e-mail address"))
    open_details = BooleanField(_("Open the details that are disclosed after consent to this organisation"))


class DeclineForm(FlaskForm):
    reason = RadioField(_("Why?"), [REQUIRED])
    note = TextAreaField(_("A sentence for them"), [at_most(MESSAGE_LENGTH)])


class TextForm(FlaskForm):
    text = TextAreaField(_("Your message"), [REQUIRED, at_most(MESSAGE_LENGTH)])
    side = SelectField(_("You write for"), choices=[], validate_choice=False)


class AskBackForm(FlaskForm):
    text = TextAreaField(_("Your question"), [REQUIRED, at_most(MESSAGE_LENGTH)])


class AssignForm(FlaskForm):
    person = SelectField(_("Colleague"), [REQUIRED], coerce=int)
