"""Forms about suggestions."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField

from models.enums import Unsuitable
from models.rules.matches import NOTE_LENGTH
from web.forms.fields import REQUIRED, at_most


class DeclineForm(FlaskForm):
    reason = RadioField(
        _("Why not?"), [REQUIRED], choices=lambda: [(reason.value, gettext(reason.label)) for reason in Unsuitable]
    )
    note = TextAreaField(_("In a sentence"), [at_most(NOTE_LENGTH)])


class PassOnForm(FlaskForm):
    note = TextAreaField(_("Why it is worth a look"), [REQUIRED, at_most(NOTE_LENGTH)])
