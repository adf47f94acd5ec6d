"""The form of the pages about the site."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, Optional


class PageErrorForm(FlaskForm):
    page = HiddenField()
    text = TextAreaField(
        _("What is wrong, and what did you expect?"),
        validators=[DataRequired(_("Please say what is wrong.")), Length(max=2000)],
    )
    email = StringField(
        _("Your e-mail address, if you want an answer"),
        validators=[
            Optional(),
            Length(max=254),
            Email(_("Please check the address: it should look like name@example.org.")),
        ],
    )
