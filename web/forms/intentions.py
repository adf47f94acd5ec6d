"""Forms of intentions at a roadshow."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from models.actions.intentions import LONGEST_NOTE, Wanted
from models.enums import IntentionKind, WantedWithin
from web.forms.fields import REQUIRED, at_most, coded
from web.forms.terms import TenThousandYuan


class IntentForm(FlaskForm):
    """What somebody intends with an achievement."""

    sender = SelectField(_("For which organisation?"), [Optional()], validate_choice=False)
    kind = RadioField(
        _("What do you intend?"),
        [InputRequired(_("Please choose one."))],
        choices=coded(IntentionKind),
    )
    note = StringField(_("A sentence about it"), [at_most(LONGEST_NOTE)])
    budget_min = TenThousandYuan(_("Budget from"))
    budget_max = TenThousandYuan(_("Budget to"))
    wanted_within = SelectField(
        _("When do you want it?"),
        choices=[SelectChoice("", _("Not said")), *coded(WantedWithin)],
        default="",
    )
    shares_contact = BooleanField(_("I agree that my name and contact are passed on to the owner of this achievement"))

    def offer(self, senders: Sequence[Any]) -> None:
        self.sender.choices = [(one.public_id, one.name) for one in senders]

    def wanted(self) -> Wanted:
        within = WantedWithin(self.wanted_within.data) if self.wanted_within.data else None
        return Wanted(self.budget_min.data, self.budget_max.data, within)


class EnterIntentForm(IntentForm):
    """The organizer's desk enters what a visitor says."""

    registration = RadioField(_("Who?"), [InputRequired(_("Please choose who it is."))], validate_choice=False)
    achievement = SelectField(_("Which achievement?"), [REQUIRED])

    def offer_rows(self, visitors: Sequence[Any], achievements: Sequence[Any]) -> None:
        self.registration.choices = [
            (one.public_id, f"{one.name} · {one.organisation_name}" if one.organisation_name else one.name)
            for one in visitors
        ]
        self.achievement.choices = [("", _("Please choose")), *((row.public_id, row.title) for row in achievements)]


class SendForm(FlaskForm):
    """Sending an intention on as a request for contact."""

    asked_by = SelectField(_("Who asks?"), [REQUIRED], coerce=int)
    share_contact = BooleanField(_("If they accept, they may see the phone number and e-mail address of who asks"))

    def offer(self, persons: Sequence[Any], me: int | None) -> None:
        ordered = sorted(persons, key=lambda person: person.id != me)
        self.asked_by.choices = [(person.id, " ".join(filter(None, (person.name, person.title)))) for person in ordered]
