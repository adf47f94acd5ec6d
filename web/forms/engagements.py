"""Forms of engagements."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField

from models.rules.stages import NOTE_LENGTH
from web.forms.fields import REQUIRED, at_most, revision


class AdvanceForm(FlaskForm):
    stage = SelectField(_("New stage"), [REQUIRED])
    reason = SelectField(_("Why did it end?"), default="")
    note = TextAreaField(_("Note"), [at_most(NOTE_LENGTH)])
    revision = revision()


class NoteForm(FlaskForm):
    note = TextAreaField(_("What happened?"), [REQUIRED, at_most(NOTE_LENGTH)])
