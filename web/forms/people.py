"""Forms about the people of an organisation."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Optional

from models.enums import OrgRole
from web.forms.account import address_field, agree_field, an_address, new_password_field, stripped
from web.forms.fields import at_most, coded


class PersonForm(FlaskForm):
    """``declared`` is taken out where the person is entered already."""

    name = StringField(_("Full name"), [DataRequired(_("Please type the name.")), at_most(60)], filters=[stripped])
    title = StringField(_("Position"), [Optional(), at_most(60)], filters=[stripped])
    email = EmailField(_("E-mail address"), [Optional(), at_most(254), an_address], filters=[stripped])
    phone = TelField(_("Telephone"), [Optional(), at_most(40)], filters=[stripped])
    declared = BooleanField(_("This person knows and agrees that we enter these data here"))


class InviteForm(FlaskForm):
    email = address_field()
    role = RadioField(
        _("Role"),
        choices=coded((OrgRole.MEMBER, OrgRole.MANAGER)),
        default=OrgRole.MEMBER.value,
    )


class SuccessorForm(FlaskForm):
    """Who takes over; empty where nothing is to be taken over."""

    successor = SelectField(_("Who takes over"))


class MandateForm(FlaskForm):
    broker = SelectField(_("Technology manager"), [DataRequired(_("Please choose a technology manager."))])


class JoinByInvitationForm(FlaskForm):
    name = StringField(
        _("Your name"),
        [DataRequired(_("Please type your name.")), at_most(60)],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )
    password = new_password_field()
    agree = agree_field()
