"""Forms of engagements."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField

from models.rules.stages import NOTE_LENGTH
from models.tables import Engagement
from web.engagements import contract_types
from web.forms.deals import ContractFields, ImplementationFields, recorded
from web.forms.fields import REQUIRED, at_most, revision


class AdvanceForm(ContractFields, ImplementationFields, FlaskForm):
    """A stage; with some of them what was signed, or where it is put to use."""

    stage = SelectField(_("New stage"), [REQUIRED])
    reason = SelectField(_("Why did it end?"), default="")
    note = TextAreaField(_("Note"), [at_most(NOTE_LENGTH)])
    revision = revision()

    def __init__(self, engagement: Engagement) -> None:
        super().__init__(data=recorded(engagement))
        self.contract_type.choices = contract_types(engagement.contract_type)


class NoteForm(FlaskForm):
    note = TextAreaField(_("What happened?"), [REQUIRED, at_most(NOTE_LENGTH)])
