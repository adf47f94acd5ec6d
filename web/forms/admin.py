"""Forms of the administrator's pages. The settings form is built from models.rules.settings."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from models.rules.settings import SETTINGS, SettingSpec


class LinesField(TextAreaField):
    """A list of texts, one a line."""

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]


def _field(spec: SettingSpec) -> Any:
    if spec.kind == "integer":
        bounds = NumberRange(
            spec.minimum,
            spec.maximum,
            gettext("Please choose a number from %(low)s to %(high)s.", low=spec.minimum, high=spec.maximum),
        )
        return IntegerField(
            gettext(spec.label), validators=[InputRequired(gettext("Please type a whole number.")), bounds]
        )
    if spec.kind in ("dates", "lines"):
        return LinesField(gettext(spec.label), validators=[Optional()])
    return StringField(gettext(spec.label), validators=[Optional(), Length(max=200)])


def settings_form(values: Mapping[str, Any]) -> FlaskForm:
    """A form with one field a setting, in the reader's language."""
    form = type("SettingsForm", (FlaskForm,), {key: _field(spec) for key, spec in SETTINGS.items()})
    return form(data=dict(values))


class TermForm(FlaskForm):
    key = StringField(_("Key"), validators=[Optional(), Length(max=60)])
    label_zh = StringField(
        _("Chinese"), validators=[DataRequired(_("Please type the Chinese label.")), Length(max=120)]
    )
    label_en = StringField(
        _("English"), validators=[DataRequired(_("Please type the English label.")), Length(max=160)]
    )
    parent = SelectField(_("Below"), validators=[Optional()])
    position = IntegerField(
        _("Position"), validators=[InputRequired(_("Please type a whole number.")), NumberRange(0, 9999)]
    )
    retired = BooleanField(_("Retired: kept for old records, not offered any more"))


class ReasonForm(FlaskForm):
    reason = TextAreaField(_("Reason"), validators=[Optional(), Length(max=500)])
