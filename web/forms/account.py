"""Forms of signing up, logging in, passwords and one's own data."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Form, PasswordField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Optional, ValidationError

from models.rules.contacts import is_email, normal_email
from models.rules.passwords import LONGEST
from web.forms.fields import at_most


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def an_address(form: Form, field: EmailField) -> None:
    if field.data and not is_email(normal_email(field.data)):
        raise ValidationError(_("Please check the e-mail address, for example name@example.org."))


def address_field() -> EmailField:
    return EmailField(
        _("E-mail address"),
        [DataRequired(_("Please type your e-mail address.")), at_most(254), an_address],
        filters=[stripped],
        render_kw={"autocomplete": "email", "spellcheck": "false"},
    )


def new_password_field() -> PasswordField:
    return PasswordField(
        _("Password"),
        [DataRequired(_("Please choose a password."))],
        render_kw={"autocomplete": "new-password"},
    )


def agree_field() -> BooleanField:
    return BooleanField(
        _("I have read the privacy notice and agree to it"),
        [DataRequired(_("Without your agreement we may not keep your data, so there can be no account."))],
    )


class LogInForm(FlaskForm):
    email = address_field()
    password = PasswordField(
        _("Password"),
        [DataRequired(_("Please type your password.")), at_most(LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )


class SignUpForm(FlaskForm):
    email = address_field()
    name = StringField(
        _("Your name"),
        [DataRequired(_("Please type your name.")), at_most(60)],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )
    password = new_password_field()
    agree = agree_field()


class ForgotForm(FlaskForm):
    email = address_field()


class NewPasswordForm(FlaskForm):
    password = new_password_field()


class ChangePasswordForm(FlaskForm):
    current = PasswordField(
        _("Present password"),
        [DataRequired(_("Please type your present password.")), at_most(LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _("New password"),
        [DataRequired(_("Please choose a password."))],
        render_kw={"autocomplete": "new-password"},
    )


class ConsentForm(FlaskForm):
    agree = agree_field()


class CorrectForm(FlaskForm):
    name = StringField(
        _("Your name"),
        [DataRequired(_("Please type your name.")), at_most(60)],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )
    title = StringField(
        _("Position"),
        [Optional(), at_most(60)],
        filters=[stripped],
        render_kw={"autocomplete": "organization-title"},
    )
    phone = TelField(
        _("Telephone"),
        [Optional(), at_most(40)],
        filters=[stripped],
        render_kw={"autocomplete": "tel"},
    )


class NewEmailForm(FlaskForm):
    email = address_field()


class DeleteForm(FlaskForm):
    """``successor`` is taken out by the view where no work is open."""

    successor = SelectField(_("Who takes over"), validate_choice=False)
    password = PasswordField(
        _("Password"),
        [DataRequired(_("Please type your password.")), at_most(LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    sure = BooleanField(
        _("Yes, delete my account and my data"), [DataRequired(_("Please confirm that you want this."))]
    )
