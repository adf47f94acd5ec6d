"""The form of a need: one page that stores half-finished work."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from models.enums import Disclosure
from models.queries.versions import NeedContent
from models.rules.completeness import ROWS, Step
from models.rules.need_completeness import LONGEST, MOST
from web.forms.achievements import AtOnceForm, StepForm
from web.forms.fields import at_most, day
from web.forms.terms import TenThousandYuan, TermBoxes, TermSelect, Words

LEVELS = {  # label of who reads the details: of a need the other side are the providers
    Disclosure.PUBLIC: _("Everybody"),
    Disclosure.VERIFIED: _("Verified providers"),
    Disclosure.CONSENT: _("Only those whose request you accept"),
}


class TargetRow(Form):
    name = StringField(_("Indicator"), [at_most(60)])
    unit = StringField(_("Unit"), [at_most(20)])
    now = StringField(_("Value now"), [at_most(60)])
    target = StringField(_("Target or limit"), [at_most(60)])


class NeedForm(StepForm):
    step = Step.BASICS
    stored = (
        "title", "description", "indicators", "fields", "industries", "keywords", "modes", "trl_from", "trl_to",
        "negotiable", "budget_min", "budget_max", "deadline", "tried", "disclosure",
    )  # fmt: skip
    optional = ("trl_from", "trl_to", "negotiable", "budget_min", "budget_max", "tried", "disclosure")

    title = StringField(_("Title"), [at_most(LONGEST["title"])])
    description = TextAreaField(_("What is wanted"), [at_most(LONGEST["description"])])
    indicators = FieldList(FormField(TargetRow), _("Indicators"), min_entries=1, max_entries=ROWS)
    tried = TextAreaField(_("What was tried"), [at_most(LONGEST["tried"])])
    fields = TermBoxes(_("High-tech fields"), "field", most=MOST["fields"])
    industries = TermBoxes(_("Industries"), "industry", most=MOST["industries"], grouped=True)
    keywords = Words(_("Keywords"), most=MOST["keywords"])
    modes = TermBoxes(_("How you would work together"), "transfer_mode")
    trl_from = TermSelect(_("Readiness level from"), "trl")
    trl_to = TermSelect(_("Readiness level to"), "trl")
    negotiable = BooleanField(_("The budget is negotiable"))
    budget_min = TenThousandYuan(_("Budget from"))
    budget_max = TenThousandYuan(_("Budget to"))
    deadline = day(_("Wanted by"), required=False)
    disclosure = RadioField(_("Who may read what was tried and the budget"), [Optional()])
    masked = BooleanField(_("Do not show who we are until we accept a request"))
    contact = SelectField(_("Contact person"), [Optional()])
    circles = SelectMultipleField(_("Ecosystem circles"), coerce=int)
    valid_until = day(_("Last day on the site"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.disclosure.choices = [(level.value, text) for level, text in LEVELS.items()]

    def values(self, *, lenient: bool = False) -> dict[str, Any]:
        found = super().values(lenient=lenient)
        for name in ("trl_from", "trl_to"):
            if name in found:
                found[name] = int(found[name]) if found[name] else None
        level = found.pop("disclosure", "")
        return {**found, "disclosure": Disclosure(level)} if level else found


def initial(content: NeedContent) -> dict[str, Any]:
    """What the form shows at first."""
    data = {name: getattr(content, name) for name in NeedForm.stored}
    for name in ("trl_from", "trl_to"):
        data[name] = str(data[name]) if data[name] else ""
    return {**data, "revision": content.revision, "disclosure": content.disclosure.value}


class NeedAtOnceForm(AtOnceForm):
    """What acts at once, without a new version."""

    masked = BooleanField(_("Do not show who we are until we accept a request"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.disclosure.label.text = _("Who may read what was tried and the budget")
        self.disclosure.choices = [(level.value, text) for level, text in LEVELS.items()]
