"""Forms of the circles."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from web.forms.fields import REQUIRED, Lines, at_most, day, revision


class CircleForm(FlaskForm):
    revision = revision()
    name = StringField(_("Name of the circle"), [REQUIRED, at_most(120)])
    anchor = StringField(_("Anchor organisation"), [at_most(120)])
    introduction = TextAreaField(_("Introduction"), [at_most(3000)])
    services = Lines(_("What members can use"), longest=200)


class MemberForm(FlaskForm):
    organisation = StringField(_("Organisation"), [REQUIRED, at_most(120)])
    since = day(_("Member since"))


class LeaveForm(FlaskForm):
    until = day(_("Left on"))
