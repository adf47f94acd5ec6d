"""The form of a saved search."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField

from models.actions.saved_searches import NAME_LENGTH
from models.enums import Frequency
from web.forms.fields import REQUIRED, at_most


class SavedSearchForm(FlaskForm):
    name = StringField(_("Name"), [REQUIRED, at_most(NAME_LENGTH)])
    frequency = RadioField(
        _("Mail about new hits"), [REQUIRED], choices=lambda: [(one.value, gettext(one.label)) for one in Frequency]
    )
    revision = HiddenField()
