"""Forms of public questions."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from web.forms.fields import REQUIRED, at_most


class QuestionForm(FlaskForm):
    text = TextAreaField(_("Your question"), [REQUIRED, at_most(1000)])


class AnswerForm(FlaskForm):
    text = TextAreaField(_("Your answer"), [REQUIRED, at_most(1000)])
