"""Forms of the groups of synonyms."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length


class GroupsForm(FlaskForm):
    words = TextAreaField(
        _("Words that mean the same"),
        validators=[DataRequired(_("Please type the words of a group.")), Length(max=20_000)],
    )


class GroupForm(GroupsForm):
    retired = BooleanField(_("Retired: searches do not use it any more"))
