"""Forms of what an engagement came to: contract and implementation, alone and with the step to their stage."""

from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models.enums import AmountSaid, Place
from models.labelled import Labelled
from models.rules.deals import PLACE_LENGTH, Contract, Implementation
from models.tables import Engagement
from web.engagements import contract_types
from web.forms.fields import WHOLE, at_most, coded, day, revision
from web.forms.terms import TenThousandYuan

YES, NO = "yes", "no"
Code = TypeVar("Code", bound=StrEnum)


def _one_of(label: Any, kind: type[Labelled]) -> RadioField:
    return RadioField(label, [Optional()], choices=coded(kind), validate_choice=False)


def _code(kind: type[Code], value: str | None) -> Code | None:
    return kind(value) if value in set(kind) else None


class _DealForm(FlaskForm):
    """What is missing is said by the rules (models/rules/deals.py), which know the stage."""

    revision = revision()

    def __init__(self, engagement: Engagement) -> None:
        super().__init__(data=recorded(engagement))


class ContractForm(_DealForm):
    contract_type = SelectField(_("Kind of contract"), default="")
    amount_said = _one_of(_("Amount of the contract"), AmountSaid)
    amount = TenThousandYuan(_("Amount"))
    signed_on = day(_("Signed on"), required=False)
    registered = RadioField(
        _("Registered as a technology contract?"),
        [Optional()],
        choices=[SelectChoice(YES, _("Yes")), SelectChoice(NO, _("No, or not yet"))],
        validate_choice=False,
    )

    def __init__(self, engagement: Engagement) -> None:
        super().__init__(engagement)
        self.contract_type.choices = contract_types(engagement.contract_type)

    def contract(self) -> Contract:
        return Contract(
            contract_type=self.contract_type.data or "",
            amount_said=_code(AmountSaid, self.amount_said.data),
            amount=self.amount.data,
            signed_on=self.signed_on.data,
            registered={YES: True, NO: False}.get(self.registered.data or ""),
        )


class ImplementationForm(_DealForm):
    place = _one_of(_("Where is it put to use?"), Place)
    place_name = StringField(_("Name of the place"), [at_most(PLACE_LENGTH)])
    investment = TenThousandYuan(_("Investment"))
    received = TenThousandYuan(_("Paid so far"))
    started_on = day(_("In production since"), required=False)
    jobs = IntegerField(_("New jobs"), [Optional()], invalid_value_message=WHOLE)

    def implementation(self) -> Implementation:
        return Implementation(
            place=_code(Place, self.place.data),
            place_name=(self.place_name.data or "").strip(),
            investment=self.investment.data,
            received=self.received.data,
            started_on=self.started_on.data,
            jobs=self.jobs.data,
        )


def recorded(engagement: Engagement) -> dict[str, Any]:
    """What stands on an engagement, as the fields of the forms hold it."""
    registered = {True: YES, False: NO, None: None}[engagement.registered]
    names = (
        "contract_type",
        "amount",
        "signed_on",
        "place_name",
        "investment",
        "received",
        "started_on",
        "jobs",
        "revision",
    )
    return {
        **{name: getattr(engagement, name) for name in names},
        "amount_said": engagement.amount_said.value if engagement.amount_said else None,
        "place": engagement.place.value if engagement.place else None,
        "registered": registered,
    }
