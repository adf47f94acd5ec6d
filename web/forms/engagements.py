"""Forms of engagements."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField

from models.rules.stages import NOTE_LENGTH
from web.forms.deals import ContractForm, ImplementationForm
from web.forms.fields import REQUIRED, at_most


class AdvanceForm(ContractForm, ImplementationForm):
    """A stage; with some of them what was signed, or where it is put to use."""

    stage = SelectField(_("New stage"), [REQUIRED])
    reason = SelectField(_("Why did it end?"), default="")
    note = TextAreaField(_("Note"), [at_most(NOTE_LENGTH)])


class NoteForm(FlaskForm):
    note = TextAreaField(_("What happened?"), [REQUIRED, at_most(NOTE_LENGTH)])
