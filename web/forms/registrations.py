"""Forms of registering for a roadshow."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, RadioField, StringField, TelField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actions.registrations import Details
from models.enums import Capacity
from web.forms.fields import REQUIRED, at_most


class RegisterForm(FlaskForm):
    """Whoever registers; an organizer enters somebody with the same form."""

    name = StringField(_("Full name"), [REQUIRED, at_most(60)], render_kw={"autocomplete": "name"})
    organisation_name = StringField(
        _("Organisation"), [REQUIRED, at_most(120)], render_kw={"autocomplete": "organization"}
    )
    capacity = RadioField(
        _("You come as"),
        [InputRequired(_("Please choose one."))],
        choices=[SelectChoice(capacity.value, _(capacity.label)) for capacity in Capacity],
    )
    email = EmailField(_("E-mail address"), [at_most(254)], render_kw={"autocomplete": "email", "spellcheck": "false"})
    mobile = TelField(_("Mobile number"), [at_most(40)], render_kw={"autocomplete": "tel"})
    consent = BooleanField(
        _("I agree that these data are kept for this roadshow"),
        [InputRequired(_("Please tick this; without agreement we may not keep the registration."))],
    )

    def validate_email(self, field: EmailField) -> None:
        """Asked here already, so that it is said together with what else is missing."""
        if not (field.data or "").strip() and not (self.mobile.data or "").strip():
            raise ValidationError(_("Give an e-mail address or a mobile number, so that we can reach you."))

    def details(self) -> Details:
        return Details(
            name=self.name.data.strip(),
            organisation_name=self.organisation_name.data.strip(),
            capacity=Capacity(self.capacity.data),
            email=self.email.data or "",
            mobile=self.mobile.data or "",
        )
